import { CONFIDENTIAL_QUERY_LIMITS as LIMITS } from '../../spec/v1/confidential-query.ts';
import {
  type ColumnDeclaration,
  DATA_SET_FORMAT,
  type DataSetDeclaration,
  type PrivacyBudget,
  SENSITIVITY_CLASSES,
} from '../../spec/v1/query-types.ts';
import type { Tee } from '../../ta/index.ts';
import type { Json, JsonReader } from '../../ta/json.ts';
import { parseDate } from './dates.ts';
import { DELTA_UNITS } from './noise.ts';
import { documentReader, ID, NAME } from './refusal.ts';

const COLUMN_FIELDS = {
  int: ['min', 'max'],
  decimal: ['scale', 'min', 'max'],
  category: ['values'],
  date: ['min', 'max'],
  geo: ['south', 'west', 'north', 'east'],
  text: ['maxLength'],
} as const;
const COLUMN_TYPES = ['int', 'decimal', 'category', 'date', 'geo', 'text'] as const;
/** A value of a category: up to 64 characters from the space on, so no control characters. */
export const LABEL = /^[ -\uffff]{1,64}$/;
const MICRODEGREES = 1_000_000;

/** A privacy budget or the cost of a query. */
export function readBudget(json: JsonReader, value: Json | undefined, minimum: number): PrivacyBudget {
  const { epsilon, delta } = json.object(value, ['epsilon', 'delta']);
  return {
    epsilon: json.integer(epsilon, minimum, LIMITS.epsilon),
    // One in a million is not a small chance any more.
    delta: json.integer(delta, 0, DELTA_UNITS / 1_000_000),
  };
}

function readColumn(json: JsonReader, value: Json): ColumnDeclaration {
  const type = json.oneOf((value as { readonly type?: Json } | null)?.type, COLUMN_TYPES);
  const names: readonly string[] = ['name', 'class', 'type', ...COLUMN_FIELDS[type]];
  const fields = json.object(value, names);
  const base = { name: json.text(fields.name, NAME), class: json.oneOf(fields.class, SENSITIVITY_CLASSES) };
  const number = (field: string, limit: number) => json.integer(fields[field], -limit, limit);
  const ordered = <T>(low: number, high: number, column: T): T => {
    if (low > high) throw json.fail();
    return column;
  };
  switch (type) {
    case 'int': {
      const [min, max] = [number('min', LIMITS.value), number('max', LIMITS.value)];
      return ordered(min, max, { ...base, type, min, max });
    }
    case 'decimal': {
      const [min, max] = [number('min', LIMITS.value), number('max', LIMITS.value)];
      return ordered(min, max, { ...base, type, scale: json.integer(fields.scale, 1, 9), min, max });
    }
    case 'category':
      return {
        ...base,
        type,
        values: json.distinct(fields.values, 1, LIMITS.categories, (item) => json.text(item, LABEL)),
      };
    case 'date': {
      const [min, max] = [json.text(fields.min, /^.{10}$/), json.text(fields.max, /^.{10}$/)];
      const [from, to] = [parseDate(min), parseDate(max)];
      if (from === undefined || to === undefined) throw json.fail();
      return ordered(from, to, { ...base, type, min, max });
    }
    case 'geo': {
      const [south, north] = [number('south', 90 * MICRODEGREES), number('north', 90 * MICRODEGREES)];
      const [west, east] = [number('west', 180 * MICRODEGREES), number('east', 180 * MICRODEGREES)];
      return ordered(west, east, ordered(south, north, { ...base, type, south, west, north, east }));
    }
    case 'text':
      return { ...base, type, maxLength: json.integer(fields.maxLength, 1, LIMITS.text) };
  }
}

/** Reads what an owner declares. */
export function readDeclaration(tee: Tee, value: Json): DataSetDeclaration {
  const json = documentReader(tee);
  const fields = json.object(value, [
    'format',
    'owner',
    'name',
    'columns',
    'rows',
    'bytes',
    'digest',
    'maxRowsPerPerson',
    'budget',
    'minimumGroup',
  ]);
  const columns = json.list(fields.columns, 1, LIMITS.columns).map((item) => readColumn(json, item));
  if (new Set(columns.map(({ name }) => name)).size !== columns.length) throw json.fail();
  return {
    format: json.oneOf(fields.format, [DATA_SET_FORMAT]),
    owner: json.text(fields.owner, ID),
    name: json.text(fields.name, NAME),
    columns,
    rows: json.integer(fields.rows, 0, LIMITS.rows),
    bytes: json.integer(fields.bytes, 0, LIMITS.content),
    digest: json.text(fields.digest, ID),
    maxRowsPerPerson: json.integer(fields.maxRowsPerPerson, 1, LIMITS.rowsPerPerson),
    budget: readBudget(json, fields.budget, 0),
    minimumGroup: json.integer(fields.minimumGroup, 1, LIMITS.rows),
  };
}

/** The account a data set is charged to. */
export const accountOf = ({ owner, name }: DataSetDeclaration): string => `${owner}/${name}`;
