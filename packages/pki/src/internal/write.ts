import { concatBytes, derElement, derUnsigned, utf8 } from '@cssi/sm-core';
import { oidBytes } from './oids.ts';

/** SEQUENCE of encoded parts. */
export const sequence = (...parts: readonly Uint8Array[]): Uint8Array => derElement(0x30, ...parts);

/** SET whose parts stay in the order given. */
export const set = (...parts: readonly Uint8Array[]): Uint8Array => derElement(0x31, ...parts);

/** Lexicographic order of encodings, which is the order of a SET OF in DER. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const shared = Math.min(a.length, b.length);
  for (let i = 0; i < shared; i++) if (a[i] !== b[i]) return a[i]! - b[i]!;
  return a.length - b.length;
}

/** SET OF in DER: parts sorted. @standard GB/T 16263.1-2006 §11.6 (ISO/IEC 8825-1) */
export const setOf = (parts: readonly Uint8Array[]): Uint8Array =>
  derElement(0x31, ...[...parts].sort(compareBytes));

/** `[n]`, constructed. */
export const explicit = (n: number, ...parts: readonly Uint8Array[]): Uint8Array =>
  derElement(0xa0 | n, ...parts);

/** `[n]`, primitive, with contents as they are. */
export const implicit = (n: number, contents: Uint8Array): Uint8Array => derElement(0x80 | n, contents);

/** The element with another tag, for implicit tagging. */
export function retag(element: Uint8Array, tag: number): Uint8Array {
  const out = Uint8Array.from(element);
  out[0] = tag;
  return out;
}

/** OBJECT IDENTIFIER of a text form that is one of our constants or was read by us. */
export const oid = (text: string): Uint8Array => derElement(0x06, oidBytes(text));

export const octets = (bytes: Uint8Array): Uint8Array => derElement(0x04, bytes);

/** BIT STRING of whole bytes. */
export const bits = (bytes: Uint8Array): Uint8Array => derElement(0x03, Uint8Array.of(0), bytes);

/** INTEGER of big-endian unsigned bytes. */
export const unsigned = (bytes: Uint8Array): Uint8Array => derUnsigned(bytes);

/** Big-endian bytes of a whole number from 0 to 2⁵³-1. */
function numberBytes(value: number): Uint8Array {
  const bytes: number[] = [];
  for (let rest = value; rest > 0; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256);
  return Uint8Array.from(bytes);
}

/** INTEGER of a whole number from 0 to 2⁵³-1. */
export const integer = (value: number): Uint8Array => derUnsigned(numberBytes(value));

/** ENUMERATED of a number from 0 to 127. */
export const enumerated = (value: number): Uint8Array => derElement(0x0a, Uint8Array.of(value));

export const boolean = (value: boolean): Uint8Array => derElement(0x01, Uint8Array.of(value ? 0xff : 0));

export const NULL: Uint8Array = /* @__PURE__ */ Uint8Array.of(0x05, 0x00);

export const utf8String = (text: string): Uint8Array => derElement(0x0c, utf8(text));
export const printableString = (text: string): Uint8Array => derElement(0x13, utf8(text));
/** IA5String of ASCII text; the caller has checked that it is. */
export const ia5String = (text: string): Uint8Array => derElement(0x16, utf8(text));

/** GeneralizedTime in UTC; milliseconds as a fraction without zeros at its end. */
export function generalizedTime(time: Date): Uint8Array {
  const [whole = '', fraction = ''] = time
    .toISOString()
    .replace(/[-:TZ]/g, '')
    .split('.');
  const digits = fraction.replace(/0+$/, '');
  return derElement(0x18, concatBytes(utf8(whole), utf8(digits === '' ? 'Z' : `.${digits}Z`)));
}
