import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { Secret } from '@cssi/sm-core';
import { PKI_ERRORS } from '../errors.ts';
import { FindingLog } from '../internal/finding-log.ts';
import { DerProblem, expectTag, readAll, readOne } from '../internal/tlv.ts';
import { bits, integer, NULL, octets, oid, sequence } from '../internal/write.ts';
import {
  type ContainerReading,
  type DecodedPrivateKey,
  type ForeignPrivateKey,
  MAX_PRIVATE_KEY_BYTES,
} from '../spec/v1/container.ts';
import { OIDS } from '../spec/v1/oids.ts';
import { type Note, readEcPrivateKey, sm2PairOf } from './ec-private-key.ts';
import { type KeyAlgorithm, type PrivateKeyInfo, readPrivateKeyInfo } from './private-key-info.ts';
import { readingOptions, readingSecret } from './support.ts';

/** What a reader is told besides the bytes. */
interface KeyContext {
  readonly log: FindingLog;
  readonly note: Note;
  /** Curve of an ECPrivateKey that does not name its own. */
  readonly curve: string | undefined;
  /** The one form that is read, where it was said. */
  readonly form: KeyForm | undefined;
}

/** Forms of a private key that is not encrypted. */
export type KeyForm = 'pkcs8' | 'sec1' | 'pkcs1';

/** What is said about a key beside it. */
export interface KeyHints {
  readonly curve?: string | undefined;
  readonly form?: KeyForm;
}

const CURVE_KINDS: Readonly<Record<string, 'ec-p256' | 'ec-p384'>> = {
  [OIDS.p256]: 'ec-p256',
  [OIDS.p384]: 'ec-p384',
};

/** Its OID is not told: the bytes may be what a wrong password made. */
const unsupported = () =>
  PKI_ERRORS.create('ERR_PKI_ALGORITHM_UNSUPPORTED', { detail: 'reason=key algorithm' });

const kindOf = ({ oid: name, curve }: KeyAlgorithm): ForeignPrivateKey['kind'] => {
  if (name === OIDS.rsaEncryption) return 'rsa';
  return (curve === undefined ? undefined : CURVE_KINDS[curve]) ?? 'other';
};

/** The key as Node's crypto reads it. */
function nodeKey(pkcs8: Uint8Array, kind: ForeignPrivateKey['kind']): KeyObject {
  const input = Buffer.from(pkcs8);
  try {
    return createPrivateKey({ key: input, format: 'der', type: 'pkcs8' });
  } catch {
    if (kind === 'other') throw unsupported();
    throw new DerProblem('key');
  } finally {
    input.fill(0);
  }
}

/** PKCS#8 with nothing in it that could be another's public key, so that it must be computed. */
function stripped(algorithm: Uint8Array, key: Uint8Array): Uint8Array {
  const inner = octets(key);
  const out = sequence(integer(0), algorithm, inner);
  inner.fill(0);
  return out;
}

/** Node takes the public key that stands beside a private one for granted: each must be the computed one. */
function checkHalves(
  algorithm: Uint8Array,
  key: Uint8Array,
  kind: ForeignPrivateKey['kind'],
  points: readonly (Uint8Array | undefined)[],
): void {
  const pkcs8 = stripped(algorithm, key);
  try {
    const own = createPublicKey(nodeKey(pkcs8, kind));
    for (const point of points) {
      if (point !== undefined && !samePublic(own, sequence(algorithm, bits(point)))) {
        throw new DerProblem('public key differs');
      }
    }
  } finally {
    pkcs8.fill(0);
  }
}

function samePublic(own: KeyObject, publicKeyInfo: Uint8Array): boolean {
  try {
    return createPublicKey({ key: Buffer.from(publicKeyInfo), format: 'der', type: 'spki' }).equals(own);
  } catch {
    return false;
  }
}

/** The halves of a key on a curve of others. */
function checkCurveKey(
  { algorithm, key, publicKey }: PrivateKeyInfo,
  algorithmRaw: Uint8Array,
  kind: ForeignPrivateKey['kind'],
): void {
  const inner = readEcPrivateKey(key);
  if (inner.curve !== undefined && inner.curve !== algorithm.curve) throw new DerProblem('curve');
  const scalar = octets(inner.d);
  const bare = sequence(integer(1), scalar);
  try {
    checkHalves(algorithmRaw, bare, kind, [inner.publicKey, publicKey]);
  } finally {
    scalar.fill(0);
    bare.fill(0);
  }
}

/** Hands out PKCS#8 of another kind once Node's crypto has found it to be a key whose halves fit. */
function foreignKey(pkcs8: Uint8Array, info: PrivateKeyInfo, { log }: KeyContext): ForeignPrivateKey {
  const { algorithm, key, publicKey } = info;
  const kind = kindOf(algorithm);
  nodeKey(pkcs8, kind);
  const { raw } = expectTag(readAll(readOne(pkcs8, 0x30).value)[1], 0x30, 'key algorithm');
  if (algorithm.curve !== undefined) checkCurveKey(info, raw, kind);
  else if (publicKey !== undefined) checkHalves(raw, key, kind, [publicKey]);
  return { kind, algorithm: algorithm.oid, pkcs8: Secret.copy(pkcs8), findings: log.findings };
}

/** Wraps a key of an older form into PKCS#8 and hands it out. */
function wrapped(algorithm: KeyAlgorithm, key: Uint8Array, context: KeyContext): ForeignPrivateKey {
  const parameters = algorithm.curve === undefined ? NULL : oid(algorithm.curve);
  const inner = octets(key);
  const pkcs8 = sequence(integer(0), sequence(oid(algorithm.oid), parameters), inner);
  try {
    return foreignKey(pkcs8, { algorithm, key, publicKey: undefined }, context);
  } finally {
    inner.fill(0);
    pkcs8.fill(0);
  }
}

/** PKCS#8. */
function fromPkcs8(der: Uint8Array, context: KeyContext): DecodedPrivateKey {
  const { log, note } = context;
  const info = readPrivateKeyInfo(der, note);
  const { algorithm, key, publicKey } = info;
  if (algorithm.curve !== OIDS.sm2Curve) return foreignKey(der, info, context);
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

/** The forms by the tag of their second element. */
const FORMS: ReadonlyMap<number, KeyForm> = new Map([
  [0x30, 'pkcs8'],
  [0x04, 'sec1'],
  [0x02, 'pkcs1'],
]);

/** Which of the three forms it is. */
function decode(der: Uint8Array, context: KeyContext): DecodedPrivateKey {
  const [version, second] = readAll(readOne(der, 0x30).value);
  if (version?.tag !== 0x02) throw new DerProblem('version');
  const form = second === undefined ? undefined : FORMS.get(second.tag);
  if (form === undefined) throw new DerProblem('private key');
  if (context.form !== undefined && context.form !== form) throw new DerProblem('form');
  if (form === 'pkcs8') return fromPkcs8(der, context);
  if (form === 'sec1') return fromSec1(der, context);
  return wrapped({ oid: OIDS.rsaEncryption, curve: undefined }, der, context);
}

/** As {@link decodePrivateKey}, for a key whose form or curve is said beside it. @internal */
export function decodeKeyOf(
  der: Uint8Array | Secret,
  options: ContainerReading,
  { curve, form }: KeyHints,
): DecodedPrivateKey {
  const log = new FindingLog(readingOptions(options).policy);
  const note: Note = (code, where) => log.note(code, where);
  return readingSecret('ERR_PKI_KEY_MALFORMED', MAX_PRIVATE_KEY_BYTES, der, (copy) =>
    decode(copy, { log, note, curve, form }),
  );
}

/**
 * A private key that is not encrypted: PKCS#8 of version 1 or 2, SEC 1 (`EC PRIVATE KEY`, also
 * Tongsuo's and OpenSSL's `SM2 PRIVATE KEY`), or PKCS#1 (`RSA PRIVATE KEY`). An SM2 key comes as a
 * pair whose public key was computed, and compared with each one in the structure; every other
 * key comes as PKCS#8 that `node:crypto` reads, its public key compared as well where it is on a curve.
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
  return decodeKeyOf(der, options, {});
}

/** Zeroes a key that was read. @internal */
export function destroyKey(key: DecodedPrivateKey): void {
  if (key.kind === 'sm2') key.pair.privateKey.destroy();
  else key.pkcs8.destroy();
}
