import { sm2 } from '@cssi/sm-core';
import { type ConformanceReport, runSuite } from '@cssi/sm-core/conformance';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DomainMode, SoftwareTee } from '../../src/adapters/software/index.ts';
import {
  KEY_VAULT_CONFORMANCE_DOMAINS,
  type KeyVaultModule,
  keyVaultSuite,
  teeKeyVault,
} from '../../src/conformance/index.ts';
import { encodeDomainKey } from '../../src/key-vault.ts';
import {
  managementCommand,
  managementSigner,
  payloadDigest,
  plainPersonalisation,
} from '../../src/management/index.ts';
import { KEY_VAULT_UUID } from '../../src/spec/v1/key-vault.ts';
import { clock, MODES, startTeeFor } from '../support.ts';
import { FAULTS } from './key-vault-faults.ts';

const SEED = 'key vault conformance';
console.info(`key vault suite: seed ${SEED}`);

const pair = sm2.generateKeyPair();
const signer = managementSigner(pair);
const LOGINS = ['login-user', 'login-group'];
const ALL = ['second-module', 'domain-keys', ...LOGINS];

/** Gives the module of a TEE the domain keys of the suite, by signed commands as an operator does. */
async function personalise(tee: SoftwareTee): Promise<void> {
  for (const [i, key] of KEY_VAULT_CONFORMANCE_DOMAINS.entries()) {
    const payload = plainPersonalisation(encodeDomainKey(key));
    const command = await managementCommand(
      { action: 'personalise-ta', ta: KEY_VAULT_UUID, dataDigest: payloadDigest(payload) },
      { device: tee.info.device, sequence: i + 1, signer },
    );
    await tee.module.manage(command, payload);
  }
}

const stops: (() => Promise<void>)[] = [];
const modules = new Map<DomainMode, KeyVaultModule>();
beforeAll(async () => {
  for (const mode of MODES) {
    const { tee, stop } = await startTeeFor({ mode, managementKey: pair.publicKey });
    stops.push(stop);
    await personalise(tee);
    for (const login of LOGINS) expect(tee.capabilities.has(login)).toBe(true);
    modules.set(mode, teeKeyVault(mode, tee));
  }
}, 60_000);
afterAll(async () => {
  for (const stop of stops) await stop();
});

function moduleOf(mode: DomainMode): KeyVaultModule {
  const module = modules.get(mode);
  if (module === undefined) throw new Error(mode);
  return module;
}

const run = (a: KeyVaultModule, b?: KeyVaultModule, capabilities: readonly string[] = ALL) =>
  runSuite(
    keyVaultSuite,
    { name: `${a.name} and ${b?.name}`, emulated: true, subject: { a, ...(b && { b }) }, capabilities },
    { seed: SEED, now: clock() },
  );

const failed = ({ results }: ConformanceReport): string[] =>
  results.filter(({ outcome }) => outcome === 'fail').map(({ id }) => id);
const details = ({ results }: ConformanceReport): string =>
  results
    .filter(({ outcome }) => outcome !== 'pass')
    .map(({ id, detail }) => `${id}: ${detail}`)
    .join('\n');

const PAIRS: readonly (readonly [DomainMode, DomainMode])[] = [
  ['process', 'worker'],
  ['worker', 'in-process'],
  ['in-process', 'process'],
];

describe('key vault suite', () => {
  it.each(PAIRS)(
    'gives the same results, opens what the other protected and moves, %s and %s [CSSI-005] [CSSI-006] [CSSI-009] [CSSI-011]',
    async (a, b) => {
      const report = await run(moduleOf(a), moduleOf(b));
      expect(details(report)).toBe('');
      expect(report.passed).toBe(keyVaultSuite.cases.length);
    },
    120_000,
  );

  it('leaves no key behind', async () => {
    const vault = await moduleOf('in-process').open();
    expect(await vault.listKeys()).toEqual([]);
    await vault.close();
  });

  it('runs on one module, and says what it left out', async () => {
    const report = await run(moduleOf('in-process'), undefined, ['domain-keys', ...LOGINS]);
    expect(report.failed).toBe(0);
    const skipped = report.results.filter(({ outcome }) => outcome === 'skip');
    expect(skipped.map(({ id }) => id)).toEqual([
      'kv.data.same-results',
      'kv.domain.interwork',
      'kv.move.records',
      'kv.move.records-exchanged',
      'kv.move.records-altered',
      'kv.move.keys-stay',
    ]);
  });

  it('fails where a capability is declared and not there', async () => {
    const report = await run(moduleOf('in-process'), undefined);
    expect(failed(report)).toContain('kv.data.same-results');
    expect(failed(report)).toContain('kv.move.records');
  });

  it('has more refusals than results', () => {
    const negative = keyVaultSuite.cases.filter(({ id }) =>
      /refused|flipped|truncated|extended|other|unknown|deleted|altered|excess|material|granted-no|revoked|not-listed|login-counts|bind|beyond|bearer|named|malformed|exchanged|stay/.test(
        id,
      ),
    );
    expect(negative.length).toBeGreaterThan(keyVaultSuite.cases.length / 2);
  });

  it.each(FAULTS)('fails a module that $name, as the first and as the second', async (fault) => {
    const [a, b] = [moduleOf('in-process'), moduleOf('worker')];
    const { kills, break: broken } = fault;
    const cases = keyVaultSuite.cases.filter(({ id }) => kills.includes(id));
    expect(cases).toHaveLength(new Set(kills).size);
    for (const subject of [
      { a: broken(a), b },
      { a: b, b: broken(a) },
    ]) {
      const under = { name: fault.name, subject, capabilities: ALL };
      const report = await runSuite({ ...keyVaultSuite, cases }, under, { seed: SEED, now: clock() });
      expect(report.results.filter(({ outcome }) => outcome !== 'fail')).toEqual([]);
    }
  });

  it('has a fault for every case', () => {
    const killed = new Set(FAULTS.flatMap(({ kills }) => kills));
    expect(keyVaultSuite.cases.map(({ id }) => id).filter((id) => !killed.has(id))).toEqual([]);
  });
});
