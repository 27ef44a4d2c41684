import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { teeClientSuite } from '../../src/conformance/index.ts';
import { FAULTS } from './faults/index.ts';
import { FaultBench } from './faults/run.ts';
import { KILLS, PROCESS_KILLS } from './faults/table.ts';

const cases = new Map(teeClientSuite.cases.map((item) => [item.id, item]));
const faults = new Map(FAULTS.map((fault) => [fault.name, fault]));
const MINUTES = 60_000;

describe('planted faults', () => {
  it('kill every case of the suite, and none is unused [part of CC-002]', () => {
    const killed = new Set([...Object.values(KILLS), ...Object.values(PROCESS_KILLS)].flat());
    expect([...cases.keys()].filter((id) => !killed.has(id))).toEqual([]);
    expect([...killed].filter((id) => !cases.has(id))).toEqual([]);
    expect(faults.size).toBe(FAULTS.length);
    const named = new Set([...Object.keys(KILLS), ...Object.keys(PROCESS_KILLS)]);
    expect([...named].filter((name) => !faults.has(name))).toEqual([]);
    // Defects that every function may have are there for what no particular one covers.
    const generic =
      / (does not panic|does nothing|refuses nothing|gives a wrong result|asks for no size with SHORT_BUFFER)$/;
    expect([...faults.keys()].filter((name) => !named.has(name) && !generic.test(name))).toEqual([]);
  });
});

describe.each([
  ['in-process', KILLS],
  ['process', PROCESS_KILLS],
] as const)('on the software TEE, mode %s', (mode, table) => {
  let bench: FaultBench;
  beforeAll(async () => {
    bench = await FaultBench.open(mode);
  });
  afterAll(() => bench.close());

  it('every case of the table passes without a fault', { timeout: 10 * MINUTES }, async () => {
    const broken: string[] = [];
    for (const id of new Set(Object.values(table).flat())) {
      const item = cases.get(id);
      const outcome = item && (await bench.run(item));
      if (outcome?.passed !== true) broken.push(`${id}: ${outcome?.detail}`);
    }
    expect(broken).toEqual([]);
  });

  it.each(Object.entries(table))('%s', { timeout: 2 * MINUTES }, async (name, ids) => {
    const survived: string[] = [];
    for (const id of ids) {
      const item = cases.get(id);
      if (item === undefined || (await bench.run(item, faults.get(name))).passed) survived.push(id);
    }
    expect(survived).toEqual([]);
  });
});
