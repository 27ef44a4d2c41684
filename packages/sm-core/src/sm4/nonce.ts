import { checkBytes } from '../encoding/bytes.ts';
import { SM_CORE_ERRORS } from '../errors.ts';
import type { RandomSource } from '../spec/v1/engine.ts';
import { SM4_MAX_RANDOM_NONCES } from './parameters.ts';

/**
 * What one key object does about nonces that the caller gives it for sealing.
 * `not-repeated`: the nonce of the call before is refused, which catches a nonce that was
 * never changed. `increasing`: each nonce, read as a big-endian number, must be greater
 * than the one before, so none can come twice. `unchecked`: anything goes.
 */
export type Sm4NonceCheck = 'not-repeated' | 'increasing' | 'unchecked';

export const NONCE_CHECKS: readonly [Sm4NonceCheck, ...Sm4NonceCheck[]] = [
  'not-repeated',
  'increasing',
  'unchecked',
];

/** The nonces that callers give to one key object. */
export class NonceGuard {
  readonly #length: number;
  readonly #check: Sm4NonceCheck;
  #last: Uint8Array | undefined;

  constructor(length: number, check: Sm4NonceCheck) {
    this.#length = length;
    this.#check = check;
  }

  /** Checks the form only: for opening. @throws SmError ERR_INPUT_TYPE, ERR_INPUT_LENGTH */
  formOf(nonce: Uint8Array): Uint8Array {
    return checkBytes(nonce, 'nonce', this.#length);
  }

  /** Takes `nonce` for one message. @throws SmError ERR_INPUT_TYPE, ERR_INPUT_LENGTH, ERR_NONCE_REUSED */
  take(nonce: Uint8Array): void {
    this.formOf(nonce);
    if (this.#check === 'unchecked') return;
    const last = this.#last;
    if (last === undefined) {
      this.#last = Uint8Array.from(nonce);
      return;
    }
    // Nonces are public, so this may stop at the first difference.
    let i = 0;
    while (i < nonce.length && nonce[i] === last[i]) i++;
    if (i === nonce.length || (this.#check === 'increasing' && nonce[i]! < last[i]!)) {
      throw SM_CORE_ERRORS.create('ERR_NONCE_REUSED', { detail: `nonceCheck=${this.#check}` });
    }
    last.set(nonce);
  }
}

/** Random nonces with a count, which stops where two of them could meet. @standard NIST SP 800-38D §8.3 */
export class DrawnNonces {
  readonly #random: RandomSource;
  readonly #length: number;
  #used: number;

  constructor(random: RandomSource, length: number, used: number) {
    this.#random = random;
    this.#length = length;
    this.#used = used;
  }

  /** How many were drawn. */
  get used(): number {
    return this.#used;
  }

  /** @throws SmError ERR_KEY_EXHAUSTED, ERR_RANDOM_UNHEALTHY */
  next(): Uint8Array {
    if (this.#used >= SM4_MAX_RANDOM_NONCES) throw SM_CORE_ERRORS.create('ERR_KEY_EXHAUSTED');
    this.#used++;
    const nonce = new Uint8Array(this.#length);
    this.#random.fill(nonce);
    return nonce;
  }
}
