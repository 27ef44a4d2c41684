import { equalBytes, Secret, type Sm2KeyPair, sm2 } from '@cssi/sm-core';
import { Cursor } from '../internal/cursor.ts';
import { readOid } from '../internal/oids.ts';
import { DerProblem, readBytesOfBits, readOctets, readOne, readSmallInteger } from '../internal/tlv.ts';
import type { FindingCode } from '../spec/v1/finding.ts';

/** Called for a deviation; throws where it is not accepted. */
export type Note = (code: FindingCode, where: string) => void;

/** An ECPrivateKey; views into what was read. */
export interface EcPrivateKeyParts {
  readonly d: Uint8Array;
  /** Object identifier of the curve, where the key says it. */
  readonly curve: string | undefined;
  readonly publicKey: Uint8Array | undefined;
}

const SCALAR_BYTES = 32;
/** Devices hold private keys in fields of 64 bytes. @standard GM/T 0018-2012 §5.8 (ECCrefPrivateKey) */
const PADDED_BYTES = 64;

/** ECPrivateKey. @standard RFC 5915 §3 */
export function readEcPrivateKey(contents: Uint8Array): EcPrivateKeyParts {
  const parts = new Cursor(readOne(contents, 0x30).value);
  if (readSmallInteger(parts.next('version'), 'version') !== 1) throw new DerProblem('version');
  const d = readOctets(parts.next('private key'), 'private key');
  const named = parts.maybe(0xa0);
  const curve = named === undefined ? undefined : readOid(readOne(named.value, 0x06), 'curve');
  const bits = parts.maybe(0xa1);
  const publicKey = bits === undefined ? undefined : readBytesOfBits(readOne(bits.value, 0x03), 'public key');
  parts.end('optional parts');
  return { d, curve, publicKey };
}

/** The 32 bytes of a scalar that may be padded to 64 with zeros in front, as a view. */
function unpadScalar(d: Uint8Array, note: Note): Uint8Array {
  if (d.length !== PADDED_BYTES) return d;
  note('PRIVATE_KEY_PADDED', 'privateKey');
  const front = d.subarray(0, PADDED_BYTES - SCALAR_BYTES);
  if (!equalBytes(front, new Uint8Array(front.length))) throw new DerProblem('padding');
  return d.subarray(front.length);
}

/**
 * The pair of a scalar, which is copied; each public key given must be its own.
 *
 * @throws SmError ERR_SM2_PRIVATE_KEY_INVALID
 */
export function sm2PairOf(
  scalar: Uint8Array,
  note: Note,
  ...publicKeys: readonly (Uint8Array | undefined)[]
): Sm2KeyPair {
  const d = unpadScalar(scalar, note);
  if (d.length !== SCALAR_BYTES) throw new DerProblem('length');
  const secret = Secret.copy(d);
  try {
    const pair = sm2.keyPair(secret);
    for (const publicKey of publicKeys) {
      if (publicKey !== undefined && !equalBytes(publicKey, pair.publicKey)) {
        throw new DerProblem('public key differs');
      }
    }
    return pair;
  } catch (error) {
    secret.destroy();
    throw error;
  }
}
