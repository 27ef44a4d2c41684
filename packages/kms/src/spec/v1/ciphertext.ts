import { concatBytes, SM_CORE_ERRORS, SM4_GCM_NONCE_BYTES, SM4_GCM_TAG_BYTES } from '@cssi/sm-core';
import { type KeyAlgorithm, KMS_MAX_PLAINTEXT_BYTES, KMS_MAX_VERSIONS } from './algorithms.ts';

/**
 * What `encrypt` returns, format 1:
 *
 * | bytes | content |
 * |---|---|
 * | 0 | format, 01 |
 * | 1 | algorithm: 01 SM4-GCM, 02 SM2 |
 * | 2–5 | key version, big-endian |
 * | SM4: 6–17 | nonce |
 * | SM4: 18– | ciphertext ‖ tag (16 bytes) |
 * | SM2: 6– | SM2Cipher, DER (GB/T 35276) |
 *
 * The six bytes of the header are part of the associated data of SM4-GCM. SM2 has none: a
 * changed version there picks another private key, and decryption fails.
 */
export const CIPHERTEXT_FORMAT = 1;
/** Header length in bytes. */
export const CIPHERTEXT_HEADER_BYTES = 6;
/** Longest ciphertext in bytes: the longest plaintext and 256. */
export const KMS_MAX_CIPHERTEXT_BYTES: number = KMS_MAX_PLAINTEXT_BYTES + 256;

const ALGORITHM_BYTE: Readonly<Record<KeyAlgorithm, number>> = { SM4: 1, SM2: 2 };

/** A ciphertext taken apart. The arrays are views of the input. */
export interface CiphertextParts {
  readonly algorithm: KeyAlgorithm;
  readonly version: number;
  readonly header: Uint8Array;
  /** SM4: 12 bytes. SM2: empty. */
  readonly nonce: Uint8Array;
  readonly body: Uint8Array;
}

/** The header of a ciphertext. */
export function ciphertextHeader(algorithm: KeyAlgorithm, version: number): Uint8Array {
  const header = new Uint8Array(CIPHERTEXT_HEADER_BYTES);
  header[0] = CIPHERTEXT_FORMAT;
  header[1] = ALGORITHM_BYTE[algorithm];
  new DataView(header.buffer).setUint32(2, version);
  return header;
}

/** Puts a ciphertext together. */
export function encodeCiphertext(header: Uint8Array, nonce: Uint8Array, body: Uint8Array): Uint8Array {
  return concatBytes(header, nonce, body);
}

/**
 * Takes a ciphertext apart; whatever is wrong with it has the one code of a failed decryption.
 *
 * @throws {@link SmError} ERR_DECRYPT_FAILED
 */
export function decodeCiphertext(ciphertext: Uint8Array): CiphertextParts {
  const failed = () => SM_CORE_ERRORS.create('ERR_DECRYPT_FAILED');
  if (ciphertext.length < CIPHERTEXT_HEADER_BYTES + 1 || ciphertext.length > KMS_MAX_CIPHERTEXT_BYTES) {
    throw failed();
  }
  const algorithm = ciphertext[1] === ALGORITHM_BYTE.SM4 ? 'SM4' : 'SM2';
  const version = new DataView(ciphertext.buffer, ciphertext.byteOffset).getUint32(2);
  const nonceBytes = algorithm === 'SM4' ? SM4_GCM_NONCE_BYTES : 0;
  const bodyStart = CIPHERTEXT_HEADER_BYTES + nonceBytes;
  if (
    ciphertext[0] !== CIPHERTEXT_FORMAT ||
    ciphertext[1] !== ALGORITHM_BYTE[algorithm] ||
    version < 1 ||
    version > KMS_MAX_VERSIONS ||
    (algorithm === 'SM4' && ciphertext.length < bodyStart + SM4_GCM_TAG_BYTES)
  ) {
    throw failed();
  }
  return {
    algorithm,
    version,
    header: ciphertext.subarray(0, CIPHERTEXT_HEADER_BYTES),
    nonce: ciphertext.subarray(CIPHERTEXT_HEADER_BYTES, bodyStart),
    body: ciphertext.subarray(bodyStart),
  };
}
