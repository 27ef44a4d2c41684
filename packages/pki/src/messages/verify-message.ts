import { equalBytes } from '@cssi/sm-core';
import { FindingLog } from '../internal/finding-log.ts';
import { validateCertificatePath } from '../path/verify-path.ts';
import type { Certificate } from '../spec/v1/certificate.ts';
import type { DeviationPolicy, Finding } from '../spec/v1/finding.ts';
import type { MessageCertificates, MessageSigner, MessageSyntax, SignedMessage } from '../spec/v1/message.ts';
import type { SignedMessageReport, SignerReport } from '../spec/v1/message-report.ts';
import { MAX_PATH_CANDIDATES, type PathReport } from '../spec/v1/path.ts';
import { type CertificateRevocationList, MAX_REVOCATION_EVIDENCE } from '../spec/v1/revocation.ts';
import { carriedCrls } from './carried-crls.ts';
import { ContentInMemory } from './content-in-memory.ts';
import { MessageJudge } from './judge-message.ts';
import { optionProblem, refuseFindings } from './options.ts';
import { checkVerifyOptions, type VerifyMessageOptions } from './verify-options.ts';
import { checkSigner, type SignedContent } from './verify-signer.ts';

/** The signed part of a message, wherever its content is. */
export interface SignedParts extends MessageCertificates {
  readonly syntax: MessageSyntax;
  readonly policy: DeviationPolicy;
  readonly findings: readonly Finding[];
  readonly digestAlgorithms: SignedMessage['digestAlgorithms'];
  readonly contentType: string;
  readonly typedContent?: boolean;
  readonly signers: readonly MessageSigner[];
}

function judgePath(
  certificate: Certificate,
  parts: SignedParts,
  { path, signerCertificates = [] }: VerifyMessageOptions,
  carriedLists: readonly CertificateRevocationList[],
): PathReport | undefined {
  if (path === undefined) return undefined;
  const { intermediates = [], crls = [] } = path;
  const room = Math.max(0, MAX_PATH_CANDIDATES - intermediates.length);
  const carried = [...signerCertificates, ...parts.certificates].slice(0, room);
  const lists = carriedLists.slice(0, Math.max(0, MAX_REVOCATION_EVIDENCE - crls.length));
  return validateCertificatePath(certificate, {
    ...path,
    intermediates: [...intermediates, ...carried],
    // An empty list would be evidence that is asked for and missing.
    ...(crls.length + lists.length === 0 ? {} : { crls: [...crls, ...lists] }),
  });
}

/** Path reports by fingerprint: many signers may name one certificate. */
type PathReports = Map<string, PathReport>;

/** What all signers of one message are judged with. */
class SignersReport {
  readonly #parts: SignedParts;
  readonly #options: VerifyMessageOptions;
  readonly #log: FindingLog;
  readonly #lists: readonly CertificateRevocationList[];
  readonly #certificates: readonly Certificate[];
  readonly #paths: PathReports = new Map();
  readonly judge: MessageJudge = new MessageJudge();

  constructor(parts: SignedParts, options: VerifyMessageOptions, log: FindingLog) {
    this.#parts = parts;
    this.#options = options;
    this.#log = log;
    // Once for all signers: a list may be long.
    this.#lists = options.path === undefined ? [] : carriedCrls(parts, log);
    this.#certificates = [...(options.signerCertificates ?? []), ...parts.certificates];
  }

  #path(certificate: Certificate | undefined): PathReport | undefined {
    if (certificate === undefined) return undefined;
    const known = this.#paths.get(certificate.fingerprint);
    const report = known ?? judgePath(certificate, this.#parts, this.#options, this.#lists);
    if (report !== undefined) this.#paths.set(certificate.fingerprint, report);
    return report;
  }

  signer(signer: MessageSigner, index: number, contentFor: ContentFor): SignerReport {
    const log = new FindingLog(this.#log.policy);
    const { syntax, contentType, digestAlgorithms, typedContent } = this.#parts;
    const context = {
      syntax,
      contentType,
      typedContent: typedContent === true,
      announced: digestAlgorithms.map(({ name }) => name),
      content: contentFor(log),
      certificates: this.#certificates,
      signerIds: this.#options.signerIds,
    };
    const facts = checkSigner(signer, context, log);
    const { passed: _passed, failed: _failed, doubts: _doubts, ...found } = facts;
    const path = this.#path(facts.certificate);
    this.judge.sayFacts(index, facts);
    this.judge.sayTrust(index, facts.certificate, path);
    const { reference } = signer;
    return { index, reference, ...found, ...(path === undefined ? {} : { path }), findings: log.findings };
  }
}

type ContentFor = (log: FindingLog) => SignedContent;

/** Checks and judges all signers. @internal */
export function reportOn(
  parts: SignedParts,
  contentFor: ContentFor,
  options: VerifyMessageOptions,
): SignedMessageReport {
  checkVerifyOptions(options);
  const log = new FindingLog(options.policy ?? parts.policy);
  refuseFindings(parts.findings, log);
  const report = new SignersReport(parts, options, log);
  const { judge } = report;
  const signers = parts.signers.map((signer, index) => report.signer(signer, index, contentFor));
  if (signers.length === 0) {
    // Certificates without a signer say nothing about any content.
    for (const aspect of ['integrity', 'trust', 'time'] as const) judge.say(aspect, 'doubt', 'NO_SIGNERS');
  }
  const ofSigners = signers.flatMap((signer) => signer.findings);
  const findings = [...parts.findings, ...log.findings, ...ofSigners];
  return { verdict: judge.build(), signers, findings };
}

/** Checks and judges all signers over content in memory. @internal */
export function reportOnContent(
  parts: SignedParts,
  content: Uint8Array | undefined,
  options: VerifyMessageOptions,
): SignedMessageReport {
  const inMemory = new ContentInMemory(content, options.signerIds);
  return reportOn(parts, (log) => inMemory.seenBy(log), options);
}

/** The content that was signed: that of the message or, when it has none, that of the caller. */
function contentOf(own: Uint8Array | undefined, given: Uint8Array | undefined): Uint8Array | undefined {
  if (given === undefined) return own;
  if (!(given instanceof Uint8Array)) throw optionProblem('content');
  const copy = Uint8Array.from(given);
  // Two contents, of which only one is verified, are what signature wrapping is made of.
  if (own !== undefined && !equalBytes(own, copy)) throw optionProblem('content-twice');
  return copy;
}

/**
 * Judges a signed message: content, attributes and signature of every signer, and the paths
 * of their certificates. All signers must be right. A message without signers is never
 * accepted. Every step leaves a reason; see `MESSAGE_REASONS` and `PATH_REASONS` for the codes.
 *
 * Where attributes were signed, their DER order counts; the order of the file is tried when it
 * is another and the first does not verify, and is a finding. Content that has the form of signed
 * attributes is never accepted under a signature without attributes.
 *
 * @standard GB/T 35275-2017, RFC 5652 §5.4 to §5.6
 * @throws {@link SmError} ERR_PKI_MESSAGE_OPTIONS, ERR_PKI_PATH_OPTIONS, ERR_SM2_ID_INVALID, ERR_PKI_DEVIATION_REFUSED
 */
export function verifySignedMessage(
  message: SignedMessage,
  options: VerifyMessageOptions = {},
): SignedMessageReport {
  if (message.kind !== 'signedData') throw optionProblem('kind');
  checkVerifyOptions(options);
  const content = contentOf(message.content, options.content);
  return reportOnContent(message, content, options);
}
