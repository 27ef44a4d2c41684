import { SmError } from '@cssi/sm-core';
import { PKI_ERRORS, type PkiErrorCode } from '../errors.ts';
import { DerProblem } from './tlv.ts';

/** Codes that say more than "malformed" and reach the caller as they are. */
const OWN_MEANING = new Set<string>([
  'ERR_PKI_DEVIATION_REFUSED',
  'ERR_PKI_ALGORITHM_UNSUPPORTED',
  'ERR_PKI_WORK_LIMIT',
]);

/**
 * Runs `read` on a copy of `bytes`, so that nobody changes under us what was checked; whatever
 * is wrong with the encoding becomes `code`.
 *
 * @throws SmError `code`, ERR_PKI_DEVIATION_REFUSED, ERR_PKI_ALGORITHM_UNSUPPORTED, ERR_PKI_WORK_LIMIT
 */
export function reading<T>(
  code: PkiErrorCode,
  maxBytes: number,
  bytes: Uint8Array,
  read: (copy: Uint8Array) => T,
): T {
  const fail = (reason: string, cause?: unknown) =>
    PKI_ERRORS.create(code, { detail: `reason=${reason}`, ...(cause === undefined ? {} : { cause }) });
  if (!(bytes instanceof Uint8Array)) throw fail('type');
  if (bytes.length > maxBytes) throw fail('size');
  try {
    return read(new Uint8Array(bytes));
  } catch (error) {
    if (error instanceof DerProblem) throw fail(error.message);
    if (!(error instanceof SmError) || error.code === code || OWN_MEANING.has(error.code)) throw error;
    throw fail(error.code, error);
  }
}
