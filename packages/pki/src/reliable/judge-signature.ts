import { FindingLog } from '../internal/finding-log.ts';
import { DerProblem } from '../internal/tlv.ts';
import { verifySignedMessage } from '../messages/verify-message.ts';
import { validateCertificatePath } from '../path/verify-path.ts';
import type { Certificate } from '../spec/v1/certificate.ts';
import type { MessageSigner, SignedMessage } from '../spec/v1/message.ts';
import { MAX_PATH_CANDIDATES, type PathReport } from '../spec/v1/path.ts';
import type { ReliableSignature } from '../spec/v1/reliable.ts';
import { namesCertificate } from '../timestamp/ess.ts';
import { maySign } from '../timestamp/purpose.ts';
import { signingCertificates } from '../timestamp/token.ts';
import { evidenceOf } from './evidence.ts';
import { judgeStamp } from './judge-stamp.ts';
import { pathOptions, type ReadEvidence, type ReliableVerifyOptions } from './options.ts';
import { StepLog } from './steps.ts';

/** How one signature is judged beyond the options of the caller. */
export interface SignatureRules {
  /** Is a signature without a time stamp in doubt? */
  readonly stampRequired: boolean;
  /** Judge as of this time when no stamp says another: proof from outside that the signature was there. */
  readonly provenBy?: Date;
}

/** Attributes that name the signer's certificate must name this one; that there are some is not asked for. */
function judgeBinding(log: StepLog, signer: MessageSigner, certificate: Certificate): void {
  try {
    const named = signingCertificates(signer, new FindingLog());
    const right = named.every((id) => namesCertificate(id, certificate) === true);
    if (!right) log.say('signer-certificate', 'integrity', 'failed', 'SIGNER_CERTIFICATE_NOT_BOUND');
    else if (named.length > 0)
      log.say('signer-certificate', 'integrity', 'passed', 'SIGNER_CERTIFICATE_BOUND');
  } catch (error) {
    if (!(error instanceof DerProblem)) throw error;
    log.say('signer-certificate', 'integrity', 'failed', 'SIGNER_CERTIFICATE_NOT_BOUND');
  }
}

function judgeRevocation(log: StepLog, { steps }: PathReport, options: ReliableVerifyOptions): void {
  const asked = steps.filter(
    ({ check, code }) => check === 'revocation' && code !== 'REVOCATION_NOT_CHECKED',
  );
  const anchored = steps.some(({ code }) => code === 'REVOCATION_NOT_CHECKED');
  // Not asked for, or the signer's certificate is itself an anchor.
  if (options.revocation === 'none' || (asked.length === 0 && anchored)) return;
  if (asked.some(({ status }) => status === 'failed')) {
    log.say('revocation', 'trust', 'failed', 'STAMP_AFTER_REVOCATION');
  } else if (asked.length === 0 || asked.some(({ status }) => status !== 'passed')) {
    log.say('revocation', 'trust', 'indeterminate', 'REVOCATION_EVIDENCE_MISSING');
  } else if (asked.some(({ code }) => code === 'CERTIFICATE_REVOKED_LATER')) {
    log.say('revocation', 'trust', 'passed', 'STAMP_BEFORE_REVOCATION');
  } else log.say('revocation', 'trust', 'passed', 'REVOCATION_EVIDENCE_GOOD');
}

function judgeCertificate(
  log: StepLog,
  certificate: Certificate,
  message: SignedMessage,
  evidence: ReadEvidence,
  options: ReliableVerifyOptions,
  at: Date,
): PathReport {
  const right = maySign(certificate);
  log.say(
    'signer-certificate',
    'trust',
    right ? 'passed' : 'failed',
    right ? 'SIGNER_KEY_USAGE_RIGHT' : 'SIGNER_KEY_USAGE_WRONG',
  );
  const { keyUsage, revocation = 'all', intermediates = [] } = options;
  const report = validateCertificatePath(certificate, {
    ...pathOptions(options, evidence),
    ...(keyUsage === undefined ? {} : { keyUsage }),
    intermediates: [...intermediates, ...message.certificates].slice(0, MAX_PATH_CANDIDATES),
    anchors: options.anchors,
    revocation,
    time: at,
  });
  const { integrity, trust, time } = report.verdict;
  log.take('certificate-path', 'trust', integrity);
  log.take('certificate-path', 'trust', trust);
  log.take('certificate-path', 'time', time);
  judgeRevocation(log, report, options);
  return report;
}

/**
 * Judges one signature: the signature itself, the certificate it names, its time stamp, and the
 * path and revocation of the certificate at the time of the stamp.
 */
export function judgeSignature(
  message: SignedMessage,
  index: number,
  options: ReliableVerifyOptions,
  rules: SignatureRules,
): ReliableSignature {
  const log = new StepLog();
  const signer = message.signers[index]!;
  const { content, signerIds, policy } = options;
  const signed = verifySignedMessage(
    { ...message, signers: [signer] },
    {
      ...(content === undefined ? {} : { content }),
      ...(signerIds === undefined ? {} : { signerIds }),
      ...(policy === undefined ? {} : { policy }),
      ...(options.intermediates === undefined ? {} : { signerCertificates: options.intermediates }),
    },
  );
  log.take('signature', 'integrity', signed.verdict.integrity);
  const evidence = evidenceOf(message, signer, options);
  if (evidence.malformed) log.say('revocation', 'trust', 'passed', 'REVOCATION_EVIDENCE_MALFORMED');
  const stamp = judgeStamp(log, signer, evidence, options, rules.stampRequired);
  const judgedAt = stamp.stampedBy ?? rules.provenBy ?? options.time;
  const { certificate } = signed.signers[0]!;
  if (certificate === undefined)
    log.say('signer-certificate', 'trust', 'indeterminate', 'SIGNER_CERTIFICATE_MISSING');
  else judgeBinding(log, signer, certificate);
  const path =
    certificate === undefined
      ? undefined
      : judgeCertificate(log, certificate, message, evidence, options, judgedAt);
  return {
    index,
    verdict: log.verdict(),
    steps: log.steps,
    signature: { ...signed.signers[0]!, index },
    ...(certificate === undefined ? {} : { certificate }),
    ...stamp,
    judgedAt,
    ...(path === undefined ? {} : { path }),
  };
}
