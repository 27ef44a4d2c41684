import { describe, expect, it } from 'vitest';
import type { Aggregate, DataSetDeclaration, Dimension } from '../../src/spec/v1/query-types.ts';
import { exactCells } from '../../src/trusted-applications/confidential-query/aggregate.ts';
import { addNoise } from '../../src/trusted-applications/confidential-query/answer.ts';
import { decodeRows, encodeRows } from '../../src/trusted-applications/confidential-query/data-set.ts';
import type { Row } from '../../src/trusted-applications/confidential-query/rows.ts';
import { Sampler } from '../../src/trusted-applications/confidential-query/sampling.ts';
import { seededRandom } from './support.ts';

const SEED = 'neighbouring data sets 1';
console.info(`privacy: seed ${SEED}`);

const declaration = (maxRowsPerPerson: number): DataSetDeclaration => ({
  format: 'cssi-data-set/1',
  owner: '00'.repeat(32),
  name: 'x',
  columns: [
    { name: 'value', class: 'sensitive', type: 'int', min: -50, max: 200 },
    { name: 'kind', class: 'public', type: 'category', values: ['a', 'b', 'c'] },
  ],
  rows: 0,
  bytes: 0,
  digest: '00'.repeat(32),
  maxRowsPerPerson,
  budget: { epsilon: 0, delta: 0 },
  minimumGroup: 1,
});

const pseudonym = (person: number): string => person.toString(16).padStart(32, '0');

/** Rows of `persons`, up to three each. */
function someRows(random: (size: number) => Uint8Array, persons: number): Row[] {
  return Array.from({ length: persons }, (_, person) => {
    const [count = 0] = random(1);
    return Array.from({ length: (count % 3) + 1 }, () => {
      const [value = 0, kind = 0] = random(2);
      return { person: pseudonym(person), values: [value - 50, kind % 3] } satisfies Row;
    });
  }).flat();
}

const dataSetOf = (rows: readonly Row[]) => decodeRows(declaration(3), encodeRows(declaration(3), rows));

const AGGREGATES: readonly Aggregate[] = [
  { kind: 'count' },
  { kind: 'sum', column: '0.value', min: -20, max: 100 },
  { kind: 'mean', column: '0.value', min: -20, max: 100 },
  { kind: 'histogram', column: '0.value', edges: [-50, 0, 50, 100, 200] },
  { kind: 'quantile', column: '0.value', edges: [-50, 0, 50, 100, 200], quantiles: [500] },
];
const GROUPS: readonly (readonly Dimension[])[] = [[], [{ column: '0.kind', by: 'value' }]];

const columnAt = (reference: string) => {
  const index = reference === '0.value' ? 0 : 1;
  const column = declaration(3).columns[index];
  if (column === undefined) throw new Error('column');
  return { dataSet: 0, index, declaration: column };
};

function cells(
  sets: readonly (readonly Row[])[],
  aggregate: Aggregate,
  groupBy: readonly Dimension[],
  limit: number,
) {
  const exact = exactCells({
    sets: sets.map(dataSetOf),
    aggregate,
    groupBy,
    filters: [],
    contributionLimit: limit,
    column: columnAt,
  });
  if (exact === undefined) throw new Error('too many cells');
  return exact;
}

const distance = (a: readonly bigint[], b: readonly bigint[]): bigint =>
  a.reduce((sum, value, i) => {
    const difference = value - (b[i] ?? 0n);
    return sum + (difference < 0n ? -difference : difference);
  }, 0n);

describe('one person more or less [part of CC-016]', () => {
  it('changes no aggregate by more than its declared sensitivity', () => {
    const random = seededRandom(SEED);
    let tight = 0;
    for (let round = 0; round < 60; round++) {
      const rows = someRows(random, 12);
      const [person = 0] = random(1);
      const without = rows.filter((row) => row.person !== pseudonym(person % 12));
      for (const aggregate of AGGREGATES) {
        for (const groupBy of GROUPS) {
          for (const limit of [1, 2, 3]) {
            const [all, fewer] = [
              cells([rows], aggregate, groupBy, limit),
              cells([without], aggregate, groupBy, limit),
            ];
            const persons = distance(all.persons, fewer.persons);
            const values = distance(all.values, fewer.values);
            expect(persons <= all.personSensitivity).toBe(true);
            expect(values <= all.valueSensitivity).toBe(true);
            if (persons === all.personSensitivity) tight++;
          }
        }
      }
    }
    // The bound is reached, so it is not merely generous.
    expect(tight).toBeGreaterThan(100);
  });

  it('changes no aggregate over a join by more either', () => {
    const random = seededRandom(`${SEED} join`);
    for (let round = 0; round < 30; round++) {
      const sets = [someRows(random, 8), someRows(random, 8)];
      const without = sets.map((rows) => rows.filter((row) => row.person !== pseudonym(3)));
      for (const aggregate of AGGREGATES) {
        for (const limit of [1, 4, 9]) {
          const groupBy = GROUPS[1] ?? [];
          const [all, fewer] = [
            cells(sets, aggregate, groupBy, limit),
            cells(without, aggregate, groupBy, limit),
          ];
          expect(distance(all.persons, fewer.persons) <= all.personSensitivity).toBe(true);
          expect(distance(all.values, fewer.values) <= all.valueSensitivity).toBe(true);
        }
      }
    }
  });

  it('is not told by which groups are there', () => {
    const some: Row[] = [{ person: pseudonym(1), values: [1, 0] }];
    const groupBy = GROUPS[1] ?? [];
    const one = cells([some], { kind: 'count' }, groupBy, 1);
    expect(one.labels).toEqual([['a'], ['b'], ['c']]);
    expect(cells([[]], { kind: 'count' }, groupBy, 1).labels).toEqual(one.labels);
  });

  it.each(['laplace', 'gaussian'] as const)(
    'changes the odds of no %s answer by more than e^epsilon',
    (mechanism) => {
      // The same query on neighbours, many times: 12 persons and 11, epsilon 0.5.
      const epsilon = 0.5;
      const delta = mechanism === 'gaussian' ? 1e-6 : 0;
      const rows = Array.from({ length: 12 }, (_, i): Row => ({ person: pseudonym(i), values: [0, 0] }));
      const runs = 20_000;
      const tally = (some: readonly Row[], name: string): Map<number, number> => {
        const sampler = new Sampler(seededRandom(`${SEED} ${mechanism} ${name}`));
        const exact = cells([some], { kind: 'count' }, [], 1);
        const cost = { epsilon: epsilon * 1e6, delta: delta * 1e12 };
        const seen = new Map<number, number>();
        for (let i = 0; i < runs; i++) {
          // A threshold far below everything, so that all answers are seen.
          const { cells: out } = addNoise(exact, { kind: 'count' }, mechanism, cost, -1e9, sampler);
          const value = out[0]?.value as number;
          seen.set(value, (seen.get(value) ?? 0) + 1);
        }
        return seen;
      };
      const [all, fewer] = [tally(rows, 'all'), tally(rows.slice(1), 'fewer')];
      let compared = 0;
      for (const [value, often] of all) {
        const other = fewer.get(value) ?? 0;
        if (often < 200 || other < 200) continue;
        compared++;
        const error = 4.5 * Math.sqrt(1 / often + 1 / other);
        expect(Math.abs(Math.log(often / other))).toBeLessThan(epsilon + error);
      }
      expect(compared).toBeGreaterThan(8);
    },
  );

  it('leaves a group below the minimum suppressed but for one time in a thousand', () => {
    const sampler = new Sampler(seededRandom(`${SEED} suppressed`));
    const rows = Array.from({ length: 9 }, (_, i): Row => ({ person: pseudonym(i), values: [0, 0] }));
    const exact = cells([rows], { kind: 'count' }, [], 1);
    let shown = 0;
    for (let i = 0; i < 20_000; i++) {
      const { cells: out } = addNoise(
        exact,
        { kind: 'count' },
        'laplace',
        { epsilon: 1e6, delta: 0 },
        10,
        sampler,
      );
      if (out[0]?.value !== null) shown++;
    }
    expect(shown).toBeLessThan(40);
  });

  it('stays together in storage, in the order of pseudonyms', () => {
    const random = seededRandom(`${SEED} storage`);
    const rows = someRows(random, 30).reverse();
    const set = dataSetOf(rows);
    expect([...set.persons.keys()]).toEqual(Array.from({ length: 30 }, (_, i) => pseudonym(i)));
    for (const [person, [first, count]] of set.persons) {
      const own = rows.filter((row) => row.person === person).map(({ values }) => values[0]);
      expect([...(set.columns[0]?.numbers.slice(first, first + count) ?? [])]).toEqual(own);
    }
  });
});
