import { PKI_ERRORS } from '../errors.ts';
import { MAX_REVOCATION_EVIDENCE, type RevocationOptions } from '../spec/v1/revocation.ts';

/** A week: who tolerates more wants another time of judgement. */
const MAX_TOLERANCE_SECONDS = 604_800;

const isDate = (value: unknown): boolean => value instanceof Date && !Number.isNaN(value.getTime());

const isList = (value: unknown): boolean =>
  value === undefined || (Array.isArray(value) && value.length <= MAX_REVOCATION_EVIDENCE);

/** The first option that judges nothing. */
export function badRevocationOption(options: RevocationOptions): string | undefined {
  const { time, evidenceTime, toleranceSeconds: tolerance = 0 } = options;
  // A time that is none compares as false with everything, and nothing would ever have expired.
  if (!isDate(time)) return 'time';
  if (evidenceTime !== undefined && !isDate(evidenceTime)) return 'evidenceTime';
  if (!isList(options.crls)) return 'crls';
  if (!isList(options.ocspResponses)) return 'ocspResponses';
  if (!isList(options.trustedResponders)) return 'trustedResponders';
  const good = Number.isInteger(tolerance) && tolerance >= 0 && tolerance <= MAX_TOLERANCE_SECONDS;
  return good ? undefined : 'toleranceSeconds';
}

/** @throws SmError ERR_PKI_PATH_OPTIONS */
export function checkRevocationOptions(options: RevocationOptions): void {
  const option = badRevocationOption(options);
  if (option === undefined) return;
  throw PKI_ERRORS.create('ERR_PKI_PATH_OPTIONS', { detail: `option=${option}` });
}
