import { DerProblem } from './tlv.ts';

/** Longest encoded OID in bytes; the longest of the standards has ten. */
const MAX_OID_BYTES = 64;

/** Text form of the contents of an OBJECT IDENTIFIER. */
export function oidText(value: Uint8Array): string {
  if (value.length === 0 || value.length > MAX_OID_BYTES || value[value.length - 1]! >= 0x80) {
    throw new DerProblem('oid');
  }
  const arcs: number[] = [];
  let arc = 0;
  let fresh = true;
  for (const byte of value) {
    if (fresh && byte === 0x80) throw new DerProblem('oid');
    arc = arc * 128 + (byte & 0x7f);
    if (arc > Number.MAX_SAFE_INTEGER) throw new DerProblem('oid');
    fresh = byte < 0x80;
    if (fresh) {
      arcs.push(arc);
      arc = 0;
    }
  }
  const first = Math.min(2, Math.floor(arcs[0]! / 40));
  return [first, arcs[0]! - 40 * first, ...arcs.slice(1)].join('.');
}

/** Contents of an OBJECT IDENTIFIER of its text form, which is one of our constants. */
export function oidBytes(text: string): Uint8Array {
  const arcs = text.split('.').map(Number);
  const numbers = [arcs[0]! * 40 + arcs[1]!, ...arcs.slice(2)];
  const out: number[] = [];
  for (const number of numbers) {
    const groups = [number % 128];
    for (let rest = Math.floor(number / 128); rest > 0; rest = Math.floor(rest / 128)) {
      groups.unshift((rest % 128) | 0x80);
    }
    out.push(...groups);
  }
  return Uint8Array.from(out);
}
