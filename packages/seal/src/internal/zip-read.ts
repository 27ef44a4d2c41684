import { crc32 } from 'node:zlib';
import { checkBytes, fromUtf8 } from '@cssi/sm-core';
import { Inflate } from 'fflate';
import { SEAL_ERRORS } from '../errors.ts';
import { OFD_DEFAULT_LIMITS, type OfdLimits } from '../spec/v1/oids.ts';
import { checkPartName } from './part-name.ts';

/** Parts of a package by name, in stored order. */
export type OfdParts = ReadonlyMap<string, Uint8Array>;

const LOCAL = 0x04034b50;
const CENTRAL = 0x02014b50;
const END = 0x06054b50;
const END_BYTES = 22;
const RATIO_FREE_BYTES = 64 * 1024;
// One step of the inflater may produce at most 1,032 times its input.
const INFLATE_STEP = 4096;

interface Entry {
  readonly name: string;
  readonly method: number;
  readonly flags: number;
  readonly crc: number;
  readonly stored: number;
  readonly size: number;
  readonly offset: number;
}

const malformed = (reason: string) =>
  SEAL_ERRORS.create('ERR_OFD_ZIP_MALFORMED', { detail: `reason=${reason}` });
const unsupported = (feature: string) =>
  SEAL_ERRORS.create('ERR_OFD_ZIP_UNSUPPORTED', { detail: `feature=${feature}` });
const limit = (name: string, max: number) =>
  SEAL_ERRORS.create('ERR_OFD_LIMIT', { detail: `limit=${name} max=${max}` });

/** Position of the end record; it must close the file exactly. */
function findEnd(view: DataView): number {
  const lowest = Math.max(0, view.byteLength - END_BYTES - 0xffff);
  for (let at = view.byteLength - END_BYTES; at >= lowest; at--) {
    if (
      view.getUint32(at, true) === END &&
      at + END_BYTES + view.getUint16(at + 20, true) === view.byteLength
    ) {
      return at;
    }
  }
  throw malformed('end-record');
}

function readName(bytes: Uint8Array, flags: number): string {
  // Without the UTF-8 flag the code page is a guess, and two readers may guess apart.
  if ((flags & 0x0800) === 0 && bytes.some((byte) => byte >= 0x80)) throw unsupported('name-code-page');
  return fromUtf8(bytes);
}

function readCentral(
  bytes: Uint8Array,
  view: DataView,
  limits: OfdLimits,
): { entries: Entry[]; start: number } {
  const end = findEnd(view);
  const count = view.getUint16(end + 10, true);
  const size = view.getUint32(end + 12, true);
  const start = view.getUint32(end + 16, true);
  if (view.getUint16(end + 4, true) !== 0 || view.getUint16(end + 6, true) !== 0) throw unsupported('disks');
  if (count === 0xffff || size === 0xffffffff || start === 0xffffffff) throw unsupported('zip64');
  if (view.getUint16(end + 8, true) !== count || start + size !== end) throw malformed('central-directory');
  if (count > limits.entries) throw limit('entries', limits.entries);
  const entries: Entry[] = [];
  let at = start;
  for (let i = 0; i < count; i++) {
    if (at + 46 > end || view.getUint32(at, true) !== CENTRAL) throw malformed('central-entry');
    const flags = view.getUint16(at + 8, true);
    const nameLength = view.getUint16(at + 28, true);
    const next = at + 46 + nameLength + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
    if (next > end) throw malformed('central-entry');
    const entry: Entry = {
      name: readName(bytes.subarray(at + 46, at + 46 + nameLength), flags),
      method: view.getUint16(at + 10, true),
      flags,
      crc: view.getUint32(at + 16, true),
      stored: view.getUint32(at + 20, true),
      size: view.getUint32(at + 24, true),
      offset: view.getUint32(at + 42, true),
    };
    // Bits 0, 6 and 13: encryption; bit 5: patches.
    if ((flags & 0x2061) !== 0) throw unsupported('encryption');
    if (entry.method !== 0 && entry.method !== 8) throw unsupported('method');
    if (entry.method === 0 && entry.stored !== entry.size) throw malformed('stored-size');
    if ([entry.stored, entry.size, entry.offset].includes(0xffffffff)) throw unsupported('zip64');
    entries.push(entry);
    at = next;
  }
  if (at !== end) throw malformed('central-directory');
  return { entries, start };
}

/** All bounds are checked on the declared sizes, before one byte is inflated. */
function checkLimits(entries: readonly Entry[], limits: OfdLimits): void {
  let total = 0;
  const names = new Set<string>();
  for (const entry of entries) {
    if (entry.size > limits.partBytes) throw limit('part-bytes', limits.partBytes);
    if (entry.size > RATIO_FREE_BYTES && entry.size > entry.stored * limits.ratio) {
      throw limit('ratio', limits.ratio);
    }
    total += entry.size;
    if (total > limits.totalBytes) throw limit('total-bytes', limits.totalBytes);
    const folder = entry.name.endsWith('/');
    const name = checkPartName(folder ? entry.name.slice(0, -1) : entry.name);
    if (folder && entry.size !== 0) throw malformed('folder-data');
    // Names that differ in case only are one file on some systems.
    const key = name.normalize('NFC').toLowerCase();
    if (names.has(key)) throw malformed('duplicate-name');
    names.add(key);
  }
}

/** Where the data of an entry lies; the local header must agree with the directory. */
function locate(bytes: Uint8Array, view: DataView, entry: Entry, end: number): { from: number; to: number } {
  const at = entry.offset;
  if (at + 30 > end || view.getUint32(at, true) !== LOCAL) throw malformed('local-header');
  const nameLength = view.getUint16(at + 26, true);
  const from = at + 30 + nameLength + view.getUint16(at + 28, true);
  const to = from + entry.stored;
  if (to > end) throw malformed('data');
  const name = readName(bytes.subarray(at + 30, at + 30 + nameLength), view.getUint16(at + 6, true));
  const streamed = (entry.flags & 0x0008) !== 0;
  if (
    name !== entry.name ||
    view.getUint16(at + 6, true) !== entry.flags ||
    view.getUint16(at + 8, true) !== entry.method ||
    (!streamed && view.getUint32(at + 18, true) !== entry.stored)
  ) {
    throw malformed('local-header');
  }
  return { from, to };
}

/**
 * Entries must follow each other without a gap or an overlap: what lies between
 * would be seen by readers that walk local headers, and by no other.
 */
function checkLayout(ranges: readonly { start: number; to: number; streamed: boolean }[], end: number): void {
  const sorted = [...ranges].sort((a, b) => a.start - b.start);
  let at = 0;
  let descriptor = false;
  for (const range of [...sorted, { start: end, to: end, streamed: false }]) {
    const gap = range.start - at;
    if (gap !== 0 && !(descriptor && (gap === 12 || gap === 16))) throw malformed('layout');
    at = range.to;
    descriptor = range.streamed;
  }
}

function inflate(data: Uint8Array, size: number): Uint8Array {
  const out = new Uint8Array(size);
  let length = 0;
  let done = false;
  const inflater = new Inflate((chunk, final) => {
    if (length + chunk.length > size) throw malformed('size');
    out.set(chunk, length);
    length += chunk.length;
    done = final;
  });
  try {
    for (let at = 0; at < data.length || at === 0; at += INFLATE_STEP) {
      inflater.push(data.subarray(at, at + INFLATE_STEP), at + INFLATE_STEP >= data.length);
    }
  } catch (cause) {
    throw SEAL_ERRORS.is(cause) ? cause : malformed('deflate');
  }
  if (!done || length !== size) throw malformed('size');
  return out;
}

/**
 * Reads the parts of an OFD package.
 *
 * @throws SmError ERR_OFD_ZIP_MALFORMED, ERR_OFD_ZIP_UNSUPPORTED, ERR_OFD_LIMIT, ERR_OFD_PART_NAME
 */
export function readParts(input: Uint8Array, limits: OfdLimits = OFD_DEFAULT_LIMITS): OfdParts {
  const bytes = checkBytes(input, 'ofd', 0, Number.MAX_SAFE_INTEGER);
  if (bytes.length > limits.packageBytes) throw limit('package-bytes', limits.packageBytes);
  if (bytes.length < END_BYTES) throw malformed('end-record');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const { entries, start } = readCentral(bytes, view, limits);
  checkLimits(entries, limits);
  const located = entries.map((entry) => ({ entry, ...locate(bytes, view, entry, start) }));
  checkLayout(
    located.map(({ entry, to }) => ({ start: entry.offset, to, streamed: (entry.flags & 0x0008) !== 0 })),
    start,
  );
  const parts = new Map<string, Uint8Array>();
  for (const { entry, from, to } of located) {
    const data = bytes.subarray(from, to);
    const content = entry.method === 0 ? Uint8Array.from(data) : inflate(data, entry.size);
    if (crc32(content) !== entry.crc) throw malformed('crc');
    if (!entry.name.endsWith('/')) parts.set(entry.name, content);
  }
  return parts;
}
