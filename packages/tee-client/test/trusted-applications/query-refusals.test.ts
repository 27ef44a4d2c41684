import { canonicalJson, type JsonValue, utf8 } from '@cssi/sm-core';
import { describe, expect, it } from 'vitest';
import { CONFIDENTIAL_QUERY_COMMANDS as COMMANDS } from '../../src/spec/v1/confidential-query.ts';
import type { Policy } from '../../src/spec/v1/query-types.ts';
import {
  claims,
  hospital,
  insurer,
  openQuery,
  policyOf,
  startQuery,
  visits,
  withVisits,
} from './query-support.ts';
import { failureOf, given, PUBLIC, room } from './support.ts';

const refusal = async (action: () => unknown): Promise<string> =>
  (await failureOf(action)).code.replace('ERR_TEE_QUERY_', '');

describe('policies are refused', () => {
  const approve = async (changes: object): Promise<string> => {
    const service = await openQuery(startQuery());
    await service.registerOwner(hospital, 'hospital');
    const set = await service.upload(hospital, visits());
    const other = await service.upload(hospital, claims());
    const policy = policyOf([set, other], changes as Partial<Policy>);
    return refusal(() => service.approvePolicy(hospital, policy));
  };

  it.each([
    ['COLUMN', 'an undeclared column', { aggregates: [{ kind: 'sum', column: '0.weight', min: 0, max: 1 }] }],
    ['COLUMN', 'a data set that is not there', { filters: ['3.age'] }],
    ['MALFORMED', 'a sum of a category', { aggregates: [{ kind: 'sum', column: '0.ward', min: 0, max: 1 }] }],
    ['MALFORMED', 'a kind nobody knows', { aggregates: [{ kind: 'max', column: '0.age' }] }],
    [
      'MALFORMED',
      'edges that do not ascend',
      { aggregates: [{ kind: 'histogram', column: '0.age', edges: [5, 5] }] },
    ],
    ['MALFORMED', 'groups by months of a number', { groupBy: [{ column: '0.age', by: 'month' }] }],
    ['MALFORMED', 'a grid of too many cells', { groupBy: [{ column: '0.home', by: 'grid', step: 1 }] }],
    ['POLICY', 'groups by an identifier', { groupBy: [{ column: '1.policy-number', by: 'value' }] }],
    ['POLICY', 'a filter on an identifier', { filters: ['1.policy-number'] }],
    ['POLICY', 'a sensitive column in clear', { release: [{ column: '0.age', transform: 'clear' }] }],
    [
      'POLICY',
      'a sensitive column rounded',
      { release: [{ column: '0.age', transform: 'round', step: 10 }] },
    ],
    ['POLICY', 'an internal column in clear', { release: [{ column: '0.phone', transform: 'clear' }] }],
    [
      'POLICY',
      'an identifier masked',
      { release: [{ column: '1.policy-number', transform: 'mask', keepStart: 1, keepEnd: 1 }] },
    ],
    [
      'MALFORMED',
      'a mask on a date',
      { release: [{ column: '0.day', transform: 'mask', keepStart: 1, keepEnd: 1 }] },
    ],
    [
      'MALFORMED',
      'a generalisation that leaves a value out',
      {
        release: [
          { column: '0.ward', transform: 'generalise', groups: [{ label: 'a', values: ['north', 'south'] }] },
        ],
      },
    ],
    ['MALFORMED', 'smaller groups than an owner wants', { minimumGroup: 4 }],
    ['MALFORMED', 'no epsilon', { perQuery: { epsilon: 0, delta: 0 } }],
    ['MALFORMED', 'more contribution than a person can have', { contributionLimit: 5 }],
  ])('%s: with %s', async (code, _, changes) => {
    expect(await approve(changes)).toBe(code);
  });

  it('from who owns none of its data', async () => {
    const { service, dataSet } = await withVisits(startQuery());
    await service.registerOwner(insurer, 'insurer');
    expect(await refusal(() => service.approvePolicy(insurer, policyOf([dataSet])))).toBe('SIGNATURE');
    const missing = policyOf(['00'.repeat(32)]);
    expect(await refusal(() => service.approvePolicy(hospital, missing))).toBe('UNKNOWN');
  });

  it('after it was revoked: an approval of then cannot be used again', async () => {
    const { service, dataSet, policy } = await withVisits(startQuery());
    const query = { policy, aggregate: { kind: 'count' }, epsilon: 1_000_000 } as const;
    await service.query(query);
    await service.revokePolicy(hospital, policy);
    expect(await refusal(() => service.query(query))).toBe('POLICY');
    expect(await refusal(() => service.approvePolicy(hospital, policyOf([dataSet])))).toBe('EXISTS');
  });
});

describe('queries are refused, and cost nothing', () => {
  const count = { kind: 'count' } as const;
  it.each([
    ['UNKNOWN', 'an unknown policy', { policy: '00'.repeat(32) }],
    ['COLUMN', 'an undeclared column', { aggregate: { kind: 'sum', column: '0.weight', min: 0, max: 1 } }],
    [
      'POLICY',
      'another bound than approved',
      { aggregate: { kind: 'sum', column: '0.age', min: 0, max: 101 } },
    ],
    ['POLICY', 'groups that are not approved', { groupBy: [{ column: '0.day', by: 'year' }] }],
    ['POLICY', 'more epsilon than one query may take', { epsilon: 20_000_001 }],
    ['POLICY', 'a filter that is not approved', { filters: [{ column: '0.home', from: 0, to: 1 }] }],
    ['MALFORMED', 'a filter for what is no category', { filters: [{ column: '0.ward', in: ['west'] }] }],
    ['MALFORMED', 'a range of a category', { filters: [{ column: '0.ward', from: 0, to: 1 }] }],
    ['MALFORMED', 'no epsilon', { epsilon: 0 }],
    ['MALFORMED', 'epsilon that is no integer number of units', { epsilon: '1' }],
    ['MALFORMED', 'Laplace with a delta', { delta: 2 }],
    ['MALFORMED', 'Gaussian without one', { mechanism: 'gaussian' }],
    ['MALFORMED', 'a mechanism nobody knows', { mechanism: 'none' }],
    [
      'MALFORMED',
      'too many cells',
      { groupBy: Array.from({ length: 4 }, () => ({ column: '0.home', by: 'grid', step: 100_000 })) },
    ],
  ])('%s: for %s', async (code, _, changes) => {
    const { service, dataSet, policy } = await withVisits(startQuery());
    const query = { policy, aggregate: count, epsilon: 1_000_000, ...changes };
    expect(await refusal(() => service.query(query as never))).toBe(code);
    expect((await service.ledger(dataSet)).spent).toEqual({ epsilon: 0, delta: 0 });
  });

  it('when the policy has no row to release, or data are gone', async () => {
    const { service, dataSet, policy } = await withVisits(startQuery());
    expect(await refusal(() => service.query({ policy, release: ['0.ward'] }))).toBe('POLICY');
    expect(await refusal(() => service.query({ policy, release: ['0.weight'] }))).toBe('COLUMN');
    await service.removeData(hospital, dataSet);
    expect(await refusal(() => service.query({ policy, aggregate: count, epsilon: 1_000_000 }))).toBe(
      'UNKNOWN',
    );
  });

  it('when the answer would not fit', async () => {
    const harness = startQuery();
    const { service, dataSet, policy } = await withVisits(harness);
    const query = {
      policy,
      aggregate: count,
      groupBy: [],
      filters: [],
      mechanism: 'laplace',
      epsilon: 9,
      delta: 0,
    };
    const body = canonicalJson(query as JsonValue);
    const { result, answer } = harness.call(PUBLIC, COMMANDS.QUERY, given(body), room(10));
    expect(result).toBe('SHORT_BUFFER');
    expect((answer.params[1] as { size: number }).size).toBeGreaterThan(100);
    expect((await service.ledger(dataSet)).queries).toBe(0);
  });

  it.each([
    ['an array', '[]'],
    ['nothing', 'null'],
    ['no JSON', 'count'],
    ['spaces', '{ "policy":"x"}'],
  ])('when the body is %s', (_, text) => {
    const { result } = startQuery().call(PUBLIC, COMMANDS.QUERY, given(utf8(text)), room(1000));
    expect(result).toBe('80c50002');
  });

  it('when parameters are of other types, and the application lives on', async () => {
    const harness = startQuery();
    for (const command of Object.values(COMMANDS)) {
      const { result } = harness.call(PUBLIC, command, { type: 1, a: 0, b: 0 });
      expect(['BAD_PARAMETERS', 'BAD_STATE']).toContain(result);
    }
    expect((await (await openQuery(harness)).info()).owners).toBe(0);
  });
});
