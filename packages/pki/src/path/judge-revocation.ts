import { revocationOf } from '../revocation/judge-revocation.ts';
import type { Certificate } from '../spec/v1/certificate.ts';
import type { PathOptions, PathReasonCode } from '../spec/v1/path.ts';
import type { RevocationReport } from '../spec/v1/revocation.ts';
import { otherId } from './search.ts';
import type { StepFacts, StepLog } from './steps.ts';

/** How far revocation is judged: what the caller asked for, or what the evidence allows. */
type Scope = 'none' | 'leaf' | 'all' | 'given';

const scopeOf = ({ revocation, crls = [], ocspResponses = [] }: PathOptions): Scope =>
  revocation ?? (crls.length + ocspResponses.length > 0 ? 'given' : 'none');

/** What says nothing of a certificate. An error does not say of which one. */
const SILENT = new Set<PathReasonCode>([
  'REVOCATION_EVIDENCE_MISSING',
  'OCSP_NO_ANSWER',
  'OCSP_RESPONSE_ERROR',
]);

/** Nothing at hand is about the certificate at all. */
const isSilent = ({ status, code, notes }: RevocationReport): boolean =>
  status === 'unknown' && [code, ...notes.map((note) => note.code)].every((one) => SILENT.has(one));

function factsOf({ revocation, revocations, signerId }: RevocationReport): StepFacts {
  const id = signerId === undefined ? undefined : otherId({ check: 'right', signerId });
  const since =
    revocation === undefined
      ? undefined
      : `reason=${revocation.reason} date=${revocation.revocationDate.toISOString().slice(0, 19)}Z`;
  return {
    ...(since === undefined ? {} : { detail: since }),
    ...(revocation === undefined ? {} : { revocation }),
    ...(revocations === undefined ? {} : { revocations }),
    ...(id === undefined ? {} : { signerId: id }),
  };
}

function judgeOne(log: StepLog, index: number, report: RevocationReport): void {
  const outcome = report.status === 'good' ? 'pass' : report.status === 'revoked' ? 'fail' : 'doubt';
  log.add('revocation', outcome, report.code, index, factsOf(report));
  for (const { code, detail } of report.notes) {
    // When other evidence decided, that a piece was ignored is a remark.
    const remark = report.status === 'unknown' ? 'doubt' : 'note';
    if (code !== 'OCSP_NO_ANSWER' || report.status === 'unknown') {
      log.add('revocation', remark, code, index, detail === undefined ? {} : { detail });
    }
  }
}

/** How revocation came out for one certificate. */
export interface RevocationJudgement {
  /** `undefined` where nobody asked, or nothing at hand is about it. */
  readonly report: RevocationReport | undefined;
  /** Was it asked about? */
  readonly asked: boolean;
}

const NOT_ASKED: RevocationJudgement = { report: undefined, asked: false };

/**
 * Judges revocation for every certificate below the anchor that the caller asked about. An anchor
 * itself is trusted as it is.
 */
export function judgementsOf(
  certificates: readonly Certificate[],
  options: PathOptions,
): readonly RevocationJudgement[] {
  const scope = scopeOf(options);
  return certificates.slice(0, -1).map((certificate, index) => {
    if (scope === 'none' || (scope === 'leaf' && index > 0)) return NOT_ASKED;
    const report = revocationOf({ certificate, issuer: certificates[index + 1]!, options });
    const optional = scope === 'given' && index > 0;
    return { report: optional && isSilent(report) ? undefined : report, asked: true };
  });
}

/** Writes the steps of {@link judgementsOf}. */
export function logRevocations(log: StepLog, judgements: readonly RevocationJudgement[]): void {
  if (judgements.every(({ asked }) => !asked)) {
    log.add('revocation', 'unasked', 'REVOCATION_NOT_CHECKED', undefined);
    return;
  }
  judgements.forEach(({ report, asked }, index) => {
    if (report !== undefined) judgeOne(log, index, report);
    else if (asked) log.add('revocation', 'unasked', 'REVOCATION_NOT_CHECKED', index);
  });
}
