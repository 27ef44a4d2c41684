import { describe, expect, it } from 'vitest';
import { type ConformanceReport, runSuite, smEngineSuite } from '../src/conformance/index.ts';
import { defaultEngine, type SmEngine } from '../src/index.ts';
import { BROKEN_ENGINES } from './support/broken-engines.ts';
import { TEST_ENGINES, wasmScalarFast } from './support/engines.ts';
import { TEST_SEED } from './support/seeded.ts';

const NOW = new Date('2026-12-01T00:00:00Z');
async function run(engine: SmEngine, cases = smEngineSuite.cases): Promise<ConformanceReport> {
  const { name, capabilities } = engine;
  return runSuite(
    { ...smEngineSuite, cases },
    { name, capabilities, subject: engine },
    { seed: TEST_SEED, now: NOW },
  );
}

/** The cases of the algorithm that a fault is in; a case of a million blocks only where it must find it. */
function casesFor(caught: readonly string[]) {
  const group = (id: string) => id.split('.').slice(0, -1).join('.');
  const groups = new Set(caught.map(group));
  return smEngineSuite.cases.filter(
    (item) => groups.has(group(item.id)) && (!item.id.endsWith('million') || caught.includes(item.id)),
  );
}

const failed = (report: ConformanceReport): string[] =>
  report.results.filter((result) => result.outcome === 'fail').map((result) => result.id);
const details = (report: ConformanceReport): string[] =>
  report.results.filter((result) => result.outcome === 'fail').map((r) => `${r.id}: ${r.detail}`);

describe('conformance suite of SmEngine', { timeout: 300_000 }, () => {
  console.info(`seed ${TEST_SEED}`);

  /** What each engine leaves out, by the name of the capability. */
  const SKIPS: Readonly<Record<string, readonly string[]>> = {
    node: ['sm2.decompress', 'sm2.decrypt', 'sm2.encrypt', 'sm2.exchange', 'sm2.keygen', 'sm2.multiply']
      .concat(['sm2.prepared-private', 'sm2.prepared-public', 'sm2.random', 'sm2.sign', 'sm2.verify'])
      .concat(['sm3.many', 'sm4.gcm', 'zuc']),
    'sm-crypto': ['sm2.decompress', 'sm2.exchange', 'sm2.multiply', 'sm2.prepared-private'].concat([
      'sm2.prepared-public',
      'sm2.random',
      'sm3.many',
      'sm4.ctr',
      'sm4.gcm',
      'zuc',
    ]),
  };
  const skipped = (report: ConformanceReport): string[] =>
    [...new Set(report.results.filter((r) => r.outcome === 'skip').map((r) => r.detail ?? ''))].sort();

  it('passes whole on the default engine [EDGE-062] [part of EDGE-010]', async () => {
    const report = await run(defaultEngine);
    expect(details(report)).toEqual([]);
    expect(report.skipped).toBe(0);
    expect(JSON.parse(JSON.stringify(report))).toEqual(report);
  });

  it.each([...TEST_ENGINES, ['wasm scalar fast', wasmScalarFast] as const])(
    'passes on %s, skipping by name what it does not declare [EDGE-062]',
    async (name, engine) => {
      const report = await run(engine);
      expect(details(report)).toEqual([]);
      // A case that needs several capabilities is skipped for the first one that is missing.
      const allowed = SKIPS[name] ?? [];
      expect(skipped(report).filter((skip) => !allowed.includes(skip.replace('capability ', '')))).toEqual(
        [],
      );
      expect(report.skipped > 0).toBe(allowed.length > 0);
    },
  );

  it('has more negative than positive cases', () => {
    const negative = smEngineSuite.cases.filter((item) =>
      /rejects|not|never|skips|again|passes-on|nothing|refuses|counts$|another/.test(item.id),
    );
    expect(negative.length).toBeGreaterThan(smEngineSuite.cases.length / 2);
  });
});

describe('planted faults', { timeout: 300_000 }, () => {
  const killed = new Set<string>();

  it.each(BROKEN_ENGINES.map((item) => [item.fault, item] as const))(
    'are found: %s',
    async (_fault, item) => {
      const ids = failed(await run(item.engine, casesFor(item.caught)));
      for (const id of ids) killed.add(id);
      expect(ids).toEqual(expect.arrayContaining([...item.caught]));
    },
  );

  it('leave no case of the suite without a fault that it finds', () => {
    const idle = smEngineSuite.cases.map((item) => item.id).filter((id) => !killed.has(id));
    expect(idle).toEqual([]);
  });
});
