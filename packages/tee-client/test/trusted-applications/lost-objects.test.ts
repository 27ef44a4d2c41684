import { cpSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sm3, utf8 } from '@cssi/sm-core';
import { describe, expect, it } from 'vitest';
import { encodeDomainKey, openKeyVault } from '../../src/key-vault.ts';
import type { ConfidentialQuery } from '../../src/spec/v1/confidential-query.ts';
import { hospital, openQuery, policyOf, startQuery, visits, withVisits } from './query-support.ts';
import {
  ALICE,
  failureOf,
  type Harness,
  type HarnessOptions,
  PUBLIC,
  startKeyVault,
  temporaryFolder,
} from './support.ts';

/**
 * A host can flip a bit of what one write left in the storage. The runtime deletes the object then, as
 * GlobalPlatform wants it; nothing an application decided may be undone by that.
 */

const LOG = 'log.1';
const sizeOf = (folder: string): number => statSync(join(folder, LOG)).size;

/** Changes one byte in each of several places of what `write` added to the log, each in a copy of its own. */
async function spoiled(harness: Harness, write: () => Promise<unknown>): Promise<string[]> {
  const from = sizeOf(harness.folder);
  await write();
  const to = sizeOf(harness.folder);
  harness.stop();
  expect(to).toBeGreaterThan(from);
  return [0.1, 0.3, 0.5, 0.7, 0.9].map((part) => {
    const folder = temporaryFolder();
    cpSync(harness.folder, folder, { recursive: true });
    const bytes = readFileSync(join(folder, LOG));
    const at = from + Math.floor((to - from) * part);
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    writeFileSync(join(folder, LOG), bytes);
    return folder;
  });
}

/** Starts it three times; what it says each time, and how often `use` was reached. */
async function startsOf(
  folder: string,
  start: (options: HarnessOptions) => Harness,
  use: (harness: Harness) => Promise<void>,
): Promise<string[]> {
  const out: string[] = [];
  for (let i = 0; i < 3; i++) {
    let harness: Harness | undefined;
    try {
      harness = start({ folder });
      await use(harness);
      out.push('opened');
    } catch (error) {
      out.push((error as { code: string }).code);
    }
    harness?.stop();
  }
  return out;
}

const REFUSED = ['ERR_TEE_SEAL_INTEGRITY', 'ERR_TEEC_TARGET_DEAD', 'ERR_TEEC_CORRUPT_OBJECT'];

async function expectRefused(
  folders: readonly string[],
  start: (options: HarnessOptions) => Harness,
  use: (harness: Harness) => Promise<void>,
): Promise<void> {
  const all: string[] = [];
  for (const folder of folders) all.push(...(await startsOf(folder, start, use)));
  for (const code of all) expect(REFUSED).toContain(code);
  // At least one flip met an object and not the frame around it, so this proves something.
  expect(all.filter((code) => code !== 'ERR_TEE_SEAL_INTEGRITY')).not.toEqual([]);
}

const asks = async (harness: Harness): Promise<void> => {
  await (await openQuery(harness)).info();
};

describe('confidential query with an object spoiled [part of CC-016] [part of CC-023]', () => {
  const given: readonly (readonly [
    string,
    (service: ConfidentialQuery, policy: string, dataSet: string) => Promise<unknown>,
  ])[] = [
    ['a revocation', (service, policy) => service.revokePolicy(hospital, policy)],
    ['a removal', (service, _, dataSet) => service.removeData(hospital, dataSet)],
    [
      'a spent budget',
      (service, policy) => service.query({ policy, aggregate: { kind: 'count' }, epsilon: 2_000_000 }),
    ],
    ['an approval', (service, _, set) => service.approvePolicy(hospital, policyOf([set], { name: 'other' }))],
  ];

  it.each(given)('does not forget %s: it stays closed', async (_, write) => {
    const harness = startQuery();
    const { service, policy, dataSet } = await withVisits(harness);
    const folders = await spoiled(harness, () => write(service, policy, dataSet));
    await expectRefused(folders, startQuery, asks);
  });

  it.each(['upload-key', 'pseudonym-key'])('gets no other %s in place of one that is gone', async (gone) => {
    const harness = startQuery();
    await (await openQuery(harness)).registerOwner(hospital, 'hospital');
    harness.stop();
    const made: string[] = [];
    const again = startQuery({
      folder: harness.folder,
      instrument: (tee) => ({
        ...tee,
        TEE_OpenPersistentObject: (storage, id, flags) => {
          if (new TextDecoder().decode(id) === gone) throw tee.error('ITEM_NOT_FOUND');
          return tee.TEE_OpenPersistentObject(storage, id, flags);
        },
        TEE_CreatePersistentObject: (...args) => {
          made.push(new TextDecoder().decode(args[1]));
          return tee.TEE_CreatePersistentObject(...args);
        },
      }),
    });
    for (let i = 0; i < 2; i++) expect(REFUSED).toContain((await failureOf(() => openQuery(again))).code);
    expect(made).toEqual([]);
  });

  it('goes on after a crash between an object and its count', async () => {
    let crashing = false;
    const harness = startQuery({
      instrument: (tee) => ({
        ...tee,
        TEE_WriteObjectData: (...args) => {
          if (crashing) throw new Error('crash');
          tee.TEE_WriteObjectData(...args);
        },
      }),
    });
    const service = await openQuery(harness);
    crashing = true;
    expect((await failureOf(() => service.registerOwner(hospital, 'x'))).code).toBe('ERR_TEEC_TARGET_DEAD');
    harness.stop();
    const again = await openQuery(startQuery({ folder: harness.folder }));
    expect((await again.info()).owners).toBe(1);
    await again.upload(hospital, visits());
  });
});

describe('key vault with an object spoiled', () => {
  const key = (version: number) =>
    encodeDomainKey({ domain: 'records', version, key: sm3(utf8(`key ${version}`)), clients: null });
  const opens = async (harness: Harness): Promise<void> => {
    await (await openKeyVault(harness.as(PUBLIC))).domains();
  };

  it('does not go back to the domain key before: it stays closed [part of CSSI-009]', async () => {
    const harness = startKeyVault();
    await opens(harness);
    expect(harness.personalise(key(1))).toBe('SUCCESS');
    const folders = await spoiled(harness, async () => expect(harness.personalise(key(2))).toBe('SUCCESS'));
    await expectRefused(folders, startKeyVault, opens);
  });

  it('loses the one key whose description went bad, and serves the others', async () => {
    const harness = startKeyVault();
    const vault = await openKeyVault(harness.as(ALICE));
    const kept = await vault.generateKey({ type: 'SM4', label: 'kept' });
    const bad = await vault.generateKey({ type: 'SM4', label: 'bad' });
    const folders = await spoiled(harness, () => vault.setAccess(bad.id, []));
    let lost = 0;
    for (const folder of folders) {
      const labels = async (h: Harness): Promise<void> => {
        const alice = await openKeyVault(h.as(ALICE));
        expect((await alice.listKeys()).map(({ id }) => id)).toEqual([kept.id]);
        expect((await failureOf(() => alice.encrypt(bad.id, utf8('x')))).code).toBe(
          'ERR_TEEC_ITEM_NOT_FOUND',
        );
        await alice.encrypt(kept.id, utf8('x'));
      };
      const codes = await startsOf(folder, startKeyVault, labels);
      if (codes[0] === 'ERR_TEE_SEAL_INTEGRITY') continue;
      expect(codes).toEqual(['ERR_TEEC_TARGET_DEAD', 'opened', 'opened']);
      lost++;
    }
    expect(lost).toBeGreaterThan(0);
  });
});
