import { spawn } from 'node:child_process';
import { copyFileSync, cpSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { sm2, toHex } from '@cssi/sm-core';
import { describe, expect, it } from 'vitest';
import { createSoftwareTee, type SoftwareTeeOptions } from '../../src/adapters/software/index.ts';
import type { TeecSession } from '../../src/index.ts';
import { TEEC_RESULTS } from '../../src/spec/v1/results.ts';
import { clock, failureOf, temporaryFolder } from '../basics.ts';
import { attack, hostileTa } from './hostile-ta.ts';
import { type ManagedTee, startManaged, testManifest } from './installing.ts';
import { allGone, domainPid } from './processes.ts';

const STORE = '70000000-0000-4000-8000-000000000021';
const packageRoot = fileURLToPath(new URL('../..', import.meta.url));
const host = fileURLToPath(new URL('../fixtures/crash-host.mjs', import.meta.url));
const SEED = 20_260_712;
console.info(`seed: ${SEED}`);

/** Deterministic numbers in [0, 1). */
function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
const random = randomOf(SEED);

/** One object of 4 KiB whose every word is the number put, so that a mixture would show. */
const STORE_CODE = hostileTa(`{
  put: (tee, text) => {
    const words = new Uint32Array(1024).fill(Number(text));
    const id = new TextEncoder().encode('value');
    tee.TEE_CloseObject(tee.TEE_CreatePersistentObject(1, id, 0x407, null, new Uint8Array(words.buffer)));
    return text;
  },
  get: (tee) => {
    let object;
    try { object = tee.TEE_OpenPersistentObject(1, new TextEncoder().encode('value'), 1); } catch (error) {
      if (error.message.includes('ITEM_NOT_FOUND')) return 0;
      throw error;
    }
    const bytes = tee.TEE_ReadObjectData(object, 8192);
    const words = new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
    tee.TEE_CloseObject(object);
    return words.length === 1024 && words.every((word) => word === words[0]) ? words[0] : 'torn';
  },
  key: (tee) => Array.from(tee.CSSI_DeriveTaKey(new TextEncoder().encode('x'), 16)).join(),
}`);

const pair = sm2.generateKeyPair();
const privateKey = pair.privateKey.use((bytes) => toHex(bytes));
const MANIFEST = testManifest(STORE);
const openStore = async ({ tee }: ManagedTee): Promise<TeecSession> =>
  (await tee.initializeContext()).openSession(STORE);
const start = (options: Partial<SoftwareTeeOptions>): Promise<ManagedTee> =>
  startManaged({ mode: 'process', ...options }, pair);

/** A device with the store installed, closed. */
async function device(): Promise<string> {
  const managed = await start({});
  const dataDir = temporaryFolder();
  await managed.install(MANIFEST, STORE_CODE);
  await attack(await openStore(managed), 'put', '0');
  await managed.tee.close();
  cpSync(managed.dataDir, dataDir, { recursive: true });
  return dataDir;
}

/** Runs a host process and kills it `delay` ms after a line that is `from`; gives the lines it printed. */
async function killed(dataDir: string, action: string, from: RegExp, delay: number): Promise<string[]> {
  const code = join(temporaryFolder(), 'code.js');
  writeFileSync(code, STORE_CODE);
  writeFileSync(`${code}.json`, JSON.stringify(MANIFEST));
  const child = spawn(
    process.execPath,
    [host, packageRoot, dataDir, 'process', action, privateKey, STORE, code],
    { stdio: ['ignore', 'pipe', 'pipe'], cwd: packageRoot },
  );
  let text = '';
  let errors = '';
  let armed = false;
  child.stderr.on('data', (chunk) => {
    errors += chunk;
  });
  child.stdout.on('data', (chunk) => {
    text += chunk;
    if (armed || !from.test(text)) return;
    armed = true;
    setTimeout(() => child.kill('SIGKILL'), delay);
  });
  const status = await new Promise((resolve) => child.once('close', resolve));
  if (status !== null && status !== 0) throw new Error(`the host failed: ${errors}`);
  await allGone(dataDir);
  return text.split('\n').slice(0, -1);
}

/** A whole line: the TEE runs, or the first step was confirmed. */
const READY = /^ready$/m;
const CONFIRMED = /^\d+\n/m;
/** Rounds begin with a start of a TEE, which takes seconds on a busy machine. */
const PATIENCE_MS = 300_000;

const numbers = (lines: readonly string[]): number[] => lines.filter((l) => /^\d+$/.test(l)).map(Number);

describe.runIf(process.platform === 'linux')('the whole host, killed', () => {
  it(
    'in the middle of sealed writes: the last confirmed value or the one after it, never a mixture [part of CC-004, CC-018]',
    async () => {
      const dataDir = await device();
      let confirmed = 0;
      for (let round = 0; round < 6; round++) {
        const from = round === 0 ? READY : CONFIRMED;
        const lines = await killed(dataDir, 'writes', from, Math.floor(random() * 60));
        const last = numbers(lines).at(-1);
        const managed = await start({ dataDir });
        const value = Number(await attack(await openStore(managed), 'get'));
        // Each host begins again with 1; before its first write was through the old value stands.
        const allowed = last === undefined ? [confirmed, 1] : [last, last + 1];
        expect(allowed, `round=${round}`).toContain(value);
        confirmed = value;
        await managed.tee.close();
      }
      expect(confirmed).toBeGreaterThan(0);
    },
    PATIENCE_MS,
  );

  it(
    'in the middle of updates: the old or the new version, with its state and keys [part of CC-013, CC-004]',
    async () => {
      const dataDir = await device();
      let version = 1;
      let key: string | undefined;
      for (let round = 0; round < 5; round++) {
        const from = round === 0 ? READY : CONFIRMED;
        const lines = await killed(dataDir, 'updates', from, Math.floor(random() * 60));
        const last = numbers(lines).at(-1) ?? version;
        const managed = await start({ dataDir });
        const { applications } = await managed.tee.module.snapshot();
        const found = applications.find(({ uuid }) => uuid === STORE)?.version ?? 0;
        expect([last, last + 1], `round=${round}`).toContain(found);
        expect(found).toBeGreaterThanOrEqual(version);
        version = found;
        const session = await openStore(managed);
        expect(await attack(session, 'get')).toBe('0');
        key ??= await attack(session, 'key');
        expect(await attack(session, 'key')).toBe(key);
        await managed.tee.close();
      }
      expect(version).toBeGreaterThan(1);
    },
    PATIENCE_MS,
  );

  it(
    'in the middle of the first start: the next start makes the device or opens it, and it stays the same [part of CC-004]',
    async () => {
      for (let round = 0; round < 6; round++) {
        const dataDir = temporaryFolder();
        await killed(dataDir, 'starts', /^begin$/m, Math.floor(random() * 600));
        const first = await start({ dataDir });
        const { device: name } = first.tee.info;
        await first.tee.close();
        const second = await start({ dataDir });
        expect(second.tee.info.device, `round=${round}`).toBe(name);
        await second.tee.close();
      }
    },
    PATIENCE_MS,
  );
});

describe.runIf(process.platform === 'linux')('one domain, killed', () => {
  it(
    'an application in the middle of writes: its next start has the confirmed value or the one after [part of CC-003, CC-004]',
    async () => {
      const managed = await start({});
      await managed.install(MANIFEST, STORE_CODE);
      const folder = join(managed.dataDir, 'tee', 'ta', STORE);
      let n = 0;
      for (let round = 0; round < 6; round++) {
        const session = await openStore(managed);
        setTimeout(() => process.kill(domainPid(folder), 'SIGKILL'), 5 + random() * 60);
        const error = await failureOf(async () => {
          for (;;) {
            await attack(session, 'put', n + 1);
            n++;
          }
        });
        expect(error).toMatchObject({ code: 'ERR_TEEC_TARGET_DEAD', origin: 3 });
        const value = Number(await attack(await openStore(managed), 'get'));
        expect([n, n + 1], `round=${round}`).toContain(value);
        n = value;
      }
      expect(managed.events.filter(({ kind }) => kind === 'ta-died')).toHaveLength(6);
    },
    PATIENCE_MS,
  );

  it(
    'the core in the middle of updates: the next session starts it again, with the old or the new version [part of CC-003, CC-013]',
    async () => {
      const managed = await start({});
      await managed.install(MANIFEST, STORE_CODE);
      let version = 1;
      for (let round = 0; round < 5; round++) {
        setTimeout(
          () => process.kill(domainPid(join(managed.dataDir, 'tee', 'core')), 'SIGKILL'),
          random() * 80,
        );
        await failureOf(async () => {
          for (;;) {
            await managed.install({ ...MANIFEST, version: version + 1 }, STORE_CODE, true);
            version++;
          }
        });
        const session = await openStore(managed);
        expect(await attack(session, 'get')).toBe('0');
        const { applications } = await managed.tee.module.snapshot();
        const found = applications.find(({ uuid }) => uuid === STORE)?.version ?? 0;
        expect([version, version + 1], `round=${round}`).toContain(found);
        version = found;
      }
      expect(managed.events.some(({ detail }) => detail.includes('domain=core'))).toBe(true);
    },
    PATIENCE_MS,
  );
});

describe('an older copy put back', () => {
  const files = (folder: string): string[] =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
      statSync(join(folder, name)).isFile(),
    );

  it(
    'of a file of an application is refused and reported, and nothing is made anew [part of CC-004]',
    async () => {
      const dataDir = await device();
      const folder = join(dataDir, 'tee', 'ta', STORE);
      const old = temporaryFolder();
      cpSync(folder, old, { recursive: true });
      const writer = await start({ dataDir });
      const session = await openStore(writer);
      for (let n = 1; n <= 5; n++) await attack(session, 'put', n);
      await writer.tee.close();
      const current = temporaryFolder();
      cpSync(folder, current, { recursive: true });
      const names = files(current).filter((name) => name !== '.sync');
      expect(names.length).toBeGreaterThan(1);
      for (const name of names) {
        for (const change of ['older', 'missing', 'altered'] as const) {
          rmSync(folder, { recursive: true });
          cpSync(current, folder, { recursive: true });
          const path = join(folder, name);
          if (change === 'missing') rmSync(path);
          else if (change === 'older') copyFileSync(join(old, name), path);
          else {
            const bytes = readFileSync(path);
            for (let i = 0; i < bytes.length; i += 37) bytes[i] = (bytes[i] ?? 0) ^ 0x55;
            writeFileSync(path, bytes);
          }
          const managed = await start({ dataDir });
          expect(await failureOf(() => openStore(managed)), `${name} ${change}`).toMatchObject({
            result: TEEC_RESULTS.SECURITY,
            origin: 3,
          });
          expect(managed.events.find(({ kind }) => kind === 'launch-refused')?.detail).toMatch(
            /ERR_TEE_SEAL_(?:ROLLBACK|MISSING|INTEGRITY)/,
          );
          await managed.tee.close();
        }
      }
      rmSync(folder, { recursive: true });
      cpSync(current, folder, { recursive: true });
      expect(await attack(await openStore(await start({ dataDir })), 'get')).toBe('5');
    },
    PATIENCE_MS,
  );

  it(
    'of a file of the core is refused: the TEE does not start [part of CC-004]',
    async () => {
      const dataDir = await device();
      const folder = join(dataDir, 'tee', 'core', 'state');
      const old = temporaryFolder();
      cpSync(folder, old, { recursive: true });
      const writer = await start({ dataDir });
      for (let version = 2; version <= 5; version++) {
        await writer.install({ ...MANIFEST, version }, STORE_CODE, true);
      }
      await writer.tee.close();
      const current = temporaryFolder();
      cpSync(folder, current, { recursive: true });
      for (const name of files(current).filter((one) => one !== '.sync')) {
        for (const change of ['older', 'missing'] as const) {
          rmSync(folder, { recursive: true });
          cpSync(current, folder, { recursive: true });
          if (change === 'missing') rmSync(join(folder, name));
          else copyFileSync(join(old, name), join(folder, name));
          const error = await failureOf(() => createSoftwareTee({ dataDir, clock, checkIntervalMs: 0 }));
          expect(error, `${name} ${change}`).toMatchObject({
            code: expect.stringMatching(/^ERR_TEE_SEAL_(?:ROLLBACK|MISSING|INTEGRITY)$/),
          });
        }
      }
      rmSync(folder, { recursive: true });
      cpSync(current, folder, { recursive: true });
      await (await start({ dataDir })).tee.close();
    },
    PATIENCE_MS,
  );

  it('of the whole data folder is not noticed: a software TEE has no counter outside of it', async () => {
    const dataDir = await device();
    const old = temporaryFolder();
    cpSync(dataDir, old, { recursive: true });
    const writer = await start({ dataDir });
    await attack(await openStore(writer), 'put', 7);
    await writer.tee.close();
    expect(await attack(await openStore(await start({ dataDir: old })), 'get')).toBe('0');
  });
});
