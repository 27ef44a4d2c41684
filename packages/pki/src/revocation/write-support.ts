import type { SmError } from '@cssi/sm-core';
import { PKI_ERRORS } from '../errors.ts';

export const invalidOption = (option: string): SmError =>
  PKI_ERRORS.create('ERR_PKI_REVOCATION_OPTIONS', { detail: `option=${option}` });

/** The time cut to whole seconds, of a year that both time types can say. */
export function wholeSeconds(time: Date, option: string): Date {
  const good = time instanceof Date && !Number.isNaN(time.getTime());
  if (!good || time.getUTCFullYear() < 1950 || time.getUTCFullYear() > 9999) throw invalidOption(option);
  return new Date(Math.floor(time.getTime() / 1000) * 1000);
}
