import { crc32, inflateRawSync } from 'node:zlib';
import { checkBytes } from '@cssi/sm-core';
import { OFD_DEFAULT_LIMITS, type OfdLimits } from '../spec/v1/oids.ts';
import {
  checkEntries,
  checkExtra,
  limit,
  malformed,
  readDirectory,
  readName,
  type ZipEntry,
} from './zip-directory.ts';

/** Parts of a package by name, in stored order. */
export type OfdParts = ReadonlyMap<string, Uint8Array>;

const LOCAL = 0x04034b50;
const DESCRIPTOR = 0x08074b50;

/** An entry with the place of its data. */
interface Located {
  readonly entry: ZipEntry;
  readonly from: number;
  readonly to: number;
}

/** Whether checksum and sizes at `at` are those of the directory. */
const agrees = (view: DataView, at: number, { crc, stored, size }: ZipEntry): boolean =>
  [crc, stored, size].every((value, i) => view.getUint32(at + 4 * i, true) === value);

/**
 * Where the data of an entry lies. The local header must agree with the directory in
 * all that readers go by: some know the one only, some the other.
 */
function locate(bytes: Uint8Array, view: DataView, entry: ZipEntry, end: number): Located {
  const at = entry.offset;
  if (at + 30 > end || view.getUint32(at, true) !== LOCAL) throw malformed('local-header');
  const extra = at + 30 + view.getUint16(at + 26, true);
  const from = extra + view.getUint16(at + 28, true);
  const to = from + entry.stored;
  if (to > end) throw malformed('data');
  checkExtra(view, extra, from);
  const open = { ...entry, crc: 0, stored: 0, size: 0 };
  if (
    readName(bytes.subarray(at + 30, extra), view.getUint16(at + 6, true)) !== entry.name ||
    view.getUint16(at + 6, true) !== entry.flags ||
    view.getUint16(at + 8, true) !== entry.method ||
    !(agrees(view, at + 14, entry) || (entry.streamed && agrees(view, at + 14, open)))
  ) {
    throw malformed('local-header');
  }
  return { entry, from, to };
}

/** End of an entry with its data descriptor (12 bytes, 16 with its mark), which must agree as well. */
function endOf(view: DataView, { entry, to }: Located, next: number): number {
  if (!entry.streamed) return to;
  const marked = next - to === 16;
  if (!marked && next - to !== 12) throw malformed('layout');
  if (marked && view.getUint32(to, true) !== DESCRIPTOR) throw malformed('descriptor');
  if (!agrees(view, marked ? to + 4 : to, entry)) throw malformed('descriptor');
  return next;
}

/**
 * Entries must follow each other without a gap or an overlap: what lies between
 * would be seen by readers that walk local headers, and by no other.
 */
function checkLayout(view: DataView, located: readonly Located[], end: number): void {
  const sorted = [...located].sort((a, b) => a.entry.offset - b.entry.offset);
  if ((sorted[0]?.entry.offset ?? end) !== 0) throw malformed('layout');
  sorted.forEach((item, index) => {
    const next = sorted[index + 1]?.entry.offset ?? end;
    if (endOf(view, item, next) !== next) throw malformed('layout');
  });
}

/**
 * Inflates data that must end with its own end mark: readers that go by the mark would
 * take bytes behind it for the next entry.
 */
function inflate(data: Uint8Array, size: number): Uint8Array {
  let content: Uint8Array;
  let consumed: number;
  try {
    // `info` makes the answer an object; the declarations of Node do not say so.
    const result = inflateRawSync(data, { info: true, maxOutputLength: Math.max(1, size) }) as unknown as {
      readonly buffer: Uint8Array;
      readonly engine: { readonly bytesWritten: number };
    };
    content = Uint8Array.from(result.buffer);
    consumed = result.engine.bytesWritten;
  } catch {
    throw malformed('deflate');
  }
  if (content.length !== size) throw malformed('size');
  if (consumed !== data.length) throw malformed('deflate-trailing');
  return content;
}

/**
 * Reads the parts of an OFD package.
 *
 * @throws SmError ERR_OFD_ZIP_MALFORMED, ERR_OFD_ZIP_UNSUPPORTED, ERR_OFD_LIMIT, ERR_OFD_PART_NAME
 */
export function readParts(input: Uint8Array, limits: OfdLimits = OFD_DEFAULT_LIMITS): OfdParts {
  const bytes = checkBytes(input, 'ofd', 0, Number.MAX_SAFE_INTEGER);
  if (bytes.length > limits.packageBytes) throw limit('package-bytes', limits.packageBytes);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const { entries, start } = readDirectory(bytes, view, limits);
  checkEntries(entries, limits);
  const located = entries.map((entry) => locate(bytes, view, entry, start));
  checkLayout(view, located, start);
  const parts = new Map<string, Uint8Array>();
  for (const { entry, from, to } of located) {
    const data = bytes.subarray(from, to);
    const content = entry.method === 0 ? Uint8Array.from(data) : inflate(data, entry.size);
    if (content.length !== entry.size || crc32(content) !== entry.crc) throw malformed('crc');
    if (!entry.name.endsWith('/')) parts.set(entry.name, content);
  }
  return parts;
}
