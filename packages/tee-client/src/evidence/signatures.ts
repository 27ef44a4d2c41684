import { createPublicKey, type KeyObject, verify } from 'node:crypto';
import { equalBytes, fromHex } from '@cssi/sm-core';
import { bytesKey, Kept } from './kept.ts';
import { malformed } from './malformed.ts';

/** Curves and digests evidence is signed with, besides SM2. @group Attestation */
export type EcdsaCurve = 'P-256' | 'P-384' | 'P-521';

const CURVES: Readonly<Record<EcdsaCurve, { readonly bytes: number; readonly name: string }>> = {
  'P-256': { bytes: 32, name: 'prime256v1' },
  'P-384': { bytes: 48, name: 'secp384r1' },
  'P-521': { bytes: 66, name: 'secp521r1' },
};

/** Curves of keys made here: asking a key for its details costs half as much as a verification. */
const KNOWN_CURVES = /* @__PURE__ */ new WeakMap<KeyObject, EcdsaCurve>();

/** SubjectPublicKeyInfo up to the point, in its one DER form. @standard RFC 5480 §2 */
const P256_PREFIX = /* @__PURE__ */ fromHex('3059301306072a8648ce3d020106082a8648ce3d03010703420004');
const P384_PREFIX = /* @__PURE__ */ fromHex('3076301006072a8648ce3d020106052b8104002203620004');
const SPKI_PREFIXES: readonly (readonly [EcdsaCurve, Uint8Array])[] = [
  ['P-256', P256_PREFIX],
  ['P-384', P384_PREFIX],
];

/** Keys that were read, by curve and point: a platform's come again with all of its evidence. */
const keys = /* @__PURE__ */ new Kept<KeyObject>(256);

const base64url = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64url');

const pointKey = (curve: EcdsaCurve, point: Uint8Array): KeyObject => {
  const { bytes } = CURVES[curve];
  const [x, y] = [base64url(point.subarray(0, bytes)), base64url(point.subarray(bytes))];
  return createPublicKey({ format: 'jwk', key: { kty: 'EC', crv: curve, x, y } });
};

/** As DER: of a point on its own Node checks the order too, which takes four times as long on P-384. */
const p384Key = (point: Uint8Array): KeyObject =>
  createPublicKey({ key: Buffer.concat([P384_PREFIX, point]), format: 'der', type: 'spki' });

/**
 * The key of a point x‖y.
 *
 * @throws {@link SmError} ERR_TEE_EVIDENCE_MALFORMED for bytes that are no point of the curve
 * @internal
 */
export function ecKey(curve: EcdsaCurve, point: Uint8Array): KeyObject {
  const { bytes } = CURVES[curve];
  if (point.length !== 2 * bytes) throw malformed('public-key');
  try {
    return keys.take(`${curve} ${bytesKey(point)}`, () => {
      const key = curve === 'P-384' ? p384Key(point) : pointKey(curve, point);
      KNOWN_CURVES.set(key, curve);
      return key;
    });
  } catch (cause) {
    throw malformed('public-key', cause);
  }
}

/**
 * A key from SubjectPublicKeyInfo.
 *
 * @throws {@link SmError} ERR_TEE_EVIDENCE_MALFORMED
 * @internal
 */
export function spkiKey(publicKeyInfo: Uint8Array): KeyObject {
  // Known by their first bytes: asking a key for its curve takes its time.
  for (const [curve, prefix] of SPKI_PREFIXES) {
    const point = publicKeyInfo.subarray(prefix.length);
    if (point.length !== 2 * CURVES[curve].bytes) continue;
    if (equalBytes(publicKeyInfo.subarray(0, prefix.length), prefix)) return ecKey(curve, point);
  }
  try {
    return keys.take(`spki ${bytesKey(publicKeyInfo)}`, () =>
      createPublicKey({ key: Buffer.from(publicKeyInfo), format: 'der', type: 'spki' }),
    );
  } catch (cause) {
    throw malformed('public-key', cause);
  }
}

/**
 * True when `signature` (r‖s, each as long as the curve's field, big-endian) over `message` is right. A key of
 * another curve or kind: false.
 *
 * @internal
 */
export function verifyEcdsa(
  key: KeyObject,
  curve: EcdsaCurve,
  hash: 'sha256' | 'sha384' | 'sha512',
  message: Uint8Array,
  signature: Uint8Array,
): boolean {
  const { bytes, name } = CURVES[curve];
  const known = KNOWN_CURVES.get(key);
  const fits = known === undefined ? key.asymmetricKeyDetails?.namedCurve === name : known === curve;
  if (key.asymmetricKeyType !== 'ec' || !fits) return false;
  if (signature.length !== 2 * bytes) return false;
  return verify(hash, message, { key, dsaEncoding: 'ieee-p1363' }, signature);
}
