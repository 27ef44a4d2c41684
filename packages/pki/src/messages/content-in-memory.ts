import type { AlgorithmRef } from '../algorithms/index.ts';
import type { FindingLog } from '../internal/finding-log.ts';
import { verifySignature } from '../signature/verify.ts';
import type { Certificate } from '../spec/v1/certificate.ts';
import type { MessageSigner } from '../spec/v1/message.ts';
import type { Sm2SignerId } from '../spec/v1/signer.ts';
import { PREFIX_BYTES } from './attributes-form.ts';
import { digestOf, isSm2 } from './digests.ts';
import { Sm2Content } from './sm2-content.ts';
import type { SignedContent } from './verify-signer.ts';

/** Content up to this length is hashed again for each signature: keys that come often are prepared there. */
const SMALL_CONTENT_BYTES = 4096;

/** Content in memory, hashed once for all signers that hash it the same way. */
export class ContentInMemory {
  readonly #content: Uint8Array | undefined;
  readonly #signerIds: readonly Sm2SignerId[] | undefined;
  readonly #digests = new Map<string, Uint8Array>();
  readonly #underKeys = new Map<string, Sm2Content>();

  constructor(content: Uint8Array | undefined, signerIds: readonly Sm2SignerId[] | undefined) {
    this.#content = content;
    this.#signerIds = signerIds;
  }

  /** The content as one signer sees it, whose log takes the deviations. */
  seenBy(log: FindingLog): SignedContent {
    return {
      present: this.#content !== undefined,
      prefix: this.#content?.subarray(0, PREFIX_BYTES) ?? new Uint8Array(0),
      digest: (name) => this.#digest(name),
      check: (signer, certificate) => this.#check(signer, certificate, log),
    };
  }

  #digest(name: string): ReturnType<SignedContent['digest']> {
    if (this.#content === undefined) return 'CONTENT_MISSING';
    const digest = this.#digests.get(name) ?? digestOf(name, this.#content);
    if (digest === undefined) return 'DIGEST_UNSUPPORTED';
    this.#digests.set(name, digest);
    return digest;
  }

  #check(
    signer: MessageSigner,
    certificate: Certificate,
    log: FindingLog,
  ): ReturnType<SignedContent['check']> {
    const content = this.#content;
    if (content === undefined) return 'CONTENT_MISSING';
    const algorithm = signer.signatureAlgorithm as AlgorithmRef;
    const key = certificate.sm2PublicKey;
    if (key === undefined || !isSm2(algorithm.name) || content.length <= SMALL_CONTENT_BYTES) {
      return verifySignature(algorithm, certificate, content, signer.signature, {
        signerIds: this.#signerIds,
        log,
      });
    }
    const name = Buffer.from(key).toString('latin1');
    let under = this.#underKeys.get(name);
    if (under === undefined) {
      under = new Sm2Content(key, this.#signerIds);
      under.update(content);
      this.#underKeys.set(name, under);
    }
    return under.check(signer.signature, log);
  }
}
