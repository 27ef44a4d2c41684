import { constants, verify } from 'node:crypto';
import { concatBytes, sm2 } from '@cssi/sm-core';
import { verifyEcdsa } from '../signatures.ts';
import { digestOf } from './algorithms.ts';
import { type AttestationKey, padded } from './attestation-key.ts';
import type { TpmCurveSignature, TpmSignature } from './signature.ts';

/** `weak`: SHA-1, or RSA under 2048 bits; `unsupported`: a hash that does not go with the scheme. @internal */
export type TpmSignatureResult = 'right' | 'wrong' | 'weak' | 'unsupported';

const MIN_RSA_BITS = 2048;
const FIELD_BYTES = { 'P-256': 32, 'P-384': 48, 'P-521': 66 } as const;

/** r‖s, each as wide as the field. */
function fixed(r: Uint8Array, s: Uint8Array, bytes: number): Uint8Array | undefined {
  const [left, right] = [padded(r, bytes), padded(s, bytes)];
  return left === undefined || right === undefined ? undefined : concatBytes(left, right);
}

/**
 * SM2 as a TPM computes it: over the hash of the structure alone. The Z of GB/T 32918.2 §5.5 is not
 * in it, since TPM2_Sign and TPM2_Quote hand a digest to the scheme.
 */
function verifySm2(
  key: AttestationKey,
  message: Uint8Array,
  signature: TpmCurveSignature,
): TpmSignatureResult {
  const { hash, r, s } = signature;
  // e has 256 bits: SM3, and SHA-256 on a TPM that has the curve but not SM3.
  if (hash !== 'sm3' && hash !== 'sha256') return 'unsupported';
  const rs = fixed(r, s, 32);
  if (key.kind !== 'sm2' || rs === undefined) return 'wrong';
  return sm2.verifyDigest(key.point, digestOf(hash, message), rs, { format: 'raw' }) ? 'right' : 'wrong';
}

/**
 * Judges a signature over `message` as a TPM makes it.
 *
 * @standard TCG TPM 2.0 Library Part 1 Annex B.7 (RSA), C.4 (ECC)
 * @internal
 */
export function verifyTpmSignature(
  key: AttestationKey,
  message: Uint8Array,
  signature: TpmSignature,
): TpmSignatureResult {
  const { hash } = signature;
  if (hash === 'sha1') return 'weak';
  if (signature.scheme === 'sm2') return verifySm2(key, message, signature);
  if (hash === 'sm3') return 'unsupported';
  if (signature.scheme === 'ecdsa') {
    if (key.kind !== 'ec') return 'wrong';
    const rs = fixed(signature.r, signature.s, FIELD_BYTES[key.curve]);
    return rs !== undefined && verifyEcdsa(key.key, key.curve, hash, message, rs) ? 'right' : 'wrong';
  }
  if (key.kind !== 'rsa') return 'wrong';
  if (key.bits < MIN_RSA_BITS) return 'weak';
  const padding =
    signature.scheme === 'rsapss'
      ? // The TPM takes the longest salt, or one of the digest's length in FIPS mode.
        { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_AUTO }
      : { padding: constants.RSA_PKCS1_PADDING };
  return verify(hash, message, { key: key.key, ...padding }, signature.value) ? 'right' : 'wrong';
}
