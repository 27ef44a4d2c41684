import { SM_CORE_ERRORS } from '../errors.ts';

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

const notText = (name: string) =>
  SM_CORE_ERRORS.create('ERR_INPUT_TYPE', { detail: `parameter=${name} expected=string` });

/** UTF-8 bytes of `text`. */
export function utf8(text: string): Uint8Array {
  return encoder.encode(text);
}

/**
 * Text of UTF-8 bytes; refuses ill-formed sequences and keeps a byte order mark.
 *
 * @throws {@link SmError} ERR_INPUT_TYPE, ERR_INPUT_ENCODING
 */
export function fromUtf8(bytes: Uint8Array): string {
  checkBytes(bytes, 'bytes', 0, Number.MAX_SAFE_INTEGER);
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

/** Lower-case hex. */
export function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex');
}

/**
 * Bytes of hex text, either case, no separators.
 *
 * @throws {@link SmError} ERR_INPUT_TYPE, ERR_INPUT_ENCODING
 */
export function fromHex(text: string): Uint8Array {
  if (typeof text !== 'string') throw notText('hex');
  // The decoder stops at the first character that is not hex, so a short result is a refusal.
  const bytes = Buffer.from(text, 'hex');
  if (bytes.length * 2 !== text.length) {
    throw SM_CORE_ERRORS.create('ERR_INPUT_ENCODING', { detail: 'encoding=hex' });
  }
  return Uint8Array.from(bytes);
}

/** Base64 with padding (RFC 4648 §4). */
export function toBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64');
}

/**
 * Bytes of canonical base64 (RFC 4648 §4): padded, no white space, unused bits zero.
 *
 * @throws {@link SmError} ERR_INPUT_TYPE, ERR_INPUT_ENCODING
 */
export function fromBase64(text: string): Uint8Array {
  if (typeof text !== 'string') throw notText('base64');
  // The decoder is lenient; encoding again accepts the one canonical text only.
  const bytes = Uint8Array.from(Buffer.from(text, 'base64'));
  if (toBase64(bytes) !== text) {
    throw SM_CORE_ERRORS.create('ERR_INPUT_ENCODING', { detail: 'encoding=base64' });
  }
  return bytes;
}

/**
 * Checks that `value` is a byte array of an allowed length.
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
