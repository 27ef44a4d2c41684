import { constants, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { encodeSm2PublicKeyInfo } from '@cssi/pki';
import { type Sm2KeyPair, sm2 } from '@cssi/sm-core';
import { digestOf } from '../evidence/tpm/algorithms.ts';
import type { TpmEccPublic, TpmKeyScheme, TpmRsaPublic } from '../evidence/tpm/public-area.ts';
import type { TpmSignature } from '../evidence/tpm/signature.ts';

/**
 * Kinds of attestation keys. `sm2-sha256` is what a TPM with the curve and without SM3 signs;
 * `rsassa-sha1` and `rsassa-1024-sha256` are for what a verifier has to refuse.
 *
 * @group Synthetic evidence
 */
export const SYNTHETIC_TPM_KEYS = {
  'rsassa-sha256': { scheme: 'rsassa', hash: 'sha256', key: 2048 },
  'rsassa-sha384': { scheme: 'rsassa', hash: 'sha384', key: 3072 },
  'rsassa-sha512': { scheme: 'rsassa', hash: 'sha512', key: 2048 },
  'rsassa-sha1': { scheme: 'rsassa', hash: 'sha1', key: 2048 },
  'rsassa-1024-sha256': { scheme: 'rsassa', hash: 'sha256', key: 1024 },
  'rsapss-sha256': { scheme: 'rsapss', hash: 'sha256', key: 2048 },
  'ecdsa-p256-sha256': { scheme: 'ecdsa', hash: 'sha256', key: 'P-256' },
  'ecdsa-p384-sha384': { scheme: 'ecdsa', hash: 'sha384', key: 'P-384' },
  'sm2-sm3': { scheme: 'sm2', hash: 'sm3', key: 'sm2' },
  'sm2-sha256': { scheme: 'sm2', hash: 'sha256', key: 'sm2' },
} as const satisfies Readonly<
  Record<string, TpmKeyScheme & { readonly key: number | TpmEccPublic['curve'] }>
>;
/** @group Synthetic evidence */
export type SyntheticTpmKey = keyof typeof SYNTHETIC_TPM_KEYS;

/** @internal */
export interface TpmKeyPair {
  readonly scheme: TpmKeyScheme;
  readonly publicKey: TpmRsaPublic | TpmEccPublic;
  readonly publicKeyInfo: Uint8Array;
  sign(message: Uint8Array, how?: { readonly withZ?: boolean }): TpmSignature;
}

const decoded = (text: string | undefined): Uint8Array =>
  Uint8Array.from(Buffer.from(text ?? '', 'base64url'));

function sm2Pair(scheme: TpmKeyScheme, pair: Sm2KeyPair): TpmKeyPair {
  return {
    scheme,
    publicKey: {
      type: 'ecc',
      curve: 'sm2',
      x: pair.publicKey.subarray(1, 33),
      y: pair.publicKey.subarray(33),
    },
    publicKeyInfo: encodeSm2PublicKeyInfo(pair.publicKey),
    sign(message, { withZ = false } = {}) {
      const rs = withZ
        ? sm2.signWith(pair, message, { format: 'raw' })
        : sm2.signDigest(pair.privateKey, digestOf(scheme.hash, message), { format: 'raw' });
      return { scheme: 'sm2', hash: scheme.hash, r: rs.subarray(0, 32), s: rs.subarray(32) };
    },
  };
}

function nodePair(scheme: TpmKeyScheme, publicKey: KeyObject, privateKey: KeyObject): TpmKeyPair {
  const jwk = publicKey.export({ format: 'jwk' });
  const { hash } = scheme;
  return {
    scheme,
    publicKey:
      jwk.kty === 'RSA'
        ? { type: 'rsa', exponent: 65_537, modulus: decoded(jwk.n) }
        : { type: 'ecc', curve: jwk.crv as 'P-256' | 'P-384', x: decoded(jwk.x), y: decoded(jwk.y) },
    publicKeyInfo: Uint8Array.from(publicKey.export({ format: 'der', type: 'spki' })),
    sign(message) {
      if (scheme.scheme === 'rsassa' || scheme.scheme === 'rsapss') {
        const padding =
          scheme.scheme === 'rsapss' ? constants.RSA_PKCS1_PSS_PADDING : constants.RSA_PKCS1_PADDING;
        return { scheme: scheme.scheme, hash, value: sign(hash, message, { key: privateKey, padding }) };
      }
      const rs = sign(hash, message, { key: privateKey, dsaEncoding: 'ieee-p1363' });
      const half = rs.length / 2;
      return { scheme: 'ecdsa', hash, r: rs.subarray(0, half), s: rs.subarray(half) };
    },
  };
}

/** A new attestation key. @internal */
export function generateTpmKey(kind: SyntheticTpmKey): TpmKeyPair {
  const { scheme, hash, key } = SYNTHETIC_TPM_KEYS[kind];
  if (key === 'sm2') return sm2Pair({ scheme, hash }, sm2.generateKeyPair());
  const { publicKey, privateKey } =
    typeof key === 'number'
      ? generateKeyPairSync('rsa', { modulusLength: key })
      : generateKeyPairSync('ec', { namedCurve: key });
  return nodePair({ scheme, hash }, publicKey, privateKey);
}
