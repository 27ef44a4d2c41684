import { DerProblem, expectTag, type Tlv } from './tlv.ts';

/** Longest encoded OID in bytes; the longest of the standards has ten. */
const MAX_OID_BYTES = 64;

/** Arcs up to this one times 128 are exact as numbers. */
const MAX_EXACT = Number.MAX_SAFE_INTEGER / 128 - 1;

/** One arc that ends before `end`; a UUID under 2.25 has 128 bits. */
function bigArc(value: Uint8Array, start: number, end: number): bigint {
  let arc = 0n;
  for (let at = start; at < end; at++) arc = (arc << 7n) | BigInt(value[at]! & 0x7f);
  return arc;
}

function firstArcs(arc: number | bigint): string {
  if (typeof arc === 'bigint') return `2.${arc - 80n}`;
  const first = arc < 80 ? Math.floor(arc / 40) : 2;
  return `${first}.${arc - 40 * first}`;
}

/** Text form of the contents of an OBJECT IDENTIFIER. */
export function oidText(value: Uint8Array): string {
  if (value.length === 0 || value.length > MAX_OID_BYTES || value[value.length - 1]! >= 0x80) {
    throw new DerProblem('oid');
  }
  let text = '';
  let arc = 0;
  let start = 0;
  let exact = true;
  for (let at = 0; at < value.length; at++) {
    const byte = value[at]!;
    if (at === start && byte === 0x80) throw new DerProblem('oid');
    if (arc > MAX_EXACT) exact = false;
    arc = arc * 128 + (byte & 0x7f);
    if (byte >= 0x80) continue;
    const number = exact ? arc : bigArc(value, start, at + 1);
    text = text === '' ? firstArcs(number) : `${text}.${number}`;
    arc = 0;
    exact = true;
    start = at + 1;
  }
  return text;
}

/** Contents of an OBJECT IDENTIFIER of its text form, which is one of our constants. */
export function oidBytes(text: string): Uint8Array {
  const arcs = text.split('.').map(BigInt);
  const numbers = [arcs[0]! * 40n + arcs[1]!, ...arcs.slice(2)];
  const out: number[] = [];
  for (const number of numbers) {
    const groups = [Number(number & 0x7fn)];
    for (let rest = number >> 7n; rest > 0n; rest >>= 7n) groups.unshift(Number(rest & 0x7fn) | 0x80);
    out.push(...groups);
  }
  return Uint8Array.from(out);
}

/** Text form of an OBJECT IDENTIFIER element. */
export const readOid = (element: Tlv | undefined, what: string): string =>
  oidText(expectTag(element, 0x06, what).value);
