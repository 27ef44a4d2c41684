import { crc32 } from 'node:zlib';
import { concatBytes, SmError, utf8 } from '@cssi/sm-core';
import { deflateSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { OFD_DEFAULT_LIMITS } from '../src/index.ts';
import { readParts } from '../src/internal/zip-read.ts';
import { writeParts } from '../src/internal/zip-write.ts';
import { NOW } from './support.ts';

interface Entry {
  readonly name: string;
  readonly data: Uint8Array;
  readonly method?: number;
  readonly flags?: number;
  /** Size to declare instead of the true one. */
  readonly declared?: number;
  readonly crc?: number;
  /** Stored bytes instead of the deflated ones. */
  readonly raw?: Uint8Array;
  /** Name in the local header, when it differs. */
  readonly localName?: string;
  /** Offset to declare instead of the true one. */
  readonly offset?: number;
}

/** Writes a ZIP file exactly as told, wrong or right. */
function zip(
  entries: readonly Entry[],
  prefix: Uint8Array = new Uint8Array(0),
  gap: Uint8Array = new Uint8Array(0),
): Uint8Array {
  const files: Uint8Array[] = [prefix];
  const directory: Uint8Array[] = [];
  let at = prefix.length;
  for (const entry of entries) {
    const method = entry.method ?? 8;
    const stored = entry.raw ?? (method === 8 ? deflateSync(entry.data) : entry.data);
    const size = entry.declared ?? entry.data.length;
    const crc = entry.crc ?? crc32(entry.data);
    const header = (bytes: number, common: number, name: Uint8Array, signature: number) => {
      const out = new Uint8Array(bytes);
      const view = new DataView(out.buffer);
      view.setUint32(0, signature, true);
      view.setUint16(common + 2, entry.flags ?? 0x0800, true);
      view.setUint16(common + 4, method, true);
      view.setUint32(common + 10, crc, true);
      view.setUint32(common + 14, stored.length, true);
      view.setUint32(common + 18, size, true);
      view.setUint16(common + 22, name.length, true);
      return { out, view };
    };
    const name = utf8(entry.name);
    const localName = utf8(entry.localName ?? entry.name);
    const central = header(46, 6, name, 0x02014b50);
    central.view.setUint32(42, entry.offset ?? at, true);
    directory.push(central.out, name);
    const local = concatBytes(header(30, 4, localName, 0x04034b50).out, localName, stored, gap);
    files.push(local);
    at += local.length;
  }
  const central = concatBytes(...directory);
  const end = new Uint8Array(22);
  const view = new DataView(end.buffer);
  view.setUint32(0, 0x06054b50, true);
  view.setUint16(8, entries.length, true);
  view.setUint16(10, entries.length, true);
  view.setUint32(12, central.length, true);
  view.setUint32(16, at, true);
  return concatBytes(...files, central, end);
}

function codeOf(bytes: Uint8Array, limits = OFD_DEFAULT_LIMITS): string {
  try {
    readParts(bytes, limits);
  } catch (error) {
    if (error instanceof SmError) return error.code;
    throw error;
  }
  return 'accepted';
}

const file = (name: string, data = utf8(name)): Entry => ({ name, data });

describe('reading packages', () => {
  it('reads stored and deflated parts and leaves folders out', () => {
    const parts = readParts(
      zip([
        file('a.xml'),
        { ...file('文/b.xml'), method: 0 },
        { name: 'c/', data: new Uint8Array(0), method: 0 },
      ]),
    );
    expect([...parts]).toEqual([
      ['a.xml', utf8('a.xml')],
      ['文/b.xml', utf8('文/b.xml')],
    ]);
  });

  it('reads what it writes, the same bytes for the same time', () => {
    const parts = new Map([
      ['OFD.xml', utf8('<a/>')],
      ['空.bin', new Uint8Array(0)],
      ['long.bin', new Uint8Array(70_000).fill(7)],
    ]);
    const bytes = writeParts(parts, NOW);
    expect([...readParts(bytes)]).toEqual([...parts]);
    expect(writeParts(parts, NOW)).toEqual(bytes);
  });

  it.each([
    ['../a', 'ERR_OFD_PART_NAME'],
    ['a/../../b', 'ERR_OFD_PART_NAME'],
    ['/a', 'ERR_OFD_PART_NAME'],
    ['a\\b', 'ERR_OFD_PART_NAME'],
    ['C:a', 'ERR_OFD_PART_NAME'],
    ['a//b', 'ERR_OFD_PART_NAME'],
    ['./a', 'ERR_OFD_PART_NAME'],
    ['a\u0000b', 'ERR_OFD_PART_NAME'],
    ['', 'ERR_OFD_PART_NAME'],
    ['a'.repeat(600), 'ERR_OFD_PART_NAME'],
  ])('refuses the name %j', (name, code) => {
    expect(codeOf(zip([file(name)]))).toBe(code);
  });

  it.each<[string, Uint8Array, string]>([
    ['nothing', new Uint8Array(0), 'ERR_OFD_ZIP_MALFORMED'],
    ['text', utf8('PK\u0003\u0004 but no package at all, really'), 'ERR_OFD_ZIP_MALFORMED'],
    ['a name twice', zip([file('a'), file('a')]), 'ERR_OFD_ZIP_MALFORMED'],
    ['names that differ in case only', zip([file('a'), file('A')]), 'ERR_OFD_ZIP_MALFORMED'],
    ['encryption', zip([{ ...file('a'), flags: 0x0801 }]), 'ERR_OFD_ZIP_UNSUPPORTED'],
    ['another method', zip([{ ...file('a'), method: 12 }]), 'ERR_OFD_ZIP_UNSUPPORTED'],
    ['a name in an unknown code page', zip([{ ...file('文'), flags: 0 }]), 'ERR_OFD_ZIP_UNSUPPORTED'],
    ['a wrong checksum', zip([{ ...file('a'), crc: 1 }]), 'ERR_OFD_ZIP_MALFORMED'],
    ['a size that is too small', zip([{ ...file('abc'), declared: 2 }]), 'ERR_OFD_ZIP_MALFORMED'],
    ['a size that is too large', zip([{ ...file('abc'), declared: 4 }]), 'ERR_OFD_ZIP_MALFORMED'],
    ['another name in the local header', zip([{ ...file('a'), localName: 'b' }]), 'ERR_OFD_ZIP_MALFORMED'],
    ['bytes before the first part', zip([file('a')], utf8('MZ')), 'ERR_OFD_ZIP_MALFORMED'],
    ['bytes between parts', zip([file('a'), file('b')], undefined, utf8('hidden')), 'ERR_OFD_ZIP_MALFORMED'],
    ['parts that overlap', zip([file('a'), { ...file('a2'), offset: 0 }]), 'ERR_OFD_ZIP_MALFORMED'],
    ['bytes behind the end', concatBytes(zip([file('a')]), utf8('x')), 'ERR_OFD_ZIP_MALFORMED'],
    ['a folder with contents', zip([{ name: 'a/', data: utf8('x'), method: 0 }]), 'ERR_OFD_ZIP_MALFORMED'],
    [
      'broken deflate data',
      zip([{ ...file('a'), raw: Uint8Array.of(7, 255, 255, 255) }]),
      'ERR_OFD_ZIP_MALFORMED',
    ],
  ])('refuses %s', (_what, bytes, code) => {
    expect(codeOf(bytes)).toBe(code);
  });

  it('refuses bombs on their declared sizes, before inflating', () => {
    const zeros = new Uint8Array(20 << 20);
    expect(codeOf(zip([{ name: 'bomb', data: zeros }]))).toBe('ERR_OFD_LIMIT');
    const small = {
      ...OFD_DEFAULT_LIMITS,
      entries: 2,
      partBytes: 1000,
      totalBytes: 1500,
      packageBytes: 4000,
    };
    expect(codeOf(zip([file('a'), file('b'), file('c')]), small)).toBe('ERR_OFD_LIMIT');
    expect(codeOf(zip([file('a', new Uint8Array(1001))]), small)).toBe('ERR_OFD_LIMIT');
    expect(codeOf(zip([file('a', new Uint8Array(800)), file('b', new Uint8Array(800))]), small)).toBe(
      'ERR_OFD_LIMIT',
    );
    expect(codeOf(new Uint8Array(4001), small)).toBe('ERR_OFD_LIMIT');
    expect(codeOf(zip([file('a', new Uint8Array(700)), file('b', new Uint8Array(800))]), small)).toBe(
      'accepted',
    );
  });

  it('stops a part that inflates to more than it declares', () => {
    const zeros = new Uint8Array(8 << 20);
    const started = process.memoryUsage().arrayBuffers;
    expect(codeOf(zip([{ name: 'a', data: zeros, declared: 10, crc: crc32(new Uint8Array(10)) }]))).toBe(
      'ERR_OFD_ZIP_MALFORMED',
    );
    expect(process.memoryUsage().arrayBuffers - started).toBeLessThan(64 << 20);
  });
});
