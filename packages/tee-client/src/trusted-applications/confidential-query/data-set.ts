import type { ColumnDeclaration, DataSetDeclaration } from '../../spec/v1/query-types.ts';
import { concat, fromHex, fromUtf8, readU32, toHex, u32, utf8 } from '../../ta/bytes.ts';
import { PSEUDONYM_BYTES } from './identity.ts';
import type { Parsed, Row } from './rows.ts';

const NUMBER_BYTES = 8;
const WORD = 2 ** 32;

/** Values of one column, row by row. */
export interface ColumnValues {
  readonly numbers: readonly number[];
  /** Longitudes of a geo column. */
  readonly second: readonly number[];
  readonly texts: readonly string[];
}

/** A data set as it is asked: rows of one person stand together. */
export interface DataSet {
  readonly declaration: DataSetDeclaration;
  /** Pseudonym (hex) to first row and number of rows. */
  readonly persons: ReadonlyMap<string, readonly [first: number, count: number]>;
  readonly columns: readonly ColumnValues[];
}

function numbersToBytes(values: readonly number[]): Uint8Array {
  const out = new Uint8Array(values.length * NUMBER_BYTES);
  const view = new DataView(out.buffer);
  values.forEach((value, i) => {
    // Two words: a compartment has no floating-point arrays, whose NaNs could tell of other code.
    view.setInt32(i * NUMBER_BYTES, Math.floor(value / WORD));
    view.setUint32(i * NUMBER_BYTES + 4, value >>> 0);
  });
  return out;
}

function encodeColumn(column: ColumnDeclaration, values: readonly Parsed[]): Uint8Array {
  switch (column.type) {
    case 'text': {
      const json = utf8(JSON.stringify(values));
      return concat(u32(json.length), json);
    }
    case 'geo': {
      const pairs = values as readonly (readonly [number, number])[];
      return concat(numbersToBytes(pairs.map(([a]) => a)), numbersToBytes(pairs.map(([, b]) => b)));
    }
    default:
      return numbersToBytes(values as readonly number[]);
  }
}

/**
 * persons (u32) ‖ rows (u32) ‖ pseudonyms (16 each) ‖ rows per person (u32 each) ‖ columns: numbers as
 * integers of eight bytes each, geo as two such columns, text as a list in JSON
 * after its length (u32). Persons stand in the order of their pseudonyms, so nothing tells how the
 * owner had them.
 */
export function encodeRows(declaration: DataSetDeclaration, rows: readonly Row[]): Uint8Array {
  const sorted = [...rows].sort((a, b) => (a.person < b.person ? -1 : a.person > b.person ? 1 : 0));
  const counts = new Map<string, number>();
  for (const { person } of sorted) counts.set(person, (counts.get(person) ?? 0) + 1);
  return concat(
    u32(counts.size),
    u32(sorted.length),
    ...[...counts.keys()].map((person) => fromHex(person) ?? new Uint8Array(PSEUDONYM_BYTES)),
    ...[...counts.values()].map(u32),
    ...declaration.columns.map((column, i) =>
      encodeColumn(
        column,
        sorted.map(({ values }) => values[i] ?? 0),
      ),
    ),
  );
}

/** What {@link encodeRows} gave; it comes from sealed storage and is only this application's own. */
export function decodeRows(declaration: DataSetDeclaration, data: Uint8Array): DataSet {
  const persons = new Map<string, readonly [number, number]>();
  const [personCount, rowCount] = [readU32(data, 0), readU32(data, 4)];
  const countsAt = 8 + personCount * PSEUDONYM_BYTES;
  for (let i = 0, first = 0; i < personCount; i++) {
    const at = 8 + i * PSEUDONYM_BYTES;
    const count = readU32(data, countsAt + 4 * i);
    persons.set(toHex(data.subarray(at, at + PSEUDONYM_BYTES)), [first, count]);
    first += count;
  }
  let at = countsAt + 4 * personCount;
  const view = new DataView(data.buffer, data.byteOffset, data.length);
  const numbers = (): number[] => {
    const out: number[] = [];
    for (let i = 0; i < rowCount; i++, at += NUMBER_BYTES) {
      out.push(view.getInt32(at) * WORD + view.getUint32(at + 4));
    }
    return out;
  };
  const none: readonly number[] = [];
  const columns = declaration.columns.map(({ type }): ColumnValues => {
    if (type === 'text') {
      const length = readU32(data, at);
      const texts = JSON.parse(fromUtf8(data.subarray(at + 4, at + 4 + length)) ?? '[]') as readonly string[];
      at += 4 + length;
      return { numbers: none, second: none, texts };
    }
    const first = numbers();
    return { numbers: first, second: type === 'geo' ? numbers() : none, texts: [] };
  });
  return { declaration, persons, columns };
}
