import { SmError } from '@cssi/sm-core';
import type { MessageSigner } from '../spec/v1/message.ts';
import { TIMESTAMP_OIDS } from '../spec/v1/timestamp.ts';
import type { TimeStampReport } from '../spec/v1/timestamp-report.ts';
import { verifyTimeStampToken } from '../timestamp/verify.ts';
import { pathOptions, type ReadEvidence, type ReliableVerifyOptions } from './options.ts';
import { type StepLog, worst } from './steps.ts';

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
  try {
    return verifyTimeStampToken(token, {
      content: signature,
      path: {
        ...pathOptions(options, evidence),
        anchors: tsaAnchors,
        ...(tsaRevocation === undefined ? {} : { revocation: tsaRevocation }),
      },
      now: new Date(options.time.getTime() + (options.toleranceSeconds ?? 0) * 1000),
      ...(stampPolicy === undefined ? {} : { requiredPolicy: stampPolicy }),
      ...(maxAccuracyMicros === undefined ? {} : { maxAccuracyMicros }),
      ...(signerIds === undefined ? {} : { signerIds }),
      ...(options.policy === undefined ? {} : { policy: options.policy }),
    });
  } catch (error) {
    if (error instanceof SmError && error.code === 'ERR_PKI_TIMESTAMP_MALFORMED') return 'malformed';
    throw error;
  }
}

const statusOf = ({ verdict }: TimeStampReport) => worst(verdict.integrity, verdict.trust, verdict.time);

const RANK = { passed: 0, indeterminate: 1, failed: 2 } as const;

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
    .sort((a, b) => RANK[statusOf(a)] - RANK[statusOf(b)] || a.latest.getTime() - b.latest.getTime())[0];
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
