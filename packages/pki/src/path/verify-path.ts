import { isAccepted, type Verdict } from '@cssi/sm-core';
import { PKI_ERRORS } from '../errors.ts';
import { isCertificate } from '../revocation/options.ts';
import type { Certificate } from '../spec/v1/certificate.ts';
import type { PathOptions, PathReport } from '../spec/v1/path.ts';
import { PathJudge } from './judge.ts';
import { badPathOption } from './options.ts';
import { PathSearch } from './search.ts';

const failures = ({ verdict: { integrity, trust, time } }: PathReport): number =>
  [integrity, trust, time].filter(({ status }) => status !== 'passed').length;

/**
 * Judges a certificate by a path to a trust anchor (证书路径验证): signatures, names, CA rights, path
 * length, name constraints, key usage, validity at the given time, critical extensions, and, when
 * asked for, policies and revocation by lists and OCSP. Every check leaves a step in the report.
 * Where several paths exist, one good path is enough.
 *
 * Without anchors trust is indeterminate; with anchors and no path to one it has failed. What an
 * anchor's own certificate says binds it: its validity, key usage, path length, extended key
 * usage and name constraints are judged like those of any CA; its revocation is not, even where its
 * own distribution points are critical. Critical distribution points of any other certificate pass
 * only when its revocation was judged. Where revocation was not asked about, the step says
 * `indeterminate` and the verdict is as without it. Issuers are
 * found by comparing names byte by byte; name constraints on directory names compare without
 * regard to case, white space and string type. Policy mappings, policy constraints and
 * inhibitAnyPolicy are not evaluated and stop a path when they are critical, as they must be.
 * SM2 signatures are checked with the signer IDs that the caller lists, and no other.
 *
 * Work is bounded: 8 certificates, 64 signatures, 8 paths, and for each certificate 64
 * signatures of lists and 64 of OCSP.
 *
 * @standard GB/T 20518-2018 §5.2, RFC 5280 §6.1, §6.3
 * @throws {@link SmError} ERR_PKI_PATH_OPTIONS, ERR_SM2_ID_INVALID
 */
export function validateCertificatePath(leaf: Certificate, options: PathOptions): PathReport {
  const option = isCertificate(leaf) ? badPathOption(options) : 'leaf';
  if (option !== undefined) {
    throw PKI_ERRORS.create('ERR_PKI_PATH_OPTIONS', { detail: `option=${option}` });
  }
  let best: PathReport | undefined;
  for (const path of new PathSearch(options).run(leaf)) {
    const report = new PathJudge(path, options).run();
    if (isAccepted(report.verdict)) return report;
    if (best === undefined || failures(report) < failures(best)) best = report;
  }
  // A search without a path has the failure that came furthest.
  return best!;
}

/**
 * The verdict of {@link validateCertificatePath} alone. See `PATH_REASONS` for the codes of its
 * reasons.
 *
 * @standard GB/T 20518-2018 §5.2, RFC 5280 §6.1, §6.3
 * @throws {@link SmError} ERR_PKI_PATH_OPTIONS, ERR_SM2_ID_INVALID
 */
export const verifyCertificatePath = (leaf: Certificate, options: PathOptions): Verdict =>
  validateCertificatePath(leaf, options).verdict;
