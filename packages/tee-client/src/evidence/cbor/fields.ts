import type { SmError } from '@cssi/sm-core';
import { malformed } from '../malformed.ts';
import { type CborKey, type CborMap, CborTagged, type CborValue } from './value.ts';

/** Lengths a field may have: one, some of a list, or from…to. */
export type FieldLength = number | readonly number[] | { readonly min: number; readonly max: number };

const fits = (length: number, wanted: FieldLength): boolean => {
  if (typeof wanted === 'number') return length === wanted;
  if ('min' in wanted) return length >= wanted.min && length <= wanted.max;
  return wanted.includes(length);
};

/**
 * Reads the fields of a map with the types a specification gives them; the name stands in the error.
 *
 * @internal
 */
export class CborFields {
  readonly #map: CborMap;
  readonly #structure: string;

  /** @throws {@link SmError} ERR_TEE_EVIDENCE_MALFORMED when the value is no map */
  constructor(value: CborValue | undefined, structure: string) {
    if (!(value instanceof Map)) throw malformed(structure);
    this.#map = value;
    this.#structure = structure;
  }

  get keys(): Iterable<CborKey> {
    return this.#map.keys();
  }

  /** Absent, or null where the specification allows that for absent. */
  has(key: CborKey): boolean {
    const value = this.#map.get(key);
    return value !== undefined && value !== null;
  }

  bytes(key: CborKey, name: string, length: FieldLength): Uint8Array {
    const value = this.#map.get(key);
    if (!(value instanceof Uint8Array) || !fits(value.length, length)) throw this.#wrong(name);
    return value;
  }

  text(key: CborKey, name: string, max: number): string {
    const value = this.#map.get(key);
    if (typeof value !== 'string' || value.length > max) throw this.#wrong(name);
    return value;
  }

  /** A whole number of 0 to 2^53 − 1. */
  uint(key: CborKey, name: string): number {
    const value = this.#map.get(key);
    if (typeof value !== 'number' || value < 0) throw this.#wrong(name);
    return value;
  }

  flag(key: CborKey, name: string): boolean {
    const value = this.#map.get(key);
    if (typeof value !== 'boolean') throw this.#wrong(name);
    return value;
  }

  list(key: CborKey, name: string, length: FieldLength): readonly CborValue[] {
    const value = this.#map.get(key);
    if (!Array.isArray(value) || !fits(value.length, length)) throw this.#wrong(name);
    return value;
  }

  map(key: CborKey, name: string): CborMap {
    const value = this.#map.get(key);
    if (!(value instanceof Map)) throw this.#wrong(name);
    return value;
  }

  #wrong(name: string): SmError {
    return malformed(`${this.#structure}-${name}`);
  }
}

/** Value inside of one of these tags, or untagged. @internal */
export function untag(value: CborValue, tag: number): CborValue {
  return value instanceof CborTagged && value.tag === tag ? value.value : value;
}
