/** Dates as numbers of days, without Date: a compartment has none that can be trusted to be there. */

const FORM = /^(\d{4})-(\d{2})-(\d{2})$/;
const LENGTHS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

const isLeap = (year: number): boolean => year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);

/** Days since 1970-01-01 of the proleptic Gregorian calendar; `undefined` for what is no date of 1600 to 9999. */
export function parseDate(text: string): number | undefined {
  const found = FORM.exec(text);
  if (found === null) return undefined;
  const [year, month, day] = [Number(found[1]), Number(found[2]), Number(found[3])];
  const length = (LENGTHS[month - 1] ?? 0) + (month === 2 && isLeap(year) ? 1 : 0);
  if (year < 1600 || day < 1 || day > length) return undefined;
  // Years begin in March, so that the leap day is their last.
  const y = month <= 2 ? year - 1 : year;
  const dayOfYear = Math.floor((153 * ((month + 9) % 12) + 2) / 5) + day - 1;
  return y * 365 + Math.floor(y / 4) - Math.floor(y / 100) + Math.floor(y / 400) + dayOfYear - 719_468;
}

const two = (value: number): string => String(value).padStart(2, '0');

/** Year and month of a number of days. */
export function yearAndMonth(days: number): readonly [year: number, month: number] {
  const shifted = days + 719_468;
  const era = Math.floor(shifted / 146_097);
  const ofEra = shifted - era * 146_097;
  const year = Math.floor(
    (ofEra - Math.floor(ofEra / 1460) + Math.floor(ofEra / 36_524) - Math.floor(ofEra / 146_096)) / 365,
  );
  const ofYear = ofEra - (365 * year + Math.floor(year / 4) - Math.floor(year / 100));
  const month = Math.floor((5 * ofYear + 2) / 153);
  return [era * 400 + year + (month >= 10 ? 1 : 0), month < 10 ? month + 3 : month - 9];
}

/** "YYYY-MM-DD". */
export function formatDate(days: number): string {
  const [year, month] = yearAndMonth(days);
  const first = parseDate(`${year}-${two(month)}-01`) ?? days;
  return `${year}-${two(month)}-${two(days - first + 1)}`;
}

/** "YYYY-MM". */
export function formatMonth(days: number): string {
  const [year, month] = yearAndMonth(days);
  return `${year}-${two(month)}`;
}

/** Months since year 0. */
export function monthNumber(days: number): number {
  const [year, month] = yearAndMonth(days);
  return year * 12 + month - 1;
}

/** "YYYY-MM" of {@link monthNumber}. */
export const monthLabel = (months: number): string => `${Math.floor(months / 12)}-${two((months % 12) + 1)}`;
