import { SmError } from '@cssi/sm-core';
import type { MessageSigner } from '../spec/v1/message.ts';
import { TIMESTAMP_OIDS } from '../spec/v1/timestamp.ts';
import type { TimeStampReport } from '../spec/v1/timestamp-report.ts';
import { judgeTimeStampToken, type TimeStampVerifyOptions } from '../timestamp/verify.ts';
import { pathOptions, type ReadEvidence, type ReliableVerifyOptions } from './options.ts';
import { rankOf, type StepLog, worst } from './steps.ts';

/** Most time stamps of one signature that are looked at. */
const MAX_STAMPS = 4;

/** What became of the time stamps over one signature. */
interface StampOutcome {
  readonly timeStamp?: TimeStampReport;
  /** By when the signature was there, when a stamp that was accepted says so. */
  readonly stampedBy?: Date;
}

function verifyOne(
  token: Uint8Array,
  signature: Uint8Array,
  evidence: ReadEvidence,
  options: ReliableVerifyOptions,
): TimeStampReport | 'malformed' {
  const { anchors, tsaAnchors = anchors, tsaRevocation, stampPolicy, maxAccuracyMicros, signerIds } = options;
  // The present time by a clock that may be ahead of ours.
  const now = new Date(options.time.getTime() + (options.toleranceSeconds ?? 0) * 1000);
  const verifying: TimeStampVerifyOptions = {
    content: signature,
    path: {
      ...pathOptions(options, evidence),
      anchors: tsaAnchors,
      ...(tsaRevocation === undefined ? {} : { revocation: tsaRevocation }),
    },
    now,
    ...(stampPolicy === undefined ? {} : { requiredPolicy: stampPolicy }),
    ...(maxAccuracyMicros === undefined ? {} : { maxAccuracyMicros }),
    ...(signerIds === undefined ? {} : { signerIds }),
    ...(options.policy === undefined ? {} : { policy: options.policy }),
  };
  const { crls = [], ocspResponses = [] } = options;
  try {
    // What the message carries may be anybody's; only the caller's evidence has to be about this authority.
    return judgeTimeStampToken(token, verifying, crls.length + ocspResponses.length > 0);
  } catch (error) {
    if (error instanceof SmError && error.code === 'ERR_PKI_TIMESTAMP_MALFORMED') return 'malformed';
    throw error;
  }
}

const statusOf = ({ verdict }: TimeStampReport) => worst(verdict.integrity, verdict.trust, verdict.time);

/**
 * Judges the time stamps over a signature. One that is accepted is enough, and of several the
 * earliest counts: each proves that the signature was there by its time.
 */
export function judgeStamp(
  log: StepLog,
  signer: MessageSigner,
  evidence: ReadEvidence,
  options: ReliableVerifyOptions,
  required: boolean,
): StampOutcome {
  const tokens = signer.unsignedAttributes
    .filter(({ oid }) => oid === TIMESTAMP_OIDS.signatureTimeStamp)
    .flatMap(({ values }) => values)
    .slice(0, MAX_STAMPS);
  if (tokens.length === 0) {
    log.say('time-stamp', 'time', required ? 'indeterminate' : 'passed', 'STAMP_MISSING');
    return {};
  }
  const reports = tokens.map((token) => verifyOne(token, signer.signature, evidence, options));
  const best = reports
    .filter((report) => report !== 'malformed')
    .sort((a, b) => rankOf(a) - rankOf(b) || a.latest.getTime() - b.latest.getTime())[0];
  if (best === undefined) {
    log.say('time-stamp', 'time', 'failed', 'STAMP_MALFORMED');
    return {};
  }
  const status = statusOf(best);
  if (status === 'passed') {
    log.say('time-stamp', 'time', 'passed', 'STAMP_ACCEPTED');
    return { timeStamp: best, stampedBy: best.latest };
  }
  log.say('time-stamp', 'time', status, 'STAMP_NOT_ACCEPTED');
  return { timeStamp: best };
}
