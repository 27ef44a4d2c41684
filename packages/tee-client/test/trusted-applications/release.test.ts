import { describe, expect, it } from 'vitest';
import type { ColumnDeclaration, Release } from '../../src/spec/v1/query-types.ts';
import {
  formatDate,
  formatMonth,
  monthLabel,
  monthNumber,
  parseDate,
} from '../../src/trusted-applications/confidential-query/dates.ts';
import { mask, transformed } from '../../src/trusted-applications/confidential-query/release.ts';
import { startQuery, visits, withVisits } from './query-support.ts';
import { visit } from './query-visit.ts';
import { failureOf } from './support.ts';

describe('desensitisation [CC-016]', () => {
  it.each([
    ['13800001234', 3, 4, '138******34'],
    ['13800001234', 64, 64, '13800******'],
    ['ab', 1, 1, 'a*'],
    ['a', 1, 1, '*'],
    ['', 1, 1, ''],
    ['王小明', 1, 0, '王**'],
    ['𠮷野家', 1, 0, '𠮷**'],
  ])('masks %s, keeping %d and %d', (text, start, end, expected) => {
    expect(mask(text, start, end)).toBe(expected);
  });

  const columns: Record<string, ColumnDeclaration> = {
    number: { name: 'n', class: 'internal', type: 'int', min: -100, max: 100 },
    day: { name: 'd', class: 'internal', type: 'date', min: '1900-01-01', max: '2100-01-01' },
    place: { name: 'g', class: 'internal', type: 'geo', south: -9e7, west: -18e7, north: 9e7, east: 18e7 },
    ward: { name: 'w', class: 'internal', type: 'category', values: ['a', 'b', 'c'] },
  };
  const groups = [
    { label: 'first', values: ['a', 'c'] },
    { label: 'second', values: ['b'] },
  ];
  it.each([
    ['number', { transform: 'round', step: 10 }, 37, 0, 30],
    ['number', { transform: 'round', step: 10 }, -37, 0, -40],
    ['day', { transform: 'month' }, parseDate('2024-02-29') ?? 0, 0, '2024-02'],
    ['day', { transform: 'year' }, parseDate('2024-02-29') ?? 0, 0, '2024'],
    ['place', { transform: 'grid', step: 100_000 }, 31_234_567, -121_234_567, '31200000,-121300000'],
    ['ward', { transform: 'generalise', groups }, 2, 0, 'first'],
    ['ward', { transform: 'clear' }, 1, 0, 'b'],
    ['day', { transform: 'clear' }, parseDate('1969-12-31') ?? 0, 0, '1969-12-31'],
  ])('transforms %s by %o', (name, transform, value, second, expected) => {
    const release = { column: '0.x', ...transform } as Release;
    const column = columns[name];
    if (column === undefined) throw new Error('column');
    expect(transformed(release, column, value, second, '')).toBe(expected);
  });

  it('knows every day from 1600 to 2400 as Date does', () => {
    const first = Date.UTC(1600, 0, 1) / 86_400_000;
    const last = Date.UTC(2400, 11, 31) / 86_400_000;
    for (let day = first; day <= last; day++) {
      const text = new Date(day * 86_400_000).toISOString().slice(0, 10);
      if (parseDate(text) !== day || formatDate(day) !== text || formatMonth(day) !== text.slice(0, 7)) {
        throw new Error(`day ${text}`);
      }
      if (monthLabel(monthNumber(day)) !== text.slice(0, 7)) throw new Error(`month of ${text}`);
    }
  });

  it.each(['2026-02-29', '2026-13-01', '2026-00-10', '2026-04-31', '26-01-01', '2026-1-1', '1599-12-31', ''])(
    'knows %s as no date',
    (text) => {
      expect(parseDate(text)).toBeUndefined();
    },
  );

  it('releases approved columns in their masked form, without combinations of too few persons', async () => {
    const rows = [
      ...Array.from({ length: 6 }, (_, i) => visit(`n${i}`, 30, 'north', '13800001111')),
      ...Array.from({ length: 4 }, (_, i) => visit(`r${i}`, 30, 'rare', '13900002222')),
      // Two rows of one person are one person.
      ...[0, 1, 2, 3].flatMap((i) => [visit(`s${i}`, 30, 'south'), visit(`s${i}`, 30, 'south')]),
    ];
    const release = [
      { column: '0.ward', transform: 'clear' },
      { column: '0.phone', transform: 'mask', keepStart: 3, keepEnd: 0 },
      { column: '0.home', transform: 'grid', step: 100_000 },
      { column: '0.day', transform: 'month' },
    ] as const;
    const { service, policy, dataSet } = await withVisits(startQuery(), { rows }, { release });
    const columnsOf = release.map(({ column }) => column);
    const answer = await service.query({ policy, release: columnsOf });
    const row = ['north', '138********', '31000000,121000000', '2026-03'];
    expect(answer).toEqual({ kind: 'rows', rows: Array.from({ length: 6 }, () => row) });
    expect((await service.ledger(dataSet)).spent.epsilon).toBe(0);
    // All of the columns or none.
    expect(await failureOf(() => service.query({ policy, release: columnsOf.slice(1) }))).toMatchObject({
      code: 'ERR_TEE_QUERY_POLICY',
    });
  });

  it('refuses when nobody is in company enough', async () => {
    const release = [{ column: '0.phone', transform: 'mask', keepStart: 5, keepEnd: 0 }] as const;
    const rows = visits().rows.slice(0, 4);
    const { service, policy } = await withVisits(startQuery(), { rows }, { release });
    expect(await failureOf(() => service.query({ policy, release: ['0.phone'] }))).toMatchObject({
      code: 'ERR_TEE_QUERY_GROUP',
    });
  });
});
