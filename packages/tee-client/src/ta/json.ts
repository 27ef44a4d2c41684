/** Canonical JSON (the integer subset of RFC 8785) inside a compartment: strict, bounded, and one text for one value. */
import type { Tee } from '../spec/v1/internal/tee.ts';
import { fromUtf8, utf8 } from './bytes.ts';

/** What JSON may carry. @group Helpers for trusted applications */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };
/** @group Helpers for trusted applications */
export type JsonObject = { readonly [name: string]: Json };

const MAX_DEPTH = 12;

function write(value: Json, depth: number): string {
  if (depth > MAX_DEPTH) throw new RangeError('depth');
  if (typeof value === 'number' && !Number.isSafeInteger(value)) throw new RangeError('number');
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map((item: Json) => write(item, depth + 1)).join(',')}]`;
  const object = value as JsonObject;
  const names = Object.keys(object).sort();
  return `{${names.map((name) => `${JSON.stringify(name)}:${write(object[name] ?? null, depth + 1)}`).join(',')}}`;
}

/** UTF-8 of the canonical form: no spaces, names sorted, safe integers only. @group Helpers for trusted applications */
export const encodeJson = (value: Json): Uint8Array => utf8(write(value, 0));

/**
 * The value of a canonical text. Any other text of the same value is refused, so what was signed or
 * counted is what is read; duplicate names fail with it.
 *
 * @throws {@link TeeError} EXCESS_DATA above `max` bytes, BAD_FORMAT
 * @group Helpers for trusted applications
 */
export function decodeJson(tee: Tee, bytes: Uint8Array, max: number): Json {
  if (bytes.length > max) throw tee.error('EXCESS_DATA');
  const text = fromUtf8(bytes);
  if (text === undefined) throw tee.error('BAD_FORMAT');
  try {
    const value = JSON.parse(text) as Json;
    if (write(value, 0) === text) return value;
  } catch {}
  throw tee.error('BAD_FORMAT');
}

/** Reads fields of JSON; everything unexpected is BAD_FORMAT. @group Helpers for trusted applications */
export class JsonReader {
  readonly #fail: () => Error;

  /** `fail` makes the error; BAD_FORMAT of the application when left out. */
  constructor(tee: Tee, fail: () => Error = () => tee.error('BAD_FORMAT')) {
    this.#fail = fail;
  }

  /** An object with exactly `names`. */
  object<const N extends string>(value: Json | undefined, names: readonly N[]): { readonly [K in N]: Json } {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw this.#fail();
    const own = Object.keys(value);
    if (own.length !== names.length || !names.every((name) => own.includes(name))) throw this.#fail();
    return value as { readonly [K in N]: Json };
  }

  list(value: Json | undefined, min: number, max: number): readonly Json[] {
    if (!Array.isArray(value) || value.length < min || value.length > max) throw this.#fail();
    return value as readonly Json[];
  }

  /** A text that fits `form`; give the bounds in the form. */
  text(value: Json | undefined, form: RegExp): string {
    if (typeof value !== 'string' || !form.test(value)) throw this.#fail();
    return value;
  }

  integer(value: Json | undefined, min: number, max: number): number {
    if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < min || value > max)
      throw this.#fail();
    return value;
  }

  oneOf<const T extends Json>(value: Json | undefined, values: readonly T[]): T {
    const found = values.find((one) => one === value);
    if (found === undefined) throw this.#fail();
    return found;
  }

  /** `read` of every item; an item that is there twice is refused. */
  distinct<T extends Json>(
    value: Json | undefined,
    min: number,
    max: number,
    read: (item: Json) => T,
  ): readonly T[] {
    const items = this.list(value, min, max).map(read);
    if (new Set(items.map((item) => JSON.stringify(item))).size !== items.length) throw this.#fail();
    return items;
  }

  fail(): Error {
    return this.#fail();
  }
}
