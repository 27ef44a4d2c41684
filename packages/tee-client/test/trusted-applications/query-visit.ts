import type { RowValue } from '../../src/spec/v1/query-types.ts';

/** One visit of a person, the same for all but what is given. */
export const visit = (
  person: string,
  age = 30,
  ward = 'north',
  phone = '13800000000',
): readonly [string, ...RowValue[]] => [person, age, ward, '2026-03-01', [31_050_000, 121_050_000], phone];
