import { crc32 } from 'node:zlib';
import { concatBytes, SmError, utf8 } from '@cssi/sm-core';
import { deflateSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { readParts } from '../src/internal/zip-read.ts';

// Packages that another reader would read differently: by local headers, by the end mark
// of deflate, by a second name, by what its file system makes of a name.

interface Entry {
  readonly name: string | Uint8Array;
  readonly data: Uint8Array;
  readonly method?: 0 | 8;
  readonly flags?: number;
  /** Bytes after the deflated data, inside the stored size. */
  readonly trailing?: Uint8Array;
  readonly localExtra?: Uint8Array;
  readonly centralExtra?: Uint8Array;
  /** Checksum, stored size and size in the local header. */
  readonly local?: readonly [number, number, number];
  /** Bytes between the data and the next header. */
  readonly after?: (facts: readonly [number, number, number]) => Uint8Array;
  readonly attributes?: number;
  readonly disk?: number;
}

const none = new Uint8Array(0);

function words(
  size: number,
  fields: readonly (readonly [at: number, bytes: 2 | 4, value: number])[],
): Uint8Array {
  const out = new Uint8Array(size);
  const view = new DataView(out.buffer);
  for (const [at, bytes, value] of fields) {
    if (bytes === 2) view.setUint16(at, value, true);
    else view.setUint32(at, value, true);
  }
  return out;
}

const descriptor = (facts: readonly number[], mark = true): Uint8Array => {
  const all = mark ? [0x08074b50, ...facts] : facts;
  return words(
    all.length * 4,
    all.map((value, i) => [i * 4, 4, value] as const),
  );
};

function zip(entries: readonly Entry[], comment: Uint8Array = none): Uint8Array {
  const files: Uint8Array[] = [];
  const directory: Uint8Array[] = [];
  let offset = 0;
  for (const entry of entries) {
    const method = entry.method ?? 8;
    const name = typeof entry.name === 'string' ? utf8(entry.name) : entry.name;
    const flags = entry.flags ?? 0x0800;
    const stored = method === 8 ? concatBytes(deflateSync(entry.data), entry.trailing ?? none) : entry.data;
    const facts = [crc32(entry.data), stored.length, entry.data.length] as const;
    const local = entry.local ?? facts;
    const localExtra = entry.localExtra ?? none;
    const centralExtra = entry.centralExtra ?? none;
    const file = concatBytes(
      words(30, [
        [0, 4, 0x04034b50],
        [6, 2, flags],
        [8, 2, method],
        [14, 4, local[0]],
        [18, 4, local[1]],
        [22, 4, local[2]],
        [26, 2, name.length],
        [28, 2, localExtra.length],
      ]),
      name,
      localExtra,
      stored,
      entry.after?.(facts) ?? none,
    );
    const row = words(46, [
      [0, 4, 0x02014b50],
      [8, 2, flags],
      [10, 2, method],
      [16, 4, facts[0]],
      [20, 4, facts[1]],
      [24, 4, facts[2]],
      [28, 2, name.length],
      [30, 2, centralExtra.length],
      [34, 2, entry.disk ?? 0],
      [38, 4, entry.attributes ?? 0],
      [42, 4, offset],
    ]);
    files.push(file);
    directory.push(row, name, centralExtra);
    offset += file.length;
  }
  const central = concatBytes(...directory);
  const end = words(22, [
    [0, 4, 0x06054b50],
    [8, 2, entries.length],
    [10, 2, entries.length],
    [12, 4, central.length],
    [16, 4, offset],
    [20, 2, comment.length],
  ]);
  return concatBytes(...files, central, end, comment);
}

function codeOf(bytes: Uint8Array): string {
  try {
    readParts(bytes);
  } catch (error) {
    if (error instanceof SmError) return `${error.code} ${error.detail ?? ''}`;
    throw error;
  }
  return 'accepted';
}

const file = (name: string, changes: Partial<Entry> = {}): Entry => ({
  name,
  data: utf8(`of ${name}`),
  ...changes,
});
const extra = (id: number, body: Uint8Array) =>
  concatBytes(
    words(4, [
      [0, 2, id],
      [2, 2, body.length],
    ]),
    body,
  );
const STREAMED = 0x0808;
const OPEN = [0, 0, 0] as const;

/** A whole entry as a reader of local headers would find it. */
const hiddenEntry = (name: string, data: Uint8Array): Uint8Array =>
  concatBytes(
    words(30, [
      [0, 4, 0x04034b50],
      [6, 2, 0x0800],
      [14, 4, crc32(data)],
      [18, 4, data.length],
      [22, 4, data.length],
      [26, 2, utf8(name).length],
    ]),
    utf8(name),
    data,
  );

describe('packages two readers would read apart', () => {
  it('with nothing wrong are accepted, streamed entries too', () => {
    const parts = [
      file('a.xml'),
      file('b.xml', { flags: STREAMED, local: OPEN, after: (facts) => descriptor(facts) }),
      file('c.xml', { flags: STREAMED, local: OPEN, after: (facts) => descriptor(facts, false) }),
      file('d.xml', { flags: STREAMED, after: (facts) => descriptor(facts) }),
      file('e.xml', { localExtra: extra(0x5455, utf8('12345')), centralExtra: Uint8Array.of(0, 0, 0) }),
      file('f.xml', { attributes: 0o100644 * 0x10000 }),
      { name: 'g/', data: none, method: 0 as const, attributes: 0o040755 * 0x10000 },
    ];
    expect([...readParts(zip(parts)).keys()]).toHaveLength(6);
  });

  it.each<[string, readonly Entry[], string]>([
    [
      'another entry behind the end mark of deflate',
      [
        file('page.xml'),
        file('b.xml', {
          flags: STREAMED,
          local: OPEN,
          trailing: concatBytes(descriptor([1, 2, 3]), hiddenEntry('page.xml', utf8('forged'))),
          after: (facts) => descriptor(facts),
        }),
      ],
      'ERR_OFD_ZIP_MALFORMED reason=deflate-trailing',
    ],
    ['a byte behind the end mark', [file('a', { trailing: Uint8Array.of(0) })], 'reason=deflate-trailing'],
    [
      'a second name in the directory',
      [file('a', { flags: 0, centralExtra: extra(0x7075, utf8('x1234b')) })],
      'ERR_OFD_ZIP_UNSUPPORTED feature=second-name',
    ],
    [
      'a second name in the local header',
      [file('a', { flags: 0, localExtra: extra(0x7075, utf8('x1234b')) })],
      'feature=second-name',
    ],
    [
      'a second name behind another field',
      [file('a', { centralExtra: concatBytes(extra(0x5455, utf8('12345')), extra(0x7075, none)) })],
      'feature=second-name',
    ],
    [
      'an extra field that is cut',
      [file('a', { centralExtra: Uint8Array.of(1, 0, 9, 0, 1) })],
      'reason=extra-field',
    ],
    [
      'another size in the local header',
      [file('a', { method: 0, local: [crc32(utf8('o')), 4, 1] })],
      'reason=local',
    ],
    [
      'another checksum in the local header',
      [file('a', { method: 0, local: [7, 4, 4] })],
      'reason=local-header',
    ],
    [
      'no sizes in the local header of an entry not streamed',
      [file('a', { local: OPEN })],
      'reason=local-header',
    ],
    ['no data descriptor', [file('a', { flags: STREAMED, local: OPEN })], 'reason=layout'],
    [
      'a data descriptor with another checksum',
      [file('a', { flags: STREAMED, local: OPEN, after: ([, b, c]) => descriptor([7, b, c]) })],
      'reason=descriptor',
    ],
    [
      'a data descriptor with another mark',
      [file('a', { flags: STREAMED, local: OPEN, after: ([a, b, c]) => descriptor([1, a, b, c], false) })],
      'reason=descriptor',
    ],
    [
      'a stored entry whose end can only be guessed',
      [file('a', { method: 0, flags: STREAMED, local: OPEN, after: (facts) => descriptor(facts) })],
      'feature=stored-stream',
    ],
    ['a symbolic link', [file('a', { attributes: 0o120777 * 0x10000 })], 'feature=special-file'],
    ['an entry on another disk', [file('a', { disk: 1 })], 'feature=disks'],
    ['a file that is a folder as well', [file('a'), file('a/b')], 'reason=file-as-folder'],
    ['a file that is a folder in other letters', [file('X/y/z'), file('x/Y')], 'reason=file-as-folder'],
    ['names that fold to one', [file('straße'), file('STRASSE')], 'reason=duplicate-name'],
    ['names composed differently', [file('\u00e9'), file('e\u0301')], 'reason=duplicate-name'],
    ['a name that is not UTF-8', [{ name: Uint8Array.of(0x61, 0xff), data: none }], 'reason=name'],
    ['a name that ends in a dot', [file('a.xml.')], 'ERR_OFD_PART_NAME reason=segment-end'],
    ['a name that ends in a space', [file('a.xml ')], 'ERR_OFD_PART_NAME reason=segment-end'],
    ['a folder that ends in a dot', [file('a./b')], 'ERR_OFD_PART_NAME reason=segment-end'],
    ['a name that XML cannot write', [file('a\uffff')], 'ERR_OFD_PART_NAME reason=character'],
  ])('are refused: %s', (_what, entries, code) => {
    expect(codeOf(zip(entries))).toContain(code);
  });

  it('are refused: a comment, and an end record inside one', () => {
    expect(codeOf(zip([file('a')], utf8('text')))).toContain('feature=comment');
    expect(codeOf(zip([file('a')], zip([])))).toContain('feature=comment');
    expect(codeOf(zip([file('a')], zip([file('b')])))).toContain('feature=comment');
  });
});
