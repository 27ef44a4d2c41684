import { checkBytes } from '../encoding/bytes.ts';
import { SM_CORE_ERRORS } from '../errors.ts';
import { Secret } from '../secret.ts';

/** Longest input: what a number can count. */
const MAX_BYTES = Number.MAX_SAFE_INTEGER;

/** Bytes of any length. */
export const anyBytes = (value: Uint8Array, name: string): Uint8Array =>
  checkBytes(value, name, 0, MAX_BYTES);

/** Gives `use` the bytes of a value that may be kept in a {@link Secret}. */
export function withSecret<T>(value: Uint8Array | Secret, name: string, use: (bytes: Uint8Array) => T): T {
  return value instanceof Secret ? value.use(use) : use(anyBytes(value, name));
}

/** As {@link withSecret}, for a value of exactly `length` bytes. */
export function withSecretOf<T>(
  value: Uint8Array | Secret,
  name: string,
  length: number,
  use: (bytes: Uint8Array) => T,
): T {
  return withSecret(value, name, (bytes) => use(checkBytes(bytes, name, length, length)));
}

/** A whole number from `min` to `max`. */
export function checkNumber(value: number, name: string, min: number, max: number): number {
  if (!Number.isInteger(value) || value < min || value > max) {
    throw SM_CORE_ERRORS.create('ERR_INPUT_LENGTH', {
      detail: `parameter=${name} expected=${min}..${max}`,
    });
  }
  return value;
}
