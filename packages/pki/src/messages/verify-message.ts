import { AspectBuilder, equalBytes, type Verdict } from '@cssi/sm-core';
import type { AlgorithmRef } from '../algorithms/index.ts';
import { FindingLog } from '../internal/finding-log.ts';
import { validateCertificatePath } from '../path/verify-path.ts';
import { verifySignature } from '../signature/verify.ts';
import type { Certificate } from '../spec/v1/certificate.ts';
import type { DeviationPolicy, Finding } from '../spec/v1/finding.ts';
import type { MessageCertificates, MessageSigner, MessageSyntax, SignedMessage } from '../spec/v1/message.ts';
import {
  MESSAGE_REASONS,
  type MessageReasonCode,
  type SignedMessageReport,
  type SignerReport,
} from '../spec/v1/message-report.ts';
import { MAX_PATH_CANDIDATES, type PathOptions, type PathReport } from '../spec/v1/path.ts';
import { type CertificateRevocationList, MAX_REVOCATION_EVIDENCE } from '../spec/v1/revocation.ts';
import type { Sm2SignerId } from '../spec/v1/signer.ts';
import { carriedCrls } from './carried-crls.ts';
import { digestOf } from './digests.ts';
import { optionProblem } from './options.ts';
import { checkSigner, PREFIX_BYTES, type SignedContent, type SignerFacts } from './verify-signer.ts';

/** What {@link verifySignedMessage} judges by. */
export interface VerifyMessageOptions {
  /**
   * Content of a detached message. A message that has its content must not be given another;
   * the same bytes may be given.
   */
  readonly content?: Uint8Array;
  /**
   * What the SM2 signatures may have been made with, tried in this order: at most 8. The default
   * ID `1234567812345678` alone when left out.
   */
  readonly signerIds?: readonly Sm2SignerId[];
  /**
   * Judges each signer's certificate; trust and time are indeterminate without. Certificates
   * and CRLs of the message help, and are not trusted.
   */
  readonly path?: PathOptions;
  /** Certificates that the signers may mean, for messages that carry none. They are not trusted. */
  readonly signerCertificates?: readonly Certificate[];
  /** That of the message when left out. */
  readonly policy?: DeviationPolicy;
}

/** The signed part of a message, wherever its content is. */
export interface SignedParts extends MessageCertificates {
  readonly syntax: MessageSyntax;
  readonly policy: DeviationPolicy;
  readonly findings: readonly Finding[];
  readonly contentType: string;
  readonly signers: readonly MessageSigner[];
}

/** Content in memory. */
export class ContentInMemory implements SignedContent {
  readonly #content: Uint8Array | undefined;
  readonly #options: VerifyMessageOptions;
  readonly #log: FindingLog;
  readonly #digests: Map<string, Uint8Array>;

  constructor(
    content: Uint8Array | undefined,
    options: VerifyMessageOptions,
    log: FindingLog,
    /** Shared by all signers, so that the content is hashed once. */
    digests: Map<string, Uint8Array>,
  ) {
    this.#content = content;
    this.#options = options;
    this.#log = log;
    this.#digests = digests;
  }

  get prefix(): Uint8Array {
    return this.#content?.subarray(0, PREFIX_BYTES) ?? new Uint8Array(0);
  }

  digest(name: string): Uint8Array | 'CONTENT_MISSING' | 'DIGEST_UNSUPPORTED' {
    if (this.#content === undefined) return 'CONTENT_MISSING';
    const digest = this.#digests.get(name) ?? digestOf(name, this.#content);
    if (digest === undefined) return 'DIGEST_UNSUPPORTED';
    this.#digests.set(name, digest);
    return digest;
  }

  check(signer: MessageSigner, certificate: Certificate): ReturnType<SignedContent['check']> {
    if (this.#content === undefined) return 'CONTENT_MISSING';
    const { signerIds } = this.#options;
    const algorithm = signer.signatureAlgorithm as AlgorithmRef;
    return verifySignature(algorithm, certificate, this.#content, signer.signature, {
      signerIds,
      log: this.#log,
    });
  }
}

/** Puts what was found about the signers into one verdict; the worst signer decides. */
class MessageJudge {
  readonly #integrity = new AspectBuilder();
  readonly #trust = new AspectBuilder();
  readonly #time = new AspectBuilder();

  say(
    aspect: 'integrity' | 'trust' | 'time',
    how: 'pass' | 'fail' | 'doubt',
    code: MessageReasonCode,
    index?: number,
  ) {
    const builder = { integrity: this.#integrity, trust: this.#trust, time: this.#time }[aspect];
    const [en, zh] = MESSAGE_REASONS[code];
    if (index === undefined) builder[how](code, `${en.charAt(0).toUpperCase()}${en.slice(1)}.`, `${zh}。`);
    else builder[how](code, `Signer ${index + 1}: ${en}.`, `签名者 ${index + 1}：${zh}。`);
  }

  sayFacts(index: number, { passed, failed, doubts }: SignerFacts): void {
    for (const code of failed) this.say('integrity', 'fail', code, index);
    for (const code of doubts) this.say('integrity', 'doubt', code, index);
    for (const code of passed) this.say('integrity', 'pass', code, index);
  }

  add(verdict: Verdict): void {
    this.#integrity.add(verdict.integrity);
    this.#trust.add(verdict.trust);
    this.#time.add(verdict.time);
  }

  build(): Verdict {
    return { integrity: this.#integrity.build(), trust: this.#trust.build(), time: this.#time.build() };
  }
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

/** A certificate that says what its key is for must say that it is for signing. */
const maySign = ({ keyUsage }: Certificate): boolean =>
  keyUsage === undefined || keyUsage.has('digitalSignature') || keyUsage.has('nonRepudiation');

function judgeTrust(
  judge: MessageJudge,
  index: number,
  certificate: Certificate | undefined,
  report: PathReport | undefined,
): void {
  if (certificate !== undefined && !maySign(certificate))
    judge.say('trust', 'fail', 'SIGNER_KEY_USAGE', index);
  if (report !== undefined) {
    judge.add(report.verdict);
    return;
  }
  const code = certificate === undefined ? 'CERTIFICATE_MISSING' : 'PATH_NOT_JUDGED';
  judge.say('trust', 'doubt', code, index);
  judge.say('time', 'doubt', code, index);
}

/** Checks and judges all signers. @internal */
export function reportOn(
  parts: SignedParts,
  contentFor: (log: FindingLog) => SignedContent,
  options: VerifyMessageOptions,
): SignedMessageReport {
  const judge = new MessageJudge();
  const certificates = [...(options.signerCertificates ?? []), ...parts.certificates];
  // Once for all signers: a list may be long.
  const lists = options.path === undefined ? [] : carriedCrls(parts);
  const signers = parts.signers.map((signer, index): SignerReport => {
    const log = new FindingLog(options.policy ?? parts.policy);
    const content = contentFor(log);
    const context = { ...parts, content, certificates, signerIds: options.signerIds };
    const facts = checkSigner(signer, context, log);
    const { passed: _passed, failed: _failed, doubts: _doubts, ...found } = facts;
    const path =
      facts.certificate === undefined ? undefined : judgePath(facts.certificate, parts, options, lists);
    judge.sayFacts(index, facts);
    judgeTrust(judge, index, facts.certificate, path);
    const { reference } = signer;
    return { index, reference, ...found, ...(path === undefined ? {} : { path }), findings: log.findings };
  });
  if (signers.length === 0) {
    // Certificates without a signer say nothing about any content.
    for (const aspect of ['integrity', 'trust', 'time'] as const) judge.say(aspect, 'doubt', 'NO_SIGNERS');
  }
  const findings = [...parts.findings, ...signers.flatMap((signer) => signer.findings)];
  return { verdict: judge.build(), signers, findings };
}

/** Checks and judges all signers over content in memory. @internal */
export function reportOnContent(
  parts: SignedParts,
  content: Uint8Array | undefined,
  options: VerifyMessageOptions,
): SignedMessageReport {
  const digests = new Map<string, Uint8Array>();
  return reportOn(parts, (log) => new ContentInMemory(content, options, log, digests), options);
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
 * is another and the first does not verify, and is a finding.
 *
 * @standard GB/T 35275-2017, RFC 5652 §5.4 to §5.6
 * @throws {@link SmError} ERR_PKI_MESSAGE_OPTIONS, ERR_PKI_PATH_OPTIONS, ERR_SM2_ID_INVALID, ERR_PKI_DEVIATION_REFUSED
 */
export function verifySignedMessage(
  message: SignedMessage,
  options: VerifyMessageOptions = {},
): SignedMessageReport {
  if (message.kind !== 'signedData') throw optionProblem('kind');
  const content = contentOf(message.content, options.content);
  return reportOnContent(message, content, options);
}
