import { chmod, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { sm2, toHex } from '@cssi/sm-core';
import { describe, expect, it } from 'vitest';
import { folderJournal } from '../src/adapters/journal.ts';
import { memoryPackageSource, memoryRollbackStore } from '../src/adapters/memory.ts';
import { fileOutput, folderOutput } from '../src/adapters/output.ts';
import { flipped } from '../src/conformance/forge.ts';
import {
  type DeviceKey,
  MIN_CHUNK_BYTES,
  type ModelOutput,
  openPackage,
  type PackageSource,
  receiveModel,
} from '../src/index.ts';
import { codeOf, pack, receiveOptions, seeded, temporaryFolder, theWorld } from './support.ts';

const folder = await temporaryFolder();
const model = seeded('model', 2 * MIN_CHUNK_BYTES + 321);
const parts = await pack();
const honest = memoryPackageSource(parts);

/** A source that is asked for chunks through `chunk`. */
const withChunks = (chunk: PackageSource['chunk']): PackageSource => ({ ...honest, chunk });

const receiveCode = async (
  source: PackageSource,
  change: Parameters<typeof receiveOptions>[1] = {},
): Promise<string> => codeOf(async () => receiveModel(await receiveOptions(source, change)));

describe('fetching', () => {
  it('takes chunks in any order of arrival, several at once [EDGE-036]', async () => {
    let underWay = 0;
    let most = 0;
    const arrived: number[] = [];
    const source = withChunks(async (index) => {
      most = Math.max(most, ++underWay);
      await new Promise((resolve) => setTimeout(resolve, 30 - 10 * index));
      underWay--;
      arrived.push(index);
      return honest.chunk(index);
    });
    const { files } = await receiveModel(await receiveOptions(source, { parallel: 3 }));
    expect(files.get('model.onnx')).toEqual(model);
    expect(most).toBe(3);
    expect(arrived).toEqual([2, 1, 0]);
  });

  it('never has more under way than it was told', async () => {
    let underWay = 0;
    let most = 0;
    const source = withChunks(async (index) => {
      most = Math.max(most, ++underWay);
      await new Promise((resolve) => setTimeout(resolve, 1));
      underWay--;
      return honest.chunk(index);
    });
    await receiveModel(await receiveOptions(source, { parallel: 1 }));
    expect(most).toBe(1);
  });

  it('asks again for a wrong or missing chunk, a bounded number of times', async () => {
    const asked: number[] = [];
    let faults = 2;
    const source = withChunks(async (index) => {
      asked.push(index);
      const chunk = await honest.chunk(index);
      if (index !== 1 || faults-- <= 0) return chunk;
      if (faults === 1) throw new Error('connection reset');
      return flipped(chunk, 10);
    });
    const progress: number[] = [];
    const options = await receiveOptions(source, { onProgress: ({ retried }) => progress.push(retried) });
    const { files } = await receiveModel(options);
    expect(files.get('model.onnx')).toEqual(model);
    expect(asked.filter((index) => index === 1).length).toBe(3);
    expect(progress.at(-1)).toBe(2);

    let attempts = 0;
    const stubborn = withChunks(async (index) => {
      if (index !== 2) return honest.chunk(index);
      attempts++;
      return flipped(await honest.chunk(index), 0);
    });
    expect(await receiveCode(stubborn, { attempts: 4 })).toBe('ERR_MODEL_CHUNK_WRONG');
    expect(attempts).toBe(4);
  });

  it('accepts a chunk that comes twice and refuses one in the place of another [EDGE-036]', async () => {
    const twice = withChunks(
      async (index) => (await Promise.all([honest.chunk(index), honest.chunk(index)]))[1]!,
    );
    expect(await receiveCode(twice)).toBe('none');
    expect(await receiveCode(withChunks(() => honest.chunk(0)))).toBe('ERR_MODEL_CHUNK_WRONG');
  });

  it.each<[string, Partial<PackageSource>, string]>([
    [
      'throws something else than an error',
      { chunk: () => Promise.reject('no') },
      'ERR_MODEL_SOURCE_UNAVAILABLE',
    ],
    [
      'throws at once',
      {
        manifest: () => {
          throw new TypeError('x');
        },
      },
      'ERR_MODEL_SOURCE_UNAVAILABLE',
    ],
    ['answers with text', { chunk: async () => 'chunk' as never }, 'ERR_MODEL_SOURCE_UNAVAILABLE'],
    ['answers with nothing', { leaves: async () => undefined as never }, 'ERR_MODEL_SOURCE_UNAVAILABLE'],
    ['has an endless header', { manifest: async () => new Uint8Array(1 << 22) }, 'ERR_MODEL_LIMIT'],
    ['has endless leaves', { leaves: async () => new Uint8Array(1 << 22) }, 'ERR_MODEL_TREE_WRONG'],
    ['has an endless chunk', { chunk: async () => new Uint8Array(1 << 22) }, 'ERR_MODEL_CHUNK_WRONG'],
  ])('refuses a source that %s', async (_name, change, code) => {
    expect(await receiveCode({ ...honest, ...change })).toBe(code);
  });

  it('refuses settings outside their bounds', async () => {
    for (const change of [{ parallel: 0 }, { parallel: 65 }, { attempts: 0 }, { attempts: 1.5 }]) {
      expect(await receiveCode(honest, change)).toBe('ERR_MODEL_PARAMETER_INVALID');
    }
  });

  it('asks for no chunk before publisher, recipient and version were checked [EDGE-035]', async () => {
    const { otherDevice } = await theWorld();
    let asked = 0;
    const counting: PackageSource = {
      ...honest,
      leaves: async () => {
        asked++;
        return honest.leaves();
      },
      chunk: async (index) => {
        asked++;
        return honest.chunk(index);
      },
    };
    const newer = memoryPackageSource(await pack({ version: 4 }));
    const state = memoryRollbackStore();
    await receiveModel(await receiveOptions(newer, { state }));
    expect(await receiveCode(counting, { publisherAnchors: [] })).toBe('ERR_MODEL_PUBLISHER_UNTRUSTED');
    expect(await receiveCode(counting, { device: otherDevice })).toBe('ERR_MODEL_NOT_RECIPIENT');
    expect(await receiveCode(counting, { state })).toBe('ERR_MODEL_ROLLBACK');
    expect(asked).toBe(0);
  });

  it('loses against a newer package that was accepted meanwhile [part of EDGE-041]', async () => {
    const state = memoryRollbackStore();
    const newer = memoryPackageSource(await pack({ version: 4 }));
    const source = withChunks(async (index) => {
      if (index === 2) await receiveModel(await receiveOptions(newer, { state }));
      return honest.chunk(index);
    });
    expect(await receiveCode(source, { state, parallel: 1 })).toBe('ERR_MODEL_ROLLBACK');
  });
});

describe('resuming', () => {
  const cutAfter = (count: number) => {
    const asked: number[] = [];
    const source = withChunks(async (index) => {
      if (asked.length >= count) throw new Error('cut');
      asked.push(index);
      return honest.chunk(index);
    });
    return { source, asked };
  };

  it('goes on at what was verified before the cut, and clears up afterwards', async () => {
    const journal = folderJournal({ folder: join(folder, 'journal') });
    const first = cutAfter(2);
    expect(await receiveCode(first.source, { journal, parallel: 1 })).toBe('ERR_MODEL_SOURCE_UNAVAILABLE');
    const second = cutAfter(9);
    let resumed = 0;
    const options = await receiveOptions(second.source, {
      journal,
      onProgress: (progress) => {
        resumed = progress.resumed;
      },
    });
    const { files } = await receiveModel(options);
    expect(files.get('model.onnx')).toEqual(model);
    expect(second.asked).toEqual([2]);
    expect(resumed).toBe(2);
    expect(await readdir(join(folder, 'journal'))).toEqual([]);
  });

  it('keeps ciphertext only, and fetches again what was altered meanwhile [EDGE-034]', async () => {
    const place = join(folder, 'journal-2');
    const journal = folderJournal({ folder: place });
    await receiveCode(cutAfter(2).source, { journal, parallel: 1 });
    const own = join(place, toHex(parts.manifest.digest));
    expect((await readdir(own)).sort()).toEqual(['0.chunk', '1.chunk']);
    expect(new Uint8Array(await readFile(join(own, '0.chunk')))).toEqual(parts.chunks[0]);
    await writeFile(join(own, '0.chunk'), flipped(parts.chunks[0]!, 77));
    await writeFile(join(own, '1.chunk'), parts.chunks[0]!);
    const second = cutAfter(9);
    const { files } = await receiveModel(await receiveOptions(second.source, { journal }));
    expect(files.get('model.onnx')).toEqual(model);
    expect(second.asked.sort()).toEqual([0, 1, 2]);
  });

  it('does without a journal that does not work', async () => {
    const journal = {
      specVersion: '1',
      name: 'broken',
      load: () => Promise.reject(new Error('disk')),
      save: () => Promise.reject(new Error('disk')),
      clear: () => Promise.reject(new Error('disk')),
    } as const;
    expect(await receiveCode(honest, { journal })).toBe('none');
  });

  it('refuses names that are no package', async () => {
    const journal = folderJournal({ folder });
    expect(await codeOf(() => journal.save('../x', 0, new Uint8Array(1)))).toBe(
      'ERR_MODEL_PARAMETER_INVALID',
    );
    expect(await codeOf(() => journal.clear('..'))).toBe('ERR_MODEL_PARAMETER_INVALID');
  });
});

describe('outputs', () => {
  it('writes one file with mode 0600, or a folder with all files', async () => {
    const path = join(folder, 'out.onnx');
    const { files } = await receiveModel(await receiveOptions(honest, { output: fileOutput({ path }) }));
    expect(new Uint8Array(await readFile(path))).toEqual(model);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(files.names).toEqual([]);

    const several = await pack({
      files: [
        { name: 'a.bin', input: model },
        { name: 'empty.txt', input: new Uint8Array(0) },
      ],
    });
    const target = join(folder, 'model-folder');
    const output = folderOutput({ folder: target });
    await receiveModel(await receiveOptions(memoryPackageSource(several), { output }));
    expect((await readdir(target)).sort()).toEqual(['a.bin', 'empty.txt']);
    expect(new Uint8Array(await readFile(join(target, 'a.bin')))).toEqual(model);
    expect((await stat(target)).mode & 0o777).toBe(0o700);
    const again = { output: fileOutput({ path: join(folder, 'one') }) };
    expect(await receiveCode(memoryPackageSource(several), again)).toBe('ERR_MODEL_OUTPUT_FAILED');
  });

  it('leaves nothing behind when a later chunk is wrong [EDGE-034]', async () => {
    const own = join(folder, 'clean');
    await mkdir(own);
    const source = withChunks(async (index) =>
      index === 2 ? flipped(await honest.chunk(index), 3) : honest.chunk(index),
    );
    for (const output of [fileOutput({ path: join(own, 'x') }), folderOutput({ folder: join(own, 'y') })]) {
      expect(await receiveCode(source, { output })).toBe('ERR_MODEL_CHUNK_WRONG');
    }
    expect(await readdir(own)).toEqual([]);
  });

  it('writes plaintext of level L2 to a disk only where the policy says so', async () => {
    const source = memoryPackageSource(await pack({ level: 'L2' }));
    const output = () => fileOutput({ path: join(folder, 'l2.onnx') });
    expect(await receiveCode(source, { output: output() })).toBe('ERR_MODEL_LEVEL_DENIED');
    const policy = { persistentLevels: ['L1', 'L2'] } as const;
    expect(await receiveCode(source, { output: output(), policy })).toBe('none');
  });

  it('turns failures of an output into coded errors and gives it up', async () => {
    let aborted = 0;
    const failing = (where: 'begin' | 'write' | 'commit'): ModelOutput => ({
      specVersion: '1',
      name: 'failing',
      persistent: false,
      begin: async () => {},
      write: async () => {},
      commit: async () => {},
      abort: async () => {
        aborted++;
      },
      [where]: async () => {
        throw new Error('full');
      },
    });
    for (const where of ['begin', 'write', 'commit'] as const) {
      expect(await receiveCode(honest, { output: failing(where) })).toBe('ERR_MODEL_OUTPUT_FAILED');
    }
    expect(aborted).toBe(2);
    const locked = join(folder, 'locked');
    await mkdir(locked);
    await chmod(locked, 0o500);
    const output = fileOutput({ path: join(locked, 'no', 'x') });
    expect(await receiveCode(honest, { output })).toBe('ERR_MODEL_OUTPUT_FAILED');
  });

  it('keeps no more in memory than allowed', async () => {
    expect(await receiveCode(honest, { maxMemoryBytes: model.length })).toBe('none');
    expect(await receiveCode(honest, { maxMemoryBytes: model.length - 1 })).toBe('ERR_MODEL_LIMIT');
  });

  it('zeroes what it gave to an output and what is destroyed', async () => {
    const seen: Uint8Array[] = [];
    const output: ModelOutput = {
      specVersion: '1',
      name: 'keeper',
      persistent: false,
      begin: async () => {},
      write: async (_id, plaintext) => {
        seen.push(plaintext);
        expect(plaintext.some((byte) => byte !== 0)).toBe(true);
      },
      commit: async () => {},
      abort: async () => {},
    };
    await receiveModel(await receiveOptions(honest, { output }));
    expect(seen.every((chunk) => chunk.every((byte) => byte === 0))).toBe(true);

    const { files } = await openPackage(await receiveOptions(honest));
    const bytes = files.get('model.onnx')!;
    expect(bytes).toEqual(model);
    expect([inspect(files), JSON.stringify(files)]).toEqual(['[ModelFiles]', '"[ModelFiles]"']);
    files.destroy();
    expect(bytes.every((byte) => byte === 0)).toBe(true);
    expect(files.names).toEqual([]);
  });
});

describe('device key', () => {
  it('may be anything that unwraps and signs [part of EDGE-050]', async () => {
    const { device } = await theWorld();
    let unwrapped = 0;
    const key: DeviceKey = {
      certificate: device.certificate,
      signer: device.signer,
      unwrap: async (wrappedKey) => {
        unwrapped++;
        return sm2.decrypt(device.keyPair.privateKey, wrappedKey);
      },
    };
    expect(await receiveCode(honest, { device: key })).toBe('none');
    expect(unwrapped).toBe(1);
    for (const answer of [new Uint8Array(0), new Uint8Array(16), new Uint8Array(106)]) {
      expect(await receiveCode(honest, { device: { ...key, unwrap: async () => answer } })).toBe(
        'ERR_DECRYPT_FAILED',
      );
    }
  });
});
