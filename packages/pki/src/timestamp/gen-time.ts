import type { FindingLog } from '../internal/finding-log.ts';
import { DerProblem, expectTag, type Tlv } from '../internal/tlv.ts';

/** Digits of a fraction that are read; more than any clock has. */
const TIME = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(?:\.(\d{1,12}))?(Z|[+-]\d{4})$/;
const MINUTE = 60_000;

function offsetMillis(zone: string): number {
  if (zone === 'Z') return 0;
  const hours = Number(zone.slice(1, 3));
  const minutes = Number(zone.slice(3));
  if (hours > 14 || minutes > 59) throw new DerProblem('genTime');
  return (zone.startsWith('-') ? -1 : 1) * (hours * 60 + minutes) * MINUTE;
}

/**
 * Reads genTime: UTC with a fraction that does not end in zero. Another zone or such zeros are
 * noted.
 *
 * @standard RFC 3161 §2.4.2
 */
export function readGenTime(element: Tlv | undefined, log: FindingLog): { time: Date; timeText: string } {
  const { value } = expectTag(element, 0x18, 'genTime');
  const timeText = new TextDecoder('latin1').decode(value);
  const match = TIME.exec(timeText);
  if (match === null) throw new DerProblem('genTime');
  const [, year, month, day, hour, minute, second, fraction = '', zone = 'Z'] = match;
  const iso = `${year}-${month}-${day}T${hour}:${minute}:${second}.${fraction.slice(0, 3).padEnd(3, '0')}Z`;
  const local = new Date(iso);
  // A day or an hour that does not exist is carried over to the next one, which shows here.
  if (Number.isNaN(local.getTime()) || local.toISOString() !== iso) throw new DerProblem('genTime');
  if (fraction.endsWith('0') || zone !== 'Z') log.note('TIME_NOT_DER', 'genTime');
  return { time: new Date(local.getTime() - offsetMillis(zone)), timeText };
}
