import { createCipheriv } from 'node:crypto';
import { expect } from 'vitest';
import { Secret } from '../../src/index.ts';
import { seededBytes } from './seeded.ts';

/** Matches an error by its code. */
export const code = (name: string): unknown => expect.objectContaining({ code: name });

/** A value of any type where bytes are asked for. */
export const bad = (value: unknown): Uint8Array => value as Uint8Array;
/** What is not bytes. */
export const NOT_BYTES: readonly unknown[] = [undefined, null, 'text', 7, [1, 2]];

/** Reproducible random bytes; the seed is printed. */
export const random: (length: number) => Uint8Array = seededBytes('sm4');

/** A copy of `key` as the functions want it. */
export const secretOf = (key: Uint8Array): Secret => Secret.copy(key);

/** OpenSSL through node:crypto, without padding. */
export function openssl(mode: string, key: Uint8Array, iv: Uint8Array | null, data: Uint8Array): Uint8Array {
  const cipher = createCipheriv(`sm4-${mode}`, key, iv).setAutoPadding(false);
  return new Uint8Array(Buffer.concat([cipher.update(data), cipher.final()]));
}

/** One block under OpenSSL. */
export const block = (key: Uint8Array, data: Uint8Array): Uint8Array => openssl('ecb', key, null, data);

/** `value` with one bit changed. */
export const flip = (value: Uint8Array, at: number): Uint8Array =>
  value.map((byte, i) => (i === at ? byte ^ 0x10 : byte));
