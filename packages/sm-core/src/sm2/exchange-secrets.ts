import { equalBytes } from '../encoding/bytes.ts';
import { kdfSm3 } from '../internal/kdf.ts';
import { Secret } from '../secret.ts';
import type { SmEngine } from '../spec/v1/engine.ts';

const FIELD_BYTES = 32;
/** First byte of what S_1 = S_B and S_2 = S_A are the hash of. @standard GB/T 32918.3-2016 §6.1 */
const TAG_B = 2;
const TAG_A = 3;

/** What both sides know of a run, in the order of the standard, whoever computes. */
export interface ExchangeTranscript {
  readonly zA: Uint8Array;
  readonly zB: Uint8Array;
  /** R_A and R_B, 65 bytes each. */
  readonly rA: Uint8Array;
  readonly rB: Uint8Array;
}

/** What is made of the shared point: the key, S_A and S_B. To be destroyed. */
export class ExchangeSecrets {
  #key: Secret | undefined;
  readonly #sA: Uint8Array;
  readonly #sB: Uint8Array;

  /**
   * @param point - U or V, 65 bytes; the caller zeroes it
   * @param keyLength - bytes of the key
   */
  constructor(engine: SmEngine, point: Uint8Array, transcript: ExchangeTranscript, keyLength: number) {
    const { zA, zB, rA, rB } = transcript;
    const y = point.subarray(1 + FIELD_BYTES);
    const z = new Uint8Array(4 * FIELD_BYTES);
    let inner: Uint8Array | undefined;
    try {
      // A8, B7: K = KDF(x_U‖y_U‖Z_A‖Z_B, klen)
      z.set(point.subarray(1));
      z.set(zA, 2 * FIELD_BYTES);
      z.set(zB, 3 * FIELD_BYTES);
      this.#key = Secret.take(kdfSm3(() => engine.sm3(), z, keyLength));
      // A9, B8: Hash(x_U‖Z_A‖Z_B‖x_1‖y_1‖x_2‖y_2)
      const x = point.subarray(1, 1 + FIELD_BYTES);
      inner = engine.sm3Digest(x, zA, zB, rA.subarray(1), rB.subarray(1));
      this.#sB = engine.sm3Digest(Uint8Array.of(TAG_B), y, inner);
      this.#sA = engine.sm3Digest(Uint8Array.of(TAG_A), y, inner);
    } catch (error) {
      this.#key?.destroy();
      throw error;
    } finally {
      z.fill(0);
      inner?.fill(0);
    }
  }

  /** Is `received` what the other side has to send? Compares in constant time. */
  matches(side: 'A' | 'B', received: Uint8Array): boolean {
    return received instanceof Uint8Array && equalBytes(side === 'A' ? this.#sA : this.#sB, received);
  }

  /** A copy of the confirmation of a side. */
  confirmation(side: 'A' | 'B'): Uint8Array {
    return Uint8Array.from(side === 'A' ? this.#sA : this.#sB);
  }

  /** Hands the key over, once; it is the caller's to destroy. */
  takeKey(): Secret {
    const key = this.#key!;
    this.#key = undefined;
    return key;
  }

  /** Zeroes everything that was not handed over. */
  destroy(): void {
    this.#key?.destroy();
    this.#sA.fill(0);
    this.#sB.fill(0);
  }
}
