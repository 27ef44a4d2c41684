import { isAccepted, type Verdict } from '@cssi/sm-core';
import { PKI_ERRORS } from '../errors.ts';
import type { Certificate } from '../spec/v1/certificate.ts';
import { MAX_PATH_CANDIDATES, type PathOptions } from '../spec/v1/path.ts';
import { PathJudge } from './judge.ts';
import { PathSearch } from './search.ts';

function checkOptions({ anchors, intermediates = [], time }: PathOptions): void {
  const invalid = (option: string) =>
    PKI_ERRORS.create('ERR_PKI_PATH_OPTIONS', { detail: `option=${option}` });
  // A time that is none compares as false with everything, and nothing would ever have expired.
  if (!(time instanceof Date) || Number.isNaN(time.getTime())) throw invalid('time');
  if (!Array.isArray(anchors) || anchors.length > MAX_PATH_CANDIDATES) throw invalid('anchors');
  if (!Array.isArray(intermediates) || intermediates.length > MAX_PATH_CANDIDATES) {
    throw invalid('intermediates');
  }
}

const failures = (verdict: Verdict): number =>
  [verdict.integrity, verdict.trust, verdict.time].filter(({ status }) => status !== 'passed').length;

/**
 * Judges a certificate by a path to a trust anchor: signatures, names, CA rights, path length,
 * key usage, validity at the given time, critical extensions. Where several paths exist, one
 * good path is enough. Every step leaves a reason; see `PATH_REASONS` for the codes.
 *
 * Without anchors trust is indeterminate; with anchors and no path to one it has failed.
 * Revocation is not judged in this version, and the verdict says so. Names are compared byte
 * by byte; name constraints and policy constraints count as critical extensions that are not
 * evaluated. Work is bounded: 8 certificates, 64 signatures, 8 paths.
 *
 * @standard GB/T 20518-2018 §5.2, RFC 5280 §6.1
 * @throws {@link SmError} ERR_PKI_PATH_OPTIONS, ERR_SM2_ID_INVALID
 */
export function verifyCertificatePath(leaf: Certificate, options: PathOptions): Verdict {
  checkOptions(options);
  const verdicts = new PathSearch(options).run(leaf).map((path) => new PathJudge(path, options).run());
  const good = verdicts.find(isAccepted);
  return good ?? verdicts.reduce((best, next) => (failures(next) < failures(best) ? next : best));
}
