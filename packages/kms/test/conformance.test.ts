import { type ConformanceSuite, runSuite } from '@cssi/sm-core/conformance';
import { describe, expect, it } from 'vitest';
import { memoryKeyStore } from '../src/adapters/memory.ts';
import { keyManagementSuite, keyStoreSuite } from '../src/conformance/index.ts';
import type { KeyManagementService, KeyStore } from '../src/index.ts';
import * as broken from './support/broken-services.ts';
import * as brokenStores from './support/broken-stores.ts';
import { NOW, setup } from './support/kms.ts';

async function failures<S>(suite: ConformanceSuite<S>, name: string, subject: S): Promise<string[]> {
  const report = await runSuite(suite, { name, subject }, { now: NOW });
  console.info(`${name}: seed ${report.seed}, ${report.passed} passed, ${report.failed} failed`);
  expect(report.passed + report.failed).toBe(suite.cases.length);
  return report.results.filter((result) => result.outcome === 'fail').map((result) => result.id);
}

const service = (): KeyManagementService => setup().kms;

describe('key management suite', () => {
  it('passes on the service over the memory store [part of CSSI-005]', async () => {
    expect(await failures(keyManagementSuite, 'service', service())).toEqual([]);
  });

  it('has distinct ids and a clause for each case', () => {
    for (const suite of [keyManagementSuite, keyStoreSuite]) {
      const ids = suite.cases.map((item) => item.id);
      expect(new Set(ids).size).toBe(ids.length);
      expect(suite.cases.every((item) => item.clause.length > 0)).toBe(true);
    }
  });

  it.each<[string, (kms: KeyManagementService) => KeyManagementService, string[]]>([
    ['ignores associated data', broken.ignoresAad, ['kms.decrypt.binds-associated-data']],
    [
      'ignores states',
      broken.ignoresStates,
      ['kms.state.disabled-does-nothing', 'kms.state.destroyed-is-final'],
    ],
    ['serves keys across tenants', broken.leaksAcrossTenants, ['kms.tenant.other-keys-look-unknown']],
    [
      'forgets old versions',
      broken.forgetsOldVersions,
      ['kms.rotate.old-data-still-opens', 'kms.rotate.old-signatures-still-verify'],
    ],
    ['describes the private key', broken.describesSecrets, ['kms.create.describes-no-secret']],
    ['encrypts with signing keys', broken.ignoresUsage, ['kms.encrypt.refuses-signing-keys']],
    ['explains failed decryptions', broken.explainsFailures, ['kms.decrypt.tells-nothing']],
    ['merges rotations', broken.mergesRotations, ['kms.rotate.at-once-makes-distinct-versions']],
    ['accepts truncated signatures as wrong', broken.swallowsMalformed, ['kms.verify.throws-for-malformed']],
    ['keeps signing with a retired version', broken.signsWithRetired, ['kms.signer.stops-after-rotation']],
  ])('fails on a service that %s', async (name, breakIt, expected) => {
    expect(await failures(keyManagementSuite, name, breakIt(service()))).toEqual(
      expect.arrayContaining(expected),
    );
  });
});

describe('key store suite', () => {
  it('passes on the memory store', async () => {
    expect(await failures(keyStoreSuite, 'memory', memoryKeyStore())).toEqual([]);
  });

  it.each<[string, () => KeyStore, string[]]>([
    [
      'compares and sets in two steps',
      brokenStores.twoStepStore,
      ['keystore.commit.lets-one-of-many-win', 'keystore.commit.lets-one-of-many-insert'],
    ],
    ['writes row by row', brokenStores.rowByRowStore, ['keystore.commit.is-all-or-nothing']],
    ['lets the last writer win', brokenStores.lastWriterStore, ['keystore.commit.refuses-other-revisions']],
    ['shares its arrays', brokenStores.sharingStore, ['keystore.commit.copies-bytes']],
    ['sorts versions as text', brokenStores.textOrderStore, ['keystore.read.orders-versions-by-number']],
    ['finds keys by their id alone', brokenStores.tenantBlindStore, ['keystore.read.unknown-is-undefined']],
    [
      'includes the last row of the page before',
      brokenStores.overlappingStore,
      ['keystore.list.pages-in-order'],
    ],
  ])('fails on a store that %s', async (name, make, expected) => {
    expect(await failures(keyStoreSuite, name, make())).toEqual(expect.arrayContaining(expected));
  });
});
