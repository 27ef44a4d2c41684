import { type Certificate, type CertificateRevocationList, MAX_REVOCATION_EVIDENCE } from '@cssi/pki';
import { equalBytes } from '@cssi/sm-core';
import type { VerificationOptions } from '../../spec/v1/attestation.ts';
import type { ReportBuilder } from '../report-builder.ts';
import { judgeChainPath, pathOf } from '../x509-chain.ts';
import type { SnpTable } from './table.ts';

/**
 * Judges an issuer between endorsement key and anchor by the lists of the root. AMD revokes its signing
 * keys (ASK, ASVK) and lists nothing below them: an endorsement key ends with its TCB version.
 */
function judgeIssuer(
  report: ReportBuilder,
  path: readonly Certificate[],
  crls: readonly CertificateRevocationList[],
  time: Date,
): void {
  const [issuer, ...above] = path;
  const anchor = above[above.length - 1];
  if (issuer === undefined || anchor === undefined) return;
  const { steps } = pathOf(issuer, {
    anchors: [anchor],
    intermediates: above,
    time,
    crls: [...crls],
    revocation: 'all',
  });
  for (const { check, status, code, en, zh } of steps) {
    if (check === 'revocation') report.add('revocation', status, undefined, [code, en, zh]);
  }
}

/**
 * Judges the chain of an endorsement key: VCEK, ASK, ARK or VLEK, ASVK, ARK, the last one by the anchors.
 *
 * @standard AMD 57230 §3
 * @internal
 */
export function judgeSnpChain(
  report: ReportBuilder,
  leaf: Certificate,
  table: SnpTable,
  { time, anchors, endorsements = {} }: VerificationOptions,
): void {
  const { crls = [], certificates = [] } = endorsements;
  const { good, path } = judgeChainPath(report, leaf, {
    time,
    anchors,
    endorsements: { certificates },
    intermediates: table.certificates,
  });
  const names = path.map(({ subjectRaw }) => subjectRaw);
  const isOurs = ({ issuerRaw }: CertificateRevocationList): boolean =>
    names.some((name) => equalBytes(name, issuerRaw));
  const brought = crls.filter(isOurs);
  // What the host put beside the report may not push out what the verifier brought.
  const room = Math.max(0, MAX_REVOCATION_EVIDENCE - brought.length);
  const ours = [...brought, ...table.crls.filter(isOurs).slice(0, room)];
  if (good && ours.length > 0) judgeIssuer(report, path.slice(1), ours, time);
}
