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

/** Time of a UTCTime or GeneralizedTime element that ends in Z. */
export function decodeTime(element: Tlv | undefined): Date {
  if (element === undefined) throw new DerProblem('time');
  const text = new TextDecoder('latin1').decode(element.value);
  const full =
    element.tag === 0x17 && /^\d{12}Z$/.test(text)
      ? `${Number(text.slice(0, 2)) >= 50 ? '19' : '20'}${text}`
      : element.tag === 0x18 && /^\d{14}Z$/.test(text)
        ? text
        : undefined;
  if (full === undefined) throw new DerProblem('time');
  const [, year, month, day, hour, minute, second] = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/.exec(full)!;
  const iso = `${year}-${month}-${day}T${hour}:${minute}:${second}.000Z`;
  const time = new Date(iso);
  if (Number.isNaN(time.getTime()) || time.toISOString() !== iso) throw new DerProblem('time');
  return time;
}
