/** One DER element with its place in the input. */
export interface Tlv {
  readonly tag: number;
  /** Header and contents. */
  readonly raw: Uint8Array;
  readonly value: Uint8Array;
}

/** Thrown inside the package only; the caller turns it into its coded error. */
export class DerProblem extends Error {
  override readonly name = 'DerProblem';
}

/** Most elements of one list: no certificate comes near, and the work stays bounded. */
const MAX_ELEMENTS = 1024;

/** Reads one element at `at`: single-byte tags, definite minimal lengths. */
function readTlv(bytes: Uint8Array, at: number): Tlv {
  const tag = bytes[at];
  const first = bytes[at + 1];
  if (tag === undefined || first === undefined) throw new DerProblem('truncated');
  if ((tag & 0x1f) === 0x1f) throw new DerProblem('tag');
  let start = at + 2;
  let length = first;
  if (first >= 0x80) {
    const count = first & 0x7f;
    if (count === 0 || count > 3) throw new DerProblem('length');
    length = 0;
    for (let i = 0; i < count; i++) {
      const byte = bytes[start++];
      if (byte === undefined) throw new DerProblem('truncated');
      length = length * 256 + byte;
    }
    if (length < 0x80 || length < 256 ** (count - 1)) throw new DerProblem('length');
  }
  const end = start + length;
  if (end > bytes.length) throw new DerProblem('truncated');
  return { tag, raw: bytes.subarray(at, end), value: bytes.subarray(start, end) };
}

/** All elements of `bytes`, at most `max`. */
export function readAll(bytes: Uint8Array, max: number = MAX_ELEMENTS): readonly Tlv[] {
  const elements: Tlv[] = [];
  for (let at = 0; at < bytes.length; ) {
    if (elements.length === max) throw new DerProblem('too many');
    const element = readTlv(bytes, at);
    elements.push(element);
    at += element.raw.length;
  }
  return elements;
}

/** The one element of `bytes`, which must have `tag` and nothing after it. */
export function readOne(bytes: Uint8Array, tag: number): Tlv {
  const element = readTlv(bytes, 0);
  if (element.tag !== tag) throw new DerProblem('tag');
  if (element.raw.length !== bytes.length) throw new DerProblem('trailing');
  return element;
}

/** `element`, which must be there and have `tag`. */
export function expectTag(element: Tlv | undefined, tag: number, what: string): Tlv {
  if (element?.tag !== tag) throw new DerProblem(what);
  return element;
}

/** A non-negative INTEGER of at most `maxBytes` without its sign byte; big-endian. */
export function readUnsigned(element: Tlv | undefined, maxBytes: number, what: string): Uint8Array {
  const { value } = expectTag(element, 0x02, what);
  const signByte = value.length > 1 && value[0] === 0;
  if (value.length === 0 || value[0]! >= 0x80 || (signByte && value[1]! < 0x80)) throw new DerProblem(what);
  const magnitude = signByte ? value.subarray(1) : value;
  if (magnitude.length > maxBytes) throw new DerProblem(what);
  return magnitude;
}

/** A BOOLEAN, whose TRUE is ff in DER. */
export function readBoolean(element: Tlv | undefined, what: string): boolean {
  const { value } = expectTag(element, 0x01, what);
  if (value.length !== 1 || (value[0] !== 0 && value[0] !== 0xff)) throw new DerProblem(what);
  return value[0] === 0xff;
}

/** A BIT STRING of whole bytes. */
export function readBytesOfBits(element: Tlv | undefined, what: string): Uint8Array {
  const { value } = expectTag(element, 0x03, what);
  if (value.length === 0 || value[0] !== 0) throw new DerProblem(what);
  return value.subarray(1);
}

/** Contents of an OCTET STRING. */
export const readOctets = (element: Tlv | undefined, what: string): Uint8Array =>
  expectTag(element, 0x04, what).value;

function smallNumber(element: Tlv | undefined, tag: number, what: string): number {
  const { value } = expectTag(element, tag, what);
  const minimal = value.length < 2 || value[0] !== 0 || value[1]! >= 0x80;
  if (value.length === 0 || value.length > 4 || value[0]! >= 0x80 || !minimal) throw new DerProblem(what);
  return value.reduce((sum, byte) => sum * 256 + byte, 0);
}

/** An INTEGER from 0 to 2³¹-1. */
export const readSmallInteger = (element: Tlv | undefined, what: string): number =>
  smallNumber(element, 0x02, what);

/** An ENUMERATED from 0 to 2³¹-1. */
export const readEnumerated = (element: Tlv | undefined, what: string): number =>
  smallNumber(element, 0x0a, what);
