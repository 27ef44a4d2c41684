import { describe, expect, it, vi } from 'vitest';
import { migrateApplication } from '../../src/index.ts';
import type { MigrationOptions, ModuleMigrationAnswer } from '../../src/spec/v1/migration.ts';
import type { SecurityModule } from '../../src/spec/v1/module.ts';
import { failureOf } from '../basics.ts';
import { attack } from '../software/hostile-ta.ts';
import { changed } from '../support/changed.ts';
import {
  move,
  moveOptions,
  opening,
  openStore,
  STORE_CODE,
  STORE_MANIFEST,
  STORE_UUID,
  startOne,
  states,
} from './moving.ts';

vi.setConfig({ testTimeout: 300_000 });

const answering =
  (edit: (answer: ModuleMigrationAnswer) => unknown) =>
  (module: SecurityModule): SecurityModule =>
    changed(module, (inner) => ({
      migrate: async (request) => edit(await inner.migrate(request)) as ModuleMigrationAnswer,
    }));

describe('a module that answers wrongly', () => {
  it.each([
    ['nothing', () => null],
    ['no state', (answer: object) => ({ ...answer, state: 'gone' })],
    ['no number', (answer: object) => ({ ...answer, transfer: 'x' })],
    ['no message', (answer: object) => ({ ...answer, message: 'x' })],
    ['no files', (answer: object) => ({ ...answer, files: {} })],
    [
      'files without a form',
      (answer: object) => ({ ...answer, files: [{ name: '../x', size: 1, digest: 'x' }] }),
    ],
    [
      'too many files',
      (answer: object) => ({
        ...answer,
        files: Array.from({ length: 9 }, () => ({ name: 'log.1', size: 1, digest: 'ab'.repeat(32) })),
      }),
    ],
    ['a message that is too long', (answer: object) => ({ ...answer, message: new Uint8Array(9 << 20) })],
  ])('%s is COMMUNICATION', async (_, edit) => {
    const [source, target] = [await startOne(), await startOne()];
    const options = await moveOptions(source.tee, target.tee);
    const wrong = answering(edit as (answer: ModuleMigrationAnswer) => unknown);
    for (const change of [
      { source: wrong(source.tee.module) },
      { target: wrong(target.tee.module) },
    ] as Partial<MigrationOptions>[]) {
      expect(await failureOf(() => migrateApplication({ ...options, ...change }))).toMatchObject({
        code: 'ERR_TEEC_COMMUNICATION',
      });
    }
  });

  it('and one that cannot migrate is told apart before any command', async () => {
    const [source, target] = [await startOne(), await startOne()];
    await source.install(STORE_MANIFEST, STORE_CODE);
    const without = (module: SecurityModule): SecurityModule =>
      changed(module, (inner) => ({
        describe: () => {
          const description = inner.describe();
          const capabilities = description.capabilities.filter((one) => one !== 'enclave-migrate');
          return { ...description, capabilities };
        },
      }));
    const options = await moveOptions(source.tee, target.tee);
    for (const change of [{ source: without(source.tee.module) }, { target: without(target.tee.module) }]) {
      expect(await failureOf(() => migrateApplication({ ...options, ...change }))).toMatchObject({
        code: 'ERR_TEEC_NOT_SUPPORTED',
        detail: expect.stringContaining('capability=enclave-migrate'),
      });
    }
    expect(await states(source.tee.module, target.tee.module)).toBe('none none');
    expect(await opening(source.tee.module)).toBe(0);
  });
});

describe('files on their way', () => {
  async function two() {
    const [source, target] = [await startOne(), await startOne()];
    await source.install(STORE_MANIFEST, STORE_CODE);
    await attack(await openStore(source.tee), 'put', 5);
    return { source, target };
  }

  it('that are altered are not answered for, and the source keeps the application', async () => {
    const { source, target } = await two();
    const altering = changed(source.tee.module, (inner) => ({
      migrate: async (request) => {
        const answer = await inner.migrate(request);
        if (request.step === 'read') answer.message[5] = (answer.message[5] ?? 0) ^ 1;
        return answer;
      },
    }));
    expect(await failureOf(() => move(source.tee, target.tee, { source: altering }))).toMatchObject({
      code: 'ERR_TEE_MIGRATION_PACKAGE',
      detail: expect.stringContaining('reason=file'),
    });
    expect(await states(source.tee.module, target.tee.module)).toBe('exporting expecting');
    // The next try replaces them.
    const { exportCommand, importCommand } = await moveOptions(source.tee, target.tee);
    await migrateApplication({
      ta: STORE_UUID,
      source: source.tee.module,
      target: target.tee.module,
      exportCommand,
      importCommand,
    });
    expect(await attack(await openStore(target.tee), 'get')).toBe('5');
  });

  it('that come short are not read for ever', async () => {
    const { source, target } = await two();
    const short = changed(source.tee.module, (inner) => ({
      migrate: async (request) => {
        const answer = await inner.migrate(request);
        return request.step === 'read' ? { ...answer, message: answer.message.subarray(1) } : answer;
      },
    }));
    expect(await failureOf(() => move(source.tee, target.tee, { source: short }))).toMatchObject({
      code: 'ERR_TEE_MIGRATION_STATE',
      detail: 'reason=file',
    });
  });

  it('are read and written only where the core asked for them', async () => {
    const { source, target } = await two();
    const ta = STORE_UUID;
    const { module: from } = source.tee;
    const { module: to } = target.tee;
    const refused = { code: 'ERR_TEE_MIGRATION_STATE' };
    const read = { step: 'read', ta, role: 'source', name: 'counter', offset: 0, length: 16 } as const;
    const write = {
      step: 'write',
      ta,
      role: 'target',
      name: 'counter',
      offset: 0,
      data: new Uint8Array(16),
    } as const;
    expect(await failureOf(() => from.migrate(read))).toMatchObject(refused);
    expect(await failureOf(() => to.migrate(write))).toMatchObject(refused);
    const options = await moveOptions(source.tee, target.tee);
    const tried: unknown[] = [];
    const trying = changed(to, (inner) => ({
      migrate: async (request) => {
        if (request.step === 'staged') {
          for (const change of [
            { name: '../counter' },
            { name: 'huk.key' },
            { name: 'log.99' },
            { offset: -1 },
            { offset: 2 ** 40 },
            { offset: 0.5 },
            { data: new Uint8Array((1 << 20) + 1) },
            { data: 'text' as never },
          ]) {
            tried.push(await failureOf(() => inner.migrate({ ...write, ...change })));
          }
          for (const change of [
            { name: '../core/huk.key' },
            { offset: -1 },
            { length: (1 << 20) + 1 },
            { length: -1 },
          ]) {
            tried.push(await failureOf(() => from.migrate({ ...read, ...change })));
          }
          tried.push(await failureOf(() => inner.migrate({ step: 'format' } as never)));
        }
        return inner.migrate(request);
      },
    }));
    await migrateApplication({ ...options, target: trying });
    expect(tried).toHaveLength(13);
    for (const error of tried.slice(0, -1)) expect(error).toMatchObject(refused);
    // What is installed is nobody's to write to.
    expect(await failureOf(() => to.migrate(write))).toMatchObject(refused);
    expect(await failureOf(() => to.migrate({ step: 'staged', ta, role: 'target' }))).toMatchObject(refused);
    expect(await attack(await openStore(target.tee), 'get')).toBe('5');
  });

  it('are not written once a command has ended the migration', async () => {
    const { source, target } = await two();
    const { module } = target.tee;
    const ta = STORE_UUID;
    const stopped = changed(module, (inner) => ({
      migrate: (request) =>
        request.step === 'write' ? Promise.reject(new Error('no')) : inner.migrate(request),
    }));
    const options = await moveOptions(source.tee, target.tee, { target: stopped });
    await failureOf(() => migrateApplication(options));
    await target.manage({ action: 'cancel-migration', ta });
    // Another application of that uuid, whose folder it is now.
    await target.install(STORE_MANIFEST, STORE_CODE);
    await attack(await openStore(target.tee), 'put', 8);
    const data = new Uint8Array(16);
    for (const name of ['counter', 'log.1']) {
      const write = { step: 'write', ta, role: 'target', name, offset: 0, data } as const;
      expect(await failureOf(() => module.migrate(write))).toMatchObject({ code: 'ERR_TEE_MIGRATION_STATE' });
    }
    await target.tee.close();
    const again = await startOne({ dataDir: target.dataDir });
    expect(await attack(await openStore(again.tee), 'get')).toBe('8');
  });
});
