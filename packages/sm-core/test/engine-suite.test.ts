import { describe, expect, it } from 'vitest';
import { nobleEngine } from '../src/adapters/noble.ts';
import { smCryptoEngine } from '../src/adapters/sm-crypto.ts';
import { type ConformanceReport, runSuite, smEngineSuite } from '../src/conformance/index.ts';
import type { SmEngine } from '../src/index.ts';
import { BROKEN_ENGINES } from './support/broken-engines.ts';

const NOW = new Date('2026-12-01T00:00:00Z');
const SEED = process.env.CSSI_TEST_SEED ?? '5eed0001';
async function run(engine: SmEngine, cases = smEngineSuite.cases): Promise<ConformanceReport> {
  const { name, capabilities } = engine;
  return runSuite(
    { ...smEngineSuite, cases },
    { name, capabilities, subject: engine },
    { seed: SEED, now: NOW },
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
  console.info(`seed ${SEED}`);

  it('passes whole on the default engine [EDGE-062] [part of EDGE-010]', async () => {
    const report = await run(nobleEngine);
    expect(details(report)).toEqual([]);
    expect(report.skipped).toBe(0);
    expect(JSON.parse(JSON.stringify(report))).toEqual(report);
  });

  it('passes on sm-crypto, skipping by name what it does not declare [EDGE-062]', async () => {
    const report = await run(smCryptoEngine);
    expect(details(report)).toEqual([]);
    const skips = new Set(report.results.filter((r) => r.outcome === 'skip').map((r) => r.detail));
    expect([...skips].sort()).toEqual(['capability sm2.random', 'capability sm4.ctr', 'capability sm4.gcm']);
  });

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
