import { createCipheriv, createDecipheriv } from 'node:crypto';
import { Secret, sm4 } from '@cssi/sm-core';
import type { ContainerCipher } from '../spec/v1/container.ts';
import { decryptFailed } from './support.ts';

/** Ciphers that are read: those that are written, and one that old files have. */
export type ReadableCipher = ContainerCipher | 'des-ede3-cbc';

/** Sizes in bytes and Node's name; SM4 is sm-core's. */
export interface CipherFacts {
  readonly keyBytes: number;
  readonly blockBytes: number;
  readonly node?: string;
}

export const CIPHERS: Readonly<Record<ReadableCipher, CipherFacts>> = {
  'sm4-cbc': { keyBytes: 16, blockBytes: 16 },
  'aes128-cbc': { keyBytes: 16, blockBytes: 16, node: 'aes-128-cbc' },
  'aes192-cbc': { keyBytes: 24, blockBytes: 16, node: 'aes-192-cbc' },
  'aes256-cbc': { keyBytes: 32, blockBytes: 16, node: 'aes-256-cbc' },
  'des-ede3-cbc': { keyBytes: 24, blockBytes: 8, node: 'des-ede3-cbc' },
};

function withSecret<T>(key: Uint8Array, use: (secret: Secret) => T): T {
  const secret = Secret.copy(key);
  try {
    return use(secret);
  } finally {
    secret.destroy();
  }
}

/** CBC with PKCS#7 padding; key, IV and plaintext stay the caller's. @standard RFC 8018 §6.2.1 */
export function encryptCbc(
  cipher: ContainerCipher,
  key: Uint8Array,
  iv: Uint8Array,
  plaintext: Uint8Array,
): Uint8Array {
  const { node } = CIPHERS[cipher];
  if (node === undefined) return withSecret(key, (secret) => sm4.cbcEncrypt(secret, iv, plaintext));
  const run = createCipheriv(node, key, iv);
  return Uint8Array.from(Buffer.concat([run.update(plaintext), run.final()]));
}

/** Both parts in one array of their own, and zeroes left where they were. */
function takeParts(parts: readonly Buffer[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
    part.fill(0);
  }
  return out;
}

/** Undoes {@link encryptCbc}; the caller zeroes the result. @throws SmError ERR_DECRYPT_FAILED */
export function decryptCbc(
  cipher: ReadableCipher,
  key: Uint8Array,
  iv: Uint8Array,
  ciphertext: Uint8Array,
): Uint8Array {
  const { node } = CIPHERS[cipher];
  if (node === undefined) return withSecret(key, (secret) => sm4.cbcDecrypt(secret, iv, ciphertext));
  const parts: Buffer[] = [];
  try {
    const run = createDecipheriv(node, key, iv);
    parts.push(run.update(ciphertext));
    parts.push(run.final());
    return takeParts(parts);
  } catch {
    for (const part of parts) part.fill(0);
    throw decryptFailed();
  }
}
