import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ConformanceReport, runSuite } from '@cssi/sm-core/conformance';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fileAuthorityStore } from '../src/adapters/file-authority-store.ts';
import { memoryAuthorityStore } from '../src/adapters/memory-authority-store.ts';
import { authorityStoreSuite } from '../src/conformance/authority-store-suite.ts';
import type { AuthorityStoreSubject } from '../src/conformance/authority-store-support.ts';
import { NOW } from './support/authority.ts';
import { BROKEN_STORES, brokenStore } from './support/authority-broken-stores.ts';

const SEED = process.env.CSSI_TEST_SEED ?? '5eed00f1';
let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cssi-authority-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const run = (
  subject: AuthorityStoreSubject,
  capabilities: readonly string[] = [],
): Promise<ConformanceReport> =>
  runSuite(authorityStoreSuite, { name: 'store', subject, capabilities }, { seed: SEED, now: NOW });
const failed = (report: ConformanceReport): string[] =>
  report.results.filter(({ outcome }) => outcome === 'fail').map(({ id, detail }) => `${id} ${detail}`);

/** Stores in folders of their own; the suite reopens them by the store it got. */
function fileSubject(maxStaleLines: number): AuthorityStoreSubject {
  const folders = new Map<object, string>();
  let count = 0;
  return {
    create: async () => {
      const own = join(folder, `${maxStaleLines}-${count++}`);
      const store = await fileAuthorityStore(own);
      folders.set(store, own);
      return store;
    },
    reopen: async (store) => {
      await store.close();
      const own = folders.get(store) ?? '';
      const again = await fileAuthorityStore(own, { maxStaleLines });
      folders.set(again, own);
      return again;
    },
  };
}

describe('conformance suite of AuthorityStore', () => {
  console.info(`seed ${SEED}`);

  it('passes on the memory store, which is not durable [part of TCCIA-021]', async () => {
    const report = await run({ create: async () => memoryAuthorityStore() });
    expect(failed(report)).toEqual([]);
    expect(report.results.filter(({ outcome }) => outcome === 'skip').map(({ detail }) => detail)).toEqual([
      'capability durable',
      'capability durable',
    ]);
  });

  const FILES = [
    ['as it was written', 1000],
    ['written anew at each start', 0],
  ] as const;
  it.each(FILES)('passes whole on the file store: %s [part of TCCIA-021]', async (_, maxStaleLines) => {
    const report = await run(fileSubject(maxStaleLines), ['durable']);
    expect(failed(report)).toEqual([]);
    expect(report.skipped).toBe(0);
  });

  it('has more negative than positive cases', () => {
    const { cases } = authorityStoreSuite;
    const negative = cases.filter(({ id }) => /rejects|not|refuses|only|unknown|nothing|no-/.test(id));
    expect(negative.length).toBeGreaterThan(cases.length / 2);
  });
});

describe('planted faults in stores', () => {
  const killed = new Set<string>();

  it.each(BROKEN_STORES.map((item) => [item.fault, item] as const))('are found: %s', async (_, item) => {
    const report = await run({ create: async () => brokenStore(item) });
    const ids = report.results.filter(({ outcome }) => outcome === 'fail').map(({ id }) => id);
    for (const id of ids) killed.add(id);
    expect(ids).toEqual(expect.arrayContaining([...item.caught]));
  });

  it('are found: a store that forgets', async () => {
    const reopen = async () => memoryAuthorityStore();
    const report = await run({ create: async () => memoryAuthorityStore(), reopen }, ['durable']);
    const ids = report.results.filter(({ outcome }) => outcome === 'fail').map(({ id }) => id);
    for (const id of ids) killed.add(id);
    expect(ids).toEqual([
      'authority-store.durable.loses-nothing',
      'authority-store.durable.rejects-list-numbers-of-before',
    ]);
  });

  it('leave no case of the suite without a fault that it finds', () => {
    const idle = authorityStoreSuite.cases.map(({ id }) => id).filter((id) => !killed.has(id));
    expect(idle).toEqual([]);
  });
});
