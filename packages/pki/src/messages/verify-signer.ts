import { equalBytes, fromHex } from '@cssi/sm-core';
import type { AlgorithmRef } from '../algorithms/index.ts';
import type { FindingLog } from '../internal/finding-log.ts';
import { setOf } from '../internal/write.ts';
import { type SignatureResult, verifySignature } from '../signature/verify.ts';
import type { Certificate } from '../spec/v1/certificate.ts';
import type { MessageSigner, MessageSyntax } from '../spec/v1/message.ts';
import type { MessageReasonCode, SignerCheck } from '../spec/v1/message-report.ts';
import type { Sm2SignerId } from '../spec/v1/signer.ts';
import { checkSignedAttributes } from './attributes.ts';
import { dataType, GM_CONTENT_TYPES } from './content-types.ts';
import { digestFits, isSm2 } from './digests.ts';
import { names } from './read-parts.ts';

/** Certificates that fit one reference and are tried; a forged message may bring many. */
const MAX_CANDIDATES = 4;

/** Why something about the content cannot be said. */
export type ContentGap = Extract<
  MessageReasonCode,
  'CONTENT_MISSING' | 'DIGEST_UNSUPPORTED' | 'DIGEST_NOT_ANNOUNCED' | 'CERTIFICATE_NEEDED_AHEAD'
>;

/** Bytes of the content that {@link looksLikeAttributes} looks at. */
export const PREFIX_BYTES = 32;

/** id-pkcs9, under which contentType and messageDigest are, as it begins in an OBJECT IDENTIFIER. */
const PKCS9 = fromHex('06092a864886f70d0109');

/**
 * Does content begin like the SET OF signed attributes? A signature over attributes is, byte for
 * byte, also one over such content without attributes: whoever takes them off would get another
 * content signed.
 */
function looksLikeAttributes(prefix: Uint8Array): boolean {
  const skip = (at: number): number => at + 2 + (prefix[at + 1]! > 0x80 ? prefix[at + 1]! & 0x7f : 0);
  const first = skip(0);
  if (prefix[0] !== 0x31 || prefix[first] !== 0x30) return false;
  const at = skip(first);
  return equalBytes(prefix.subarray(at, at + PKCS9.length), PKCS9);
}

/** The content as signers see it: in memory, or gone through in pieces. */
export interface SignedContent {
  /** Its first bytes, as many as {@link PREFIX_BYTES}. */
  readonly prefix: Uint8Array;
  digest(name: string): Uint8Array | ContentGap;
  /** Checks a signature over the content itself. */
  check(signer: MessageSigner, certificate: Certificate): SignatureResult | ContentGap;
}

/** What a signer is checked against. */
export interface SignerContext {
  readonly syntax: MessageSyntax;
  readonly contentType: string;
  readonly content: SignedContent;
  readonly certificates: readonly Certificate[];
  readonly signerIds: readonly Sm2SignerId[] | undefined;
}

/** What was found about one signer, without its path. */
export interface SignerFacts {
  readonly digest: SignerCheck;
  readonly signature: SignerCheck;
  readonly certificate?: Certificate;
  readonly signerId?: Sm2SignerId;
  readonly signingTime?: Date;
  readonly passed: readonly MessageReasonCode[];
  readonly failed: readonly MessageReasonCode[];
  readonly doubts: readonly MessageReasonCode[];
}

/** Certificates that a signer may mean, those of the caller first. */
export function candidates(
  signer: MessageSigner,
  certificates: readonly Certificate[],
): readonly Certificate[] {
  const fitting = new Map<string, Certificate>();
  for (const certificate of certificates) {
    if (names(signer.reference, certificate) && !fitting.has(certificate.fingerprint)) {
      fitting.set(certificate.fingerprint, certificate);
    }
    if (fitting.size === MAX_CANDIDATES) break;
  }
  return [...fitting.values()];
}

const SIGNATURE_REASONS: Readonly<Record<Exclude<SignerCheck, 'not-checked'>, MessageReasonCode>> = {
  right: 'SIGNATURE_RIGHT',
  wrong: 'SIGNATURE_WRONG',
  'key-mismatch': 'SIGNATURE_KEY_MISMATCH',
  unsupported: 'SIGNATURE_UNSUPPORTED',
};

/** Collects the reasons of one signer. */
class SignerChecker {
  readonly #signer: MessageSigner;
  readonly #context: SignerContext;
  readonly #log: FindingLog;
  readonly #passed: MessageReasonCode[] = [];
  readonly #failed: MessageReasonCode[] = [];
  readonly #doubts: MessageReasonCode[] = [];

  constructor(signer: MessageSigner, context: SignerContext, log: FindingLog) {
    this.#signer = signer;
    this.#context = context;
    this.#log = log;
  }

  run(): SignerFacts {
    const digest = this.#checkDigest();
    const signature = this.#checkSignature();
    return {
      ...digest,
      ...signature,
      passed: this.#passed,
      failed: this.#failed,
      doubts: this.#doubts,
    };
  }

  #checkDigest(): Pick<SignerFacts, 'digest' | 'signingTime'> {
    const { signedAttributes, digestAlgorithm, signatureAlgorithm } = this.#signer;
    const strictPair = signedAttributes === undefined || isSm2(signatureAlgorithm.name);
    if (strictPair && !digestFits(digestAlgorithm.name, signatureAlgorithm.name)) {
      this.#failed.push('DIGEST_SIGNATURE_MISMATCH');
    }
    if (signedAttributes === undefined) return this.#withoutAttributes();
    const facts = checkSignedAttributes(signedAttributes, this.#signer, this.#context, this.#log);
    if (typeof facts === 'string') {
      this.#failed.push(facts);
      return { digest: 'not-checked' };
    }
    const { messageDigest, ...claims } = facts;
    const actual = this.#context.content.digest(digestAlgorithm.name);
    if (typeof actual === 'string') {
      this.#doubts.push(actual);
      return { digest: actual === 'DIGEST_UNSUPPORTED' ? 'unsupported' : 'not-checked', ...claims };
    }
    const right = equalBytes(actual, messageDigest);
    (right ? this.#passed : this.#failed).push(right ? 'DIGEST_RIGHT' : 'DIGEST_WRONG');
    return { digest: right ? 'right' : 'wrong', ...claims };
  }

  /** Without attributes the type of the content is not signed, so only plain data may go without. */
  #withoutAttributes(): Pick<SignerFacts, 'digest'> {
    const { syntax, contentType, content } = this.#context;
    const cms = syntax === 'rfc5652' && contentType !== GM_CONTENT_TYPES.data;
    if (cms && contentType !== dataType(syntax)) this.#failed.push('ATTRIBUTES_NEEDED');
    if (looksLikeAttributes(content.prefix)) this.#failed.push('CONTENT_IS_ATTRIBUTES');
    return { digest: 'right' };
  }

  #checkSignature(): Pick<SignerFacts, 'signature' | 'certificate' | 'signerId'> {
    const all = candidates(this.#signer, this.#context.certificates);
    let first: { certificate: Certificate; result: SignatureResult | ContentGap } | undefined;
    for (const certificate of all) {
      const result = this.#checkWith(certificate);
      first ??= { certificate, result };
      if (typeof result !== 'string' && result.check === 'right') {
        first = { certificate, result };
        break;
      }
    }
    if (first === undefined) {
      this.#doubts.push('CERTIFICATE_MISSING', 'SIGNATURE_NOT_CHECKED');
      return { signature: 'not-checked' };
    }
    const { certificate, result } = first;
    if (typeof result === 'string') {
      this.#doubts.push(result, 'SIGNATURE_NOT_CHECKED');
      return { signature: 'not-checked', certificate };
    }
    const { check, signerId } = result;
    const list = {
      right: this.#passed,
      wrong: this.#failed,
      'key-mismatch': this.#failed,
      unsupported: this.#doubts,
    };
    list[check].push(SIGNATURE_REASONS[check]);
    return { signature: check, certificate, ...(signerId === undefined ? {} : { signerId }) };
  }

  #checkWith(certificate: Certificate): SignatureResult | ContentGap {
    const { signedAttributes, signedAttributesRaw, signatureAlgorithm, signature } = this.#signer;
    if (signedAttributes === undefined || signedAttributesRaw === undefined) {
      return this.#context.content.check(this.#signer, certificate);
    }
    const over = (bytes: Uint8Array) =>
      verifySignature(signatureAlgorithm as AlgorithmRef, certificate, bytes, signature, {
        signerIds: this.#context.signerIds,
        log: this.#log,
      });
    const sorted = setOf(signedAttributes.map(({ raw }) => raw));
    const result = over(sorted);
    // RFC 5652 §5.4: the DER form is signed, whatever order the file has. Some sign that order.
    if (result.check !== 'wrong' || equalBytes(sorted, signedAttributesRaw)) return result;
    const asReceived = over(signedAttributesRaw);
    if (asReceived.check !== 'right') return result;
    this.#log.note('ATTRIBUTES_NOT_SORTED', 'signedAttributes');
    return asReceived;
  }
}

/**
 * Checks one signer: attributes, digest, signature. The log takes the deviations.
 *
 * @throws SmError ERR_PKI_DEVIATION_REFUSED, ERR_SM2_ID_INVALID
 */
export const checkSigner = (signer: MessageSigner, context: SignerContext, log: FindingLog): SignerFacts =>
  new SignerChecker(signer, context, log).run();
