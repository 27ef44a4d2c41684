import { equalBytes } from '@cssi/sm-core';
import type { AlgorithmRef } from '../algorithms/index.ts';
import type { FindingLog } from '../internal/finding-log.ts';
import { setOf } from '../internal/write.ts';
import { type SignatureResult, verifySignature } from '../signature/verify.ts';
import type { Certificate } from '../spec/v1/certificate.ts';
import type { MessageSigner, MessageSyntax } from '../spec/v1/message.ts';
import type { MessageReasonCode, SignerCheck } from '../spec/v1/message-report.ts';
import type { Sm2SignerId } from '../spec/v1/signer.ts';
import { checkSignedAttributes } from './attributes.ts';
import { looksLikeAttributes } from './attributes-form.ts';
import { CMS_CONTENT_TYPES, dataType, GM_CONTENT_TYPES } from './content-types.ts';
import { digestFits, isSm2 } from './digests.ts';
import { names } from './read-parts.ts';

/** Certificates that fit one reference and are tried; a forged message may bring many. */
const MAX_CANDIDATES = 4;

/** Why something about the content cannot be said. */
export type ContentGap = Extract<
  MessageReasonCode,
  'CONTENT_MISSING' | 'DIGEST_UNSUPPORTED' | 'DIGEST_NOT_ANNOUNCED' | 'CERTIFICATE_NEEDED_AHEAD'
>;

/** The content as signers see it: in memory, or gone through in pieces. */
export interface SignedContent {
  /** Is there any content, be it empty? */
  readonly present: boolean;
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
  /** Is the content a SEQUENCE in place of an OCTET STRING? */
  readonly typedContent: boolean;
  /** Names of the digest algorithms that the message lists. */
  readonly announced: readonly string[];
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

/** Certificates that a signer may mean, those of the caller first, and whether there were more. */
export function candidates(
  signer: MessageSigner,
  certificates: readonly Certificate[],
): { readonly tried: readonly Certificate[]; readonly cut: boolean } {
  const fitting = new Map<string, Certificate>();
  for (const certificate of certificates) {
    if (!names(signer.reference, certificate) || fitting.has(certificate.fingerprint)) continue;
    if (fitting.size === MAX_CANDIDATES) return { tried: [...fitting.values()], cut: true };
    fitting.set(certificate.fingerprint, certificate);
  }
  return { tried: [...fitting.values()], cut: false };
}

/** Failures by which a signature that is right in itself is none over this content. */
const NOT_FOR_CONTENT = new Set<MessageReasonCode>([
  'ATTRIBUTES_NEEDED',
  'CONTENT_IS_ATTRIBUTES',
  'DIGEST_SIGNATURE_MISMATCH',
]);

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
    const { signature: found, ...rest } = this.#checkSignature();
    const lists = { passed: this.#passed, failed: this.#failed, doubts: this.#doubts };
    if (found !== 'right' || !this.#failed.some((code) => NOT_FOR_CONTENT.has(code))) {
      return { ...digest, signature: found, ...rest, ...lists };
    }
    // Who looks at this signer alone must not read that it signed this content.
    const passed = this.#passed.filter((code) => code !== 'SIGNATURE_RIGHT');
    return { ...digest, signature: 'wrong', ...rest, ...lists, passed };
  }

  #checkDigest(): Pick<SignerFacts, 'digest' | 'signingTime'> {
    const { signedAttributes, digestAlgorithm, signatureAlgorithm } = this.#signer;
    this.#checkForm();
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
    if (this.#notAnnounced()) return { digest: 'not-checked', ...claims };
    const right = equalBytes(actual, messageDigest);
    (right ? this.#passed : this.#failed).push(right ? 'DIGEST_RIGHT' : 'DIGEST_WRONG');
    return { digest: right ? 'right' : 'wrong', ...claims };
  }

  /** A reader of a stream could not have computed the digest: RFC 5652 §5.1 lets it refuse. */
  #notAnnounced(): boolean {
    const missing = !this.#context.announced.includes(this.#signer.digestAlgorithm.name);
    if (missing) this.#doubts.push('DIGEST_NOT_ANNOUNCED');
    return missing;
  }

  /** Without attributes the type of the content is not signed, so only plain data may go without. */
  #withoutAttributes(): Pick<SignerFacts, 'digest'> {
    const { syntax, contentType, content } = this.#context;
    const before = this.#failed.length;
    // Either syntax may carry the data of GB/T 35275, and GB/T 35275 in the wild that of PKCS#7.
    const data: readonly string[] = [GM_CONTENT_TYPES.data, CMS_CONTENT_TYPES.data, dataType(syntax)];
    if (!data.includes(contentType)) this.#failed.push('ATTRIBUTES_NEEDED');
    if (looksLikeAttributes(content.prefix)) this.#failed.push('CONTENT_IS_ATTRIBUTES');
    const missing = this.#notAnnounced() || !content.present;
    const failed = this.#failed.length > before || this.#failed.includes('DIGEST_SIGNATURE_MISMATCH');
    return { digest: failed ? 'wrong' : missing ? 'not-checked' : 'right' };
  }

  /** Whether the content is octets or a SEQUENCE is signed only where its type says so. */
  #checkForm(): void {
    const { typedContent, contentType } = this.#context;
    const data = contentType === GM_CONTENT_TYPES.data || contentType === CMS_CONTENT_TYPES.data;
    if (typedContent && (data || this.#signer.signedAttributes === undefined)) {
      this.#doubts.push('CONTENT_TYPED');
    }
  }

  #checkSignature(): Pick<SignerFacts, 'signature' | 'certificate' | 'signerId'> {
    const { tried: all, cut } = candidates(this.#signer, this.#context.certificates);
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
    if (cut && check !== 'right') {
      this.#doubts.push('CERTIFICATES_TOO_MANY', 'SIGNATURE_NOT_CHECKED');
      return { signature: 'not-checked' };
    }
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
