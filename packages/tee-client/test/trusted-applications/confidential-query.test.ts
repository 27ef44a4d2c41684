import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fromBase64, sm3, utf8 } from '@cssi/sm-core';
import { describe, expect, it } from 'vitest';
import type { Aggregate } from '../../src/spec/v1/query-types.ts';
import {
  cellsOf,
  claims,
  hospital,
  insurer,
  openQuery,
  policyOf,
  startQuery,
  visits,
  WARDS,
  withVisits,
} from './query-support.ts';
import { visit } from './query-visit.ts';
import { ALICE, BOB, failureOf } from './support.ts';

/** Enough that noise of a count is within 10 but once in 10^8 (scale 2 / 20 of the budget below). */
const EPSILON = 20_000_000;

describe('aggregates [CC-016]', () => {
  it('count persons, in groups and under filters', async () => {
    const { service, policy } = await withVisits(startQuery());
    const count = { kind: 'count' } as const;
    const all = cellsOf(await service.query({ policy, aggregate: count, epsilon: EPSILON }));
    expect(Math.abs((all[''] as number) - 400)).toBeLessThan(10);
    const answer = await service.query({
      policy,
      aggregate: count,
      groupBy: [{ column: '0.ward', by: 'value' }],
      epsilon: EPSILON,
    });
    const wards = cellsOf(answer);
    expect(Object.keys(wards)).toEqual(WARDS);
    expect(Math.abs((wards.south as number) - 200)).toBeLessThan(10);
    expect(Math.abs((wards.north as number) - 190)).toBeLessThan(10);
    const filtered = await service.query({
      policy,
      aggregate: count,
      filters: [
        { column: '0.ward', in: ['south'] },
        { column: '0.day', from: '2026-01-01', to: '2026-02-28' },
      ],
      epsilon: EPSILON,
    });
    const expected = visits().rows.filter(
      ([, , ward, day]) => ward === 'south' && String(day) < '2026-03',
    ).length;
    expect(Math.abs((cellsOf(filtered)[''] as number) - expected)).toBeLessThan(10);
  });

  it('add up, average, bin and take quantiles', async () => {
    const { service, policy } = await withVisits(startQuery());
    const ages = visits().rows.map(([, age]) => age as number);
    const sum = ages.reduce((a, b) => a + b, 0);
    const ask = async (aggregate: Aggregate) =>
      cellsOf(await service.query({ policy, aggregate, epsilon: EPSILON }))[''];
    // Scale of the noise: 2 rows of up to 100, at half of epsilon 20.
    expect(
      Math.abs(((await ask({ kind: 'sum', column: '0.age', min: 0, max: 100 })) as number) - sum),
    ).toBeLessThan(400);
    const mean = (await ask({ kind: 'mean', column: '0.age', min: 0, max: 100 })) as number;
    expect(Math.abs(mean / 1000 - sum / 400)).toBeLessThan(2);
    const edges = [0, 20, 40, 60, 80, 120];
    const bins = (await ask({ kind: 'histogram', column: '0.age', edges })) as number[];
    expect(bins).toHaveLength(5);
    bins.forEach((bin, i) => {
      const exact = ages.filter((age) => age >= (edges[i] ?? 0) && age < (edges[i + 1] ?? 0)).length;
      expect(Math.abs(bin - exact)).toBeLessThan(10);
    });
    const quantiles = await ask({
      kind: 'quantile',
      column: '0.age',
      edges: [0, 20, 30, 40, 50, 60, 70, 80],
      quantiles: [250, 500, 750],
    });
    const sorted = [...ages].sort((a, b) => a - b);
    (quantiles as number[]).forEach((value, i) => {
      expect(Math.abs(value - (sorted[100 * (i + 1)] ?? 0))).toBeLessThanOrEqual(10);
    });
  });

  it('give location data on a grid of declared cells', async () => {
    const { service, policy } = await withVisits(startQuery());
    const answer = await service.query({
      policy,
      aggregate: { kind: 'count' },
      groupBy: [{ column: '0.home', by: 'grid', step: 100_000 }],
      epsilon: EPSILON,
    });
    const cells = cellsOf(answer);
    expect(Object.keys(cells)).toHaveLength(16);
    const exact = visits().rows.filter(([, , , , home]) => {
      const [latitude, longitude] = home as readonly [number, number];
      return latitude < 31_100_000 && longitude < 121_100_000;
    }).length;
    expect(Math.abs((cells['31000000,121000000'] as number) - exact)).toBeLessThan(10);
    // Nobody lives in the last row of cells; that nobody does is not told by its absence.
    expect(cells['31300000,121300000']).toBeNull();
  });

  it('take Gaussian noise where the policy has a delta for it', async () => {
    const { service, policy, dataSet } = await withVisits(startQuery());
    const answer = await service.query({
      policy,
      aggregate: { kind: 'count' },
      mechanism: 'gaussian',
      epsilon: EPSILON,
      delta: 1_000,
    });
    expect(Math.abs((cellsOf(answer)[''] as number) - 400)).toBeLessThan(20);
    expect((await service.ledger(dataSet)).spent).toEqual({ epsilon: EPSILON, delta: 1_000 });
  });

  it('join data sets of two owners on the person, when both approved', async () => {
    const service = await openQuery(startQuery());
    await service.registerOwner(hospital, 'hospital');
    await service.registerOwner(insurer, 'insurer');
    const sets = [await service.upload(hospital, visits()), await service.upload(insurer, claims())];
    const amount = { kind: 'sum', column: '1.amount', min: 0, max: 50_000 } as const;
    const joined = policyOf(sets, {
      aggregates: [{ kind: 'count' }, amount],
      perQuery: { epsilon: 2_000_000, delta: 0 },
    });
    const policy = await service.approvePolicy(hospital, joined);
    const query = { policy, aggregate: { kind: 'count' }, epsilon: 2_000_000 } as const;
    expect(await failureOf(() => service.query(query))).toMatchObject({ code: 'ERR_TEE_QUERY_POLICY' });
    expect(await service.approvePolicy(insurer, joined)).toBe(policy);
    // p200 to p399 are in both.
    expect(Math.abs((cellsOf(await service.query(query))[''] as number) - 200)).toBeLessThan(25);
    const total = cellsOf(await service.query({ ...query, aggregate: amount }))[''] as number;
    const exact = Array.from({ length: 200 }, (_, i) => 2 * (200 + i) * 100 + 50).reduce((a, b) => a + b);
    // Scale 2 x 50,000 at epsilon 1.
    expect(Math.abs(total - exact)).toBeLessThan(100_000 * 20);
    for (const set of sets) expect((await service.ledger(set)).spent.epsilon).toBe(4_000_000);
    expect(await failureOf(() => service.query(query))).toMatchObject({ code: 'ERR_TEE_QUERY_BUDGET' });
  });

  it('suppress groups of too few persons and refuse when nothing is left', async () => {
    const { service, policy } = await withVisits(startQuery(), {}, { minimumGroup: 50 });
    const byWard = cellsOf(
      await service.query({
        policy,
        aggregate: { kind: 'mean', column: '0.age', min: 0, max: 100 },
        groupBy: [{ column: '0.ward', by: 'value' }],
        epsilon: EPSILON,
      }),
    );
    expect(byWard.rare).toBeNull();
    expect(byWard.north).not.toBeNull();
    const rare = service.query({
      policy,
      aggregate: { kind: 'count' },
      filters: [{ column: '0.ward', in: ['rare'] }],
      epsilon: EPSILON,
    });
    expect(await failureOf(() => rare)).toMatchObject({ code: 'ERR_TEE_QUERY_GROUP' });
  });

  it('count what one person contributes once per group, up to the limit', async () => {
    const many = Array.from({ length: 50 }, (_, i) => visit(`p${i}`)).flatMap((row) => [row, row]);
    const { service, policy } = await withVisits(startQuery(), { rows: many }, { contributionLimit: 1 });
    const count = cellsOf(await service.query({ policy, aggregate: { kind: 'count' }, epsilon: EPSILON }));
    expect(Math.abs((count[''] as number) - 50)).toBeLessThan(8);
    const sum = { kind: 'sum', column: '0.age', min: 0, max: 100 } as const;
    const answer = cellsOf(await service.query({ policy, aggregate: sum, epsilon: EPSILON }));
    // 50 rows of age 30 count, not 100.
    expect(Math.abs((answer[''] as number) - 1500)).toBeLessThan(300);
  });
});

describe('what leaves and what does not', () => {
  it('keeps persons and rows out of storage in clear', async () => {
    const harness = startQuery();
    await withVisits(harness);
    harness.stop();
    const bytes = readdirSync(harness.folder).map((name) => readFileSync(join(harness.folder, name)));
    expect(bytes.length).toBeGreaterThan(0);
    for (const file of bytes) {
      for (const text of ['p399', '13800001', 'hospital', 'visits']) expect(file.includes(text)).toBe(false);
    }
  });

  it('takes uploads of many chunks', async () => {
    const service = await openQuery(startQuery());
    await service.registerOwner(hospital, 'hospital');
    const rows = Array.from({ length: 9_000 }, (_, i) => visit(`person ${i}`, i % 100));
    const dataSet = await service.upload(hospital, visits({ rows }));
    const policy = await service.approvePolicy(hospital, policyOf([dataSet]));
    const answer = await service.query({ policy, aggregate: { kind: 'count' }, epsilon: EPSILON });
    expect(Math.abs((cellsOf(answer)[''] as number) - 9_000)).toBeLessThan(10);
  });

  it('answers after a restart as before, with the same ledger', async () => {
    const harness = startQuery();
    const { service, dataSet, policy } = await withVisits(harness);
    const query = { policy, aggregate: { kind: 'count' }, epsilon: EPSILON } as const;
    await service.query(query);
    const before = await service.ledger(dataSet);
    const info = await service.info();
    harness.stop();
    const again = await openQuery(startQuery({ folder: harness.folder }));
    expect(await again.info()).toEqual(info);
    expect(await again.ledger(dataSet)).toEqual(before);
    expect(Math.abs((cellsOf(await again.query(query))[''] as number) - 400)).toBeLessThan(10);
  });

  it('serves the clients a policy names and no others [part of CSSI-006]', async () => {
    const harness = startQuery();
    const { policy } = await withVisits(harness, {}, { clients: [ALICE] });
    const query = { policy, aggregate: { kind: 'count' }, epsilon: EPSILON } as const;
    await (await openQuery(harness, ALICE)).query(query);
    const bob = await openQuery(harness, BOB);
    expect(await failureOf(() => bob.query(query))).toMatchObject({ code: 'ERR_TEE_QUERY_POLICY' });
  });

  it('binds evidence to the key uploads are encrypted to', async () => {
    const service = await openQuery(startQuery());
    const { publicKey } = await service.info();
    const nonce = utf8('0123456789abcdef');
    // The harness answers evidence with what it was asked for: report = nonce, certificate = user data.
    const { report, certificates } = await service.evidence(nonce);
    expect(report).toEqual(nonce);
    expect(certificates).toEqual([sm3(fromBase64(publicKey))]);
    for (const length of [15, 65]) {
      const { code } = await failureOf(() => service.evidence(new Uint8Array(length)));
      expect(code).toMatch(/^ERR_TEEC_(BAD_PARAMETERS|EXCESS_DATA)$/);
    }
  });
});
