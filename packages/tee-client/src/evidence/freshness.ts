import { equalBytes } from '@cssi/sm-core';
import type { FindingText, ReportBuilder } from './report-builder.ts';

const NONCE_MATCHES: FindingText = [
  'NONCE_MATCHES',
  'The evidence answers the challenge it was asked with.',
  '证明证据回应了验证方给出的挑战值。',
];
const NONCE_MISMATCH: FindingText = [
  'NONCE_MISMATCH',
  'The evidence was made for another challenge.',
  '证明证据是针对另一个挑战值生成的。',
];
const NONCE_NOT_COMPARED: FindingText = [
  'NONCE_NOT_COMPARED',
  'No challenge was given, so the evidence may be a replay.',
  '未给出挑战值，证明证据可能是重放的。',
];

/**
 * Whether `signed` is `given`, or `given` filled up with zeros to the length of the field.
 *
 * @internal
 */
export function answersChallenge(signed: Uint8Array, given: Uint8Array): boolean {
  // No challenge at all would be answered by every field of zeros.
  if (given.length === 0 || given.length > signed.length) return false;
  if (!equalBytes(signed.subarray(0, given.length), given)) return false;
  return signed.subarray(given.length).every((byte) => byte === 0);
}

/**
 * Enters the step `freshness`: the field the evidence signs against the challenge. Without a challenge it
 * is indeterminate.
 *
 * @param signed - field of the evidence, as signed
 * @param given - `reportData` of the options
 * @returns false only for a mismatch
 * @internal
 */
export function judgeFreshness(
  report: ReportBuilder,
  signed: Uint8Array,
  given: Uint8Array | undefined,
): boolean {
  if (given === undefined) {
    report.doubt('freshness', NONCE_NOT_COMPARED);
    return true;
  }
  const good = answersChallenge(signed, given);
  report.check('freshness', good, NONCE_MATCHES, NONCE_MISMATCH);
  return good;
}
