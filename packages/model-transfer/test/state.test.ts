import { copyFile, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hmacSm3 } from '@cssi/sm-core';
import { describe, expect, it } from 'vitest';
import { fileRollbackStore } from '../src/adapters/file-state.ts';
import { memoryPackageSource, memoryRollbackStore } from '../src/adapters/memory.ts';
import { flipped } from '../src/conformance/forge.ts';
import { type HighWaterMark, openPackage, type RollbackStore, receiveModel } from '../src/index.ts';
import { codeOf, pack, receiveOptions, seeded, temporaryFolder } from './support.ts';

const folder = await temporaryFolder();
const key = seeded('state key', 32);
const mac = async (data: Uint8Array) => hmacSm3(key, data);
const line = { publisherId: 'p', channel: 'stable', modelId: 'm' };
const mark = (epoch: number, version: number, digest = 1): HighWaterMark => ({
  epoch,
  version,
  manifestDigest: new Uint8Array(32).fill(digest),
});
let count = 0;
const freshPath = () => join(folder, `state-${count++}.json`);

const stores: readonly (readonly [string, () => RollbackStore])[] = [
  ['memory', memoryRollbackStore],
  ['file', () => fileRollbackStore({ path: freshPath(), create: true }, { mac })],
];

describe.each(stores)('%s rollback store', (_name, make) => {
  it('goes up only, epoch before version [part of EDGE-041]', async () => {
    const store = make();
    expect(await store.read(line)).toBeUndefined();
    await store.raise(line, mark(1, 5));
    for (const lower of [mark(1, 4), mark(1, 5, 2), mark(0, 99)]) {
      expect(await codeOf(() => store.raise(line, lower))).toBe('ERR_MODEL_ROLLBACK');
    }
    await store.raise(line, mark(1, 5));
    await store.raise(line, mark(1, 6));
    await store.raise(line, mark(2, 1));
    expect(await store.read(line)).toEqual(mark(2, 1));
  });

  it('keeps lines apart', async () => {
    const store = make();
    await store.raise(line, mark(1, 5));
    for (const other of [
      { ...line, modelId: 'm2' },
      { ...line, channel: 'beta' },
      { ...line, publisherId: 'p","stable' },
    ]) {
      expect(await store.read(other)).toBeUndefined();
      await store.raise(other, mark(1, 1));
    }
    expect(await store.read(line)).toEqual(mark(1, 5));
  });

  it('lets one of several calls at once win and never ends lower', async () => {
    const store = make();
    await Promise.allSettled([3, 9, 1, 7, 8, 2].map((version) => store.raise(line, mark(1, version))));
    expect((await store.read(line))?.version).toBe(9);
  });
});

describe('file rollback store', () => {
  it('outlives the process and refuses an older package then [part of EDGE-041]', async () => {
    const path = freshPath();
    const [older, newer] = [await pack({ version: 1 }), await pack({ version: 2 })];
    const provisioned = fileRollbackStore({ path, create: true }, { mac });
    await receiveModel(await receiveOptions(memoryPackageSource(newer), { state: provisioned }));
    const state = fileRollbackStore({ path }, { mac });
    const again = async (parts: typeof older) =>
      codeOf(async () => openPackage(await receiveOptions(memoryPackageSource(parts), { state })));
    expect(await again(older)).toBe('ERR_MODEL_ROLLBACK');
    expect(await again(newer)).toBe('none');
  });

  it('refuses everything after the file was removed [part of EDGE-041]', async () => {
    const path = freshPath();
    const store = fileRollbackStore({ path, create: true }, { mac });
    await store.raise(line, mark(1, 5));
    await rm(path);
    expect(await codeOf(() => store.read(line))).toBe('ERR_MODEL_STATE_MISSING');
    expect(await codeOf(() => fileRollbackStore({ path }, { mac }).read(line))).toBe(
      'ERR_MODEL_STATE_MISSING',
    );
    expect(await codeOf(() => fileRollbackStore({ path }, { mac }).raise(line, mark(1, 9)))).toBe(
      'ERR_MODEL_STATE_MISSING',
    );
  });

  it('refuses every edit, a foreign file and another key [part of EDGE-041]', async () => {
    const path = freshPath();
    const store = fileRollbackStore({ path, create: true }, { mac });
    await store.raise(line, mark(1, 5));
    const content = new Uint8Array(await readFile(path));
    const lowered = Buffer.from(Buffer.from(content).toString().replace('"version":5', '"version":4'));
    const spaced = Buffer.from(`${Buffer.from(content)} `);
    const edits = [
      lowered,
      spaced,
      Buffer.from('{}'),
      Buffer.from('null'),
      Buffer.from('{"mac":1,"body":2}'),
      Buffer.alloc(0),
    ];
    for (const edited of [...edits, ...[0, 30, 90, -5].map((place) => flipped(content, place))]) {
      await writeFile(path, edited);
      expect(await codeOf(() => store.read(line))).toBe('ERR_MODEL_STATE_TAMPERED');
      expect(await codeOf(() => store.raise(line, mark(9, 9)))).toBe('ERR_MODEL_STATE_TAMPERED');
    }
    await writeFile(path, content);
    expect(await store.read(line)).toEqual(mark(1, 5));
    const foreign = fileRollbackStore({ path }, { mac: async (data) => hmacSm3(seeded('other', 32), data) });
    expect(await codeOf(() => foreign.read(line))).toBe('ERR_MODEL_STATE_TAMPERED');
    expect(await codeOf(() => fileRollbackStore({ path: folder }, { mac }).read(line))).toBe(
      'ERR_MODEL_STATE_UNAVAILABLE',
    );
  });

  it('does not notice an older copy of the whole file: a stated limit', async () => {
    const path = freshPath();
    const store = fileRollbackStore({ path, create: true }, { mac });
    await store.raise(line, mark(1, 5));
    await copyFile(path, `${path}.old`);
    await store.raise(line, mark(1, 6));
    await copyFile(`${path}.old`, path);
    expect((await store.read(line))?.version).toBe(5);
  });
});
