import type { ErrorCategory } from '@cssi/sm-core';
import Type, { type Static } from 'typebox';
import { Hex, Members, Text, Whole } from './schema.ts';

/** The one shape of every refusal (错误应答). */
export const errorBody = Members(
  {
    requestId: Hex(16, 'Request; quote it when asking for help'),
    code: Text(64, 'Code; look it up with errors.list'),
    status: Whole(0, 65_535, 'Number of the code'),
    category: Text(16, 'Kind of failure'),
    message: Text(1024, 'English text'),
    messageZh: Text(1024, 'Chinese text'),
    retryable: Type.Boolean({ description: 'Whether the same call may succeed later' }),
  },
  'A refusal',
);

/** The one shape of every refusal (错误应答). */
export type ErrorBody = Static<typeof errorBody>;

/** HTTP status per category. */
export const HTTP_STATUS: Readonly<Record<ErrorCategory, number>> = {
  input: 400,
  unauthenticated: 401,
  denied: 403,
  'not-found': 404,
  conflict: 409,
  limit: 429,
  integrity: 422,
  unsupported: 422,
  unavailable: 503,
  internal: 500,
};

/** Codes for which HTTP has a status of its own. */
const HTTP_STATUS_BY_CODE: Readonly<Record<string, number>> = {
  ERR_API_BODY_TOO_LARGE: 413,
  ERR_API_METHOD_NOT_ALLOWED: 405,
  ERR_API_CONTENT_TYPE: 415,
};

/** HTTP status of a code. */
export function httpStatus(code: string, category: ErrorCategory): number {
  return Object.hasOwn(HTTP_STATUS_BY_CODE, code) ? HTTP_STATUS_BY_CODE[code]! : HTTP_STATUS[category];
}

/** Whether the same call may succeed later without a change. */
export function isRetryable(code: string, category: ErrorCategory): boolean {
  return category === 'unavailable' || (category === 'limit' && httpStatus(code, category) === 429);
}
