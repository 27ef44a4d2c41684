import { Cursor } from '../internal/cursor.ts';
import { readOid } from '../internal/oids.ts';
import { DerProblem, readOctets, readOne, readSmallInteger, type Tlv } from '../internal/tlv.ts';
import { OIDS } from '../spec/v1/oids.ts';
import type { Note } from './ec-private-key.ts';

/** Kind of a key by its AlgorithmIdentifier. */
export interface KeyAlgorithm {
  readonly oid: string;
  /** Object identifier of the curve, for elliptic curves. */
  readonly curve: string | undefined;
}

/** PrivateKeyInfo; views into what was read. */
export interface PrivateKeyInfo {
  readonly algorithm: KeyAlgorithm;
  readonly key: Uint8Array;
  /** Contents of the public key that version 2 can carry. */
  readonly publicKey: Uint8Array | undefined;
}

/** AlgorithmIdentifier of a key; Tongsuo writes the OID of the SM2 curve in both places. */
function readKeyAlgorithmIdentifier(element: Tlv, note: Note): KeyAlgorithm {
  const parts = new Cursor(element.value);
  const oid = readOid(parts.next('key algorithm'), 'key algorithm');
  if (oid !== OIDS.ecPublicKey && oid !== OIDS.sm2Curve) return { oid, curve: undefined };
  // Curves must be named: explicit parameters let a key bring its own curve.
  const curve = readOid(parts.next('curve'), 'curve');
  parts.end('key algorithm');
  if (oid === OIDS.sm2Curve) {
    if (curve !== OIDS.sm2Curve) throw new DerProblem('curve');
    note('SM2_CURVE_AS_KEY_ALGORITHM', 'privateKeyAlgorithm');
  }
  return { oid: OIDS.ecPublicKey, curve };
}

/** Contents of the implicit BIT STRING `[1]` of version 2. */
function readPublicKey(parts: Cursor, version: number): Uint8Array | undefined {
  const element = parts.maybe(0x81);
  if (element === undefined) return undefined;
  if (version !== 1 || element.value[0] !== 0) throw new DerProblem('public key');
  return element.value.subarray(1);
}

/** PrivateKeyInfo of version 1 or 2; attributes are read over. @standard RFC 5208 §5, RFC 5958 §2 */
export function readPrivateKeyInfo(der: Uint8Array, note: Note): PrivateKeyInfo {
  const parts = new Cursor(readOne(der, 0x30).value);
  const version = readSmallInteger(parts.next('version'), 'version');
  if (version > 1) throw new DerProblem('version');
  const algorithm = readKeyAlgorithmIdentifier(parts.take(0x30, 'key algorithm'), note);
  const key = readOctets(parts.next('private key'), 'private key');
  parts.maybe(0xa0);
  const publicKey = readPublicKey(parts, version);
  parts.end('optional parts');
  return { algorithm, key, publicKey };
}
