/**
 * Bytes and text inside a compartment, where there is no Buffer and no `node:` module.
 */

const encoder = new TextEncoder();
const HEX = '0123456789abcdef';
const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** UTF-8 of `text`. @group Helpers for trusted applications */
export const utf8 = (text: string): Uint8Array => encoder.encode(text);

/** Text of UTF-8, `undefined` where the bytes are none. @group Helpers for trusted applications */
export function fromUtf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** All parts in one new array. @group Helpers for trusted applications */
export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const part of parts) length += part.length;
  const out = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

/** Four bytes, big-endian. @group Helpers for trusted applications */
export const u32 = (value: number): Uint8Array =>
  Uint8Array.of(value >>> 24, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff);

/** The number in the four bytes at `at`, big-endian; missing bytes count as 0. @group Helpers for trusted applications */
export const readU32 = (bytes: Uint8Array, at = 0): number =>
  (((bytes[at] ?? 0) << 24) |
    ((bytes[at + 1] ?? 0) << 16) |
    ((bytes[at + 2] ?? 0) << 8) |
    (bytes[at + 3] ?? 0)) >>>
  0;

/** `length` bytes (up to 8), big-endian; `value` is a safe integer. @group Helpers for trusted applications */
export function bigEndian(value: number, length: number): Uint8Array {
  const out = new Uint8Array(length);
  let rest = value;
  for (let i = length - 1; i >= 0; i--) {
    out[i] = rest % 256;
    rest = Math.floor(rest / 256);
  }
  return out;
}

/** The number in big-endian bytes; exact up to 2^53 - 1. @group Helpers for trusted applications */
export function readBigEndian(bytes: Uint8Array): number {
  let value = 0;
  for (const byte of bytes) value = value * 256 + byte;
  return value;
}

/** Lower-case hexadecimal. @group Helpers for trusted applications */
export function toHex(bytes: Uint8Array): string {
  let out = '';
  for (const byte of bytes) out += (HEX[byte >> 4] ?? '') + (HEX[byte & 15] ?? '');
  return out;
}

/** Bytes of lower-case hexadecimal, `undefined` where the text is none. @group Helpers for trusted applications */
export function fromHex(text: string): Uint8Array | undefined {
  if (text.length % 2 !== 0 || !/^[0-9a-f]*$/.test(text)) return undefined;
  const out = new Uint8Array(text.length / 2);
  for (let i = 0; i < out.length; i++) out[i] = Number.parseInt(text.slice(2 * i, 2 * i + 2), 16);
  return out;
}

/** Base64 with padding. @group Helpers for trusted applications */
export function toBase64(bytes: Uint8Array): string {
  let out = '';
  for (let i = 0; i < bytes.length; i += 3) {
    const left = bytes.length - i;
    const group = ((bytes[i] ?? 0) << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0);
    out += (BASE64[group >> 18] ?? '') + (BASE64[(group >> 12) & 63] ?? '');
    out +=
      (left > 1 ? (BASE64[(group >> 6) & 63] ?? '') : '=') + (left > 2 ? (BASE64[group & 63] ?? '') : '=');
  }
  return out;
}

/** Bytes of base64; `undefined` unless it is exactly what {@link toBase64} gives. @group Helpers for trusted applications */
export function fromBase64(text: string): Uint8Array | undefined {
  if (text.length % 4 !== 0) return undefined;
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  const out = new Uint8Array((text.length / 4) * 3 - padding);
  let group = 0;
  let at = 0;
  for (let i = 0; i < text.length; i++) {
    const value = i >= text.length - padding ? 0 : BASE64.indexOf(text[i] ?? '!');
    if (value < 0) return undefined;
    group = (group << 6) | value;
    if (i % 4 !== 3) continue;
    for (const byte of [(group >> 16) & 0xff, (group >> 8) & 0xff, group & 0xff]) {
      if (at < out.length) out[at++] = byte;
    }
    group = 0;
  }
  return toBase64(out) === text ? out : undefined;
}
