import { fromHex, utf8 } from '../../encoding/bytes.ts';
import type { JsonValue } from '../../encoding/json.ts';
import { type Expectation, fail } from './vector-case.ts';

/** A JSON object of a vector file. */
export type Row = { readonly [name: string]: JsonValue };

/** Longest message that a pattern may ask for: 16 MiB. */
const MAX_PATTERN_BYTES = 1 << 24;

export function row(value: JsonValue | undefined, what: string): Row {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) fail(`${what} is not an object`);
  return value as Row;
}

export function rows(value: JsonValue | undefined, what: string): readonly Row[] {
  if (!Array.isArray(value)) fail(`${what} is not a list`);
  return (value as readonly JsonValue[]).map((item, i) => row(item, `${what}[${i}]`));
}

/** The list `cases` of a file. */
export const casesOf = (content: JsonValue): readonly Row[] => rows(row(content, 'file').cases, 'cases');

export function text(of: Row, name: string): string {
  const value = of[name];
  if (typeof value !== 'string') fail(`field ${name} is not a text`);
  return value as string;
}

/** Text of an optional field. */
export function optional(of: Row, name: string): string | undefined {
  return of[name] === undefined || of[name] === null ? undefined : text(of, name);
}

export function number(of: Row, name: string): number {
  const value = of[name];
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) {
    fail(`field ${name} is not a number`);
  }
  return value as number;
}

/**
 * Bytes of a hex field; an optional leading 0x is allowed, an absent field is an error, and
 * so is another length than `length`: what goes straight to an engine must be checked here.
 */
export function hex(of: Row, name: string, length?: number): Uint8Array {
  const bytes = fromHex(text(of, name).replace(/^0x/, ''));
  if (length !== undefined && bytes.length !== length) fail(`field ${name} is not ${length} bytes`);
  return bytes;
}

/** Bytes of a hex field that may be absent. */
export function hexOrNothing(of: Row, name: string): Uint8Array {
  return of[name] === undefined || of[name] === null ? new Uint8Array(0) : hex(of, name);
}

/** What a case asks for; some collections say ok and reject for valid and invalid. */
export function expectation(of: Row): Expectation {
  const value = text(of, 'expected');
  if (value === 'valid' || value === 'ok') return 'valid';
  if (value === 'invalid' || value === 'reject') return 'invalid';
  if (value === 'acceptable') return value;
  return fail('field expected has an unknown value');
}

/** Number of a case inside its file, or its position. */
export function caseId(of: Row, position: number): string {
  for (const name of ['tc', 'tcId', 'tc_id'] as const) {
    if (typeof of[name] === 'number') return `tc ${of[name]}`;
  }
  return `case ${position + 1}`;
}

/** Bytes that a pattern describes; the three wordings that the vectors use. */
export function patternBytes(pattern: string, length: number | undefined): Uint8Array {
  const repeated = /^([0-9,]{1,12}) x '(.)'$/.exec(pattern);
  const size = repeated === null ? length : Number(repeated[1]!.replaceAll(',', ''));
  if (size === undefined || size > MAX_PATTERN_BYTES) fail('pattern without a length, or too long');
  const bytes = new Uint8Array(size as number);
  if (repeated !== null) return bytes.fill(utf8(repeated[2]!)[0]!);
  if (pattern === 'all bytes 0x61') return bytes.fill(0x61);
  if (pattern === 'byte[j]=j%251') return bytes.map((_, j) => j % 251);
  return fail('unknown pattern');
}
