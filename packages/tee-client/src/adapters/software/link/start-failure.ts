import type { SmError } from '@cssi/sm-core';
import { TEE_CLIENT_ERRORS, type TeeClientErrorCode } from '../../../errors.ts';

const TEXT = /^[\x20-\x7e]{1,256}$/;

/** The coded error a domain did not come up with. Unknown codes become ERR_TEE_START_FAILED. */
export function startFailure(code: string, detail: string): SmError<TeeClientErrorCode> {
  const known = Object.hasOwn(TEE_CLIENT_ERRORS.table, code)
    ? (code as TeeClientErrorCode)
    : 'ERR_TEE_START_FAILED';
  return TEE_CLIENT_ERRORS.create(known, TEXT.test(detail) ? { detail } : {});
}
