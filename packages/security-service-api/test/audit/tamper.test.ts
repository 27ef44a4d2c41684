import { cp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Certificate } from '@cssi/pki';
import { canonicalJson, type JsonValue, toHex } from '@cssi/sm-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { FileAuditLog } from '../../src/adapters/file-audit.ts';
import { parseCheckpoint } from '../../src/audit/checkpoint.ts';
import { segmentName, verifyAuditFolder } from '../../src/audit/folder.ts';
import { chainHash, genesisHash } from '../../src/audit/record.ts';
import { verifyAuditLog } from '../../src/audit/verify.ts';
import type { SignedCheckpoint } from '../../src/spec/v1/audit.ts';
import { temporaryFolder } from '../state/support.ts';
import { clock, event, newSigner } from './support.ts';

const signer = newSigner();
const keys = [signer.publicKeyInfo];
const origin = 'node-1';
const open = (
  folder: string,
  more: { formerKeys?: Uint8Array[]; trustedCheckpoint?: SignedCheckpoint } = {},
) => FileAuditLog.open({ folder, origin, ...more }, { signer, clock });

let base: string;
let original: string;
let trusted: SignedCheckpoint;

/** 40 records in several segments, checkpoints at 0, 10, 20, 30 and 40. */
beforeAll(async () => {
  base = await temporaryFolder('tamper');
  original = join(base, 'original');
  const log = await FileAuditLog.open({ folder: original, origin, segmentBytes: 3000 }, { signer, clock });
  for (let n = 0; n < 40; n++) {
    await log.append(event(n));
    if (n % 10 === 9) trusted = await log.checkpoint();
  }
  await log.close();
});

interface StoredLine {
  hash: string;
  record: Record<string, JsonValue>;
}

/** A copy of the log that a test may change. */
class Copy {
  readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
  }

  static async of(name: string): Promise<Copy> {
    const folder = join(base, name.replaceAll(/[^a-z]+/g, '-'));
    await cp(original, folder, { recursive: true });
    return new Copy(folder);
  }

  async segments(): Promise<string[]> {
    return (await readdir(this.folder)).filter((name) => name.startsWith('segment-')).sort();
  }

  async checkpoints(change: (lines: string[]) => string[]): Promise<void> {
    const path = join(this.folder, 'checkpoints.jsonl');
    const lines = (await readFile(path, 'utf8')).trimEnd().split('\n');
    await writeFile(
      path,
      change(lines)
        .map((line) => `${line}\n`)
        .join(''),
    );
  }

  async lines(): Promise<StoredLine[]> {
    const texts = await Promise.all(
      (await this.segments()).map((name) => readFile(join(this.folder, name), 'utf8')),
    );
    return texts.flatMap((text) => text.trimEnd().split('\n')).map((line) => JSON.parse(line) as StoredLine);
  }

  /** Rewrites all records; with `rechain` as somebody would who knows how the log works. */
  async rewrite(change: (lines: StoredLine[]) => StoredLine[], rechain = false): Promise<void> {
    const lines = change(await this.lines());
    for (const name of await this.segments()) await rm(join(this.folder, name));
    let head = genesisHash(origin);
    const text = lines.map(({ hash, record }, i) => {
      const stored = canonicalJson(rechain ? { ...record, sequence: i } : record);
      head = chainHash(head, stored);
      return `{"hash":"${rechain ? toHex(head) : hash}","record":${Buffer.from(stored).toString()}}\n`;
    });
    await writeFile(join(this.folder, segmentName(0)), text.join(''));
  }
}

const forged: StoredLine = {
  hash: '00'.repeat(32),
  record: {
    ...(event(7) as unknown as Record<string, JsonValue>),
    v: 1,
    sequence: 7,
    time: '2026-12-01T00:00:00.007Z',
  },
};
const at = (i: number, change: (line: StoredLine) => void) => (lines: StoredLine[]) => {
  change(lines[i]!);
  return lines;
};

describe('verification of an untouched log', () => {
  it('accepts it, with and without a checkpoint kept elsewhere', async () => {
    const plain = await verifyAuditFolder(original, { keys });
    expect(plain).toMatchObject({
      integrity: { status: 'passed' },
      trust: { status: 'passed' },
      time: { status: 'passed' },
      truncation: { status: 'indeterminate' },
      origin,
      records: 40,
      checkpoints: 5,
      coveredRecords: 40,
      uncoveredRecords: 0,
    });
    const compared = await verifyAuditFolder(original, { keys, trustedCheckpoint: trusted, origin });
    expect(compared.truncation.status).toBe('passed');
    const rewritten = await Copy.of('one segment');
    await rewritten.rewrite((lines) => lines);
    expect((await verifyAuditFolder(rewritten.folder, { keys })).integrity.status).toBe('passed');
  });

  it('does not claim more than it could check without keys', async () => {
    const verdict = await verifyAuditFolder(original);
    expect(verdict).toMatchObject({
      chain: { status: 'passed' },
      tree: { status: 'passed' },
      signatures: { status: 'indeterminate' },
      trust: { status: 'indeterminate' },
      integrity: { status: 'indeterminate' },
      coveredRecords: 0,
      uncoveredRecords: 40,
    });
  });

  it('reads streams of any chunking', async () => {
    const copy = await Copy.of('chunks');
    const text = Buffer.concat(
      await Promise.all((await copy.segments()).map((name) => readFile(join(copy.folder, name)))),
    );
    const checkpoints = await readFile(join(copy.folder, 'checkpoints.jsonl'));
    for (const size of [1, 7, 100, 4096]) {
      const chunks = Array.from({ length: Math.ceil(text.length / size) }, (_, i) =>
        text.subarray(i * size, (i + 1) * size),
      );
      const verdict = await verifyAuditLog({ segments: [chunks], checkpoints: [checkpoints], keys });
      expect(verdict).toMatchObject({ integrity: { status: 'passed' }, records: 40 });
    }
  });

  it('judges checkpoints by the validity of their certificate', async () => {
    const certificate = (from: string, to: string) =>
      ({
        publicKeyInfo: signer.publicKeyInfo,
        notBefore: new Date(from),
        notAfter: new Date(to),
      }) as Certificate;
    const valid = await verifyAuditFolder(original, { keys: [certificate('2026-01-01', '2027-01-01')] });
    expect(valid).toMatchObject({ integrity: { status: 'passed' }, time: { status: 'passed' } });
    for (const [from, to] of [
      ['2020-01-01', '2026-01-01'],
      ['2027-01-01', '2028-01-01'],
    ]) {
      const verdict = await verifyAuditFolder(original, { keys: [certificate(from!, to!)] });
      expect(verdict.time.status).toBe('failed');
    }
  });
});

/** Every change must be found off line and must keep the log from being opened. */
const CHANGES: readonly (readonly [string, string, (copy: Copy) => Promise<void>])[] = [
  [
    'an edited record',
    'chain',
    (c) => c.rewrite(at(13, ({ record }) => Object.assign(record, { subject: 'user-0' }))),
  ],
  [
    'an edited outcome',
    'chain',
    (c) => c.rewrite(at(0, ({ record }) => Object.assign(record, { outcome: 'denied' }))),
  ],
  [
    'an edited last record',
    'chain',
    (c) => c.rewrite(at(39, ({ record }) => Object.assign(record, { object: 'key/x' }))),
  ],
  [
    'an edited hash',
    'chain',
    (c) => c.rewrite(at(39, (line) => Object.assign(line, { hash: '11'.repeat(32) }))),
  ],
  ['a deleted record', 'chain', (c) => c.rewrite((lines) => lines.toSpliced(20, 1))],
  ['a deleted first record', 'chain', (c) => c.rewrite((lines) => lines.slice(1))],
  ['two swapped records', 'chain', (c) => c.rewrite((l) => [...l.slice(0, 5), l[6]!, l[5]!, ...l.slice(7)])],
  ['a repeated record', 'chain', (c) => c.rewrite((lines) => lines.toSpliced(6, 0, lines[5]!))],
  ['an inserted record', 'chain', (c) => c.rewrite((lines) => lines.toSpliced(7, 0, forged))],
  [
    'an edit with the chain made anew',
    'tree',
    (c) =>
      c.rewrite(
        at(13, ({ record }) => Object.assign(record, { subject: 'user-0' })),
        true,
      ),
  ],
  ['a deletion with the chain made anew', 'tree', (c) => c.rewrite((lines) => lines.toSpliced(20, 1), true)],
  [
    'a swap with the chain made anew',
    'tree',
    (c) => c.rewrite((l) => [...l.slice(0, 5), l[6]!, l[5]!, ...l.slice(7)], true),
  ],
  [
    'an insertion with the chain made anew',
    'tree',
    (c) => c.rewrite((lines) => lines.toSpliced(7, 0, forged), true),
  ],
  ['a cut at the end', 'tree', (c) => c.rewrite((lines) => lines.slice(0, 35))],
  ['a longer cut at the end', 'tree', (c) => c.rewrite((lines) => lines.slice(0, 25))],
  [
    'all records removed',
    'tree',
    async (c) => {
      for (const name of await c.segments()) await rm(join(c.folder, name));
    },
  ],
  ['a removed segment', 'chain', async (c) => rm(join(c.folder, (await c.segments())[1]!))],
  ['a removed first segment', 'chain', async (c) => rm(join(c.folder, (await c.segments())[0]!))],
  [
    'two segments with swapped names',
    'chain',
    async (c) => {
      const [a, b] = (await c.segments()).slice(1).map((name) => join(c.folder, name));
      await rename(a!, `${a}.tmp`);
      await rename(b!, a!);
      await rename(`${a}.tmp`, b!);
    },
  ],
  [
    'an empty line',
    'chain',
    async (c) => {
      const path = join(c.folder, (await c.segments())[0]!);
      await writeFile(path, `\n${await readFile(path, 'utf8')}`);
    },
  ],
  [
    'an incomplete line before the end',
    'chain',
    async (c) => {
      const path = join(c.folder, (await c.segments())[0]!);
      await writeFile(path, (await readFile(path, 'utf8')).slice(0, -10));
    },
  ],
  [
    'bytes between two segments',
    'chain',
    async (c) => writeFile(join(c.folder, (await c.segments())[0]!), 'xxx', { flag: 'a' }),
  ],
  [
    'a line without end',
    'chain',
    async (c) => {
      const path = join(c.folder, (await c.segments()).at(-1)!);
      await writeFile(path, 'x'.repeat(100_000), { flag: 'a' });
    },
  ],
  [
    'a checkpoint of another size',
    'tree',
    (c) => c.checkpoints((lines) => lines.with(-1, lines.at(-1)!.replace('"size":40', '"size":39'))),
  ],
  [
    'a checkpoint with another root',
    'tree',
    (c) =>
      c.checkpoints((lines) =>
        lines.with(
          -1,
          lines
            .at(-1)!
            .replace(/"root":"../, '"root":"zz')
            .replace('zz', '00'),
        ),
      ),
  ],
  ['checkpoints out of order', 'tree', (c) => c.checkpoints((l) => [l[0]!, l[2]!, l[1]!, l[3]!, l[4]!])],
  ['a checkpoint that is none', 'tree', (c) => c.checkpoints((lines) => lines.with(2, '{}'))],
  [
    'a checkpoint of another signature',
    'signatures',
    (c) =>
      c.checkpoints((l) => {
        const signature = parseCheckpoint(l[3]!).signature;
        return l.with(-1, l.at(-1)!.replace(parseCheckpoint(l.at(-1)!).signature, signature));
      }),
  ],
  [
    'a checkpoint with a malformed signature',
    'signatures',
    (c) => c.checkpoints((l) => l.with(-1, l.at(-1)!.replace(parseCheckpoint(l.at(-1)!).signature, 'AAAA'))),
  ],
  [
    'a checkpoint of another algorithm',
    'signatures',
    (c) => c.checkpoints((l) => l.with(-1, l.at(-1)!.replace('sm2-sm3', 'ecdsa-p256-sha256'))),
  ],
];

describe('a changed log', () => {
  it.each(CHANGES)('with %s is found [part of EDGE-056, TCCIA-151]', async (name, aspect, change) => {
    const copy = await Copy.of(name);
    await change(copy);
    const verdict = await verifyAuditFolder(copy.folder, { keys });
    expect(verdict[aspect as 'chain' | 'tree' | 'signatures'].status).toBe('failed');
    expect(verdict.integrity.status).toBe('failed');
    const before = await readdir(copy.folder);
    const refusal = await open(copy.folder).catch((error: unknown) => error);
    expect(refusal).toMatchObject({ code: 'ERR_AUDIT_TAMPERED', category: 'integrity' });
    expect(await readdir(copy.folder)).toEqual(before);
  });

  it('names the first record that does not fit', async () => {
    const copy = await Copy.of('first bad');
    await copy.rewrite(at(13, ({ record }) => Object.assign(record, { subject: 'user-0' })));
    expect(await verifyAuditFolder(copy.folder, { keys })).toMatchObject({
      firstBadSequence: 13,
      records: 13,
    });
  });

  it('made anew by somebody with another key is not trusted', async () => {
    const impostor = newSigner();
    const folder = join(base, 'impostor');
    const log = await FileAuditLog.open({ folder, origin }, { signer: impostor, clock });
    for (let n = 0; n < 40; n++) await log.append(event(n));
    await log.close();
    const verdict = await verifyAuditFolder(folder, { keys });
    expect(verdict).toMatchObject({
      trust: { status: 'failed' },
      signatures: { status: 'failed' },
      coveredRecords: 0,
    });
    await expect(open(folder)).rejects.toMatchObject({ code: 'ERR_AUDIT_TAMPERED' });
    await (await open(folder, { formerKeys: [impostor.publicKeyInfo] })).close();
  });

  it('cut together with its checkpoints shows only against a checkpoint kept elsewhere [part of EDGE-056]', async () => {
    const copy = await Copy.of('cut');
    await copy.rewrite((lines) => lines.slice(0, 30));
    await copy.checkpoints((lines) => lines.slice(0, 4));
    expect((await verifyAuditFolder(copy.folder, { keys })).integrity.status).toBe('passed');
    const verdict = await verifyAuditFolder(copy.folder, { keys, trustedCheckpoint: trusted });
    expect(verdict.truncation).toMatchObject({ status: 'failed', reasons: [{ code: 'AUDIT_TRUNCATED' }] });
    expect(verdict.integrity.status).toBe('failed');
    await expect(open(copy.folder, { trustedCheckpoint: trusted })).rejects.toMatchObject({
      code: 'ERR_AUDIT_TAMPERED',
      detail: expect.stringContaining('truncated'),
    });
    await (await open(copy.folder)).close();
  });

  it('rewritten and signed anew with the right key shows against a checkpoint kept elsewhere', async () => {
    const folder = join(base, 'rewritten');
    const log = await open(folder);
    for (let n = 0; n < 40; n++) await log.append(event(n, n === 13 ? { subject: 'user-0' } : {}));
    await log.close();
    expect((await verifyAuditFolder(folder, { keys })).integrity.status).toBe('passed');
    const verdict = await verifyAuditFolder(folder, { keys, trustedCheckpoint: trusted });
    expect(verdict.truncation).toMatchObject({ status: 'failed', reasons: [{ code: 'AUDIT_REWRITTEN' }] });
    await expect(open(folder, { trustedCheckpoint: trusted })).rejects.toMatchObject({
      code: 'ERR_AUDIT_TAMPERED',
    });
  });

  it('without checkpoints is not vouched for', async () => {
    const copy = await Copy.of('no checkpoints');
    await rm(join(copy.folder, 'checkpoints.jsonl'));
    const verdict = await verifyAuditFolder(copy.folder, { keys });
    expect(verdict).toMatchObject({
      integrity: { status: 'indeterminate' },
      trust: { status: 'indeterminate' },
      uncoveredRecords: 40,
    });
    await expect(open(copy.folder)).rejects.toMatchObject({ code: 'ERR_AUDIT_TAMPERED' });
  });

  it('counts the records that no checkpoint covers', async () => {
    const copy = await Copy.of('uncovered');
    await copy.checkpoints((lines) => lines.slice(0, 3));
    expect(await verifyAuditFolder(copy.folder, { keys })).toMatchObject({
      integrity: { status: 'passed' },
      coveredRecords: 20,
      uncoveredRecords: 20,
      signatures: {
        reasons: [{ code: 'AUDIT_RECORDS_UNCOVERED', en: 'No signature covers the last 20 records.' }],
      },
    });
    expect((await verifyAuditFolder(original, { keys })).signatures.reasons).toEqual([]);
  });

  it('cannot hide a change behind many failures of another kind', async () => {
    const folder = join(base, 'many failures');
    const log = await FileAuditLog.open({ folder, origin }, { signer, clock });
    await log.append(event(0));
    for (let n = 0; n < 30; n++) await log.checkpoint();
    await log.close();
    // An expired certificate fails once per checkpoint, which is legitimate for an old log.
    const expired = {
      publicKeyInfo: signer.publicKeyInfo,
      notBefore: new Date('2020-01-01'),
      notAfter: new Date('2026-01-01'),
    } as Certificate;
    expect(await verifyAuditFolder(folder, { keys: [expired] })).toMatchObject({
      integrity: { status: 'passed' },
      time: { status: 'failed' },
    });
    const path = join(folder, 'checkpoints.jsonl');
    const lines = (await readFile(path, 'utf8')).trimEnd().split('\n');
    lines[30] = lines[30]!.replace(/"root":"[0-9a-f]{4}/, '"root":"0000');
    await writeFile(path, `${lines.join('\n')}\n`);
    expect(await verifyAuditFolder(folder, { keys: [expired] })).toMatchObject({
      integrity: { status: 'failed' },
      tree: { status: 'failed' },
      signatures: { status: 'failed' },
    });
  });

  it('of another origin is refused', async () => {
    await expect(
      verifyAuditFolder(original, { keys, trustedCheckpoint: trusted, origin: 'node-2' }),
    ).rejects.toMatchObject({
      code: 'ERR_AUDIT_OPTION_INVALID',
    });
    const verdict = await verifyAuditFolder(original, { keys, origin: 'node-2' });
    expect(verdict).toMatchObject({ integrity: { status: 'failed' }, firstBadSequence: 0 });
    await expect(
      FileAuditLog.open({ folder: original, origin: 'node-2' }, { signer, clock }),
    ).rejects.toMatchObject({ code: 'ERR_AUDIT_OPTION_INVALID' });
  });

  it('with times that run backwards fails in time', async () => {
    const folder = join(base, 'times');
    let now = new Date('2026-12-02T00:00:00Z');
    const log = await FileAuditLog.open({ folder, origin }, { signer, clock: () => now });
    now = new Date('2026-12-01T00:00:00Z');
    await log.append(event(0));
    await log.close();
    expect(await verifyAuditFolder(folder, { keys })).toMatchObject({
      integrity: { status: 'passed' },
      time: { status: 'failed' },
    });
  });
});

describe('a signed checkpoint from outside', () => {
  it('is read back as it was', () => {
    expect(parseCheckpoint(JSON.stringify(trusted))).toEqual(trusted);
  });

  const broken = (change: Record<string, unknown>, inner: Record<string, unknown> = {}) =>
    JSON.stringify({ ...trusted, ...change, checkpoint: { ...trusted.checkpoint, ...inner } });

  it('is refused when malformed, with a code', () => {
    const texts = [
      '',
      '[]',
      'null',
      '{"checkpoint":null}',
      'x'.repeat(5000),
      broken({ algorithm: 'rsa' }),
      broken({ keyId: 'short' }),
      broken({ signature: '!!' }),
      broken({ signature: 'A'.repeat(400) }),
      broken({ signature: 5 }),
      broken({ more: 1 }),
      broken({}, { v: 2 }),
      broken({}, { kind: 'other' }),
      broken({}, { origin: '' }),
      broken({}, { size: -1 }),
      broken({}, { size: 1.5 }),
      broken({}, { size: '40' }),
      broken({}, { head: '00'.repeat(31) }),
      broken({}, { root: null }),
      broken({}, { time: 'yesterday' }),
      broken({}, { time: '2026-13-01T00:00:00.000Z' }),
      broken({}, { extra: true }),
    ];
    for (const text of texts) {
      expect(() => parseCheckpoint(text), text.slice(0, 80)).toThrow(
        expect.objectContaining({ code: 'ERR_AUDIT_CHECKPOINT_MALFORMED' }),
      );
    }
  });
});
