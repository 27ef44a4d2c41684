import { createHash } from 'node:crypto';
import { fromHex } from '@cssi/sm-core';
import { PKI_ERRORS } from '../errors.ts';
import { CIPHERS, decryptCbc, type ReadableCipher } from './ciphers.ts';

/** Names of `DEK-Info` as OpenSSL and Tongsuo write them. */
const NAMES: Readonly<Record<string, ReadableCipher>> = {
  'SM4-CBC': 'sm4-cbc',
  'AES-128-CBC': 'aes128-cbc',
  'AES-192-CBC': 'aes192-cbc',
  'AES-256-CBC': 'aes256-cbc',
  'DES-EDE3-CBC': 'des-ede3-cbc',
};
const SALT_BYTES = 8;

/** How an encrypted PEM block of the old kind is encrypted. */
export interface LegacyEncryption {
  readonly cipher: ReadableCipher;
  readonly iv: Uint8Array;
}

const malformed = () => PKI_ERRORS.create('ERR_PKI_PEM_MALFORMED', { detail: 'reason=headers' });

/** Reads the header lines of a block. @standard RFC 1421 §4.6.1.1, §4.6.1.3 */
export function readLegacyHeaders(headers: readonly string[]): LegacyEncryption {
  const [type, info, ...rest] = headers;
  const match = /^DEK-Info: ([A-Z0-9-]{1,32}),([0-9A-Fa-f]{16,32})$/.exec(info ?? '');
  if (type !== 'Proc-Type: 4,ENCRYPTED' || match === null || rest.length > 0) throw malformed();
  const name = match[1]!;
  const cipher = Object.hasOwn(NAMES, name) ? NAMES[name] : undefined;
  if (cipher === undefined) {
    throw PKI_ERRORS.create('ERR_PKI_ALGORITHM_UNSUPPORTED', { detail: 'parameter=DEK-Info' });
  }
  if (match[2]!.length !== 2 * CIPHERS[cipher].blockBytes) throw malformed();
  return { cipher, iv: fromHex(match[2]!) };
}

/** MD5 over and over: OpenSSL's EVP_BytesToKey with one iteration. */
function deriveKey(password: Uint8Array, salt: Uint8Array, length: number): Uint8Array {
  const key = new Uint8Array(length);
  let last: Uint8Array = new Uint8Array(0);
  for (let at = 0; at < length; at += last.length) {
    const next = createHash('md5').update(last).update(password).update(salt).digest();
    last.fill(0);
    last = next;
    key.set(last.subarray(0, length - at), at);
  }
  last.fill(0);
  return key;
}

/** The plaintext, which the caller zeroes. @throws SmError ERR_DECRYPT_FAILED */
export function decryptLegacy(
  { cipher, iv }: LegacyEncryption,
  password: Uint8Array,
  ciphertext: Uint8Array,
): Uint8Array {
  const key = deriveKey(password, iv.subarray(0, SALT_BYTES), CIPHERS[cipher].keyBytes);
  try {
    return decryptCbc(cipher, key, iv, ciphertext);
  } finally {
    key.fill(0);
  }
}
