import { createPrivateKey } from 'node:crypto';
import { Secret } from '@cssi/sm-core';
import { PKI_ERRORS } from '../errors.ts';
import { FindingLog } from '../internal/finding-log.ts';
import { DerProblem, readAll, readOne } from '../internal/tlv.ts';
import { integer, NULL, octets, oid, sequence } from '../internal/write.ts';
import {
  type ContainerReading,
  type DecodedPrivateKey,
  type ForeignPrivateKey,
  MAX_PRIVATE_KEY_BYTES,
} from '../spec/v1/container.ts';
import { OIDS } from '../spec/v1/oids.ts';
import { type Note, readEcPrivateKey, sm2PairOf } from './ec-private-key.ts';
import { type KeyAlgorithm, readPrivateKeyInfo } from './private-key-info.ts';
import { readingSecret } from './support.ts';

/** What a reader is told besides the bytes. */
interface KeyContext {
  readonly log: FindingLog;
  readonly note: Note;
  /** Curve of an ECPrivateKey that does not name its own. */
  readonly curve: string | undefined;
}

const CURVE_KINDS: Readonly<Record<string, 'ec-p256' | 'ec-p384'>> = {
  [OIDS.p256]: 'ec-p256',
  [OIDS.p384]: 'ec-p384',
};

const unsupported = (oidText: string) =>
  PKI_ERRORS.create('ERR_PKI_ALGORITHM_UNSUPPORTED', { detail: `oid=${oidText}` });

const kindOf = ({ oid: name, curve }: KeyAlgorithm): ForeignPrivateKey['kind'] => {
  if (name === OIDS.rsaEncryption) return 'rsa';
  return (curve === undefined ? undefined : CURVE_KINDS[curve]) ?? 'other';
};

/** Hands out PKCS#8 of another kind once Node's crypto has found it to be a key. */
function foreignKey(pkcs8: Uint8Array, algorithm: KeyAlgorithm, { log }: KeyContext): ForeignPrivateKey {
  const kind = kindOf(algorithm);
  const input = Buffer.from(pkcs8);
  try {
    createPrivateKey({ key: input, format: 'der', type: 'pkcs8' });
  } catch {
    if (kind === 'other') throw unsupported(algorithm.curve ?? algorithm.oid);
    throw new DerProblem('key');
  } finally {
    input.fill(0);
  }
  return { kind, algorithm: algorithm.oid, pkcs8: Secret.copy(pkcs8), findings: log.findings };
}

/** Wraps a key of an older form into PKCS#8 and hands it out. */
function wrapped(algorithm: KeyAlgorithm, key: Uint8Array, context: KeyContext): ForeignPrivateKey {
  const parameters = algorithm.curve === undefined ? NULL : oid(algorithm.curve);
  const inner = octets(key);
  const pkcs8 = sequence(integer(0), sequence(oid(algorithm.oid), parameters), inner);
  try {
    return foreignKey(pkcs8, algorithm, context);
  } finally {
    inner.fill(0);
    pkcs8.fill(0);
  }
}

/** PKCS#8. */
function fromPkcs8(der: Uint8Array, context: KeyContext): DecodedPrivateKey {
  const { log, note } = context;
  const { algorithm, key, publicKey } = readPrivateKeyInfo(der, note);
  if (algorithm.curve !== OIDS.sm2Curve) return foreignKey(der, algorithm, context);
  const inner = readEcPrivateKey(key);
  if (inner.curve !== undefined && inner.curve !== OIDS.sm2Curve) throw new DerProblem('curve');
  return {
    kind: 'sm2',
    pair: sm2PairOf(inner.d, note, inner.publicKey, publicKey),
    findings: log.findings,
  };
}

/** SEC 1, as OpenSSL's `EC PRIVATE KEY`. */
function fromSec1(der: Uint8Array, context: KeyContext): DecodedPrivateKey {
  const { d, curve: own, publicKey } = readEcPrivateKey(der);
  const curve = own ?? context.curve;
  if (curve === undefined || (context.curve ?? curve) !== curve) throw new DerProblem('curve');
  if (curve !== OIDS.sm2Curve) return wrapped({ oid: OIDS.ecPublicKey, curve }, der, context);
  return { kind: 'sm2', pair: sm2PairOf(d, context.note, publicKey), findings: context.log.findings };
}

/** Which of the three forms it is, by the second element. */
function decode(der: Uint8Array, context: KeyContext): DecodedPrivateKey {
  const [version, second] = readAll(readOne(der, 0x30).value);
  if (version?.tag !== 0x02) throw new DerProblem('version');
  if (second?.tag === 0x30) return fromPkcs8(der, context);
  if (second?.tag === 0x04) return fromSec1(der, context);
  if (second?.tag !== 0x02) throw new DerProblem('private key');
  return wrapped({ oid: OIDS.rsaEncryption, curve: undefined }, der, context);
}

/** As {@link decodePrivateKey}, for a key whose curve is said beside it. @internal */
export function decodeKeyOfCurve(
  der: Uint8Array | Secret,
  options: ContainerReading,
  curve: string | undefined,
): DecodedPrivateKey {
  const log = new FindingLog(options.policy);
  const note: Note = (code, where) => log.note(code, where);
  return readingSecret('ERR_PKI_KEY_MALFORMED', MAX_PRIVATE_KEY_BYTES, der, (copy) =>
    decode(copy, { log, note, curve }),
  );
}

/**
 * A private key that is not encrypted: PKCS#8 of version 1 or 2, SEC 1 (`EC PRIVATE KEY`, also
 * Tongsuo's and OpenSSL's `SM2 PRIVATE KEY`), or PKCS#1 (`RSA PRIVATE KEY`). An SM2 key comes as a
 * pair whose public key was computed, and compared with each one in the structure; every other
 * key comes as PKCS#8 that `node:crypto` reads.
 *
 * Findings: SM2_CURVE_AS_KEY_ALGORITHM, PRIVATE_KEY_PADDED.
 *
 * @param der - at most 16,384 bytes; stays the caller's to zero
 * @standard GB/T 35276-2017 §7.1, RFC 5958 §2, RFC 5915 §3, RFC 8017 appendix A.1.2
 * @throws {@link SmError} ERR_PKI_KEY_MALFORMED, ERR_PKI_ALGORITHM_UNSUPPORTED,
 *   ERR_PKI_DEVIATION_REFUSED, ERR_SM2_PRIVATE_KEY_INVALID, ERR_SECRET_DESTROYED
 */
export function decodePrivateKey(
  der: Uint8Array | Secret,
  options: ContainerReading = {},
): DecodedPrivateKey {
  return decodeKeyOfCurve(der, options, undefined);
}

/** Zeroes a key that was read. @internal */
export function destroyKey(key: DecodedPrivateKey): void {
  if (key.kind === 'sm2') key.pair.privateKey.destroy();
  else key.pkcs8.destroy();
}
