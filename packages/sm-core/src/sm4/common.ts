import { checkBytes } from '../encoding/bytes.ts';
import type { SmError } from '../error.ts';
import { SM_CORE_ERRORS } from '../errors.ts';
import { type Secret, useSecret } from '../secret.ts';
import { SM4_BLOCK_BYTES, type Sm4Key, type SmEngine } from '../spec/v1/engine.ts';
import { SM4_PARAMETERS, type Sm4ModeName } from './parameters.ts';

export const BLOCK: number = SM4_BLOCK_BYTES;
export const NO_BYTES: Uint8Array = new Uint8Array(0);
/** Bytes that a mode handles at a time where it needs room of its own. */
export const CHUNK = 16_384;

/** Round `length` up to whole blocks. */
export const wholeBlocks = (length: number): number => (length + BLOCK - 1) & -BLOCK;

/** The one failure of a decryption, without detail. */
export const decryptFailed = (): SmError<string> => SM_CORE_ERRORS.create('ERR_DECRYPT_FAILED');

/** Gives `use` the bytes of `key`, checked for their length. */
export function keyBytes<T>(key: Secret, length: number, use: (bytes: Uint8Array) => T): T {
  return useSecret(key, 'key', (bytes) => use(checkBytes(bytes, 'key', length)));
}

/** The key schedule of `key` (16 bytes); the caller destroys it. */
export function openKey(engine: SmEngine, key: Secret): Sm4Key {
  return keyBytes(key, BLOCK, (bytes) => engine.sm4(bytes));
}

/** Runs `use` on the key schedule of `key` and destroys it, whatever happens. */
export function withKey<T>(engine: SmEngine, key: Secret, use: (cipher: Sm4Key) => T): T {
  const cipher = openKey(engine, key);
  try {
    return use(cipher);
  } finally {
    cipher.destroy();
  }
}

/** A new array that `fill` writes; zeroed when that fails, so that no part of a result stays. */
export function filled(length: number, fill: (out: Uint8Array) => void): Uint8Array {
  const out = new Uint8Array(length);
  try {
    fill(out);
    return out;
  } catch (error) {
    out.fill(0);
    throw error;
  }
}

/** Checks a message against the limits of `mode`. */
export function checkMessage(mode: Sm4ModeName, value: Uint8Array, name: string, extra = 0): Uint8Array {
  const { min, max } = SM4_PARAMETERS[mode].messageBytes;
  return checkBytes(value, name, min, max + extra);
}

/** Checks an initial value of one block and copies it, because engines move it on in place. */
export function ownIv(iv: Uint8Array, name = 'iv'): Uint8Array {
  return Uint8Array.from(checkBytes(iv, name, BLOCK));
}

/** Refuses what is not whole blocks. */
export function checkWhole(data: Uint8Array, name: string): Uint8Array {
  if (data.length % BLOCK !== 0) {
    throw SM_CORE_ERRORS.create('ERR_INPUT_LENGTH', {
      detail: `parameter=${name} length=${data.length} expected=multiple of ${BLOCK}`,
    });
  }
  return data;
}

const aligned = (bytes: Uint8Array): boolean => bytes.byteOffset % 4 === 0;
const wordsOf = (bytes: Uint8Array, count: number): Int32Array =>
  new Int32Array(bytes.buffer, bytes.byteOffset, count);

/** out = a ⊕ b for the length of `a`; `out` may be one of them. */
export function xorBytes(out: Uint8Array, a: Uint8Array, b: Uint8Array): void {
  let done = 0;
  if (a.length >= 64 && aligned(out) && aligned(a) && aligned(b)) {
    const count = a.length >> 2;
    const [to, one, other] = [wordsOf(out, count), wordsOf(a, count), wordsOf(b, count)];
    for (let i = 0; i < count; i++) to[i] = one[i]! ^ other[i]!;
    done = 4 * count;
  }
  for (let i = done; i < a.length; i++) out[i] = a[i]! ^ b[i]!;
}
