import { TEEC_ORIGINS, TEEC_RESULTS, type TeecResultName, teecResultName } from '../results.ts';

/**
 * A result other than TEE_SUCCESS inside the trusted side. It is an answer, not a panic.
 *
 * @standard GPD_SPE_010 v1.3.1 §3.3.1
 * @group Internal Core API
 */
export class TeeError extends Error {
  override readonly name = 'TeeError';
  readonly result: number;
  /** With SHORT_BUFFER: the bytes required. */
  readonly required: number | undefined;
  /** Of a call to another trusted application. */
  readonly origin: number;

  constructor(
    result: Exclude<TeecResultName, 'SUCCESS'> | number,
    options: { readonly required?: number; readonly origin?: number } = {},
  ) {
    const value = typeof result === 'number' ? result >>> 0 : TEEC_RESULTS[result];
    super(teecResultName(value) ?? value.toString(16));
    this.result = value;
    this.required = options.required;
    this.origin = options.origin ?? TEEC_ORIGINS.TRUSTED_APP;
  }
}

/**
 * A panic (异常终止): the instance is dead. Catching it changes nothing.
 *
 * @standard GPD_SPE_010 v1.3.1 §2.3.3
 * @group Internal Core API
 */
export class TeePanic extends Error {
  override readonly name = 'TeePanic';
  readonly panicCode: number;

  constructor(panicCode: number, reason: string) {
    super(reason);
    this.panicCode = panicCode >>> 0;
  }
}
