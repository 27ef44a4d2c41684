import type { Certificate } from '../spec/v1/certificate.ts';
import { OIDS } from '../spec/v1/oids.ts';
import type { StepLog } from './steps.ts';

/** The policies of `wanted` that a certificate leaves possible; a leaf must name one. */
function keptBy(certificate: Certificate, isLeaf: boolean, wanted: readonly string[]): readonly string[] {
  const named = certificate.certificatePolicies.map(({ oid }) => oid);
  if (!isLeaf && named.includes(OIDS.anyPolicy)) return wanted;
  return wanted.filter((policy) => named.includes(policy));
}

/**
 * Was the leaf issued under one of these policies, by CAs of which each may? The anchor is not
 * asked; policies are not mapped onto each other.
 *
 * @standard RFC 5280 §4.2.1.4
 */
export function judgePolicies(
  log: StepLog,
  certificates: readonly Certificate[],
  policies: readonly string[] | undefined,
): void {
  if (policies === undefined) return;
  let wanted = policies;
  for (let index = Math.max(0, certificates.length - 2); index >= 0; index--) {
    wanted = keptBy(certificates[index]!, index === 0, wanted);
    if (wanted.length > 0) continue;
    log.add('policy', 'fail', 'POLICY_WRONG', index);
    return;
  }
  log.add('policy', 'quiet', 'POLICY_RIGHT', 0, { detail: wanted.join(' ') });
}
