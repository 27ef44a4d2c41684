import type { CborValue } from './cbor.ts';
import { MODEL_TRANSFER_ERRORS } from './errors.ts';

/** A CBOR map with text keys. */
export type CborMap = { readonly [name: string]: CborValue };

/** The error of a wrong field; shows the field's name and never its value. */
export const invalidField = (field: string) =>
  MODEL_TRANSFER_ERRORS.create('ERR_MODEL_MANIFEST_INVALID', { detail: `field=${field}` });

/** A map that has all of `required`, perhaps some of `optional` and nothing else. */
export function mapOf(
  value: CborValue | undefined,
  field: string,
  required: readonly string[],
  optional: readonly string[] = [],
): CborMap {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || value instanceof Uint8Array) {
    throw invalidField(field);
  }
  const map = value as CborMap;
  const known = new Set([...required, ...optional]);
  if (
    required.some((name) => !Object.hasOwn(map, name)) ||
    Object.keys(map).some((name) => !known.has(name))
  ) {
    throw invalidField(field);
  }
  return map;
}

/** A list of `min` to `max` items. */
export function listOf(
  value: CborValue | undefined,
  field: string,
  min: number,
  max: number,
): readonly CborValue[] {
  if (!Array.isArray(value) || value.length < min || value.length > max) throw invalidField(field);
  return value;
}

/** A byte string of `min` to `max` bytes, as a copy. */
export function bytesOf(
  value: CborValue | undefined,
  field: string,
  min: number,
  max: number = min,
): Uint8Array {
  if (!(value instanceof Uint8Array) || value.length < min || value.length > max) throw invalidField(field);
  return Uint8Array.from(value);
}

/** A text that `pattern` matches. */
export function textOf(value: CborValue | undefined, field: string, pattern: RegExp): string {
  if (typeof value !== 'string' || !pattern.test(value)) throw invalidField(field);
  return value;
}

/** One of `choices`. */
export function choiceOf<T extends string>(
  value: CborValue | undefined,
  field: string,
  choices: readonly T[],
): T {
  const found = choices.find((choice) => choice === value);
  if (found === undefined) throw invalidField(field);
  return found;
}

/** A whole number. */
export function wholeOf(value: CborValue | undefined, field: string, min: number, max: number): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < min || value > max) {
    throw invalidField(field);
  }
  return value;
}

/** Latest time an ECMAScript date can hold, in milliseconds. */
const MAX_TIME = 8_640_000_000_000_000;

/** Milliseconds since 1970 as a date. */
export function timeOf(value: CborValue | undefined, field: string): Date {
  return new Date(wholeOf(value, field, 0, MAX_TIME));
}
