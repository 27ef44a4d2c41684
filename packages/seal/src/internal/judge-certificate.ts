import { type Certificate, verifyCertificatePath } from '@cssi/pki';
import type { SealReasonCode } from '../spec/v1/reasons.ts';
import type { StepRecord } from './step-recorder.ts';

/** Reason codes of one role. */
interface RoleCodes {
  readonly trusted: SealReasonCode;
  readonly notTrusted: SealReasonCode;
  readonly outside: SealReasonCode;
  readonly since: SealReasonCode;
  readonly noAnchor: SealReasonCode;
}

export const MAKER_CODES: RoleCodes = {
  trusted: 'MAKER_CERTIFICATE_TRUSTED',
  notTrusted: 'MAKER_CERTIFICATE_NOT_TRUSTED',
  outside: 'MAKER_CERTIFICATE_OUTSIDE_VALIDITY',
  since: 'MAKER_CERTIFICATE_EXPIRED_SINCE',
  noAnchor: 'MAKER_NO_TRUST_ANCHOR',
};

export const SIGNER_CODES: RoleCodes = {
  trusted: 'SIGNER_CERTIFICATE_TRUSTED',
  notTrusted: 'SIGNER_CERTIFICATE_NOT_TRUSTED',
  outside: 'SIGNER_CERTIFICATE_OUTSIDE_VALIDITY',
  since: 'SIGNER_CERTIFICATE_EXPIRED_SINCE',
  noAnchor: 'SIGNER_NO_TRUST_ANCHOR',
};

/** What a path is judged by. */
interface PathPolicy {
  readonly anchors: readonly Certificate[];
  readonly intermediates: readonly Certificate[];
  readonly extendedKeyUsage: string | undefined;
  /** Time the path must have been valid at. */
  readonly at: Date;
  /** Time of judgement, at or after `at`. */
  readonly now: Date;
}

// The last second of a validity belongs to it, all of it.
const ended = (certificate: Certificate, time: Date): boolean =>
  time.getTime() >= certificate.notAfter.getTime() + 1000;

const within = (certificate: Certificate, time: Date): boolean =>
  certificate.notBefore <= time && !ended(certificate, time);

/** Judges the path of a maker or signer certificate. @standard GB/T 38540-2020 §6.3 c, §7.3 c */
export function judgeCertificate(
  record: StepRecord,
  certificate: Certificate,
  codes: RoleCodes,
  policy: PathPolicy,
): void {
  let aboveEnded = false;
  if (policy.anchors.length === 0) {
    record.doubt('trust', codes.noAnchor);
    if (!within(certificate, policy.at)) record.fail('time', codes.outside);
  } else {
    const pathAt = (time: Date) =>
      verifyCertificatePath(certificate, {
        anchors: [...policy.anchors],
        intermediates: [...policy.intermediates],
        time,
        keyUsage: ['digitalSignature'],
        ...(policy.extendedKeyUsage === undefined ? {} : { extendedKeyUsage: policy.extendedKeyUsage }),
      });
    const path = pathAt(policy.at);
    // A path with a wrong signature in it leads to no anchor: both aspects are trust here.
    const failed = [path.integrity, path.trust].some((aspect) => aspect.status === 'failed');
    if (failed) record.fail('trust', codes.notTrusted);
    else if (path.trust.status === 'passed') record.pass('trust', codes.trusted);
    record.add('trust', path.integrity);
    record.add('trust', path.trust);
    if (path.time.status === 'failed') record.fail('time', codes.outside);
    record.add('time', path.time);
    // Whoever holds the key of a CA that has ended can still state an earlier signing time.
    const later = policy.now > policy.at && path.time.status === 'passed';
    aboveEnded = later && pathAt(policy.now).time.status === 'failed';
  }
  const ownEnded = ended(certificate, policy.now) && within(certificate, policy.at);
  if (ownEnded || aboveEnded) record.doubt('time', codes.since);
}
