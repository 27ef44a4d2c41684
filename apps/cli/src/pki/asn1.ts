/** One element of a file that is looked at; nothing about it is trusted. */
export interface Asn1Element {
  /** First byte of the tag. */
  readonly tag: number;
  /** Number of the tag; that of the long form too. */
  readonly number: number;
  readonly constructed: boolean;
  /** Header and contents. */
  readonly raw: Uint8Array;
  readonly value: Uint8Array;
  /** The length was indefinite (BER). */
  readonly indefinite: boolean;
}

/** Deepest element that is looked at; the recursion over indefinite lengths ends here as well. */
export const MAX_ASN1_DEPTH = 32;

interface Header {
  readonly number: number;
  readonly start: number;
  readonly length: number | undefined;
}

function tagNumber(bytes: Uint8Array, at: number): { number: number; next: number } | undefined {
  let number = bytes[at]! & 0x1f;
  if (number !== 0x1f) return { number, next: at + 1 };
  number = 0;
  for (let i = 1; i <= 4; i++) {
    const byte = bytes[at + i];
    if (byte === undefined) return undefined;
    number = number * 128 + (byte & 0x7f);
    if (byte < 0x80) return { number, next: at + i + 1 };
  }
  return undefined;
}

function header(bytes: Uint8Array, at: number): Header | undefined {
  if (at >= bytes.length) return undefined;
  const tag = tagNumber(bytes, at);
  const first = tag === undefined ? undefined : bytes[tag.next];
  if (tag === undefined || first === undefined) return undefined;
  if (first < 0x80) return { number: tag.number, start: tag.next + 1, length: first };
  if (first === 0x80) return { number: tag.number, start: tag.next + 1, length: undefined };
  const count = first & 0x7f;
  if (count > 4 || tag.next + 1 + count > bytes.length) return undefined;
  let length = 0;
  for (let i = 1; i <= count; i++) length = length * 256 + bytes[tag.next + i]!;
  return { number: tag.number, start: tag.next + 1 + count, length };
}

/** End of contents of indefinite length, its two zero bytes not included. */
function endOfContents(bytes: Uint8Array, start: number, depth: number): number | undefined {
  let at = start;
  while (!(bytes[at] === 0 && bytes[at + 1] === 0)) {
    const element = elementAt(bytes, at, depth + 1);
    if (element === undefined) return undefined;
    at += element.raw.length;
  }
  return at;
}

/** The element at `at`; `undefined` when there is none that is whole. */
export function elementAt(bytes: Uint8Array, at: number, depth = 0): Asn1Element | undefined {
  const head = depth > MAX_ASN1_DEPTH ? undefined : header(bytes, at);
  if (head === undefined) return undefined;
  const tag = bytes[at]!;
  const constructed = (tag & 0x20) !== 0;
  const indefinite = head.length === undefined;
  if (indefinite && !constructed) return undefined;
  const end = indefinite ? endOfContents(bytes, head.start, depth) : head.start + head.length!;
  const after = end === undefined ? Number.POSITIVE_INFINITY : end + (indefinite ? 2 : 0);
  if (end === undefined || after > bytes.length) return undefined;
  return {
    tag,
    number: head.number,
    constructed,
    indefinite,
    raw: bytes.subarray(at, after),
    value: bytes.subarray(head.start, end),
  };
}

/** The elements in `bytes`, at most `most`; `undefined` when something else stands there. */
export function elementsIn(bytes: Uint8Array, most: number): Asn1Element[] | undefined {
  const elements: Asn1Element[] = [];
  for (let at = 0; at < bytes.length && elements.length < most; ) {
    const element = elementAt(bytes, at);
    if (element === undefined) return undefined;
    elements.push(element);
    at += element.raw.length;
  }
  return elements;
}

/** Elements of a constructed element; none for others. */
export const childrenOf = (element: Asn1Element | undefined, most = 64): Asn1Element[] =>
  (element?.constructed === true ? elementsIn(element.value, most) : undefined) ?? [];

/** Text form of an OBJECT IDENTIFIER's contents; `undefined` when it is none. */
export function oidOf(element: Asn1Element | undefined): string | undefined {
  if (element?.tag !== 0x06 || element.value.length === 0 || element.value.length > 64) return undefined;
  if (element.value.at(-1)! >= 0x80) return undefined;
  const arcs: bigint[] = [];
  let arc = 0n;
  for (const byte of element.value) {
    arc = (arc << 7n) | BigInt(byte & 0x7f);
    if (byte >= 0x80) continue;
    if (arcs.length === 0) {
      const first = arc < 40n ? 0n : arc < 80n ? 1n : 2n;
      arcs.push(first, arc - 40n * first);
    } else arcs.push(arc);
    arc = 0n;
  }
  return arcs.join('.');
}

const TEXT_DECODERS: Readonly<Record<number, string>> = {
  12: 'utf-8',
  18: 'latin1',
  19: 'latin1',
  20: 'latin1',
  22: 'latin1',
  26: 'latin1',
  30: 'utf-16be',
};

/** Text of a string element; `undefined` when it is none, or its bytes are none of its kind. */
export function textOf(element: Asn1Element | undefined): string | undefined {
  if (element === undefined || element.tag > 0x1e) return undefined;
  const decoder = TEXT_DECODERS[element.number];
  if (decoder === undefined) return undefined;
  try {
    return new TextDecoder(decoder, { fatal: true, ignoreBOM: true }).decode(element.value);
  } catch {
    return undefined;
  }
}

/** Time of a UTCTime or GeneralizedTime as it stands there, made readable. */
export function timeTextOf(element: Asn1Element): string | undefined {
  const text =
    element.tag === 0x17 || element.tag === 0x18 ? String.fromCharCode(...element.value.subarray(0, 40)) : '';
  const parts = /^(\d\d|\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d(?:\.\d{1,9})?)?Z$/.exec(text);
  if (parts === null || (element.tag === 0x17) !== (parts[1]!.length === 2)) return undefined;
  const year = parts[1]!.length === 4 ? parts[1]! : `${Number(parts[1]) < 50 ? 20 : 19}${parts[1]}`;
  return `${year}-${parts[2]}-${parts[3]} ${parts[4]}:${parts[5]}:${parts[6] ?? '00'}Z`;
}
