import { revocationOf } from '../revocation/judge-revocation.ts';
import type { Certificate } from '../spec/v1/certificate.ts';
import type { PathOptions } from '../spec/v1/path.ts';
import type { RevocationReport } from '../spec/v1/revocation.ts';
import { otherId } from './search.ts';
import type { StepFacts, StepLog } from './steps.ts';

/** How far revocation is judged: what the caller asked for, or what the evidence allows. */
type Scope = 'none' | 'leaf' | 'all' | 'given';

const scopeOf = ({ revocation, crls = [], ocspResponses = [] }: PathOptions): Scope =>
  revocation ?? (crls.length + ocspResponses.length > 0 ? 'given' : 'none');

/** Is revocation judged for the certificate at this place of a path that ends in an anchor? */
export function judgesRevocation(options: PathOptions, index: number): boolean {
  const scope = scopeOf(options);
  return scope === 'all' || scope === 'given' || (scope === 'leaf' && index === 0);
}

/** Nothing at hand is about the certificate at all. */
const isSilent = ({ status, code, notes }: RevocationReport): boolean =>
  status === 'unknown' &&
  [code, ...notes.map((note) => note.code)].every(
    (one) => one === 'REVOCATION_EVIDENCE_MISSING' || one === 'OCSP_NO_ANSWER',
  );

function factsOf({ revocation, signerId }: RevocationReport): StepFacts {
  const id = signerId === undefined ? undefined : otherId({ check: 'right', signerId });
  const since =
    revocation === undefined
      ? undefined
      : `reason=${revocation.reason} date=${revocation.revocationDate.toISOString().slice(0, 19)}Z`;
  return {
    ...(since === undefined ? {} : { detail: since }),
    ...(revocation === undefined ? {} : { revocation }),
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

/** Judges revocation for every certificate below the anchor that the caller asked about. */
export function judgeRevocations(
  log: StepLog,
  certificates: readonly Certificate[],
  options: PathOptions,
): void {
  const scope = scopeOf(options);
  if (scope === 'none' || certificates.length === 1) {
    // An anchor itself is trusted as it is.
    log.add('revocation', 'note', 'REVOCATION_NOT_CHECKED', undefined);
    return;
  }
  certificates.slice(0, -1).forEach((certificate, index) => {
    if (!judgesRevocation(options, index)) return;
    const issuer = certificates[index + 1]!;
    const report = revocationOf({ certificate, issuer, options });
    const optional = scope === 'given' && index > 0;
    if (optional && isSilent(report)) log.add('revocation', 'note', 'REVOCATION_NOT_CHECKED', index);
    else judgeOne(log, index, report);
  });
}
