import { parseCertificate } from '@cssi/pki';
import { fromBase64, sm2 } from '@cssi/sm-core';
import { type ConformanceReport, runSuite } from '@cssi/sm-core/conformance';
import { describe, expect, it } from 'vitest';
import { managementSuite } from '../../src/conformance/management-suite.ts';
import type { ManagementSubject } from '../../src/conformance/management-support.ts';
import { managementSigner } from '../../src/management/index.ts';
import type { SecurityModule } from '../../src/spec/v1/module.ts';
import { startTee } from '../support.ts';

/** A subject on a software TEE in the calling process; `change` plants a fault. */
async function subjectOn(change: (module: SecurityModule) => Partial<SecurityModule> = () => ({})) {
  const pair = sm2.generateKeyPair();
  const { tee } = await startTee({ mode: 'in-process', managementKey: pair.publicKey });
  const { module, info } = tee;
  let sequence = 1;
  const subject: ManagementSubject = {
    module: Object.assign(
      Object.create(null, {}),
      {
        describe: () => module.describe(),
        openSession: module.openSession.bind(module),
        invoke: module.invoke.bind(module),
        closeSession: module.closeSession.bind(module),
        service: module.service.bind(module),
        manage: module.manage.bind(module),
        migrate: module.migrate.bind(module),
        snapshot: module.snapshot.bind(module),
        subscribe: module.subscribe.bind(module),
        close: module.close.bind(module),
      } satisfies SecurityModule,
      change(module),
    ) as SecurityModule,
    device: info.device,
    bundleKey: fromBase64(info.bundleKey),
    attestationKey: parseCertificate(fromBase64(info.attestationCertificate)).sm2PublicKey!,
    root: managementSigner(pair),
    makeSigner: () => managementSigner(sm2.generateKeyPair()),
    nextSequence: () => sequence++,
  };
  return subject;
}

const run = async (subject: ManagementSubject): Promise<ConformanceReport> =>
  runSuite(
    managementSuite,
    { name: 'software TEE', subject, emulated: true, capabilities: ['management'] },
    { seed: 'management' },
  );
const failedOf = ({ results }: ConformanceReport) =>
  results.filter(({ outcome }) => outcome === 'fail').map(({ id, detail }) => `${id}: ${detail}`);

describe('management suite [CC-045] [CC-038] [part of CC-042]', () => {
  it('passes on the software TEE and leaves it as it was', async () => {
    const subject = await subjectOn();
    const before = await subject.module.snapshot();
    const report = await run(subject);
    expect(failedOf(report)).toEqual([]);
    expect(report.passed).toBe(managementSuite.cases.length);
    expect(report.passed).toBeGreaterThan(30);
    const after = await subject.module.snapshot();
    expect(after.applications.map(({ uuid }) => uuid)).toEqual(before.applications.map(({ uuid }) => uuid));
    // A second run finds nothing in its way but the version floors of the first one's applications.
    const again = await runSuite(
      managementSuite,
      { name: 'again', subject, capabilities: ['management'] },
      { seed: 'another' },
    );
    expect(failedOf(again)).toEqual([]);
  }, 120_000);

  const faults: readonly (readonly [string, (module: SecurityModule) => Partial<SecurityModule>])[] = [
    ['a module that executes nothing', () => ({ manage: async () => new Uint8Array(100) })],
    [
      'a module that refuses everything with one code',
      () => ({
        manage: async () => {
          throw Object.assign(new Error('no'), { code: 'ERR_TEE_MANAGEMENT_DENIED' });
        },
      }),
    ],
    [
      'a module that swallows refusals',
      (module) => ({ manage: (...args) => module.manage(...args).catch(() => new Uint8Array(0)) }),
    ],
    [
      'a module that opens sessions with anything',
      (module) => ({
        openSession: async (...args) => ({ ...(await module.openSession(...args)), result: 0 }),
      }),
    ],
    [
      'a module with receipts of another key',
      (module) => ({
        manage: async (...args) => {
          const receipt = await module.manage(...args);
          receipt[receipt.length - 1]! ^= 1;
          return receipt;
        },
      }),
    ],
  ];
  it.each(faults)(
    'fails %s',
    async (_, change) => {
      const report = await run(await subjectOn(change));
      expect(report.failed).toBeGreaterThan(0);
    },
    120_000,
  );

  it('skips a module without the capability, by name', async () => {
    const report = await runSuite(managementSuite, { name: 'without', subject: await subjectOn() });
    expect(report.skipped).toBe(managementSuite.cases.length);
  });
});
