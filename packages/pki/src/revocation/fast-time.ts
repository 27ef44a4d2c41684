import { timeBetween } from '../internal/times.ts';
import { DerProblem } from '../internal/tlv.ts';

/** Nobody revoked anything before; such a year is a mistake. */
const EARLIEST = Date.UTC(100, 0, 1);

/** As {@link timeBetween}, of a year from 100 on. */
export function timeAt(bytes: Uint8Array, tag: number, at: number, end: number): number {
  const time = timeBetween(bytes, tag, at, end);
  if (time < EARLIEST) throw new DerProblem('time');
  return time;
}
