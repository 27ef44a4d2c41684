import { concatBytes, equalBytes, hkdfSm3, hmacSm3, Secret, SM_CORE_ERRORS, utf8 } from '@cssi/sm-core';
import { CONTENT_KEY_BYTES } from './constants.ts';

/**
 * Key derivation of SMP1. The content key (CEK) is random, made for one package and never
 * used directly:
 *
 * | value | computation |
 * |---|---|
 * | commitment | HKDF-SM3(CEK, salt, "cssi SMP1 commitment v1", 32) |
 * | file key ‖ nonce prefix | HKDF-SM3(CEK, salt, "cssi SMP1 file v1" ‖ core digest ‖ file id, 23) |
 * | content tag key | HKDF-SM3(CEK, salt, "cssi SMP1 content v1" ‖ core digest ‖ file id, 32) |
 * | content tag | HMAC-SM3(content tag key, size (8 bytes) ‖ SM3(plaintext)) |
 * | nonce | prefix (7) ‖ chunk number (4) ‖ 01 for the last chunk, else 00 |
 * | associated data | file id (4) ‖ chunk number (4) ‖ number of chunks (4) |
 */

const COMMITMENT = utf8('cssi SMP1 commitment v1');
const FILE = utf8('cssi SMP1 file v1');
const CONTENT = utf8('cssi SMP1 content v1');
const WRAP = utf8('cssi SMP1 wrap v1');
const NONCE_PREFIX_BYTES = 7;

const numbers = (...values: readonly number[]): Uint8Array => {
  const bytes = new Uint8Array(values.length * 4);
  const view = new DataView(bytes.buffer);
  for (const [i, value] of values.entries()) view.setUint32(i * 4, value);
  return bytes;
};

const uint64 = (value: number): Uint8Array => {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(value));
  return bytes;
};

/** Commitment to a content key, 32 bytes. */
export function commitKey(contentKey: Secret, salt: Uint8Array): Uint8Array {
  return hkdfSm3(contentKey, salt, COMMITMENT, 32);
}

/** Key and nonce prefix of one file; the owner destroys the key. */
export interface FileKey {
  readonly key: Secret;
  /** 7 bytes. */
  readonly noncePrefix: Uint8Array;
}

/** Derives the key of one file. */
export function deriveFileKey(
  contentKey: Secret,
  salt: Uint8Array,
  coreDigest: Uint8Array,
  fileId: number,
): FileKey {
  const info = concatBytes(FILE, coreDigest, numbers(fileId));
  const okm = hkdfSm3(contentKey, salt, info, CONTENT_KEY_BYTES + NONCE_PREFIX_BYTES);
  const key = Secret.copy(okm.subarray(0, CONTENT_KEY_BYTES));
  const noncePrefix = okm.slice(CONTENT_KEY_BYTES);
  okm.fill(0);
  return { key, noncePrefix };
}

/** Nonce of one chunk. The last chunk has its own, so that a cut file does not open. */
export function chunkNonce(noncePrefix: Uint8Array, index: number, total: number): Uint8Array {
  return concatBytes(noncePrefix, numbers(index), Uint8Array.of(index === total - 1 ? 1 : 0));
}

/** Associated data of one chunk. */
export function chunkAssociatedData(fileId: number, index: number, total: number): Uint8Array {
  return numbers(fileId, index, total);
}

/** Keyed digest of a whole plaintext of which SM3 is known. */
export function contentTag(
  contentKey: Secret,
  salt: Uint8Array,
  coreDigest: Uint8Array,
  file: { readonly id: number; readonly size: number; readonly plaintextSm3: Uint8Array },
): Uint8Array {
  const key = Secret.take(hkdfSm3(contentKey, salt, concatBytes(CONTENT, coreDigest, numbers(file.id)), 32));
  try {
    return hmacSm3(key, uint64(file.size), file.plaintextSm3);
  } finally {
    key.destroy();
  }
}

/** What a wrapped content key is bound to. */
export interface WrapBinding {
  readonly coreDigest: Uint8Array;
  /** SM3 of the device certificate. */
  readonly device: Uint8Array;
  readonly notAfter: Date;
}

const wrapHead = ({ coreDigest, device, notAfter }: WrapBinding): Uint8Array =>
  concatBytes(WRAP, coreDigest, device, uint64(notAfter.getTime()));

/** What is SM2-encrypted to a device: the binding and the content key. The caller zeroes it. */
export function encodeWrap(binding: WrapBinding, contentKey: Secret): Uint8Array {
  return contentKey.use((key) => concatBytes(wrapHead(binding), key));
}

/**
 * The content key out of a decrypted wrap; zeroes `plaintext`.
 *
 * @throws {@link SmError} ERR_DECRYPT_FAILED for whatever is wrong with it
 */
export function decodeWrap(binding: WrapBinding, plaintext: Uint8Array): Secret {
  const head = wrapHead(binding);
  const right =
    plaintext.length === head.length + CONTENT_KEY_BYTES &&
    equalBytes(plaintext.subarray(0, head.length), head);
  const key = right ? Secret.copy(plaintext.subarray(head.length)) : undefined;
  plaintext.fill(0);
  if (key === undefined) throw SM_CORE_ERRORS.create('ERR_DECRYPT_FAILED');
  return key;
}
