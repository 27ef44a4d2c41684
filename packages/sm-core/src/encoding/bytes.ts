import { SM_CORE_ERRORS } from '../errors.ts';

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const ascii = new TextDecoder();

/** Where `String.fromCharCode` is faster than a decoder; also far below its limit of arguments. */
const SHORT_TEXT = 256;
const MAX_BYTES = Number.MAX_SAFE_INTEGER;
/** `=` */
const PAD = 0x3d;

const notEncoded = (encoding: string) =>
  SM_CORE_ERRORS.create('ERR_INPUT_ENCODING', { detail: `encoding=${encoding}` });
const notText = (name: string) =>
  SM_CORE_ERRORS.create('ERR_INPUT_TYPE', { detail: `parameter=${name} expected=string` });

/**
 * UTF-8 bytes of `text`.
 *
 * @throws {@link SmError} ERR_INPUT_TYPE
 */
export function utf8(text: string): Uint8Array {
  if (typeof text !== 'string') throw notText('text');
  return encoder.encode(text);
}

/**
 * Text of UTF-8 bytes; refuses ill-formed sequences and keeps a byte order mark.
 *
 * @throws {@link SmError} ERR_INPUT_TYPE, ERR_INPUT_ENCODING
 */
export function fromUtf8(bytes: Uint8Array): string {
  checkBytes(bytes, 'bytes', 0, MAX_BYTES);
  try {
    return decoder.decode(bytes);
  } catch (cause) {
    throw SM_CORE_ERRORS.create('ERR_INPUT_ENCODING', { detail: 'encoding=utf-8', cause });
  }
}

/** One new array with all `parts` in order. */
export function concatBytes(...parts: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const part of parts) length += part.length;
  const out = new Uint8Array(length);
  let offset = 0;
  for (const part of parts) {
    out.set(part, offset);
    offset += part.length;
  }
  return out;
}

/**
 * Compares without an early exit. The lengths are not secret; the contents may be.
 */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (let i = 0; i < a.length; i++) difference |= a[i]! ^ b[i]!;
  return difference === 0;
}

/**
 * Text of ASCII codes that this function may zero: key files pass through here, so no copy of
 * them stays behind. The text itself cannot be zeroed.
 */
function takeAscii(codes: Uint8Array): string {
  const text =
    codes.length <= SHORT_TEXT
      ? String.fromCharCode.apply(null, codes as unknown as number[])
      : ascii.decode(codes);
  codes.fill(0);
  return text;
}

// Keys are written and read in these encodings, so the digits are computed: no table is indexed by a
// value and nothing branches on one. `x >> 31` is -1 for a negative x, else 0: a mask.

/** -1 when `low` ≤ code ≤ `high`, else 0. */
const within = (code: number, low: number, high: number): number =>
  ((low - 1 - code) & (code - high - 1)) >> 31;

/** Code of a hex digit: 0–9, then a–f. */
const hexCode = (value: number): number => value + 0x30 + (((9 - value) >> 31) & 0x27);

/** Value of a hex digit of either case, or -1. */
const hexValue = (code: number): number =>
  -1 +
  (within(code, 0x30, 0x39) & (code - 0x2f)) +
  (within(code, 0x41, 0x46) & (code - 0x36)) +
  (within(code, 0x61, 0x66) & (code - 0x56));

/** Code of a base64 digit: A–Z, a–z, 0–9, +, /. */
const base64Code = (value: number): number =>
  value +
  0x41 +
  (((25 - value) >> 31) & 6) -
  (((51 - value) >> 31) & 75) -
  (((61 - value) >> 31) & 15) +
  (((62 - value) >> 31) & 3);

/** Value of a base64 digit, or -1. */
const base64Value = (code: number): number =>
  -1 +
  (within(code, 0x41, 0x5a) & (code - 0x40)) +
  (within(code, 0x61, 0x7a) & (code - 0x46)) +
  (within(code, 0x30, 0x39) & (code + 5)) +
  (within(code, 0x2b, 0x2b) & 63) +
  (within(code, 0x2f, 0x2f) & 64);

/**
 * Lower-case hex, without a table or a branch on the bytes.
 *
 * @throws {@link SmError} ERR_INPUT_TYPE
 */
export function toHex(bytes: Uint8Array): string {
  checkBytes(bytes, 'bytes', 0, MAX_BYTES);
  const codes = new Uint8Array(bytes.length * 2);
  for (let i = 0; i < bytes.length; i++) {
    codes[2 * i] = hexCode(bytes[i]! >> 4);
    codes[2 * i + 1] = hexCode(bytes[i]! & 15);
  }
  return takeAscii(codes);
}

/**
 * Bytes of hex text, either case, no separators; without a table or a branch on the digits.
 *
 * @throws {@link SmError} ERR_INPUT_TYPE, ERR_INPUT_ENCODING
 */
export function fromHex(text: string): Uint8Array {
  if (typeof text !== 'string') throw notText('hex');
  if (text.length % 2 !== 0) throw notEncoded('hex');
  const bytes = new Uint8Array(text.length / 2);
  let bad = 0;
  for (let i = 0; i < bytes.length; i++) {
    const value = (hexValue(text.charCodeAt(2 * i)) << 4) | hexValue(text.charCodeAt(2 * i + 1));
    bad |= value;
    bytes[i] = value;
  }
  // A digit that was none made its value, and so all of them together, negative.
  if (bad < 0) {
    bytes.fill(0);
    throw notEncoded('hex');
  }
  return bytes;
}

/**
 * Base64 with padding (RFC 4648 §4), without a table or a branch on the bytes.
 *
 * @throws {@link SmError} ERR_INPUT_TYPE
 */
export function toBase64(bytes: Uint8Array): string {
  checkBytes(bytes, 'bytes', 0, MAX_BYTES);
  const codes = new Uint8Array(Math.ceil(bytes.length / 3) * 4);
  const whole = bytes.length - (bytes.length % 3);
  let at = 0;
  for (let i = 0; i < whole; i += 3, at += 4) {
    const group = (bytes[i]! << 16) | (bytes[i + 1]! << 8) | bytes[i + 2]!;
    codes[at] = base64Code(group >> 18);
    codes[at + 1] = base64Code((group >> 12) & 63);
    codes[at + 2] = base64Code((group >> 6) & 63);
    codes[at + 3] = base64Code(group & 63);
  }
  if (whole < bytes.length) {
    const group = (bytes[whole]! << 16) | ((bytes[whole + 1] ?? 0) << 8);
    codes[at] = base64Code(group >> 18);
    codes[at + 1] = base64Code((group >> 12) & 63);
    codes[at + 2] = bytes.length - whole === 2 ? base64Code((group >> 6) & 63) : PAD;
    codes[at + 3] = PAD;
  }
  return takeAscii(codes);
}

/**
 * Bytes of canonical base64 (RFC 4648 §4): padded, no white space, unused bits zero; without a
 * table or a branch on the digits.
 *
 * @throws {@link SmError} ERR_INPUT_TYPE, ERR_INPUT_ENCODING
 */
export function fromBase64(text: string): Uint8Array {
  if (typeof text !== 'string') throw notText('base64');
  const { length } = text;
  if (length % 4 !== 0) throw notEncoded('base64');
  // The padding shows the length, which is public.
  let padding = 0;
  if (length > 0 && text.charCodeAt(length - 1) === PAD)
    padding = text.charCodeAt(length - 2) === PAD ? 2 : 1;
  const digit = (at: number): number => base64Value(text.charCodeAt(at));
  const bytes = new Uint8Array((length / 4) * 3 - padding);
  const whole = padding === 0 ? length : length - 4;
  let bad = 0;
  let at = 0;
  for (let i = 0; i < whole; i += 4, at += 3) {
    const group = (digit(i) << 18) | (digit(i + 1) << 12) | (digit(i + 2) << 6) | digit(i + 3);
    bad |= group;
    bytes[at] = group >> 16;
    bytes[at + 1] = group >> 8;
    bytes[at + 2] = group;
  }
  if (padding > 0) {
    const third = padding === 1 ? digit(whole + 2) : 0;
    const group = (digit(whole) << 18) | (digit(whole + 1) << 12) | (third << 6);
    // Unused bits make the group negative as well.
    bad |= group | -(group & (padding === 1 ? 0xff : 0xffff));
    bytes[at] = group >> 16;
    if (padding === 1) bytes[at + 1] = group >> 8;
  }
  if (bad < 0) {
    bytes.fill(0);
    throw notEncoded('base64');
  }
  return bytes;
}

/**
 * Checks that `value` is a byte array of an allowed length. Whether its memory is shared with
 * another thread is not checked: asking a small array for its buffer costs more than hashing it.
 *
 * @param value - what came from outside
 * @param name - parameter name shown in the error
 * @param min - shortest length in bytes
 * @param max - longest length in bytes; `min` when left out
 * @throws {@link SmError} ERR_INPUT_TYPE, ERR_INPUT_LENGTH
 */
export function checkBytes(value: unknown, name: string, min: number, max: number = min): Uint8Array {
  if (!(value instanceof Uint8Array)) {
    throw SM_CORE_ERRORS.create('ERR_INPUT_TYPE', { detail: `parameter=${name} expected=Uint8Array` });
  }
  if (value.length < min || value.length > max) {
    const expected = min === max ? `${min}` : `${min}..${max}`;
    throw SM_CORE_ERRORS.create('ERR_INPUT_LENGTH', {
      detail: `parameter=${name} length=${value.length} expected=${expected}`,
    });
  }
  return value;
}
