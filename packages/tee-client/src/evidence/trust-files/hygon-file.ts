import { equalBytes } from '@cssi/sm-core';
import { notTrustFile } from './errors.ts';

/** Lengths of the certificates. */
const ROOT_BYTES = 832;
const CHIP_BYTES = 2084;
const PAIR_BYTES: number = ROOT_BYTES + CHIP_BYTES;
/** Key usages that files carry. */
const USAGE = { hrk: 0, hsk: 0x13, cek: 0x1004 } as const;

/** Certificates of Hygon in a file. @internal */
export interface HygonContents {
  readonly roots: readonly Uint8Array[];
  readonly certificates: readonly Uint8Array[];
}

/** Whether a file has the length of Hygon's certificates and is neither text nor DER. @internal */
export function looksLikeHygon(bytes: Uint8Array): boolean {
  if (bytes.length !== ROOT_BYTES && bytes.length !== CHIP_BYTES && bytes.length !== PAIR_BYTES) return false;
  // The version, four bytes or one, is small: 0x30 and 0x2d begin other things.
  return (bytes[0] ?? 0xff) < 0x10;
}

const u32 = (bytes: Uint8Array, at: number): number =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(at, true);

/**
 * Sorts HRK, HSK, CEK and HSK‖CEK by the usage that stands in them. An HRK names itself as its issuer.
 *
 * @internal
 */
export function readHygonFile(name: string, bytes: Uint8Array): HygonContents {
  const own = Uint8Array.from(bytes);
  const isChip = (cert: Uint8Array) => u32(cert, 8) === USAGE.cek;
  if (own.length === CHIP_BYTES) {
    if (!isChip(own)) throw notTrustFile(name, 'hygon-usage');
    return { roots: [], certificates: [own] };
  }
  const [first, rest] = [own.slice(0, ROOT_BYTES), own.slice(ROOT_BYTES)];
  const usage = u32(first, 36);
  if (own.length === PAIR_BYTES) {
    if (usage !== USAGE.hsk || !isChip(rest)) throw notTrustFile(name, 'hygon-usage');
    return { roots: [], certificates: [first, rest] };
  }
  if (usage === USAGE.hsk) return { roots: [], certificates: [first] };
  const namesItself = equalBytes(first.subarray(4, 20), first.subarray(20, 36));
  if (usage !== USAGE.hrk || !namesItself) throw notTrustFile(name, 'hygon-usage');
  return { roots: [first], certificates: [] };
}
