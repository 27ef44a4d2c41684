import { derElement } from '@cssi/sm-core';
import type { FindingLog } from '../internal/finding-log.ts';
import { DerProblem, readOne } from '../internal/tlv.ts';
import type { KeyUsage } from '../spec/v1/certificate.ts';

/** In the order of their bits. @standard GB/T 20518-2018 §5.2.4.2.3 */
export const KEY_USAGES: readonly KeyUsage[] = [
  'digitalSignature',
  'nonRepudiation',
  'keyEncipherment',
  'dataEncipherment',
  'keyAgreement',
  'keyCertSign',
  'cRLSign',
  'encipherOnly',
  'decipherOnly',
];

/** BIT STRING of usages; DER leaves out the zero bits at the end. */
export function encodeKeyUsage(usages: readonly KeyUsage[]): Uint8Array {
  const bits = KEY_USAGES.map((usage) => usages.includes(usage));
  const used = bits.lastIndexOf(true) + 1;
  const bytes = new Uint8Array(Math.ceil(used / 8));
  for (let bit = 0; bit < used; bit++) if (bits[bit]) bytes[bit >> 3]! |= 0x80 >> (bit & 7);
  return derElement(0x03, Uint8Array.of(bytes.length * 8 - used), bytes);
}

/** Usages of a BIT STRING. Zero bits at the end go to the log: many CAs write all eight. */
export function decodeKeyUsage(value: Uint8Array, log: FindingLog): ReadonlySet<KeyUsage> {
  const { value: bits } = readOne(value, 0x03);
  const unused = bits[0];
  if (unused === undefined || unused > 7 || bits.length > 3) throw new DerProblem('key usage');
  if (bits.length === 1 && unused !== 0) throw new DerProblem('key usage');
  const last = bits.length > 1 ? bits[bits.length - 1]! : undefined;
  if (last !== undefined) {
    if ((last & ((1 << unused) - 1)) !== 0) throw new DerProblem('key usage');
    if ((last & (1 << unused)) === 0) log.note('KEY_USAGE_TRAILING_ZEROS', 'keyUsage');
  }
  return new Set(KEY_USAGES.filter((_, bit) => ((bits[1 + (bit >> 3)] ?? 0) & (0x80 >> (bit & 7))) !== 0));
}
