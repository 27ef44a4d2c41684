import { ERROR_BLOCKS, SmError } from '@cssi/sm-core';
import { TEE_CLIENT_ERRORS, type TeecErrorCode } from './errors.ts';
import type { TeecOperation } from './operation.ts';
import { TEEC_ORIGINS, TEEC_RESULTS, type TeecResultName, teecResultName } from './results.ts';

/** What is known of a failed call besides its result. */
export interface TeecErrorOptions {
  /** Neutral facts; never secret or personal data. */
  readonly detail?: string;
  readonly cause?: unknown;
  /** The operation as the call left it; for SHORT_BUFFER each `size` is the size required. */
  readonly operation?: TeecOperation;
}

/**
 * A call that did not return TEEC_SUCCESS. `result` and `origin` keep GlobalPlatform's values.
 *
 * @standard GPD_SPE_007 v1.0 §4.4
 * @group Results
 */
export class TeecError extends SmError<TeecErrorCode> {
  override readonly name: string = 'TeecError';
  /** The return code, see {@link TEEC_RESULTS}. */
  readonly result: number;
  /** Who produced it, see {@link TEEC_ORIGINS}. */
  readonly origin: number;
  /** The operation as the call left it, where there is one. */
  readonly operation: TeecOperation | undefined;

  constructor(result: number, origin: number, options: TeecErrorOptions = {}) {
    const name = teecResultName(result);
    const code: TeecErrorCode =
      name === undefined || name === 'SUCCESS' ? 'ERR_TEEC_UNKNOWN_RESULT' : `ERR_TEEC_${name}`;
    const definition = TEE_CLIENT_ERRORS.table[code];
    super(code, ERROR_BLOCKS['tee-client'] + definition.n, definition, {
      cause: options.cause,
      detail: `result=${result.toString(16).padStart(8, '0')} origin=${origin}${
        options.detail === undefined ? '' : ` ${options.detail}`
      }`,
    });
    this.result = result;
    this.origin = origin;
    this.operation = options.operation;
  }
}

/**
 * The {@link TeecError} of a named result.
 *
 * @group Results
 */
export function teecError(
  name: Exclude<TeecResultName, 'SUCCESS'>,
  origin: keyof typeof TEEC_ORIGINS,
  options?: TeecErrorOptions,
): TeecError {
  return new TeecError(TEEC_RESULTS[name], TEEC_ORIGINS[origin], options);
}
