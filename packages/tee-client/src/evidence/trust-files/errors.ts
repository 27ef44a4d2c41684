import type { SmError } from '@cssi/sm-core';
import { TEE_CLIENT_ERRORS } from '../../errors.ts';

/** The one error for a file that is no trust file. @internal */
export const notTrustFile = (name: string, reason: string, cause?: unknown): SmError =>
  TEE_CLIENT_ERRORS.create('ERR_TEE_OPTION_INVALID', {
    detail: `option=trust-file name=${JSON.stringify(name)} reason=${reason}`,
    cause,
  });
