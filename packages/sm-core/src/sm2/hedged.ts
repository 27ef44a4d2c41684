import { SM_CORE_ERRORS } from '../errors.ts';
import { requireCapability } from '../internal/capability.ts';
import { hmacOnce } from '../sm3/hmac.ts';
import { type RandomSource, SM3_DIGEST_BYTES, type SmEngine } from '../spec/v1/engine.ts';

const ENTROPY_BYTES = 32;
const STEP_0 = /* @__PURE__ */ Uint8Array.of(0);
const STEP_1 = /* @__PURE__ */ Uint8Array.of(1);

/**
 * Nonces from the private key, the digest to be signed and fresh entropy: HMAC-DRBG with
 * HMAC-SM3, in the spirit of RFC 6979 with additional input (§3.6 there). The construction is
 * ours and gives other nonces than that text: e goes in as it is, where bits2octets (§2.3.4)
 * would reduce it modulo n. Two digests that are the same modulo n so get two nonces.
 *
 * With a good source the nonce is as random as without; with a source that repeats
 * itself, or that an attacker foresees, the nonce is still unknown without the private
 * key, and two digests never get the same one.
 *
 * @standard NIST SP 800-90A §10.1.2; after RFC 6979 §3.2, §3.6
 */
export class HedgedNonces implements RandomSource {
  readonly #engine: SmEngine;
  #key: Uint8Array = new Uint8Array(SM3_DIGEST_BYTES);
  #value: Uint8Array = new Uint8Array(SM3_DIGEST_BYTES).fill(1);
  /** Bytes of the present value that were handed out. */
  #used = 0;
  #destroyed = false;

  /**
   * @param d - the private key, 32 bytes; not kept
   * @param e - the digest, 32 bytes
   */
  constructor(engine: SmEngine, d: Uint8Array, e: Uint8Array, random: RandomSource) {
    requireCapability(engine, 'sm2.random');
    requireCapability(engine, 'sm3');
    requireCapability(engine, 'hmac-sm3');
    this.#engine = engine;
    const entropy = new Uint8Array(ENTROPY_BYTES);
    try {
      random.fill(entropy);
      this.#update(STEP_0, d, e, entropy); // as §3.2 d, e
      this.#update(STEP_1, d, e, entropy); // as §3.2 f, g
      this.#next(); // as §3.2 h 2
    } catch (error) {
      this.destroy();
      throw error;
    } finally {
      entropy.fill(0);
    }
  }

  fill(out: Uint8Array): void {
    // A source that an engine kept beyond its call: the zeroed state would give a known nonce.
    if (this.#destroyed) throw SM_CORE_ERRORS.create('ERR_SECRET_DESTROYED');
    for (let at = 0; at < out.length; at++) {
      if (this.#used === SM3_DIGEST_BYTES) {
        this.#update(STEP_0); // as §3.2 h 3: the candidate before was not taken
        this.#next();
      }
      out[at] = this.#value[this.#used++]!;
    }
  }

  /** Zeroes the state. */
  destroy(): void {
    this.#destroyed = true;
    this.#key.fill(0);
    this.#value.fill(0);
  }

  /** K = HMAC_K(V‖step‖input), V = HMAC_K(V). */
  #update(step: Uint8Array, ...input: readonly Uint8Array[]): void {
    const key = hmacOnce(this.#engine, this.#key, [this.#value, step, ...input]);
    this.#key.fill(0);
    this.#key = key;
    this.#advance();
  }

  /** V = HMAC_K(V), to be handed out. */
  #next(): void {
    this.#advance();
    this.#used = 0;
  }

  #advance(): void {
    const value = hmacOnce(this.#engine, this.#key, [this.#value]);
    this.#value.fill(0);
    this.#value = value;
  }
}
