import { type Sm2KeyPair, sm2 } from '@cssi/sm-core';
import { openConfidentialQuery } from '../../src/confidential-query.ts';
import type { ConfidentialQuery, OwnerSigner } from '../../src/spec/v1/confidential-query.ts';
import type { ModuleClient } from '../../src/spec/v1/module.ts';
import type { DataSetInput, Policy, QueryAnswer } from '../../src/spec/v1/query-types.ts';
import confidentialQuery from '../../src/trusted-applications/confidential-query/index.ts';
import { CONFIDENTIAL_QUERY_MANIFEST } from '../../src/trusted-applications/confidential-query/manifest.ts';
import { type Harness, type HarnessOptions, PUBLIC, seededRandom, startApplication } from './support.ts';

export const startQuery = (options?: HarnessOptions): Harness =>
  startApplication(CONFIDENTIAL_QUERY_MANIFEST, confidentialQuery, options);

export const openQuery = (harness: Harness, client: ModuleClient = PUBLIC): Promise<ConfidentialQuery> =>
  openConfidentialQuery(harness.as(client));

/** An owner with a key in this process. */
export const ownerOf = (pair: Sm2KeyPair): OwnerSigner => ({
  publicKey: pair.publicKey,
  sign: (message) => sm2.signWith(pair, message, { format: 'raw' }),
});

export const hospital: OwnerSigner = ownerOf(sm2.generateKeyPair());
export const insurer: OwnerSigner = ownerOf(sm2.generateKeyPair());

export const WARDS = ['north', 'south', 'rare'];

/** Visits of persons p0 to p399: wards by turns, ten of 400 in the rare one. */
export function visits(changes: Partial<DataSetInput> = {}): DataSetInput {
  const random = seededRandom('visits');
  const rows = Array.from({ length: 400 }, (_, i) => {
    const [a = 0, b = 0] = random(2);
    const ward = i % 40 === 0 ? 'rare' : (WARDS[i % 2] ?? 'north');
    const date = `2026-${String((i % 12) + 1).padStart(2, '0')}-15`;
    const place = [31_000_000 + a * 1000, 121_000_000 + b * 1000] as const;
    return [`p${i}`, 20 + (a % 60), ward, date, place, `1380000${String(1000 + i)}`] as const;
  });
  return {
    name: 'visits',
    columns: [
      { name: 'age', class: 'sensitive', type: 'int', min: 0, max: 120 },
      { name: 'ward', class: 'public', type: 'category', values: WARDS },
      { name: 'day', class: 'internal', type: 'date', min: '2026-01-01', max: '2026-12-31' },
      {
        name: 'home',
        class: 'internal',
        type: 'geo',
        south: 31_000_000,
        west: 121_000_000,
        north: 31_300_000,
        east: 121_300_000,
      },
      { name: 'phone', class: 'internal', type: 'text', maxLength: 11 },
    ],
    maxRowsPerPerson: 2,
    budget: { epsilon: 100_000_000, delta: 1_000_000 },
    minimumGroup: 5,
    rows,
    ...changes,
  };
}

/** Claims of persons p200 to p599, two each. */
export function claims(changes: Partial<DataSetInput> = {}): DataSetInput {
  const rows = Array.from({ length: 800 }, (_, i) => {
    const person = 200 + Math.floor(i / 2);
    return [`p${person}`, `${person}.${i % 2 === 0 ? '00' : '50'}`, `secret-${i}`] as const;
  });
  return {
    name: 'claims',
    columns: [
      { name: 'amount', class: 'sensitive', type: 'decimal', scale: 2, min: 0, max: 100_000 },
      { name: 'policy-number', class: 'identifier', type: 'text', maxLength: 20 },
    ],
    maxRowsPerPerson: 2,
    budget: { epsilon: 5_000_000, delta: 0 },
    minimumGroup: 3,
    rows,
    ...changes,
  };
}

export function policyOf(dataSets: readonly string[], changes: Partial<Policy> = {}): Policy {
  return {
    format: 'cssi-query-policy/1',
    name: 'statistics',
    dataSets,
    clients: null,
    aggregates: [
      { kind: 'count' },
      { kind: 'sum', column: '0.age', min: 0, max: 100 },
      { kind: 'mean', column: '0.age', min: 0, max: 100 },
      { kind: 'histogram', column: '0.age', edges: [0, 20, 40, 60, 80, 120] },
      {
        kind: 'quantile',
        column: '0.age',
        edges: [0, 20, 30, 40, 50, 60, 70, 80],
        quantiles: [250, 500, 750],
      },
    ],
    groupBy: [
      { column: '0.ward', by: 'value' },
      { column: '0.day', by: 'month' },
      { column: '0.home', by: 'grid', step: 100_000 },
    ],
    filters: ['0.ward', '0.day', '0.age'],
    release: [],
    contributionLimit: 2,
    minimumGroup: 5,
    perQuery: { epsilon: 20_000_000, delta: 1_000 },
    ...changes,
  };
}

/** A service with the visits and a policy over them in force. */
export async function withVisits(
  harness: Harness,
  data: Partial<DataSetInput> = {},
  changes: Partial<Policy> = {},
): Promise<{ service: ConfidentialQuery; dataSet: string; policy: string }> {
  const service = await openQuery(harness);
  await service.registerOwner(hospital, 'hospital');
  const dataSet = await service.upload(hospital, visits(data));
  const policy = await service.approvePolicy(hospital, policyOf([dataSet], changes));
  return { service, dataSet, policy };
}

/** The cells of an aggregate by their groups. */
export function cellsOf(answer: QueryAnswer): Record<string, number | readonly (number | null)[] | null> {
  if (answer.kind !== 'aggregate') throw new Error('not an aggregate');
  return Object.fromEntries(answer.cells.map(({ group, value }) => [group.join('/'), value]));
}
