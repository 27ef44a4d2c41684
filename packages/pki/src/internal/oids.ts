import { DerProblem } from './tlv.ts';

/** Longest encoded OID in bytes; the longest of the standards has ten. */
const MAX_OID_BYTES = 64;

/** Text form of the contents of an OBJECT IDENTIFIER. */
export function oidText(value: Uint8Array): string {
  if (value.length === 0 || value.length > MAX_OID_BYTES || value[value.length - 1]! >= 0x80) {
    throw new DerProblem('oid');
  }
  // An arc under 2.25 is a UUID of 128 bits.
  const arcs: bigint[] = [];
  let arc = 0n;
  let fresh = true;
  for (const byte of value) {
    if (fresh && byte === 0x80) throw new DerProblem('oid');
    arc = (arc << 7n) | BigInt(byte & 0x7f);
    fresh = byte < 0x80;
    if (fresh) {
      arcs.push(arc);
      arc = 0n;
    }
  }
  const head = arcs[0]!;
  const first = head < 80n ? head / 40n : 2n;
  return [first, head - 40n * first, ...arcs.slice(1)].join('.');
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
