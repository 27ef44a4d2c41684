import {
  concatBytes,
  randomBytes,
  type Secret,
  SM4_BLOCK_BYTES,
  SM4_GCM_NONCE_BYTES,
  SM4_GCM_TAG_BYTES,
  sm4,
} from '@cssi/sm-core';
import { encodeAlgorithm } from '../algorithms/index.ts';
import { PKI_ERRORS } from '../errors.ts';
import { Cursor } from '../internal/cursor.ts';
import { DerProblem, readOctets, readSmallInteger } from '../internal/tlv.ts';
import { implicit, integer, octets, oid, sequence } from '../internal/write.ts';
import type { AlgorithmRef } from '../spec/v1/algorithm.ts';
import type { EncryptedContent } from '../spec/v1/message.ts';
import { decryptFailed } from './options.ts';

/** Bytes of a content key. */
export const CONTENT_KEY_BYTES = 16;
/** Default of aes-ICVlen, which SM4-GCM takes over. @standard RFC 5084 §3.2 */
const DEFAULT_TAG_BYTES = 12;

/** How content was encrypted, parameters included; known before any key is used. */
export type ContentCipher =
  | { readonly mode: 'sm4-cbc'; readonly iv: Uint8Array }
  | { readonly mode: 'sm4-gcm'; readonly nonce: Uint8Array; readonly tagBytes: number };

const malformed = (): Error =>
  PKI_ERRORS.create('ERR_PKI_MESSAGE_MALFORMED', { detail: 'reason=cipher parameters' });

function readGcm(contents: Uint8Array): ContentCipher {
  const cursor = new Cursor(contents);
  const nonce = readOctets(cursor.next('nonce'), 'nonce');
  const stated = cursor.maybe(0x02);
  const tagBytes = stated === undefined ? DEFAULT_TAG_BYTES : readSmallInteger(stated, 'tag length');
  cursor.end('cipher parameters');
  if (nonce.length < 1 || nonce.length > 64 || tagBytes < 12 || tagBytes > 16)
    throw new DerProblem('parameters');
  return { mode: 'sm4-gcm', nonce, tagBytes };
}

/**
 * Reads the content encryption algorithm.
 *
 * @throws SmError ERR_PKI_ALGORITHM_UNSUPPORTED, ERR_PKI_MESSAGE_MALFORMED
 */
export function readContentCipher({ name, parameters }: AlgorithmRef): ContentCipher {
  if (name === 'sm4-cbc') {
    if (parameters?.tag !== 0x04 || parameters.value.length !== SM4_BLOCK_BYTES) throw malformed();
    return { mode: 'sm4-cbc', iv: parameters.value };
  }
  if (name !== 'sm4-gcm') throw PKI_ERRORS.create('ERR_PKI_ALGORITHM_UNSUPPORTED', { detail: 'use=content' });
  if (parameters?.tag !== 0x30) throw malformed();
  try {
    return readGcm(parameters.value);
  } catch (error) {
    if (error instanceof DerProblem) throw malformed();
    throw error;
  }
}

/** EncryptedContentInfo around ciphertext. */
const encryptedContentInfo = (type: string, algorithm: Uint8Array, ciphertext: Uint8Array): Uint8Array =>
  sequence(oid(type), algorithm, implicit(0, ciphertext));

/** SM4-CBC under a fresh IV. @standard GB/T 35275-2017, RFC 5652 §6.3 */
export function sealCbc(content: Uint8Array, key: Secret, type: string): Uint8Array {
  const iv = randomBytes(SM4_BLOCK_BYTES);
  return encryptedContentInfo(type, encodeAlgorithm('sm4-cbc', octets(iv)), sm4.cbcEncrypt(key, iv, content));
}

/** SM4-GCM under a key that is used once, with a tag of 16 bytes. @standard RFC 5084 §3.2 */
export function sealGcm(
  content: Uint8Array,
  key: Secret,
  type: string,
): { info: Uint8Array; tag: Uint8Array } {
  const nonce = randomBytes(SM4_GCM_NONCE_BYTES);
  const gcm = sm4.gcm(key);
  try {
    const sealed = gcm.seal(nonce, content);
    const parameters = sequence(octets(nonce), integer(SM4_GCM_TAG_BYTES));
    const ciphertext = sealed.subarray(0, sealed.length - SM4_GCM_TAG_BYTES);
    return {
      info: encryptedContentInfo(type, encodeAlgorithm('sm4-gcm', parameters), ciphertext),
      tag: sealed.slice(sealed.length - SM4_GCM_TAG_BYTES),
    };
  } finally {
    gcm.destroy();
  }
}

/** Ciphertext that must be there. */
export function ciphertextOf({ ciphertext }: EncryptedContent): Uint8Array {
  if (ciphertext === undefined) {
    throw PKI_ERRORS.create('ERR_PKI_MESSAGE_OPTIONS', { detail: 'reason=ciphertext' });
  }
  return ciphertext;
}

/**
 * Undoes {@link sealCbc}; not authenticated.
 *
 * @throws SmError ERR_DECRYPT_FAILED
 */
export function openCbc(cipher: ContentCipher, ciphertext: Uint8Array, key: Secret): Uint8Array {
  if (cipher.mode !== 'sm4-cbc')
    throw PKI_ERRORS.create('ERR_PKI_ALGORITHM_UNSUPPORTED', { detail: 'use=content' });
  if (key.length !== CONTENT_KEY_BYTES) throw decryptFailed();
  return sm4.cbcDecrypt(key, cipher.iv, ciphertext);
}

/**
 * Undoes {@link sealGcm}.
 *
 * @throws SmError ERR_DECRYPT_FAILED
 */
export function openGcm(
  cipher: ContentCipher,
  ciphertext: Uint8Array,
  tag: Uint8Array,
  associated: Uint8Array,
  key: Secret,
): Uint8Array {
  if (cipher.mode !== 'sm4-gcm')
    throw PKI_ERRORS.create('ERR_PKI_ALGORITHM_UNSUPPORTED', { detail: 'use=content' });
  // A shorter tag than the parameters say would be easier to guess.
  if (tag.length !== cipher.tagBytes || key.length !== CONTENT_KEY_BYTES) throw decryptFailed();
  const gcm = sm4.gcm(key, { tagBytes: cipher.tagBytes, nonceBytes: cipher.nonce.length });
  try {
    return gcm.open(cipher.nonce, concatBytes(ciphertext, tag), associated);
  } finally {
    gcm.destroy();
  }
}
