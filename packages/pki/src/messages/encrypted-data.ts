import { Secret } from '@cssi/sm-core';
import { explicit, integer, oid, sequence } from '../internal/write.ts';
import type { EncryptedMessage, MessageSyntax } from '../spec/v1/message.ts';
import { CONTENT_KEY_BYTES, ciphertextOf, openCbc, readContentCipher, sealCbc } from './content-cipher.ts';
import { contentTypeOf, dataType } from './content-types.ts';
import { checkSize, checkSyntax, optionProblem, ownContent } from './options.ts';

/**
 * Encrypts content under an SM4 key that both sides have (加密数据), DER, SM4-CBC: not authenticated.
 *
 * @param key - 16 bytes; stays the caller's
 * @standard GB/T 35275-2017 (GM/T 0010), RFC 5652 §8
 * @throws {@link SmError} ERR_PKI_MESSAGE_OPTIONS, ERR_SECRET_DESTROYED
 */
export function encryptWithKey(
  content: Uint8Array,
  { syntax, key }: { readonly syntax: MessageSyntax; readonly key: Secret },
): Uint8Array {
  checkSyntax(syntax);
  if (!(key instanceof Secret) || (key.length !== CONTENT_KEY_BYTES && !key.destroyed))
    throw optionProblem('key');
  const own = ownContent(content);
  try {
    const body = sequence(integer(syntax === 'gbt35275' ? 1 : 0), sealCbc(own, key, dataType(syntax)));
    return checkSize(sequence(oid(contentTypeOf(syntax, 'encryptedData')!), explicit(0, body)));
  } finally {
    own.fill(0);
  }
}

/**
 * Undoes {@link encryptWithKey}; the content is the caller's to zero.
 *
 * @param key - 16 bytes; stays the caller's
 * @standard GB/T 35275-2017 (GM/T 0010), RFC 5652 §8
 * @throws {@link SmError} ERR_DECRYPT_FAILED, ERR_PKI_MESSAGE_OPTIONS, ERR_PKI_ALGORITHM_UNSUPPORTED,
 *   ERR_PKI_MESSAGE_MALFORMED, ERR_SECRET_DESTROYED
 */
export function decryptWithKey(message: EncryptedMessage, key: Secret): Uint8Array {
  if (message.kind !== 'encryptedData') throw optionProblem('kind');
  if (!(key instanceof Secret)) throw optionProblem('key');
  return openCbc(readContentCipher(message.encrypted.algorithm), ciphertextOf(message.encrypted), key);
}
