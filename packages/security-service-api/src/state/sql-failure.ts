import { SmError } from '@cssi/sm-core';
import type { SqlFailure } from './worker-protocol.ts';

/** What the database reported about a failed statement; `undefined` for any other error. */
export function sqlFailure(error: unknown): SqlFailure | undefined {
  const known =
    error instanceof SmError && (error.code === 'ERR_STATE_CONSTRAINT' || error.code === 'ERR_STATE_QUERY');
  const cause = known ? error.cause : undefined;
  return typeof cause === 'object' && cause !== null && 'sqlState' in cause
    ? (cause as SqlFailure)
    : undefined;
}

/**
 * True when `error` says that a row of this key exists already.
 *
 * @param constraint - name of the primary key or unique constraint; any when left out
 */
export function isUniqueViolation(error: unknown, constraint?: string): boolean {
  const failure = sqlFailure(error);
  return failure?.sqlState === '23505' && (constraint === undefined || failure.constraint === constraint);
}
