import { checkBytes, fromUtf8, type SmError } from '@cssi/sm-core';
import { type Token, Tokenizer, Type } from 'cborg';
import { TEE_CLIENT_ERRORS } from '../../errors.ts';
import { plainBytes } from '../../spec/v1/plain-bytes.ts';
import { malformed } from '../malformed.ts';
import { type CborKey, type CborReadOptions, CborTagged, type CborValue } from './value.ts';

/** Deepest nesting of arrays, maps and tags. @group Attestation */
export const CBOR_MAX_DEPTH = 16;
/** Most data items of one input, keys of maps included. @group Attestation */
export const CBOR_MAX_ITEMS = 10_000;

const STRICT = {
  strict: true,
  allowUndefined: false,
  allowInfinity: false,
  allowNaN: false,
  allowBigInt: true,
  retainStringBytes: true,
} as const;

/** End of an array or map of indefinite length. */
const BREAK = Symbol('break');

const wrong = (reason: string, cause?: unknown): SmError => malformed(`cbor-${reason}`, cause);

/** Reads the values of one input; whatever nests is counted before it is entered. */
class CborReader {
  readonly #tokens: Tokenizer;
  readonly #bytes: Uint8Array;
  #depth = 0;
  #items = 0;

  constructor(bytes: Uint8Array, indefinite: boolean) {
    this.#bytes = bytes;
    this.#tokens = new Tokenizer(bytes, { ...STRICT, allowIndefinite: indefinite });
  }

  whole(): CborValue {
    const value = this.#value();
    if (!this.#tokens.done()) throw wrong('trailing');
    return value;
  }

  #value(): CborValue {
    const value = this.#item();
    if (value === BREAK) throw wrong('break');
    return value;
  }

  #item(): CborValue | typeof BREAK {
    if (this.#tokens.done()) throw wrong('truncated');
    if (++this.#items > CBOR_MAX_ITEMS) throw wrong('items');
    const token = this.#tokens.next();
    const { type } = token;
    if (Type.equals(type, Type.bytes)) return this.#byteString(token);
    if (Type.equals(type, Type.string)) return text(token);
    if (Type.equals(type, Type.array)) return this.#nested(() => this.#array(token));
    if (Type.equals(type, Type.map)) return this.#nested(() => this.#map(token));
    if (Type.equals(type, Type.tag)) return this.#nested(() => this.#tagged(token));
    if (Type.equals(type, Type.break)) return BREAK;
    return scalar(token);
  }

  #nested<T>(read: () => T): T {
    if (++this.#depth > CBOR_MAX_DEPTH) throw wrong('depth');
    const value = read();
    this.#depth--;
    return value;
  }

  /** A view of the input; the tokenizer would give a copy. */
  #byteString(token: Token): Uint8Array {
    const end = this.#tokens.pos();
    return this.#bytes.subarray(end - (token.value as Uint8Array).length, end);
  }

  /** Every item takes a byte at least, so a greater count is a lie. */
  #count(token: Token, each: number): number {
    const count: unknown = token.value;
    if (count === Number.POSITIVE_INFINITY) return count;
    if (typeof count !== 'number' || count * each > this.#bytes.length) throw wrong('count');
    return count;
  }

  #array(token: Token): CborValue[] {
    const count = this.#count(token, 1);
    const values: CborValue[] = [];
    while (values.length < count) {
      const value = this.#item();
      if (value === BREAK) {
        if (count === Number.POSITIVE_INFINITY) break;
        throw wrong('break');
      }
      values.push(value);
    }
    return values;
  }

  #map(token: Token): Map<CborKey, CborValue> {
    const count = this.#count(token, 2);
    const values = new Map<CborKey, CborValue>();
    while (values.size < count) {
      const key = this.#item();
      if (key === BREAK) {
        if (count === Number.POSITIVE_INFINITY) break;
        throw wrong('break');
      }
      if (typeof key !== 'number' && typeof key !== 'string') throw wrong('key-type');
      if (values.has(key)) throw wrong('key-repeated');
      values.set(key, this.#value());
    }
    return values;
  }

  #tagged(token: Token): CborTagged {
    const tag: unknown = token.value;
    if (typeof tag !== 'number') throw wrong('tag');
    return new CborTagged(tag, this.#value());
  }
}

/** The tokenizer replaces what is no UTF-8; here it is refused. */
function text(token: Token): string {
  try {
    return fromUtf8(token.byteValue ?? new Uint8Array(0));
  } catch (cause) {
    throw wrong('text', cause);
  }
}

function scalar({ type, value }: Token): CborValue {
  if (Type.equals(type, Type.uint) || Type.equals(type, Type.negint)) return value as number | bigint;
  if (Type.equals(type, Type.true)) return true;
  if (Type.equals(type, Type.false)) return false;
  if (Type.equals(type, Type.null)) return null;
  throw wrong('type');
}

/**
 * Reads one CBOR value from outside. Refused besides bad syntax: integers and lengths longer than needed,
 * strings of indefinite length, floats, `undefined` and other simple values, keys that are neither integers
 * nor text, repeated keys, ill-formed UTF-8, nesting over {@link CBOR_MAX_DEPTH}, more than
 * {@link CBOR_MAX_ITEMS} items, trailing bytes. Byte strings are views of the input. The order of keys is free.
 *
 * @standard RFC 8949 §3, §5.6
 * @example
 * ```ts
 * const value = decodeCbor(bytes, { maxBytes: 4096 });
 * if (value instanceof Map) console.log(value.get(10));
 * ```
 * @throws {@link SmError} ERR_TEE_EVIDENCE_MALFORMED, ERR_INPUT_TYPE
 * @group Attestation
 */
export function decodeCbor(bytes: Uint8Array, { maxBytes, indefinite = false }: CborReadOptions): CborValue {
  checkBytes(bytes, 'cbor', 0, Number.MAX_SAFE_INTEGER);
  if (bytes.length > maxBytes) throw wrong(`length length=${bytes.length} max=${maxBytes}`);
  try {
    return new CborReader(plainBytes(bytes), indefinite).whole();
  } catch (error) {
    if (TEE_CLIENT_ERRORS.is(error)) throw error;
    throw wrong('syntax', error);
  }
}
