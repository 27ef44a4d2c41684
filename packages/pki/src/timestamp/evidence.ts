import type { FindingLog } from '../internal/finding-log.ts';
import { carriedCrls } from '../messages/carried-crls.ts';
import { validateCertificatePath } from '../path/verify-path.ts';
import type { Certificate } from '../spec/v1/certificate.ts';
import type { MessageCertificates } from '../spec/v1/message.ts';
import { MAX_PATH_CANDIDATES, type PathOptions, type PathReport } from '../spec/v1/path.ts';
import { MAX_REVOCATION_EVIDENCE } from '../spec/v1/revocation.ts';

/** The caller's candidates and lists, and then those that a message carries, which are not trusted. */
function withCarried(options: PathOptions, carried: MessageCertificates, log: FindingLog): PathOptions {
  const { intermediates = [], crls } = options;
  const lists = carriedCrls({ ...carried, crls: carried.crls.slice(0, MAX_REVOCATION_EVIDENCE) }, log);
  const all = [...(crls ?? []), ...lists];
  return {
    ...options,
    intermediates: [...intermediates, ...carried.certificates].slice(
      0,
      Math.max(intermediates.length, MAX_PATH_CANDIDATES),
    ),
    ...(all.length === 0 ? {} : { crls: all.slice(0, Math.max(crls?.length ?? 0, MAX_REVOCATION_EVIDENCE)) }),
  };
}

/** Does right evidence say that a certificate of the path was revoked, then or later? */
const saysRevoked = ({ steps }: PathReport): boolean =>
  steps.some(
    ({ check, status, revocation, revocations = [] }) =>
      check === 'revocation' && (status === 'failed' || revocation !== undefined || revocations.length > 0),
  );

/**
 * Judges a path with what a message carries added to what the caller gave.
 *
 * What is carried may be anybody's, so that it proves and does not bind: unless the caller
 * asked for revocation or brought evidence of his own (`bound`), carried evidence that shows
 * nothing leaves the path as it would be without it.
 */
export function validateWithCarried(
  certificate: Certificate,
  options: PathOptions,
  carried: MessageCertificates,
  bound: boolean,
  log: FindingLog,
): PathReport {
  const all = withCarried(options, carried, log);
  const report = validateCertificatePath(certificate, all);
  const evidence = (all.crls?.length ?? 0) + (all.ocspResponses?.length ?? 0);
  if (bound || options.revocation !== undefined || evidence === 0) return report;
  const undecided = report.steps.some(
    ({ check, status, code }) =>
      check === 'revocation' && status === 'indeterminate' && code !== 'REVOCATION_NOT_CHECKED',
  );
  if (!undecided || saysRevoked(report)) return report;
  return validateCertificatePath(certificate, { ...all, revocation: 'none' });
}
