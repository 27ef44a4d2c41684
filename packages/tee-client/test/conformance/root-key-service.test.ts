import { parseCertificate } from '@cssi/pki';
import { hmacSm3, sm3, utf8 } from '@cssi/sm-core';
import { type ConformanceReport, runSuite } from '@cssi/sm-core/conformance';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type SoftwareTee, softwareTaMeasurement } from '../../src/adapters/software/index.ts';
import { type RootKeyServiceSubject, rootKeyServiceSuite } from '../../src/conformance/index.ts';
import { openRootKeyService, type RootKeyService } from '../../src/index.ts';
import { clock, startTeeFor } from '../support.ts';

let shared: SoftwareTee;
let stop: () => Promise<void>;
beforeAll(async () => {
  ({ tee: shared, stop } = await startTeeFor());
});
afterAll(() => stop());

const SEED = 'root key service conformance';
console.info(`seed: ${SEED}`);

const failed = (report: ConformanceReport): string[] =>
  report.results.filter((r) => r.outcome === 'fail').map((r) => r.id);
const details = (report: ConformanceReport): string =>
  report.results
    .filter((r) => r.outcome === 'fail')
    .map((r) => `${r.id}: ${r.detail}`)
    .join('\n');

describe('root key service suite', () => {
  function subjectOf(change?: (service: RootKeyService) => Partial<RootKeyService>): RootKeyServiceSubject {
    return {
      open: async () => {
        const service = await openRootKeyService(shared);
        return { ...service, ...change?.(service) };
      },
      anchors: [parseCertificate(shared.rootCertificate)],
      taMeasurement: softwareTaMeasurement(),
      time: clock,
    };
  }
  const run = async (change?: (service: RootKeyService) => Partial<RootKeyService>) =>
    runSuite(
      rootKeyServiceSuite,
      { name: 'software', emulated: true, subject: subjectOf(change) },
      { seed: SEED, now: clock() },
    );

  it('has distinct ids', () => {
    const ids = rootKeyServiceSuite.cases.map((item) => item.id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('passes on the software TEE [part of CC-006, CC-023]', async () => {
    const report = await run();
    expect(details(report)).toBe('');
    expect(report.passed).toBe(rootKeyServiceSuite.cases.length);
    expect(report.emulated).toBe(true);
  });

  const fixed = utf8('fixed');
  const store = new Map<string, Uint8Array>();
  const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

  const faults: readonly (readonly [
    string,
    readonly string[],
    (service: RootKeyService) => Partial<RootKeyService>,
  ])[] = [
    [
      'ignores associated data',
      ['rks.unwrap.other-aad'],
      (s) => ({ wrap: (plaintext) => s.wrap(plaintext, fixed), unwrap: (blob) => s.unwrap(blob, fixed) }),
    ],
    [
      'ignores the nonce',
      ['rks.evidence.accepted', 'rks.evidence.nonce-lengths', 'rks.evidence.nonce-short'],
      (s) => ({ evidence: (_, userData) => s.evidence(new Uint8Array(32), userData) }),
    ],
    ['ignores the user data', ['rks.evidence.accepted'], (s) => ({ evidence: (nonce) => s.evidence(nonce) })],
    [
      'gives back zeros for a blob that does not open',
      ['rks.unwrap.flipped-bit', 'rks.unwrap.other-aad', 'rks.unwrap.truncated', 'rks.unwrap.foreign'],
      (s) => ({ unwrap: (blob, aad) => s.unwrap(blob, aad).catch(() => new Uint8Array(32)) }),
    ],
    [
      'wraps the same plaintext to the same blob',
      ['rks.wrap.fresh'],
      (s) => ({
        wrap: async (plaintext, aad) => {
          const key = `${hex(plaintext)} ${hex(aad)}`;
          const blob = store.get(key) ?? (await s.wrap(plaintext, aad));
          store.set(key, blob);
          return blob;
        },
      }),
    ],
    [
      'wraps nothing at all',
      ['rks.wrap.hides-plaintext', 'rks.unwrap.flipped-bit'],
      () => ({ wrap: async (plaintext) => plaintext, unwrap: async (blob) => blob }),
    ],
    ['uses one MAC key for all labels', ['rks.mac.label'], (s) => ({ mac: (_, data) => s.mac('one', data) })],
    [
      'runs label and data together',
      ['rks.mac.boundary'],
      (s) => ({ mac: (label, data) => s.mac('one', Buffer.concat([utf8(label), data])) }),
    ],
    [
      'hashes without a key',
      ['rks.mac.keyed', 'rks.mac.label'],
      () => ({ mac: async (_, data) => sm3(data) }),
    ],
    [
      'uses the label as key',
      ['rks.mac.keyed'],
      () => ({ mac: async (label, data) => hmacSm3(utf8(label), data) }),
    ],
    ['stays usable after close', ['rks.closed'], () => ({ close: async () => {} })],
    [
      'zeroes the plaintext of the caller',
      ['rks.wrap.keeps-inputs'],
      (s) => ({
        wrap: async (plaintext, aad) => {
          const blob = await s.wrap(plaintext, aad);
          plaintext.fill(0);
          return blob;
        },
      }),
    ],
  ];

  it.each(faults)('fails a service that %s', async (_, expected, change) => {
    expect(failed(await run(change))).toEqual(expect.arrayContaining([...expected]));
  });
});
