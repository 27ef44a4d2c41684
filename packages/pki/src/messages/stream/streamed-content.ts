import { concatBytes } from '@cssi/sm-core';
import type { AlgorithmName, AlgorithmRef } from '../../algorithms/index.ts';
import { FindingLog } from '../../internal/finding-log.ts';
import { type SignatureResult, type StreamVerification, startVerification } from '../../signature/verify.ts';
import type { Certificate } from '../../spec/v1/certificate.ts';
import type { MessageSigner } from '../../spec/v1/message.ts';
import type { Sm2SignerId } from '../../spec/v1/signer.ts';
import { isSm2, type RunningDigest, startDigest } from '../digests.ts';
import { optionProblem } from '../options.ts';
import { type ContentGap, PREFIX_BYTES, type SignedContent } from '../verify-signer.ts';

/** Certificates for which a stream is hashed along; each costs a hash per signer ID. */
const MAX_STREAM_CERTIFICATES = 16;

/** Signature algorithms that a key can have made, the digests being known. */
function algorithmsFor({ keyAlgorithm }: Certificate, digests: readonly string[]): AlgorithmName[] {
  if (keyAlgorithm === 'sm2') return ['sm2-sm3'];
  const prefix = keyAlgorithm.startsWith('ec:') ? 'ecdsa' : 'rsa-pkcs1';
  return digests
    .filter((name) => ['sha256', 'sha384', 'sha512'].includes(name))
    .map((name) => `${prefix}-${name}` as AlgorithmName);
}

const keyOf = (certificate: Certificate, algorithm: string): string =>
  `${certificate.fingerprint} ${isSm2(algorithm) ? 'sm2-sm3' : algorithm}`;

/**
 * Content that goes by once: digests of the algorithms announced, and checks under keys that are
 * known before. Nothing of it is kept.
 */
export class StreamedContent {
  readonly #digests = new Map<string, RunningDigest>();
  readonly #finished = new Map<string, Uint8Array>();
  readonly #checks = new Map<string, { check: StreamVerification; log: FindingLog }>();
  #prefix: Uint8Array = new Uint8Array(0);
  /** Whether any content came at all. */
  present = true;

  constructor(digests: readonly string[]) {
    for (const name of digests) {
      const digest = startDigest(name);
      if (digest !== undefined) this.#digests.set(name, digest);
    }
  }

  /** Prepares for signatures over the content itself under the keys of these certificates. */
  expect(
    certificates: readonly Certificate[],
    policy: FindingLog['policy'],
    signerIds: readonly Sm2SignerId[] | undefined,
  ): void {
    if (certificates.length > MAX_STREAM_CERTIFICATES) throw optionProblem('certificates');
    for (const certificate of certificates) {
      for (const algorithm of algorithmsFor(certificate, [...this.#digests.keys()])) {
        const log = new FindingLog(policy);
        const check = startVerification(algorithm, certificate, { signerIds, log });
        this.#checks.set(keyOf(certificate, algorithm), { check, log });
      }
    }
  }

  update(bytes: Uint8Array): void {
    const room = PREFIX_BYTES - this.#prefix.length;
    if (room > 0) this.#prefix = concatBytes(this.#prefix, bytes.subarray(0, room));
    for (const digest of this.#digests.values()) digest.update(bytes);
    for (const { check } of this.#checks.values()) check.update(bytes);
  }

  /** The content as one signer sees it, whose log takes the deviations. */
  seenBy(log: FindingLog): SignedContent {
    return {
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
    const key = keyOf(certificate, algorithm.name);
    const prepared = this.#checks.get(key);
    if (prepared === undefined) return 'CERTIFICATE_NEEDED_AHEAD';
    // One running hash makes one check; a second signature by the same key would need another.
    this.#checks.delete(key);
    const result = prepared.check.finish(signer.signature);
    for (const { code, where } of prepared.log.findings) log.note(code, where);
    return result;
  }
}
