import type { SmError } from '@cssi/sm-core';
import { TEE_CLIENT_ERRORS } from '../errors.ts';

/** @internal */
export const malformedOption = (option: string): SmError =>
  TEE_CLIENT_ERRORS.create('ERR_TEE_OPTION_INVALID', { detail: `option=${option}` });
