import { createPublicKey, type KeyObject } from 'node:crypto';
import { type Certificate, decodeSm2PublicKeyInfo, PKI_ERRORS } from '@cssi/pki';
import { concatBytes, equalBytes, sm2 } from '@cssi/sm-core';
import { malformed } from '../malformed.ts';
import { type EcdsaCurve, ecKey, spkiKey } from '../signatures.ts';
import type { TpmPublicArea } from './public-area.ts';

/** A key that may have signed a quote. @internal */
export type AttestationKey =
  | { readonly kind: 'sm2' /** 04‖x‖y */; readonly point: Uint8Array }
  | { readonly kind: 'ec'; readonly curve: EcdsaCurve; readonly key: KeyObject }
  | { readonly kind: 'rsa'; readonly bits: number; readonly key: KeyObject };

const MAX_KEY_INFO_BYTES = 1200;
const FIELD_BYTES: Readonly<Record<EcdsaCurve | 'sm2', number>> = {
  'P-256': 32,
  'P-384': 48,
  'P-521': 66,
  sm2: 32,
};
const CURVE_NAMES: Readonly<Record<string, EcdsaCurve>> = {
  prime256v1: 'P-256',
  secp384r1: 'P-384',
  secp521r1: 'P-521',
};

/**
 * A number as wide as its field: a TPM may leave out leading zeros.
 *
 * @returns undefined when it is longer
 * @internal
 */
export function padded(value: Uint8Array, bytes: number): Uint8Array | undefined {
  if (value.length === bytes) return value;
  if (value.length > bytes) return undefined;
  const out = new Uint8Array(bytes);
  out.set(value, bytes - value.length);
  return out;
}

function sm2Point(point: Uint8Array): AttestationKey {
  try {
    return { kind: 'sm2', point: sm2.publicKey(point) };
  } catch (cause) {
    throw malformed('public-key', cause);
  }
}

function rsaKey(modulus: Uint8Array, exponent: number): KeyObject {
  const e = new Uint8Array(4);
  new DataView(e.buffer).setUint32(0, exponent);
  try {
    const key = {
      kty: 'RSA',
      n: base64url(modulus),
      e: base64url(e.subarray(e.findIndex((byte) => byte > 0))),
    };
    return createPublicKey({ format: 'jwk', key });
  } catch (cause) {
    throw malformed('public-key', cause);
  }
}

const base64url = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64url');

/** The key of a public area. @throws {@link SmError} ERR_TEE_EVIDENCE_MALFORMED when it is no key @internal */
export function keyOfArea({ key }: TpmPublicArea): AttestationKey {
  if (key.type === 'rsa') {
    return { kind: 'rsa', bits: key.modulus.length * 8, key: rsaKey(key.modulus, key.exponent) };
  }
  const bytes = FIELD_BYTES[key.curve];
  const [x, y] = [padded(key.x, bytes), padded(key.y, bytes)];
  if (x === undefined || y === undefined) throw malformed('public-point');
  if (key.curve === 'sm2') return sm2Point(concatBytes(Uint8Array.of(4), x, y));
  return { kind: 'ec', curve: key.curve, key: ecKey(key.curve, concatBytes(x, y)) };
}

function keyOfObject(key: KeyObject): AttestationKey {
  const { namedCurve = '', modulusLength = 0 } = key.asymmetricKeyDetails ?? {};
  const curve = CURVE_NAMES[namedCurve];
  if (key.asymmetricKeyType === 'ec' && curve !== undefined) return { kind: 'ec', curve, key };
  if (key.asymmetricKeyType === 'rsa') return { kind: 'rsa', bits: modulusLength, key };
  throw malformed('public-key');
}

/** The key of a SubjectPublicKeyInfo. @throws {@link SmError} ERR_TEE_EVIDENCE_MALFORMED @internal */
export function keyOfInfo(publicKeyInfo: Uint8Array): AttestationKey {
  if (publicKeyInfo.length > MAX_KEY_INFO_BYTES) throw malformed('public-key');
  try {
    return { kind: 'sm2', point: decodeSm2PublicKeyInfo(publicKeyInfo) };
  } catch (cause) {
    // Well-formed, but of another kind: Node reads it.
    if (!PKI_ERRORS.is(cause) || cause.code !== 'ERR_PKI_ALGORITHM_UNSUPPORTED') {
      throw malformed('public-key', cause);
    }
  }
  return keyOfObject(spkiKey(publicKeyInfo));
}

/** The key of a certificate. @throws {@link SmError} ERR_TEE_EVIDENCE_MALFORMED @internal */
export function keyOfCertificate({ sm2PublicKey, publicKeyInfo }: Certificate): AttestationKey {
  if (sm2PublicKey !== undefined) return { kind: 'sm2', point: sm2PublicKey };
  return keyOfObject(spkiKey(publicKeyInfo));
}

/** @internal */
export function sameKey(a: AttestationKey, b: AttestationKey): boolean {
  if (a.kind === 'sm2' || b.kind === 'sm2') {
    return a.kind === 'sm2' && b.kind === 'sm2' && equalBytes(a.point, b.point);
  }
  return a.key.equals(b.key);
}
