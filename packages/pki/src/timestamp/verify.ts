import { PKI_ERRORS } from '../errors.ts';
import { FindingLog } from '../internal/finding-log.ts';
import { verifySignedMessage } from '../messages/verify-message.ts';
import type { Certificate } from '../spec/v1/certificate.ts';
import type { DeviationPolicy } from '../spec/v1/finding.ts';
import type { PathOptions, PathReport } from '../spec/v1/path.ts';
import type { Sm2SignerId } from '../spec/v1/signer.ts';
import type {
  MessageImprint,
  TimeStampInfo,
  TimeStampRequest,
  TimeStampToken,
} from '../spec/v1/timestamp.ts';
import type { TimeStampReport } from '../spec/v1/timestamp-report.ts';
import { validateWithCarried } from './evidence.ts';
import { isNonce } from './fields.ts';
import { isTimeStampHash } from './hashes.ts';
import { checkImprint, imprintOf } from './imprint.ts';
import { accuracyMicros } from './info.ts';
import { TIMESTAMP_PURPOSE, TimeStampJudge } from './judge.ts';
import { isOidText } from './request.ts';
import { parseTimeStampToken } from './token.ts';

/** How the path of the authority's certificate is judged. */
export interface TimeStampPathOptions extends Omit<PathOptions, 'time' | 'extendedKeyUsage' | 'keyUsage'> {
  /** Time of judgement; genTime of the token when left out. */
  readonly time?: Date;
}

/** What a token is held against; at most one of `content` and `imprint`. */
export interface TimeStampVerifyOptions {
  /** What should have been stamped. */
  readonly content?: Uint8Array;
  /** Or its hash, by the hash algorithm of the token. */
  readonly imprint?: MessageImprint;
  /** The request that the token answers: imprint, nonce and policy are held against it. */
  readonly request?: TimeStampRequest;
  readonly nonce?: bigint;
  /** OIDs of the policies that are good enough, one or several. */
  readonly requiredPolicy?: string | readonly string[];
  /** Worst accuracy that is good enough, in microseconds. */
  readonly maxAccuracyMicros?: number;
  /** The present time: a token of a later time is refused. */
  readonly now?: Date;
  /** Trust anchors of authorities, intermediates, revocation evidence. */
  readonly path: TimeStampPathOptions;
  /** Certificates among which the authority's is looked for when the token does not carry it. */
  readonly certificates?: readonly Certificate[];
  /** What SM2 signatures may have been made with; the default signer ID when left out. */
  readonly signerIds?: readonly Sm2SignerId[];
  /** `tolerant` when left out. */
  readonly policy?: DeviationPolicy;
}

const invalid = (option: string) =>
  PKI_ERRORS.create('ERR_PKI_TIMESTAMP_OPTIONS', { detail: `option=${option}` });

const isTime = (time: unknown): boolean => time instanceof Date && !Number.isNaN(time.getTime());

function checkOptions(options: TimeStampVerifyOptions): void {
  const { nonce, requiredPolicy = [], maxAccuracyMicros: micros, now, path } = options;
  if (nonce !== undefined && !isNonce(nonce)) throw invalid('nonce');
  if (![requiredPolicy].flat().every(isOidText)) throw invalid('requiredPolicy');
  if (micros !== undefined && !(Number.isSafeInteger(micros) && micros >= 0))
    throw invalid('maxAccuracyMicros');
  if (now !== undefined && !isTime(now)) throw invalid('now');
  if (typeof path !== 'object' || path === null) throw invalid('path');
  if (path.time !== undefined && !isTime(path.time)) throw invalid('time');
}

/** Imprints that were asked for, by content or hash, and by the request. */
function wantedImprints(
  { content, imprint, request }: TimeStampVerifyOptions,
  has: MessageImprint,
): MessageImprint[] {
  const wanted: MessageImprint[] = request === undefined ? [] : [request.imprint];
  if (content !== undefined && imprint !== undefined) throw invalid('content');
  if (imprint !== undefined) wanted.push(checkImprint(imprint));
  if (content !== undefined && !(content instanceof Uint8Array)) throw invalid('content');
  // By the algorithm of the token; one that is not computed here is reported as such.
  if (content !== undefined && isTimeStampHash(has.hash)) wanted.push(imprintOf({ content }, has.hash));
  return wanted;
}

function judgeRequest(judge: TimeStampJudge, info: TimeStampInfo, options: TimeStampVerifyOptions): void {
  const { request, nonce, requiredPolicy } = options;
  const imprints = wantedImprints(options, info.imprint);
  for (const imprint of imprints.length === 0 ? [undefined] : imprints) judge.imprint(info.imprint, imprint);
  judge.nonce(info.nonce, request?.nonce);
  judge.nonce(info.nonce, nonce);
  judge.policy(info.policy, request?.policy === undefined ? undefined : [request.policy]);
  judge.policy(info.policy, requiredPolicy === undefined ? undefined : [requiredPolicy].flat());
  judge.extensions(info);
  judge.accuracy(info, options.maxAccuracyMicros);
}

const halfWidth = ({ accuracy }: TimeStampInfo): number =>
  accuracy === undefined ? 0 : Math.ceil(accuracyMicros(accuracy) / 1000);

/** By when what was stamped was there. A cut fraction counts as a whole millisecond. */
function latestTime(info: TimeStampInfo): Date {
  const cut = /\.\d{4}/.test(info.timeText) ? 1 : 0;
  return new Date(info.time.getTime() + halfWidth(info) + cut);
}

function judgePath(
  judge: TimeStampJudge,
  token: TimeStampToken,
  certificate: Certificate,
  { path, signerIds, now }: TimeStampVerifyOptions,
  bound: boolean,
  log: FindingLog,
): PathReport {
  const options = {
    ...(signerIds === undefined ? {} : { signerIds }),
    ...(now === undefined ? {} : { evidenceTime: now }),
    ...path,
    time: path.time ?? token.info.time,
    extendedKeyUsage: TIMESTAMP_PURPOSE,
  };
  const report = validateWithCarried(certificate, options, token.message, bound, log);
  judge.path(report);
  return report;
}

/**
 * As {@link verifyTimeStampToken}.
 *
 * @param bound - must the evidence in the options show that nothing was revoked, or may it only?
 */
export function judgeTimeStampToken(
  token: Uint8Array | TimeStampToken,
  options: TimeStampVerifyOptions,
  bound: boolean,
): TimeStampReport {
  checkOptions(options);
  const { policy = 'tolerant', signerIds, now } = options;
  const read = token instanceof Uint8Array ? parseTimeStampToken(token, { policy }) : token;
  const { info, message } = read;
  const log = new FindingLog(policy);
  log.add(read.findings, 'timeStamp');
  const judge = new TimeStampJudge();
  judgeRequest(judge, info, options);
  judge.future(info.time.getTime() - halfWidth(info), now);
  const signed = verifySignedMessage(message, {
    ...(signerIds === undefined ? {} : { signerIds }),
    ...(options.certificates === undefined ? {} : { signerCertificates: options.certificates }),
  });
  judge.integrity.add(signed.verdict.integrity);
  const { certificate, signerId, findings = [] } = signed.signers[0] ?? {};
  log.add(findings, 'timeStamp');
  if (certificate === undefined) judge.withoutCertificate();
  else {
    judge.binding(read.signingCertificates, certificate);
    if (judge.purpose(certificate, policy === 'strict')) log.note('PURPOSE_NOT_CRITICAL', 'certificate');
    judge.name(info, certificate);
  }
  const path =
    certificate === undefined ? undefined : judgePath(judge, read, certificate, options, bound, log);
  return {
    verdict: judge.verdict(),
    info,
    latest: latestTime(info),
    ...(certificate === undefined ? {} : { certificate }),
    ...(signerId === undefined ? {} : { signerId }),
    ...(path === undefined ? {} : { path }),
    findings: log.findings,
  };
}

/**
 * Verifies a time stamp token (时间戳令牌): imprint of the content, signature, that the signed
 * attributes name the authority's certificate (by SHA-1, SHA-2 or SM3), that this certificate is
 * for time stamping alone and leads to an anchor, nonce, policy, accuracy.
 *
 * The tolerant policy also accepts an authority's certificate whose extended key usage names other
 * purposes beside time stamping, or is not critical, and notes it as the finding
 * PURPOSE_NOT_CRITICAL; the strict policy refuses it.
 *
 * The certificate is judged at genTime, or at `path.time`. Give `now` when evidence about
 * revocation is of a later date: what is later than the present shows nobody as good. A revocation
 * after the time of judgement leaves the token good only for the reasons of RFC 3161 §4
 * (superseded and the like); a lost key voids it, and a revocation without a reason makes trust
 * indeterminate. That holds for the authority's certificate and for every CA above it about which
 * there is evidence, and the worst of several revocations counts. Lists that the token itself
 * carries can show a revocation; they do not make one that they say nothing about necessary to
 * rule out. Without anything to compare the imprint with, integrity is indeterminate.
 *
 * @param token - a token as bytes or as `parseTimeStampToken` gave it
 * @standard GB/T 20520, RFC 3161 §2.2, §2.3, §4
 * @throws {@link SmError} ERR_PKI_TIMESTAMP_MALFORMED, ERR_PKI_TIMESTAMP_OPTIONS,
 * ERR_PKI_DEVIATION_REFUSED, ERR_PKI_PATH_OPTIONS
 */
export function verifyTimeStampToken(
  token: Uint8Array | TimeStampToken,
  options: TimeStampVerifyOptions,
): TimeStampReport {
  const { crls = [], ocspResponses = [] } = options.path ?? {};
  return judgeTimeStampToken(token, options, crls.length + ocspResponses.length > 0);
}
