import { concatBytes, fromHex, Secret, type Sm2KeyPair, sm2 } from '@cssi/sm-core';
import { PKI_ERRORS } from '../errors.ts';
import { DerProblem } from '../internal/tlv.ts';
import { readPublicKeyInfo } from '../signature/public-key.ts';
import { MAX_PRIVATE_KEY_BYTES } from '../spec/v1/container.ts';
import { OIDS } from '../spec/v1/oids.ts';
import { type Note, readEcPrivateKey, sm2PairOf } from './ec-private-key.ts';
import { readPrivateKeyInfo } from './private-key-info.ts';
import { readingSecret } from './support.ts';

const MAX_PUBLIC_KEY_INFO_BYTES = 1024;

/** SEQUENCE { SEQUENCE { id-ecPublicKey, SM2 curve }, BIT STRING of 65 bytes: */
const PUBLIC_PREFIX = fromHex('3059301306072a8648ce3d020106082a811ccf5501822d034200');
/** SEQUENCE { 0, SEQUENCE { id-ecPublicKey, SM2 curve }, OCTET STRING { SEQUENCE { 1, OCTET STRING of 32 bytes: */
const PRIVATE_PREFIX = fromHex('308187020100301306072a8648ce3d020106082a811ccf5501822d046d306b0201010420');
/** [1] { BIT STRING of 65 bytes: */
const PRIVATE_MIDDLE = fromHex('a144034200');

const malformed = (reason: string) =>
  PKI_ERRORS.create('ERR_PKI_KEY_MALFORMED', { detail: `reason=${reason}` });
const unsupported = () => PKI_ERRORS.create('ERR_PKI_ALGORITHM_UNSUPPORTED', { detail: 'expected=SM2' });

/**
 * SubjectPublicKeyInfo of an SM2 key, 91 bytes.
 *
 * @param publicKey - 04‖x‖y, 65 bytes
 * @throws {@link SmError} ERR_SM2_PUBLIC_KEY_INVALID
 * @standard GB/T 35276-2017 §7.1
 */
export function encodeSm2PublicKeyInfo(publicKey: Uint8Array): Uint8Array {
  return concatBytes(PUBLIC_PREFIX, sm2.publicKey(publicKey));
}

/**
 * The SM2 key of a SubjectPublicKeyInfo: 04‖x‖y, 65 bytes.
 *
 * @throws {@link SmError} ERR_PKI_KEY_MALFORMED, ERR_PKI_ALGORITHM_UNSUPPORTED, ERR_SM2_PUBLIC_KEY_INVALID
 */
export function decodeSm2PublicKeyInfo(publicKeyInfo: Uint8Array): Uint8Array {
  if (!(publicKeyInfo instanceof Uint8Array)) throw malformed('type');
  if (publicKeyInfo.length > MAX_PUBLIC_KEY_INFO_BYTES) throw malformed('size');
  try {
    const { sm2PublicKey } = readPublicKeyInfo(Uint8Array.from(publicKeyInfo));
    if (sm2PublicKey === undefined) throw unsupported();
    return sm2PublicKey;
  } catch (error) {
    throw error instanceof DerProblem ? malformed(error.message) : error;
  }
}

/**
 * PKCS#8 of an SM2 key pair, not encrypted: the result is secret, zero it after use. Made in
 * one piece, so that no copy of the key stays behind.
 *
 * @standard GB/T 35276-2017 §7.1
 * @throws {@link SmError} ERR_PKI_KEY_MALFORMED, ERR_SM2_PUBLIC_KEY_INVALID, ERR_SECRET_DESTROYED
 */
export function encodeSm2PrivateKey(pair: Sm2KeyPair): Uint8Array {
  if (!(pair?.privateKey instanceof Secret)) throw malformed('type');
  const publicKey = sm2.publicKey(pair.publicKey);
  return pair.privateKey.use((d) => {
    // Another length would shift everything behind it.
    if (d.length !== 32) throw malformed('length');
    return concatBytes(PRIVATE_PREFIX, d, PRIVATE_MIDDLE, publicKey);
  });
}

/** Nothing is reported here: the other name of the algorithm means the same, a padded key is refused. */
const silent: Note = (code) => {
  if (code !== 'SM2_CURVE_AS_KEY_ALGORITHM') throw new DerProblem('length');
};

/**
 * The SM2 key pair of a PKCS#8 structure that is not encrypted. The public key is computed, and a
 * public key in the structure must be the same. `decodePrivateKey` reads more forms and reports
 * deviations.
 *
 * @param pkcs8 - stays the caller's to zero
 * @throws {@link SmError} ERR_PKI_KEY_MALFORMED, ERR_PKI_ALGORITHM_UNSUPPORTED, ERR_SM2_PRIVATE_KEY_INVALID
 */
export function decodeSm2PrivateKey(pkcs8: Uint8Array): Sm2KeyPair {
  return readingSecret('ERR_PKI_KEY_MALFORMED', MAX_PRIVATE_KEY_BYTES, pkcs8, (der) => {
    const { algorithm, key, publicKey } = readPrivateKeyInfo(der, silent);
    if (algorithm.curve !== OIDS.sm2Curve) throw unsupported();
    const inner = readEcPrivateKey(key);
    if (inner.curve !== undefined && inner.curve !== OIDS.sm2Curve) throw unsupported();
    return sm2PairOf(inner.d, silent, inner.publicKey, publicKey);
  });
}
