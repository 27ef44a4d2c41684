import { type Sm3Hash, SmError, sm2, sm3Hash } from '@cssi/sm-core';
import type { FindingLog } from '../internal/finding-log.ts';
import { signatureFormat } from '../signature/sm2-signature.ts';
import type { SignatureResult } from '../signature/verify.ts';
import type { Sm2SignerId } from '../spec/v1/signer.ts';

/**
 * Content under one SM2 key: e = SM3(Z‖M) for each signer ID is computed once, and any number of
 * signatures is checked against it.
 */
export class Sm2Content {
  readonly #key: Uint8Array;
  readonly #hashes: readonly (readonly [Sm2SignerId | 'default', Sm3Hash])[];
  #digests: readonly (readonly [Sm2SignerId | 'default', Uint8Array])[] | undefined;

  /** @throws SmError ERR_SM2_ID_INVALID */
  constructor(key: Uint8Array, ids: readonly Sm2SignerId[] | undefined) {
    this.#key = key;
    this.#hashes = (ids ?? (['default'] as const)).map((id) => {
      const hash = sm3Hash();
      if (id !== 'plain-sm3') hash.update(id === 'default' ? sm2.z(key) : sm2.z(key, id));
      return [id, hash] as const;
    });
  }

  update(bytes: Uint8Array): void {
    for (const [, hash] of this.#hashes) hash.update(bytes);
  }

  /**
   * @param log - takes note of raw r‖s; without a log such a signature is wrong
   * @throws SmError ERR_PKI_DEVIATION_REFUSED
   */
  check(signature: Uint8Array, log: FindingLog | undefined): SignatureResult {
    const format = signatureFormat(signature, log);
    this.#digests ??= this.#hashes.map(([id, hash]) => [id, hash.digest()] as const);
    const found = this.#digests.find(([, e]) => isRight(this.#key, e, signature, format));
    if (found === undefined) return { check: 'wrong' };
    return found[0] === 'default' ? { check: 'right' } : { check: 'right', signerId: found[0] };
  }
}

/** A signature that is no signature is wrong. */
function isRight(
  key: Uint8Array,
  e: Uint8Array,
  signature: Uint8Array,
  format: ReturnType<typeof signatureFormat>,
): boolean {
  try {
    return sm2.verifyDigest(key, e, signature, { format });
  } catch (error) {
    if (error instanceof SmError && error.code === 'ERR_SM2_SIGNATURE_MALFORMED') return false;
    throw error;
  }
}
