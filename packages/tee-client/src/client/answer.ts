import { SmError } from '@cssi/sm-core';
import { type TeecError, teecError } from '../spec/v1/error.ts';
import { TEEC_ORIGINS } from '../spec/v1/results.ts';

/** True for a whole number from 0 to 2^32 - 1. */
export const isU32 = (value: unknown): value is number => typeof value === 'number' && value >>> 0 === value;

/** What a module answered does not have the form of an answer. */
export const malformedAnswer = (reason: string): TeecError =>
  teecError('COMMUNICATION', 'COMMS', { detail: `reason=malformed-answer field=${reason}` });

/** @throws {@link TeecError} COMMUNICATION (origin COMMS) when result or origin are no such values */
export function checkAnswer(answer: { readonly result: number; readonly origin: number }): void {
  if (answer === null || typeof answer !== 'object' || !isU32(answer.result)) {
    throw malformedAnswer('result');
  }
  const { origin } = answer;
  if (!Number.isInteger(origin) || origin < TEEC_ORIGINS.API || origin > TEEC_ORIGINS.TRUSTED_APP) {
    throw malformedAnswer('origin');
  }
}

/** The error a caller sees for what a module's method rejected with. */
export function moduleFailure(cause: unknown): SmError {
  // A closed module says so itself. Anything uncoded is a defect of the module.
  if (cause instanceof SmError) return cause;
  return teecError('COMMUNICATION', 'COMMS', { detail: 'reason=module-failed', cause });
}
