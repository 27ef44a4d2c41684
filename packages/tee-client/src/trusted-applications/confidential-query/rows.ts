import { CONFIDENTIAL_QUERY_LIMITS as LIMITS } from '../../spec/v1/confidential-query.ts';
import type { ColumnDeclaration, DataSetDeclaration } from '../../spec/v1/query-types.ts';
import { concat, fromUtf8, toHex } from '../../ta/bytes.ts';
import type { Json } from '../../ta/json.ts';
import { parseDate } from './dates.ts';

const NEW_LINE = 0x0a;
const DECIMAL = /^(-?)(\d{1,13})(?:\.(\d{1,9}))?$/;
/** No line of a valid row is longer: 33 values of 64 characters and their marks. */
const MAX_LINE = 16_384;

/** What a value is kept as: one number, two for geo, a text. */
export type Parsed = number | readonly [number, number] | string;

const within = (value: number, min: number, max: number): number | undefined =>
  Number.isSafeInteger(value) && value >= min && value <= max ? value : undefined;

function parseDecimal(text: string, scale: number): number | undefined {
  const found = DECIMAL.exec(text);
  const digits = found?.[3] ?? '';
  if (found === null || digits.length > scale) return undefined;
  const value = Number(`${found[2]}${digits.padEnd(scale, '0')}`);
  // Not -0, which would be another text for the same number.
  return found[1] === '-' ? (value === 0 ? undefined : -value) : value;
}

/** The value of a column, `undefined` where it is not what was declared. */
function parseValue(column: ColumnDeclaration, value: Json | undefined): Parsed | undefined {
  switch (column.type) {
    case 'int':
      return typeof value === 'number' ? within(value, column.min, column.max) : undefined;
    case 'decimal': {
      const number = typeof value === 'string' ? parseDecimal(value, column.scale) : undefined;
      return number === undefined ? undefined : within(number, column.min, column.max);
    }
    case 'category': {
      const index = typeof value === 'string' ? column.values.indexOf(value) : -1;
      return index < 0 ? undefined : index;
    }
    case 'date': {
      const days = typeof value === 'string' ? parseDate(value) : undefined;
      if (days === undefined) return undefined;
      return within(days, parseDate(column.min) ?? 0, parseDate(column.max) ?? 0);
    }
    case 'geo': {
      if (!Array.isArray(value) || value.length !== 2) return undefined;
      const latitude = within(value[0] as number, column.south, column.north);
      const longitude = within(value[1] as number, column.west, column.east);
      return latitude === undefined || longitude === undefined ? undefined : [latitude, longitude];
    }
    case 'text':
      return typeof value === 'string' && [...value].length <= column.maxLength ? value : undefined;
  }
}

/** A row with its person's pseudonym, hex. */
export interface Row {
  readonly person: string;
  readonly values: readonly Parsed[];
}

/** Thrown inside; the application answers UPLOAD. Which row it is stays inside. */
export class RowError extends Error {}

/** Takes content apart as it comes, line by line. */
export class RowParser {
  readonly #declaration: DataSetDeclaration;
  readonly #pseudonymOf: (person: string) => Uint8Array;
  #rest: Uint8Array = new Uint8Array(0);
  readonly #counts = new Map<string, number>();
  readonly rows: Row[] = [];

  constructor(declaration: DataSetDeclaration, pseudonymOf: (person: string) => Uint8Array) {
    this.#declaration = declaration;
    this.#pseudonymOf = pseudonymOf;
  }

  push(content: Uint8Array): void {
    const bytes = concat(this.#rest, content);
    this.#rest.fill(0);
    let start = 0;
    for (let end = bytes.indexOf(NEW_LINE); end >= 0; end = bytes.indexOf(NEW_LINE, start)) {
      this.#line(bytes.subarray(start, end));
      start = end + 1;
    }
    this.#rest = bytes.slice(start);
    bytes.fill(0);
    if (this.#rest.length > MAX_LINE) throw new RowError();
  }

  #line(line: Uint8Array): void {
    if (line.length > MAX_LINE || this.rows.length >= this.#declaration.rows) throw new RowError();
    let items: Json;
    try {
      items = JSON.parse(fromUtf8(line) ?? '') as Json;
    } catch {
      throw new RowError();
    }
    const { columns, maxRowsPerPerson } = this.#declaration;
    if (!Array.isArray(items) || items.length !== columns.length + 1) throw new RowError();
    const [identifier, ...values] = items as Json[];
    if (typeof identifier !== 'string' || identifier.length < 1 || identifier.length > LIMITS.text) {
      throw new RowError();
    }
    const parsed = columns.map((column, i) => {
      const value = parseValue(column, values[i]);
      if (value === undefined) throw new RowError();
      return value;
    });
    const person = toHex(this.#pseudonymOf(identifier));
    const count = (this.#counts.get(person) ?? 0) + 1;
    if (count > maxRowsPerPerson) throw new RowError();
    this.#counts.set(person, count);
    this.rows.push({ person, values: parsed });
  }

  /** @throws {@link RowError} when something is missing or left over */
  finish(): readonly Row[] {
    if (this.#rest.length > 0 || this.rows.length !== this.#declaration.rows) throw new RowError();
    return this.rows;
  }

  /** Forgets what was read. */
  clear(): void {
    this.#rest.fill(0);
    this.rows.length = 0;
    this.#counts.clear();
  }
}
