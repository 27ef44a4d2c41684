import { type ConformanceCase, type ConformanceSuite, expectTrue } from '@cssi/sm-core/conformance';
import { KMS_MAX_ENCRYPTIONS, KMS_SPEC_VERSION } from '../spec/v1/algorithms.ts';
import type { KeyStore, VersionRow } from '../spec/v1/store.ts';
import { expectRow, keyRow, storedKey, tenantRow, versionRow } from './store-fixtures.ts';

type StoreCase = ConformanceCase<KeyStore>;

const must = (id: string, run: StoreCase['run']): StoreCase => ({
  id,
  clause: 'T/TCCIA 0002-2022 §5.3b',
  level: 'MUST',
  run,
});

const cases: readonly StoreCase[] = [
  must('keystore.read.gives-back-every-field', async (store, context) => {
    const { tenant, key, version } = await storedKey(store, context);
    const { tenantId, keyId } = key;
    expectRow(await store.readTenant(tenantId), tenant, 'the tenant');
    expectRow(await store.readKey(tenantId, keyId), key, 'the key');
    expectRow(await store.readVersion(tenantId, keyId, 1), { key, version }, 'the version');
    expectRow(await store.readVersions(tenantId, keyId), { key, versions: [version] }, 'the versions');
  }),
  must('keystore.read.keeps-edge-values', async (store, context) => {
    const { key, version } = await storedKey(store, context);
    const { tenantId, keyId } = key;
    const next: VersionRow = {
      ...version,
      revision: 2,
      state: 'destroyed',
      publicKey: null,
      wrappedKey: null,
      reservedUses: KMS_MAX_ENCRYPTIONS,
    };
    const renamed = { ...key, revision: 2, label: '', usage: ['encrypt'] as const };
    expectTrue(await store.commit({ keys: [renamed], versions: [next] }), 'the change is refused');
    expectRow(await store.readVersion(tenantId, keyId, 1), { key: renamed, version: next }, 'the row');
  }),
  must('keystore.read.orders-versions-by-number', async (store, context) => {
    const { key } = await storedKey(store, context);
    const versions = Array.from({ length: 11 }, (_, i) => versionRow(context, key, { version: 12 - i }));
    expectTrue(await store.commit({ versions }), 'more versions are refused');
    const found = await store.readVersions(key.tenantId, key.keyId);
    const numbers = found?.versions.map((row) => row.version).join();
    expectTrue(numbers === '1,2,3,4,5,6,7,8,9,10,11,12', `versions come as ${numbers}`);
  }),
  must('keystore.read.unknown-is-undefined', async (store, context) => {
    const { key } = await storedKey(store, context);
    const { tenantId, keyId } = key;
    const other = tenantRow(context);
    await store.commit({ tenants: [other] });
    expectTrue((await store.readTenant('nobody')) === undefined, 'tenant');
    expectTrue((await store.readKey(tenantId, `${keyId}0`)) === undefined, 'key');
    expectTrue((await store.readKey(other.tenantId, keyId)) === undefined, 'key of another tenant');
    expectTrue((await store.readVersion(tenantId, keyId, 2)) === undefined, 'version');
    expectTrue(
      (await store.readVersion(other.tenantId, keyId, 1)) === undefined,
      'version of another tenant',
    );
    expectTrue((await store.readVersions(other.tenantId, keyId)) === undefined, 'versions of another tenant');
    expectTrue((await store.listKeys(other.tenantId, { limit: 10 })).length === 0, 'keys of another tenant');
  }),
  must('keystore.read.takes-text-as-text', async (store, context) => {
    const { key } = await storedKey(store, context);
    for (const text of ["' or '1'='1", '%', '_', '\\', '', 'constructor']) {
      expectTrue((await store.readTenant(text)) === undefined, `tenant ${text}`);
      expectTrue((await store.readKey(key.tenantId, text)) === undefined, `key ${text}`);
    }
  }),
  must('keystore.commit.copies-bytes', async (store, context) => {
    const { key, version } = await storedKey(store, context);
    const { tenantId, keyId } = key;
    const expected = Uint8Array.from(version.wrappedKey!);
    version.wrappedKey!.fill(0);
    const first = await store.readVersion(tenantId, keyId, 1);
    expectRow(first?.version.wrappedKey, expected, 'the row whose input was zeroed');
    first?.version.wrappedKey?.fill(0);
    const second = await store.readVersion(tenantId, keyId, 1);
    expectRow(second?.version.wrappedKey, expected, 'the row whose output was zeroed');
  }),
  must('keystore.commit.refuses-a-second-insert', async (store, context) => {
    const { tenant, key, version } = await storedKey(store, context);
    const { tenantId, keyId } = key;
    expectTrue(!(await store.commit({ tenants: [{ ...tenant, randomHealth: 'x' }] })), 'tenant');
    expectTrue(!(await store.commit({ keys: [{ ...key, label: 'x' }] })), 'key');
    expectTrue(!(await store.commit({ versions: [{ ...version, reservedUses: 5 }] })), 'version');
    expectRow(await store.readTenant(tenantId), tenant, 'the tenant');
    expectRow(await store.readVersion(tenantId, keyId, 1), { key, version }, 'the rows');
  }),
  must('keystore.commit.refuses-other-revisions', async (store, context) => {
    const { tenant, key, version } = await storedKey(store, context);
    const { tenantId, keyId } = key;
    expectTrue(await store.commit({ versions: [{ ...version, revision: 2 }] }), 'the next revision');
    for (const revision of [1, 2, 4, 100]) {
      expectTrue(
        !(await store.commit({ versions: [{ ...version, revision }] })),
        `version ${revision} after 2`,
      );
    }
    expectTrue(!(await store.commit({ keys: [{ ...key, revision: 3 }] })), 'key 3 after 1');
    expectTrue(!(await store.commit({ tenants: [{ ...tenant, revision: 3 }] })), 'tenant 3 after 1');
    const found = await store.readVersion(tenantId, keyId, 1);
    expectRow(found, { key, version: { ...version, revision: 2 } }, 'the row');
  }),
  must('keystore.commit.refuses-to-change-what-is-not-there', async (store, context) => {
    const { tenant, key, version } = await storedKey(store, context);
    const ghost = keyRow(context, tenant, { revision: 2 });
    expectTrue(!(await store.commit({ keys: [ghost] })), 'key');
    expectTrue(!(await store.commit({ versions: [{ ...version, version: 9, revision: 2 }] })), 'version');
    expectTrue((await store.readKey(ghost.tenantId, ghost.keyId)) === undefined, 'the key is there now');
    expectTrue(
      (await store.readVersion(key.tenantId, key.keyId, 9)) === undefined,
      'the version is there now',
    );
  }),
  must('keystore.commit.is-all-or-nothing', async (store, context) => {
    const { tenant, key, version } = await storedKey(store, context);
    const { tenantId, keyId } = key;
    const moved = { ...key, revision: 2, state: 'disabled' } as const;
    const stale = { ...version, revision: 7, state: 'disabled' } as const;
    expectTrue(!(await store.commit({ keys: [moved], versions: [stale] })), 'a stale version passes');
    expectRow(await store.readVersion(tenantId, keyId, 1), { key, version }, 'the rows');
    const fresh = keyRow(context, tenant);
    const taken = { ...version, reservedUses: 1 };
    expectTrue(!(await store.commit({ keys: [fresh], versions: [taken] })), 'a second insert passes');
    expectTrue(
      (await store.readKey(tenantId, fresh.keyId)) === undefined,
      'half of a refused change is there',
    );
  }),
  must('keystore.commit.lets-one-of-many-win', async (store, context) => {
    const { key, version } = await storedKey(store, context);
    for (let round = 0; round < 3; round++) {
      const revision = round + 2;
      const answers = await Promise.all(
        Array.from({ length: 8 }, (_, i) =>
          store.commit({ versions: [{ ...version, revision, reservedUses: round * 100 + i }] }),
        ),
      );
      expectTrue(answers.filter(Boolean).length === 1, 'not exactly one of eight changes wins');
      const found = await store.readVersion(key.tenantId, key.keyId, 1);
      const winner = answers.indexOf(true);
      expectTrue(found?.version.reservedUses === round * 100 + winner, "the row is not the winner's");
    }
  }),
  must('keystore.commit.lets-one-of-many-insert', async (store, context) => {
    const { key } = await storedKey(store, context);
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, i) =>
        store.commit({
          keys: [{ ...key, revision: 2, currentVersion: 2, label: `${i}` }],
          versions: [versionRow(context, key, { version: 2, reservedUses: i })],
        }),
      ),
    );
    expectTrue(answers.filter(Boolean).length === 1, 'not exactly one of eight rotations wins');
    const found = await store.readVersion(key.tenantId, key.keyId, 2);
    expectTrue(found?.key.label === `${found?.version.reservedUses}`, 'key and version are of two rotations');
  }),
  must('keystore.list.pages-in-order', async (store, context) => {
    const { tenant, key } = await storedKey(store, context);
    const more = Array.from({ length: 6 }, () => keyRow(context, tenant));
    expectTrue(await store.commit({ keys: more }), 'more keys are refused');
    const expected = [key, ...more].map((row) => row.keyId).sort();
    const { tenantId } = tenant;
    const first = await store.listKeys(tenantId, { limit: 3 });
    expectTrue(first.map((row) => row.keyId).join() === expected.slice(0, 3).join(), 'the first page');
    const rest = await store.listKeys(tenantId, { after: expected[2]!, limit: 100 });
    expectTrue(rest.map((row) => row.keyId).join() === expected.slice(3).join(), 'the second page');
    const last = expected[expected.length - 1]!;
    expectTrue(
      (await store.listKeys(tenantId, { after: last, limit: 5 })).length === 0,
      'after the last one',
    );
  }),
];

/**
 * Suite for {@link KeyStore}, the southbound interface. It stores tenants of its own
 * (`store-…`) whose MACs mean nothing and leaves them behind: give it a store for tests.
 */
export const keyStoreSuite: ConformanceSuite<KeyStore> = {
  name: 'key-store',
  specVersion: KMS_SPEC_VERSION,
  packageVersion: '0.1.0',
  cases,
};
