import { SmError, type Verdict } from '@cssi/sm-core';

/** Code of the error that `action` throws; fails the test on any other kind of throw or none. */
export function codeOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    if (error instanceof SmError) return error.code;
    throw error;
  }
  return 'nothing was thrown';
}

export async function codeOfAsync(action: () => Promise<unknown>): Promise<string> {
  try {
    await action();
  } catch (error) {
    if (error instanceof SmError) return error.code;
    throw error;
  }
  return 'nothing was thrown';
}

/** `integrity trust time` in one line. */
export const statuses = (verdict: Verdict): string =>
  [verdict.integrity, verdict.trust, verdict.time].map(({ status }) => status).join(' ');

const NEUTRAL = new Set([
  'CERTIFICATE_SIGNATURE_RIGHT',
  'ANCHOR_REACHED',
  'PATH_TO_ANCHOR',
  'REVOCATION_NOT_CHECKED',
  'NOT_REVOKED',
  'CERTIFICATE_REVOKED_LATER',
  'CERTIFICATE_IN_VALIDITY',
]);

/** Codes of the reasons that are no good news. */
export const troubles = (verdict: Verdict): string[] =>
  [verdict.integrity, verdict.trust, verdict.time]
    .flatMap(({ reasons }) => reasons.map(({ code }) => code))
    .filter((code) => !NEUTRAL.has(code));
