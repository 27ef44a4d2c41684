import { type ErrorCategory, SmError } from '@cssi/sm-core';
import type { ErrorBody } from '../spec/v1/errors.ts';

const CATEGORIES: readonly string[] = [
  'input',
  'unauthenticated',
  'denied',
  'not-found',
  'conflict',
  'limit',
  'integrity',
  'unsupported',
  'unavailable',
  'internal',
] satisfies readonly ErrorCategory[];

/** A refusal of the service, with the service's own code. */
export class RemoteError extends SmError<string> {
  override readonly name: string = 'RemoteError';
  /** Quote it when asking the operator for help. */
  readonly requestId: string;
  /** Whether the same call may succeed later. */
  readonly retryable: boolean;
  /** HTTP status of the answer. */
  readonly httpStatus: number;
  /**
   * Whether the answer carried a valid MAC of the session. A refusal from before the
   * session was checked carries none.
   */
  readonly authenticated: boolean;

  constructor(body: ErrorBody, httpStatus: number, authenticated: boolean) {
    const category = CATEGORIES.includes(body.category) ? (body.category as ErrorCategory) : 'unavailable';
    super(body.code, body.status, {
      n: body.status & 0xff,
      category,
      en: body.message,
      zh: body.messageZh,
    });
    this.requestId = body.requestId;
    this.retryable = body.retryable;
    this.httpStatus = httpStatus;
    this.authenticated = authenticated;
  }
}
