import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type ConformanceReport, runSuite } from '@cssi/sm-core/conformance';
import { describe, expect, it } from 'vitest';
import { conformanceCapabilities, teeClientSuite } from '../src/conformance/index.ts';
import type { TeeClient } from '../src/index.ts';
import { REMOTE_FUNCTIONS, REMOTE_HELPERS } from '../src/spec/v1/conformance-ta.ts';
import { CONFORMANCE_MANIFESTS } from '../src/trusted-applications/conformance/manifest.ts';
import { MODES, startTeeFor } from './support.ts';

const SEED = 'tee-client conformance';
console.info(`seed: ${SEED}`);
const MINUTES = 60_000;

const details = (report: ConformanceReport): string =>
  report.results
    .filter((r) => r.outcome === 'fail')
    .map((r) => `${r.id}: ${r.detail}`)
    .join('\n');

async function run(subject: TeeClient): Promise<ConformanceReport> {
  const capabilities = await conformanceCapabilities(subject);
  return runSuite(teeClientSuite, { name: subject.name, subject, capabilities }, { seed: SEED });
}

describe('TEE client suite', () => {
  const ids = teeClientSuite.cases.map((item) => item.id);

  it('has at least 300 cases with ids of their own, and the subcases of xtest 5006 [part of CC-002]', () => {
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.length).toBeGreaterThanOrEqual(300);
    expect(ids.filter((id) => id.startsWith('gp.5006.')).length).toBe(17);
  });

  it('cites a clause in every case, and mirrors every area of xtest that a TEE without hardware can', () => {
    const clauses = teeClientSuite.cases.map((item) => item.clause);
    expect(clauses.filter((clause) => clause.length < 8)).toEqual([]);
    const cited = new Set(clauses.flatMap((clause) => clause.match(/\b[14568]\d{3}\b/g) ?? []));
    const areas = [
      ...[1005, 1006, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1015, 1016, 1017, 1018, 1021, 1025],
      ...[1026, 1027, 1028, 1032, 1040],
      ...[4001, 4002, 4003, 4004, 4005, 4006, 4007, 4008, 4010, 4014, 4017, 4018, 4019],
      ...[4101, 4102, 4103, 4104, 4105, 4106, 4107, 4108, 4109, 4110, 4111, 4112, 4113, 4114],
      ...[6001, 6002, 6003, 6004, 6005, 6006, 6007, 6008, 6009, 6010, 6013, 6014, 6015, 6016, 6017, 6018],
      ...[6019, 6020, 6021],
    ];
    expect(areas.filter((area) => !cited.has(String(area)))).toEqual([]);
  });

  it.each(MODES)(
    'passes unchanged on the software TEE, mode %s [CC-002]',
    { timeout: 15 * MINUTES },
    async (mode) => {
      const { tee, stop } = await startTeeFor({ mode, clock: () => new Date() });
      try {
        const report = await run(tee);
        expect(details(report)).toBe('');
        const skipped = new Set(report.results.filter((r) => r.outcome === 'skip').map((r) => r.detail));
        // Calls in the calling process end before anybody can cancel them.
        expect([...skipped]).toEqual(mode === 'in-process' ? ['capability cancellation'] : []);
      } finally {
        await stop();
      }
    },
  );

  it('without the conformance TAs skips by name and fails nothing', async () => {
    const { tee, stop } = await startTeeFor({ mode: 'in-process', conformanceTa: false });
    try {
      const report = await run(tee);
      expect(details(report)).toBe('');
      expect(report.skipped).toBeGreaterThan(300);
      expect(report.passed).toBeGreaterThan(15);
    } finally {
      await stop();
    }
  });
});

describe('conformance TA', () => {
  it('has a number of its own for every function, and knows every function of the internal API', () => {
    const numbers = [...Object.values(REMOTE_FUNCTIONS), ...Object.values(REMOTE_HELPERS)];
    expect(new Set(numbers).size).toBe(numbers.length);
    const folder = fileURLToPath(new URL('../src/spec/v1/internal', import.meta.url));
    const source = readdirSync(folder)
      .map((name) => readFileSync(join(folder, name), 'utf8'))
      .join('\n');
    const declared = [...source.matchAll(/^ {2}(TEE_[A-Za-z0-9]+)\(/gm)].map((match) => match[1]);
    expect(declared.length).toBeGreaterThan(100);
    expect(declared.filter((name) => !(String(name) in REMOTE_FUNCTIONS))).toEqual([]);
  });

  it('is used by the suite with every function', () => {
    const root = fileURLToPath(new URL('../src/conformance', import.meta.url));
    const text = readdirSync(root, { recursive: true, encoding: 'utf8' })
      .filter((name) => /(arithmetic|client|core|crypto|storage)\//.test(name) && name.endsWith('.ts'))
      .map((name) => readFileSync(join(root, name), 'utf8'))
      .join('\n');
    const numbers = Object.entries(REMOTE_FUNCTIONS);
    const unused = numbers.filter(
      ([name, number]) => !text.includes(name) && !text.includes(`0x${number.toString(16).padStart(4, '0')}`),
    );
    expect(unused.map(([name]) => name)).toEqual([]);
  });

  it('comes under distinct identities', () => {
    expect(new Set(CONFORMANCE_MANIFESTS.map((manifest) => manifest.uuid)).size).toBe(
      CONFORMANCE_MANIFESTS.length,
    );
    expect(new Set(CONFORMANCE_MANIFESTS.map((manifest) => manifest.name)).size).toBe(
      CONFORMANCE_MANIFESTS.length,
    );
  });
});
