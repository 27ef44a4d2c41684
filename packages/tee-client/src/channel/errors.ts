import { SmError } from '@cssi/sm-core';
import { TEE_CLIENT_ERRORS } from '../errors.ts';

/**
 * A message that is not genuine; the reason says nothing about secrets.
 *
 * @internal
 */
export const broken = (reason: string, cause?: unknown): SmError =>
  TEE_CLIENT_ERRORS.create('ERR_TEE_CHANNEL', { detail: `reason=${reason}`, cause });

/**
 * A genuine peer that is not accepted.
 *
 * @internal
 */
export function refused(reason: string, cause?: unknown): SmError {
  // The judgement's own words, where it chose this code.
  if (cause instanceof SmError && cause.code === 'ERR_TEE_CHANNEL_REFUSED') return cause;
  return TEE_CLIENT_ERRORS.create('ERR_TEE_CHANNEL_REFUSED', { detail: `reason=${reason}`, cause });
}

/**
 * A mistake of the caller.
 *
 * @internal
 */
export const badOption = (option: string): SmError =>
  TEE_CLIENT_ERRORS.create('ERR_TEE_OPTION_INVALID', { detail: `option=${option}` });
