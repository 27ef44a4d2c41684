import { SM_CORE_ERRORS } from '../errors.ts';
import { fromUtf8, utf8 } from './bytes.ts';

/** JSON values without `undefined`. Numbers in canonical form are safe integers only. */
export type JsonValue =
  | null
  | boolean
  | number
  | string
  | readonly JsonValue[]
  | { readonly [name: string]: JsonValue };

const MAX_DEPTH = 32;

const malformed = (reason: string) =>
  SM_CORE_ERRORS.create('ERR_JSON_MALFORMED', { detail: `reason=${reason}` });

/** Only plain objects have an unambiguous JSON form: a `Date`, a `Map` or bytes have none. */
function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function write(value: JsonValue, depth: number): string {
  if (depth > MAX_DEPTH) throw malformed('depth');
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'number') {
    if (!Number.isSafeInteger(value)) throw malformed('number');
    return JSON.stringify(value);
  }
  if (Array.isArray(value)) {
    return `[${Array.from(value, (item: JsonValue) => write(item, depth + 1)).join(',')}]`;
  }
  if (typeof value !== 'object' || !isPlain(value)) throw malformed('type');
  const object = value as { readonly [name: string]: JsonValue };
  const members = Object.keys(object)
    .sort()
    .map((name) => `${JSON.stringify(name)}:${write(object[name]!, depth + 1)}`);
  return `{${members.join(',')}}`;
}

/**
 * Canonical JSON bytes: members sorted by UTF-16 code unit, no white space, UTF-8,
 * safe integers only (the integer subset of RFC 8785). Signatures and hash chains
 * are made over this form.
 *
 * @throws {@link SmError} ERR_JSON_MALFORMED for other numbers, other types or depth over 32
 * @example
 * ```ts
 * import { canonicalJson, toHex } from '@cssi/sm-core';
 * const same = toHex(canonicalJson({ b: 1, a: 2 })) === toHex(canonicalJson({ a: 2, b: 1 }));
 * ```
 */
export function canonicalJson(value: JsonValue): Uint8Array {
  return utf8(write(value, 0));
}

/** Deepest nesting of brackets outside strings, before anything is built from the text. */
function depthOf(text: string): number {
  let deepest = 0;
  let depth = 0;
  let inString = false;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (inString) {
      if (code === 0x5c) i++;
      else if (code === 0x22) inString = false;
    } else if (code === 0x22) inString = true;
    else if (code === 0x5b || code === 0x7b) deepest = Math.max(deepest, ++depth);
    else if (code === 0x5d || code === 0x7d) depth--;
  }
  return deepest;
}

/** A member of this name would change an object's prototype once somebody copies it. */
const refusePrototype = (name: string, value: unknown): unknown => {
  if (name === '__proto__') throw malformed('name');
  return value;
};

/** Length of `text` in UTF-8; where it is surely over `max`, or surely not, a bound is enough. */
function utf8Length(text: string, max: number): number {
  if (text.length > max || text.length * 3 <= max) return text.length;
  return utf8(text).length;
}

/**
 * Parses JSON from outside; a bad text is a coded error, never a `SyntaxError`.
 * Refused besides bad syntax: nesting over 32 levels, a member named `__proto__`,
 * a byte order mark.
 *
 * @param input - UTF-8 bytes or text
 * @param maxBytes - longest accepted input in bytes
 * @throws {@link SmError} ERR_INPUT_TYPE, ERR_INPUT_VALUE, ERR_JSON_MALFORMED, ERR_INPUT_ENCODING
 */
export function parseJson(input: Uint8Array | string, maxBytes: number): JsonValue {
  if (typeof input !== 'string' && !(input instanceof Uint8Array)) {
    throw SM_CORE_ERRORS.create('ERR_INPUT_TYPE', { detail: 'parameter=input expected=Uint8Array|string' });
  }
  // With NaN no input would be too long.
  if (!Number.isInteger(maxBytes) || maxBytes < 0) {
    throw SM_CORE_ERRORS.create('ERR_INPUT_VALUE', { detail: 'parameter=maxBytes expected=integer >= 0' });
  }
  const length = typeof input === 'string' ? utf8Length(input, maxBytes) : input.length;
  if (length > maxBytes) throw malformed(`size length=${length} max=${maxBytes}`);
  const text = typeof input === 'string' ? input : fromUtf8(input);
  if (depthOf(text) > MAX_DEPTH) throw malformed('depth');
  // The reviver is slow, so it runs only where the name can occur, plain or escaped.
  const reviver = /__proto__|\\u/.test(text) ? refusePrototype : undefined;
  try {
    return JSON.parse(text, reviver) as JsonValue;
  } catch (error) {
    if (SM_CORE_ERRORS.is(error)) throw error;
    // The parser's message quotes the input, which may be secret: it is not kept as cause.
    throw malformed('syntax');
  }
}
