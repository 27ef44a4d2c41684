import { concatBytes } from '@cssi/sm-core';
import type { AlgorithmName, AlgorithmRef } from '../../algorithms/index.ts';
import type { FindingLog } from '../../internal/finding-log.ts';
import { type SignatureResult, type StreamVerification, startVerification } from '../../signature/verify.ts';
import type { Certificate } from '../../spec/v1/certificate.ts';
import type { MessageSigner } from '../../spec/v1/message.ts';
import type { Sm2SignerId } from '../../spec/v1/signer.ts';
import { PREFIX_BYTES } from '../attributes-form.ts';
import { isSm2, type RunningDigest, startDigest } from '../digests.ts';
import { optionProblem } from '../options.ts';
import { Sm2Content } from '../sm2-content.ts';
import type { ContentGap, SignedContent } from '../verify-signer.ts';

/** Certificates of the caller for which a stream is hashed along; each costs a hash per signer ID. */
const MAX_STREAM_CERTIFICATES = 16;
/** Keys of the certificates of a message, one for each signer that it may have. */
const MAX_STREAM_KEYS = 64;

/** Signature algorithms that a key can have made, the digests being known. */
function algorithmsFor({ keyAlgorithm }: Certificate, digests: readonly string[]): AlgorithmName[] {
  const prefix = keyAlgorithm.startsWith('ec:') ? 'ecdsa' : 'rsa-pkcs1';
  return digests
    .filter((name) => ['sha256', 'sha384', 'sha512'].includes(name))
    .map((name) => `${prefix}-${name}` as AlgorithmName);
}

const keyOf = (certificate: Certificate, algorithm: string): string =>
  `${certificate.fingerprint} ${algorithm}`;

const keyName = (key: Uint8Array): string => Buffer.from(key).toString('latin1');

/**
 * Content that goes by once: digests of the algorithms announced, and checks under keys that are
 * known before. Nothing of it is kept.
 */
export class StreamedContent {
  readonly #digests = new Map<string, RunningDigest>();
  readonly #finished = new Map<string, Uint8Array>();
  readonly #sm2 = new Map<string, Sm2Content>();
  readonly #others = new Map<string, StreamVerification>();
  #prefix: Uint8Array = new Uint8Array(0);
  /** Whether any content came at all. */
  present = true;

  constructor(digests: readonly string[]) {
    for (const name of digests) {
      const digest = startDigest(name);
      if (digest !== undefined) this.#digests.set(name, digest);
    }
  }

  /**
   * Prepares for signatures over the content itself under the keys of these certificates, which the
   * caller named.
   *
   * @throws SmError ERR_PKI_MESSAGE_OPTIONS, ERR_SM2_ID_INVALID
   */
  expect(certificates: readonly Certificate[], signerIds: readonly Sm2SignerId[] | undefined): void {
    if (certificates.length > MAX_STREAM_CERTIFICATES) throw optionProblem('certificates');
    this.prepare(certificates, signerIds);
  }

  /** As {@link StreamedContent.expect} for what a message names: there what is too much stays unchecked. */
  prepare(certificates: readonly Certificate[], signerIds: readonly Sm2SignerId[] | undefined): void {
    for (const certificate of certificates) {
      if (this.#sm2.size + this.#others.size >= MAX_STREAM_KEYS) return;
      const { sm2PublicKey: key } = certificate;
      if (key !== undefined) {
        const name = keyName(key);
        if (!this.#sm2.has(name)) this.#sm2.set(name, new Sm2Content(key, signerIds));
        continue;
      }
      for (const algorithm of algorithmsFor(certificate, [...this.#digests.keys()])) {
        this.#others.set(keyOf(certificate, algorithm), startVerification(algorithm, certificate));
      }
    }
  }

  update(bytes: Uint8Array): void {
    const room = PREFIX_BYTES - this.#prefix.length;
    if (room > 0) this.#prefix = concatBytes(this.#prefix, bytes.subarray(0, room));
    for (const digest of this.#digests.values()) digest.update(bytes);
    for (const content of this.#sm2.values()) content.update(bytes);
    for (const check of this.#others.values()) check.update(bytes);
  }

  /** The content as one signer sees it, whose log takes the deviations. */
  seenBy(log: FindingLog): SignedContent {
    return {
      present: this.present,
      prefix: this.#prefix,
      digest: (name) => this.#digest(name),
      check: (signer, certificate) => this.#check(signer, certificate, log),
    };
  }

  #digest(name: string): Uint8Array | ContentGap {
    if (!this.present) return 'CONTENT_MISSING';
    const done = this.#finished.get(name);
    if (done !== undefined) return done;
    const running = this.#digests.get(name);
    if (running === undefined) {
      return startDigest(name) === undefined ? 'DIGEST_UNSUPPORTED' : 'DIGEST_NOT_ANNOUNCED';
    }
    const digest = running.digest();
    this.#finished.set(name, digest);
    return digest;
  }

  #check(signer: MessageSigner, certificate: Certificate, log: FindingLog): SignatureResult | ContentGap {
    if (!this.present) return 'CONTENT_MISSING';
    const algorithm = signer.signatureAlgorithm as AlgorithmRef;
    if (isSm2(algorithm.name)) {
      const key = certificate.sm2PublicKey;
      if (key === undefined) return { check: 'key-mismatch' };
      return this.#sm2.get(keyName(key))?.check(signer.signature, log) ?? 'CERTIFICATE_NEEDED_AHEAD';
    }
    const name = keyOf(certificate, algorithm.name);
    const prepared = this.#others.get(name);
    if (prepared === undefined) return 'CERTIFICATE_NEEDED_AHEAD';
    // One running hash of node:crypto makes one check; a second signature by the key would need another.
    this.#others.delete(name);
    return prepared.finish(signer.signature);
  }
}
