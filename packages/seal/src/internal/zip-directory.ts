import { fromUtf8 } from '@cssi/sm-core';
import { SEAL_ERRORS } from '../errors.ts';
import type { OfdLimits } from '../spec/v1/oids.ts';
import { checkPartName } from './part-name.ts';

const CENTRAL = 0x02014b50;
const END = 0x06054b50;
const END_BYTES = 22;
const RATIO_FREE_BYTES = 64 * 1024;
// Unicode path: gives the entry a second name, and readers differ in which one they take.
const EXTRA_UNICODE_PATH = 0x7075;
const UNIX_TYPES: readonly number[] = [0, 0o040000, 0o100000];

/** One row of the central directory. */
export interface ZipEntry {
  readonly name: string;
  readonly method: number;
  readonly flags: number;
  readonly crc: number;
  readonly stored: number;
  readonly size: number;
  readonly offset: number;
  /** Sizes and checksum follow the data instead of standing before it. */
  readonly streamed: boolean;
}

/** The error of a package that is no well-formed ZIP file. */
export const malformed = (reason: string): Error =>
  SEAL_ERRORS.create('ERR_OFD_ZIP_MALFORMED', { detail: `reason=${reason}` });
const unsupported = (feature: string) =>
  SEAL_ERRORS.create('ERR_OFD_ZIP_UNSUPPORTED', { detail: `feature=${feature}` });
/** The error of a package beyond a bound. */
export const limit = (name: string, max: number): Error =>
  SEAL_ERRORS.create('ERR_OFD_LIMIT', { detail: `limit=${name} max=${max}` });

/**
 * Position of the end record. It must close the file and have no comment: a comment is
 * covered by no signature, and can hold an end record for readers that search otherwise.
 */
function findEnd(view: DataView): number {
  const last = view.byteLength - END_BYTES;
  const lowest = Math.max(0, last - 0xffff);
  const found: number[] = [];
  for (let at = last; at >= lowest; at--) {
    if (
      view.getUint32(at, true) === END &&
      at + END_BYTES + view.getUint16(at + 20, true) === view.byteLength
    )
      found.push(at);
  }
  if (found.length === 0) throw malformed('end-record');
  if (found.length > 1 || found[0] !== last) throw unsupported('comment');
  return last;
}

/** Name of an entry. @throws SmError ERR_OFD_ZIP_MALFORMED, ERR_OFD_ZIP_UNSUPPORTED */
export function readName(bytes: Uint8Array, flags: number): string {
  // Without the UTF-8 flag the code page is a guess, and two readers may guess apart.
  if ((flags & 0x0800) === 0 && bytes.some((byte) => byte >= 0x80)) throw unsupported('name-code-page');
  try {
    return fromUtf8(bytes);
  } catch {
    throw malformed('name');
  }
}

/** Checks the extra fields of a header. @throws SmError ERR_OFD_ZIP_MALFORMED, ERR_OFD_ZIP_UNSUPPORTED */
export function checkExtra(view: DataView, from: number, to: number): void {
  let at = from;
  while (at + 4 <= to) {
    if (view.getUint16(at, true) === EXTRA_UNICODE_PATH) throw unsupported('second-name');
    at += 4 + view.getUint16(at + 2, true);
  }
  // Up to three bytes of padding are what aligning tools leave.
  if (at > to) throw malformed('extra-field');
}

function readEntry(
  bytes: Uint8Array,
  view: DataView,
  at: number,
  end: number,
): { entry: ZipEntry; next: number } {
  if (at + 46 > end || view.getUint32(at, true) !== CENTRAL) throw malformed('central-entry');
  const flags = view.getUint16(at + 8, true);
  const extra = at + 46 + view.getUint16(at + 28, true);
  const comment = extra + view.getUint16(at + 30, true);
  const next = comment + view.getUint16(at + 32, true);
  if (next > end) throw malformed('central-entry');
  checkExtra(view, extra, comment);
  const entry: ZipEntry = {
    name: readName(bytes.subarray(at + 46, extra), flags),
    method: view.getUint16(at + 10, true),
    flags,
    crc: view.getUint32(at + 16, true),
    stored: view.getUint32(at + 20, true),
    size: view.getUint32(at + 24, true),
    offset: view.getUint32(at + 42, true),
    streamed: (flags & 0x0008) !== 0,
  };
  // Bits 0, 6 and 13: encryption; bit 5: patches.
  if ((flags & 0x2061) !== 0) throw unsupported('encryption');
  if (entry.method !== 0 && entry.method !== 8) throw unsupported('method');
  if (entry.method === 0 && entry.stored !== entry.size) throw malformed('stored-size');
  // Who reads in one pass can only guess where such an entry ends.
  if (entry.method === 0 && entry.streamed && entry.size > 0) throw unsupported('stored-stream');
  if ([entry.stored, entry.size, entry.offset].includes(0xffffffff)) throw unsupported('zip64');
  if (view.getUint16(at + 34, true) !== 0) throw unsupported('disks');
  // A link or device, for readers that unpack to disk.
  if (!UNIX_TYPES.includes((view.getUint32(at + 38, true) >>> 16) & 0o170000))
    throw unsupported('special-file');
  return { entry, next };
}

/** The rows of the central directory and where it starts. @throws SmError ERR_OFD_ZIP_MALFORMED, ERR_OFD_ZIP_UNSUPPORTED, ERR_OFD_LIMIT */
export function readDirectory(
  bytes: Uint8Array,
  view: DataView,
  limits: OfdLimits,
): { entries: ZipEntry[]; start: number } {
  if (bytes.length < END_BYTES) throw malformed('end-record');
  const end = findEnd(view);
  const count = view.getUint16(end + 10, true);
  const size = view.getUint32(end + 12, true);
  const start = view.getUint32(end + 16, true);
  if (view.getUint16(end + 4, true) !== 0 || view.getUint16(end + 6, true) !== 0) throw unsupported('disks');
  if (count === 0xffff || size === 0xffffffff || start === 0xffffffff) throw unsupported('zip64');
  if (view.getUint16(end + 8, true) !== count || start + size !== end) throw malformed('central-directory');
  if (count > limits.entries) throw limit('entries', limits.entries);
  const entries: ZipEntry[] = [];
  let at = start;
  for (let i = 0; i < count; i++) {
    const { entry, next } = readEntry(bytes, view, at, end);
    entries.push(entry);
    at = next;
  }
  if (at !== end) throw malformed('central-directory');
  return { entries, start };
}

/** One key for all names that some file system takes for one: they differ in case or composition. */
const foldName = (name: string): string => name.normalize('NFC').toUpperCase().toLowerCase().normalize('NFC');

function checkNames(entries: readonly ZipEntry[]): void {
  const names = new Set<string>();
  const files = new Set<string>();
  for (const { name, size } of entries) {
    const folder = name.endsWith('/');
    const key = foldName(checkPartName(folder ? name.slice(0, -1) : name));
    if (folder && size !== 0) throw malformed('folder-data');
    if (names.has(key)) throw malformed('duplicate-name');
    names.add(key);
    if (!folder) files.add(key);
  }
  for (const key of names) {
    for (let at = key.indexOf('/'); at >= 0; at = key.indexOf('/', at + 1)) {
      if (files.has(key.slice(0, at))) throw malformed('file-as-folder');
    }
  }
}

/** All bounds are checked on the declared sizes, before one byte is inflated. @throws SmError ERR_OFD_LIMIT, ERR_OFD_ZIP_MALFORMED, ERR_OFD_PART_NAME */
export function checkEntries(entries: readonly ZipEntry[], limits: OfdLimits): void {
  let total = 0;
  for (const { size, stored } of entries) {
    if (size > limits.partBytes) throw limit('part-bytes', limits.partBytes);
    if (size > RATIO_FREE_BYTES && size > stored * limits.ratio) throw limit('ratio', limits.ratio);
    total += size;
    if (total > limits.totalBytes) throw limit('total-bytes', limits.totalBytes);
  }
  checkNames(entries);
}
