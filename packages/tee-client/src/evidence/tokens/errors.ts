import type { SmError } from '@cssi/sm-core';
import { TEE_CLIENT_ERRORS } from '../../errors.ts';

/** The one error for what is no attestation result. @internal */
export const tokenMalformed = (reason: string, cause?: unknown): SmError =>
  TEE_CLIENT_ERRORS.create('ERR_TEE_TOKEN_MALFORMED', { detail: `reason=${reason}`, cause });
