import { generateKeyPairSync } from 'node:crypto';
import { sm2 } from '@cssi/sm-core';
import { type ConformanceReport, runSuite } from '@cssi/sm-core/conformance';
import { describe, expect, it } from 'vitest';
import { ecdsaP256SoftwareSigner, nodeSoftwareSigner, sm2SoftwareSigner } from '../src/adapters/software.ts';
import { certificateSignerSuite } from '../src/conformance/index.ts';
import type { CertificateSigner } from '../src/index.ts';
import { NOW } from './support/authority.ts';
import { BROKEN_SIGNERS } from './support/broken-signers.ts';
import { codeOf, codeOfAsync } from './support/codes.ts';

const SEED = process.env.CSSI_TEST_SEED ?? '5eed0002';

const capabilitiesOf = ({ algorithm, signDigest }: CertificateSigner): string[] =>
  signDigest === undefined ? [algorithm] : [algorithm, 'sign-digest'];

const run = (subject: CertificateSigner): Promise<ConformanceReport> =>
  runSuite(
    certificateSignerSuite,
    { name: 'signer', subject, capabilities: capabilitiesOf(subject) },
    { seed: SEED, now: NOW },
  );
const failed = (report: ConformanceReport): string[] =>
  report.results.filter(({ outcome }) => outcome === 'fail').map(({ id }) => id);

describe('conformance suite of CertificateSigner', () => {
  console.info(`seed ${SEED}`);

  it('passes whole on the SM2 software signer [part of SEAL-018]', async () => {
    const report = await run(sm2SoftwareSigner(sm2.generateKeyPair()));
    expect(report.results.filter(({ outcome }) => outcome !== 'pass')).toEqual([]);
  });

  const keys = {
    'P-256': () => generateKeyPairSync('ec', { namedCurve: 'P-256' }),
    'P-384': () => generateKeyPairSync('ec', { namedCurve: 'P-384' }),
    RSA: () => generateKeyPairSync('rsa', { modulusLength: 2048 }),
  };
  it.each(Object.entries(keys))(
    'passes on a %s signer and skips by name what is about SM2',
    async (_, make) => {
      const report = await run(nodeSoftwareSigner(make().privateKey));
      expect(failed(report)).toEqual([]);
      const skips = report.results.filter(({ outcome }) => outcome === 'skip');
      expect(new Set(skips.map(({ detail }) => detail))).toEqual(new Set(['capability sm2-sm3']));
      expect(skips).toHaveLength(7);
    },
  );

  it('has more negative than positive cases', () => {
    const { cases } = certificateSignerSuite;
    const negative = cases.filter(({ id }) => /rejects|not/.test(id));
    expect(negative.length).toBeGreaterThan(cases.length / 2);
  });
});

describe('planted faults in signers', () => {
  const killed = new Set<string>();

  it.each(BROKEN_SIGNERS.map((item) => [item.fault, item] as const))('are found: %s', async (_, item) => {
    const ids = failed(await run(item.signer));
    for (const id of ids) killed.add(id);
    expect(ids).toEqual(expect.arrayContaining([...item.caught]));
  });

  it('leave no case of the suite without a fault that it finds', () => {
    const idle = certificateSignerSuite.cases.map(({ id }) => id).filter((id) => !killed.has(id));
    expect(idle).toEqual([]);
  });
});

describe('software signers', () => {
  it('refuse keys of other kinds', () => {
    const p384 = generateKeyPairSync('ec', { namedCurve: 'P-384' });
    const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const p256 = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    for (const key of [p384.privateKey, rsa.privateKey, p256.publicKey]) {
      expect(codeOf(() => ecdsaP256SoftwareSigner(key))).toBe('ERR_PKI_ALGORITHM_UNSUPPORTED');
    }
  });

  it('reject what is no byte array, and a destroyed key', async () => {
    const pair = sm2.generateKeyPair();
    const signer = sm2SoftwareSigner(pair);
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    for (const each of [signer, ecdsaP256SoftwareSigner(privateKey)]) {
      expect(await codeOfAsync(() => each.sign('text' as unknown as Uint8Array))).toBe('ERR_INPUT_TYPE');
    }
    pair.privateKey.destroy();
    expect(await codeOfAsync(() => signer.sign(new Uint8Array(1)))).toBe('ERR_SECRET_DESTROYED');
  });
});
