import { canonicalJson, equalBytes, fromBase64, type JsonValue, parseJson, SmError } from '@cssi/sm-core';
import { normalizeUuid, type TeecUuid } from './uuid.ts';

/** Members of a JSON object. @internal */
export type JsonFields = { readonly [name: string]: JsonValue };

const CONTROL_OR_LONE = /[\p{Cc}\p{Cs}]/u;
const DIGEST = /^[0-9a-f]{64}$/;

/**
 * Readers for JSON from outside: everything is bounded, unknown members are refused, and what does
 * not fit ends with the error `fail` makes of the member's name.
 *
 * @internal
 */
export interface StrictJson {
  /** An object with exactly the members `names`. */
  fields(value: unknown, names: readonly string[]): JsonFields;
  list(value: unknown, name: string, max: number): readonly JsonValue[];
  /** Characters without control characters and lone surrogates. */
  text(value: unknown, name: string, max: number): string;
  integer(value: unknown, name: string, min: number, max: number): number;
  flag(value: unknown, name: string): boolean;
  oneOf<T extends string>(value: unknown, name: string, allowed: readonly T[]): T;
  /** 64 lower-case hex digits. */
  digest(value: unknown, name: string): string;
  /** A UUID in lower case. */
  uuid(value: unknown, name: string): TeecUuid;
  /** Base64 of `min` to `max` bytes. */
  bytes(value: unknown, name: string, min: number, max: number): Uint8Array;
  /** Refuses a list with an element twice. */
  unique<T>(values: readonly T[], name: string): readonly T[];
  /** JSON in canonical form: one content has one encoding. */
  canonical(input: Uint8Array, name: string, maxBytes: number): JsonValue;
}

/** @internal */
export function strictJson(fail: (reason: string, cause?: unknown) => SmError): StrictJson {
  const text = (value: unknown, name: string, max: number): string => {
    if (typeof value !== 'string' || value.length > max || CONTROL_OR_LONE.test(value)) throw fail(name);
    return value;
  };
  const coded = <T>(name: string, read: () => T): T => {
    try {
      return read();
    } catch (cause) {
      if (!(cause instanceof SmError)) throw cause;
      throw fail(name, cause);
    }
  };
  return {
    text,
    fields: (value, names) => {
      if (value === null || typeof value !== 'object' || Array.isArray(value)) throw fail('object');
      const keys = Object.keys(value);
      if (keys.length !== names.length || !names.every((name) => Object.hasOwn(value, name))) {
        throw fail('members');
      }
      return value as JsonFields;
    },
    list: (value, name, max) => {
      if (!Array.isArray(value) || value.length > max) throw fail(name);
      return value as readonly JsonValue[];
    },
    integer: (value, name, min, max) => {
      if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < min || value > max) {
        throw fail(name);
      }
      // Minus zero would be a second form of zero.
      if (Object.is(value, -0)) throw fail(name);
      return value;
    },
    flag: (value, name) => {
      if (typeof value !== 'boolean') throw fail(name);
      return value;
    },
    oneOf: (value, name, allowed) => {
      const found = allowed.find((candidate) => candidate === value);
      if (found === undefined) throw fail(name);
      return found;
    },
    digest: (value, name) => {
      if (typeof value !== 'string' || !DIGEST.test(value)) throw fail(name);
      return value;
    },
    uuid: (value, name) => {
      const given = text(value, name, 36);
      if (coded(name, () => normalizeUuid(given)) !== given) throw fail(name);
      return given;
    },
    bytes: (value, name, min, max) => {
      const given = text(value, name, Math.ceil(max / 3) * 4);
      const decoded = coded(name, () => fromBase64(given));
      if (decoded.length < min || decoded.length > max) throw fail(name);
      return decoded;
    },
    unique: (values, name) => {
      if (new Set(values).size !== values.length) throw fail(name);
      return values;
    },
    canonical: (input, name, maxBytes) =>
      coded(name, () => {
        const value = parseJson(input, maxBytes);
        if (!equalBytes(canonicalJson(value), input)) throw fail(`${name}-not-canonical`);
        return value;
      }),
  };
}
