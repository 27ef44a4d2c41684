import { derElement, utf8 } from '@cssi/sm-core';
import { DerProblem, type Tlv } from './tlv.ts';

/** UTCTime until 2049, GeneralizedTime from 2050 on; whole seconds. @standard GB/T 20518-2018 §5.2.3.6 */
export function encodeTime(time: Date): Uint8Array {
  if (!(time.getUTCFullYear() <= 9999)) throw new DerProblem('time');
  const digits = time.toISOString().replace(/[-:T]|\.\d+/g, '');
  const year = time.getUTCFullYear();
  return year >= 1950 && year < 2050
    ? derElement(0x17, utf8(digits.slice(2)))
    : derElement(0x18, utf8(digits));
}

const DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
const UTC_TIME = 0x17;
const GENERALIZED_TIME = 0x18;
const Z = 0x5a;

/** The two digits at `at`. */
function pair(bytes: Uint8Array, at: number): number {
  const [tens, ones] = [bytes[at]! - 0x30, bytes[at + 1]! - 0x30];
  if (tens < 0 || tens > 9 || ones < 0 || ones > 9) throw new DerProblem('time');
  return tens * 10 + ones;
}

const isLeap = (year: number): boolean => (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;

function yearAt(bytes: Uint8Array, tag: number, at: number): number {
  const first = pair(bytes, at);
  if (tag === GENERALIZED_TIME) return first * 100 + pair(bytes, at + 2);
  return first >= 50 ? 1900 + first : 2000 + first;
}

/** Milliseconds since 1970 of a date that exists. */
function millisecondsOf(year: number, month: number, day: number, seconds: number): number {
  if (year >= 100) return Date.UTC(year, month - 1, day, 0, 0, seconds);
  // Date.UTC takes years below 100 for those of the last century.
  const date = new Date(1000 * seconds);
  return date.setUTCFullYear(year, month - 1, day);
}

/**
 * Milliseconds since 1970 of a UTCTime or GeneralizedTime whose contents stand from `at` to
 * `end`: whole seconds, ending in Z. Without a string or a Date, for lists of a million entries.
 *
 * @standard RFC 5280 §5.1.2.4
 */
export function timeBetween(bytes: Uint8Array, tag: number, at: number, end: number): number {
  const length = tag === UTC_TIME ? 13 : 15;
  if ((tag !== UTC_TIME && tag !== GENERALIZED_TIME) || end - at !== length || bytes[end - 1] !== Z) {
    throw new DerProblem('time');
  }
  const year = yearAt(bytes, tag, at);
  const rest = end - 11;
  const month = pair(bytes, rest);
  const [day, hour] = [pair(bytes, rest + 2), pair(bytes, rest + 4)];
  const [minute, second] = [pair(bytes, rest + 6), pair(bytes, rest + 8)];
  const days = month === 2 && isLeap(year) ? 29 : DAYS[month - 1];
  if (days === undefined || day < 1 || day > days || hour > 23 || minute > 59 || second > 59) {
    throw new DerProblem('time');
  }
  return millisecondsOf(year, month, day, 3600 * hour + 60 * minute + second);
}

/** Time of a UTCTime or GeneralizedTime element that ends in Z. */
export function decodeTime(element: Tlv | undefined): Date {
  if (element === undefined) throw new DerProblem('time');
  return new Date(timeBetween(element.value, element.tag, 0, element.value.length));
}
