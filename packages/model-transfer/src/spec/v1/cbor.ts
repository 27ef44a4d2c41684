import { checkBytes, equalBytes } from '@cssi/sm-core';
import { decode, encode, rfc8949EncodeOptions, Tokenizer, Type } from 'cborg';
import { MODEL_TRANSFER_ERRORS } from './errors.ts';

/** Values of the subset of CBOR that SMP1 uses: no floats, no tags, text as map keys. */
export type CborValue =
  | null
  | boolean
  | number
  | string
  | Uint8Array
  | readonly CborValue[]
  | { readonly [name: string]: CborValue };

/** Deepest nesting of arrays and maps. */
export const CBOR_MAX_DEPTH = 8;

const STRICT = {
  strict: true,
  allowIndefinite: false,
  allowUndefined: false,
  allowInfinity: false,
  allowNaN: false,
  allowBigInt: false,
  rejectDuplicateMapKeys: true,
} as const;

const malformed = (reason: string) =>
  MODEL_TRANSFER_ERRORS.create('ERR_MODEL_CBOR_MALFORMED', { detail: `reason=${reason}` });

/**
 * Deterministic CBOR: shortest forms, definite lengths, map keys in bytewise order of
 * their encoding (RFC 8949 §4.2.1).
 */
export function encodeCbor(value: CborValue): Uint8Array {
  return Uint8Array.from(encode(value, rfc8949EncodeOptions));
}

/** Walks the tokens without recursion, so that deep or wrong nesting cannot exhaust the stack. */
function checkShape(bytes: Uint8Array): void {
  const tokens = new Tokenizer(bytes, STRICT);
  const open: number[] = [];
  do {
    if (tokens.done()) throw malformed('truncated');
    const { type, value } = tokens.next();
    const allowed =
      type.terminal &&
      !Type.equals(type, Type.float) &&
      !Type.equals(type, Type.break) &&
      !Type.equals(type, Type.undefined);
    const map = Type.equals(type, Type.map);
    if (map || Type.equals(type, Type.array)) {
      const items = (value as number) * (map ? 2 : 1);
      // Every item takes a byte at least, so a larger count is a lie.
      if (!(items <= bytes.length)) throw malformed('count');
      if (open.length >= CBOR_MAX_DEPTH) throw malformed('depth');
      open.push(items);
    } else {
      if (!allowed) throw malformed('type');
      if (open.length === 0) break;
      open[open.length - 1]!--;
    }
    while (open.length > 0 && open[open.length - 1] === 0) {
      open.pop();
      if (open.length > 0) open[open.length - 1]!--;
    }
  } while (open.length > 0);
  if (!tokens.done()) throw malformed('trailing');
}

/**
 * Reads deterministic CBOR from outside. Refused besides bad syntax: any other encoding of
 * the same value, indefinite lengths, tags, floats, `undefined`, repeated or non-text map
 * keys, nesting over {@link CBOR_MAX_DEPTH}, trailing bytes.
 *
 * @param maxBytes - longest accepted input in bytes
 * @throws {@link SmError} ERR_MODEL_CBOR_MALFORMED, ERR_INPUT_TYPE
 */
export function decodeCbor(bytes: Uint8Array, maxBytes: number): CborValue {
  checkBytes(bytes, 'cbor', 0, Number.MAX_SAFE_INTEGER);
  if (bytes.length > maxBytes) throw malformed(`size length=${bytes.length} max=${maxBytes}`);
  let value: CborValue;
  let again: Uint8Array;
  try {
    checkShape(bytes);
    value = decode(bytes, STRICT) as CborValue;
    again = encode(value, rfc8949EncodeOptions);
  } catch (error) {
    if (MODEL_TRANSFER_ERRORS.is(error)) throw error;
    throw malformed('syntax');
  }
  // What the rules above left open (order of keys, ill-formed text) shows in the encoding.
  if (!equalBytes(again, bytes)) throw malformed('not-canonical');
  return value;
}
