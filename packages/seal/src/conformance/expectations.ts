import { isAccepted, type Verdict } from '@cssi/sm-core';
import { ConformanceFailure, expectTrue } from '@cssi/sm-core/conformance';

const brief = (verdict: Verdict): string =>
  (['integrity', 'trust', 'time'] as const)
    .map((name) => `${name}=${verdict[name].status}(${verdict[name].reasons.map((r) => r.code).join(',')})`)
    .join(' ');

/** Fails the case unless all three aspects passed. */
export function expectAccepted(verdict: Verdict, what: string): void {
  expectTrue(isAccepted(verdict), `${what}: ${brief(verdict)}`);
}

/** Fails the case unless `aspect` has `status` and, where given, the reason `code`. */
export function expectAspect(
  verdict: Verdict,
  aspect: keyof Verdict,
  status: 'failed' | 'indeterminate' | 'passed',
  code: string,
  what: string,
): void {
  const found = verdict[aspect];
  if (found.status !== status || !found.reasons.some((reason) => reason.code === code)) {
    throw new ConformanceFailure(`${what}: expected ${aspect} ${status} for ${code}, got ${brief(verdict)}`);
  }
}
