import { concatBytes, equalBytes, fromHex, Secret, type Sm2KeyPair, sm2 } from '@cssi/sm-core';
import { PKI_ERRORS } from '../errors.ts';
import { DerProblem, expectTag, readAll, readBytesOfBits, readOne, readUnsigned } from '../internal/tlv.ts';
import { readKeyAlgorithm, readPublicKeyInfo } from '../signature/public-key.ts';

const MAX_KEY_BYTES = 1024;

/** SEQUENCE { SEQUENCE { id-ecPublicKey, SM2 curve }, BIT STRING of 65 bytes: */
const PUBLIC_PREFIX = fromHex('3059301306072a8648ce3d020106082a811ccf5501822d034200');
/** SEQUENCE { 0, SEQUENCE { id-ecPublicKey, SM2 curve }, OCTET STRING { SEQUENCE { 1, OCTET STRING of 32 bytes: */
const PRIVATE_PREFIX = fromHex('308187020100301306072a8648ce3d020106082a811ccf5501822d046d306b0201010420');
/** [1] { BIT STRING of 65 bytes: */
const PRIVATE_MIDDLE = fromHex('a144034200');

/** OBJECT IDENTIFIER id-ecPublicKey. */
const EC_PUBLIC_KEY = fromHex('06072a8648ce3d0201');

const unsupported = () => PKI_ERRORS.create('ERR_PKI_ALGORITHM_UNSUPPORTED', { detail: 'expected=SM2' });

/** Runs `read`; whatever is wrong with the structure becomes ERR_PKI_KEY_MALFORMED. */
function reading<T>(bytes: Uint8Array, read: () => T): T {
  const malformed = (reason: string) =>
    PKI_ERRORS.create('ERR_PKI_KEY_MALFORMED', { detail: `reason=${reason}` });
  if (!(bytes instanceof Uint8Array)) throw malformed('type');
  if (bytes.length > MAX_KEY_BYTES) throw malformed('size');
  try {
    return read();
  } catch (error) {
    throw error instanceof DerProblem ? malformed(error.message) : error;
  }
}

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
  const { sm2PublicKey } = reading(publicKeyInfo, () => readPublicKeyInfo(publicKeyInfo));
  if (sm2PublicKey === undefined) throw unsupported();
  return sm2PublicKey;
}

/**
 * PKCS#8 of an SM2 key pair, not encrypted: the result is secret, zero it after use. Made in
 * one piece, so that no copy of the key stays behind.
 *
 * @standard GB/T 35276-2017 §7.1
 * @throws {@link SmError} ERR_SM2_PUBLIC_KEY_INVALID, ERR_SM2_PRIVATE_KEY_INVALID, ERR_SECRET_DESTROYED
 */
export function encodeSm2PrivateKey(pair: Sm2KeyPair): Uint8Array {
  const publicKey = sm2.publicKey(pair.publicKey);
  return pair.privateKey.use((d) => {
    // Another length would shift everything behind it.
    if (d.length !== 32) throw PKI_ERRORS.create('ERR_PKI_KEY_MALFORMED', { detail: 'reason=length' });
    return concatBytes(PRIVATE_PREFIX, d, PRIVATE_MIDDLE, publicKey);
  });
}

/** The scalar of an ECPrivateKey and the public key it may carry. */
function readEcPrivateKey(contents: Uint8Array): { d: Uint8Array; publicKey: Uint8Array | undefined } {
  const [version, secret, ...optional] = readAll(readOne(contents, 0x30).value);
  if (readUnsigned(version, 1, 'version')[0] !== 1) throw new DerProblem('version');
  const d = expectTag(secret, 0x04, 'private key').value;
  if (d.length !== 32) throw new DerProblem('length');
  let publicKey: Uint8Array | undefined;
  for (const [i, part] of optional.entries()) {
    if (part.tag === 0xa0 && i === 0) {
      // The curve once more, as OpenSSL writes it.
      if (readKeyAlgorithm(concatBytes(EC_PUBLIC_KEY, part.value)) !== 'sm2') throw unsupported();
    } else if (part.tag === 0xa1 && publicKey === undefined) {
      publicKey = readBytesOfBits(readOne(part.value, 0x03), 'public key');
    } else throw new DerProblem('optional parts');
  }
  return { d, publicKey };
}

/**
 * The SM2 key pair of a PKCS#8 structure that is not encrypted. The public key is computed, and a
 * public key in the structure must be the same.
 *
 * @param pkcs8 - stays the caller's to zero
 * @throws {@link SmError} ERR_PKI_KEY_MALFORMED, ERR_PKI_ALGORITHM_UNSUPPORTED, ERR_SM2_PRIVATE_KEY_INVALID
 */
export function decodeSm2PrivateKey(pkcs8: Uint8Array): Sm2KeyPair {
  return reading(pkcs8, () => {
    const [version, algorithm, key, ...attributes] = readAll(readOne(pkcs8, 0x30).value);
    if (readUnsigned(version, 1, 'version')[0] !== 0) throw new DerProblem('version');
    if (attributes.some(({ tag }) => tag !== 0xa0) || attributes.length > 1) {
      throw new DerProblem('optional parts');
    }
    if (readKeyAlgorithm(expectTag(algorithm, 0x30, 'key algorithm').value) !== 'sm2') throw unsupported();
    const { d, publicKey } = readEcPrivateKey(expectTag(key, 0x04, 'private key').value);
    const secret = Secret.copy(d);
    try {
      const pair = sm2.keyPair(secret);
      if (publicKey !== undefined && !equalBytes(publicKey, pair.publicKey)) {
        throw new DerProblem('public key differs');
      }
      return pair;
    } catch (error) {
      secret.destroy();
      throw error;
    }
  });
}
