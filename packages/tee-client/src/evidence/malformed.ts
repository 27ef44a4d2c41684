import type { SmError } from '@cssi/sm-core';
import { TEE_CLIENT_ERRORS } from '../errors.ts';

/**
 * The one error for evidence that is not encoded as its specification says.
 *
 * @internal
 */
export const malformed = (reason: string, cause?: unknown): SmError =>
  TEE_CLIENT_ERRORS.create('ERR_TEE_EVIDENCE_MALFORMED', { detail: `reason=${reason}`, cause });
