import { checkBytes, equalBytes } from '../encoding/bytes.ts';
import { SM_CORE_ERRORS } from '../errors.ts';
import { requireCapability } from '../internal/capability.ts';
import { Secret, useSecret } from '../secret.ts';
import type { Sm4Key, SmEngine } from '../spec/v1/engine.ts';
import { BLOCK, decryptFailed, withKey } from './common.ts';
import { SM4_PARAMETERS } from './parameters.ts';

/** Key wrap: deterministic, for keys and other secrets that nobody can guess. */
export interface Sm4KeyWrapFunctions {
  /**
   * `secret` under the key-encryption key `kek` (16 bytes). The secret is a multiple of 8
   * bytes, 16 to 65536; the result is 8 bytes longer.
   *
   * @standard GB/T 36624-2018, key wrap; structure and initial value of RFC 3394 §2.2.1, §2.2.3.1
   * @throws {@link SmError} ERR_INPUT_TYPE, ERR_INPUT_LENGTH, ERR_SECRET_DESTROYED
   */
  wrapKey(kek: Secret, secret: Secret): Uint8Array;
  /**
   * Undoes `wrapKey`; the caller destroys the result.
   *
   * @standard GB/T 36624-2018, key wrap; RFC 3394 §2.2.2
   * @throws {@link SmError} ERR_DECRYPT_FAILED for every failure of the data
   */
  unwrapKey(kek: Secret, wrapped: Uint8Array): Secret;
}

const HALF: number = BLOCK / 2;
/** Six passes over the data. @standard RFC 3394 §2.2.1 */
const PASSES = 6;
/** What the first half must be. @standard RFC 3394 §2.2.3.1 */
const INITIAL: Uint8Array = new Uint8Array(HALF).fill(0xa6);

/** block ⊕ t in the low bytes of its first half. */
function addStep(block: Uint8Array, step: number): void {
  for (let i = 0; i < 4; i++) block[HALF - 1 - i]! ^= (step >>> (8 * i)) & 0xff;
}

/** R[1] … R[n] in place behind A, which is the first half of `data`. @standard RFC 3394 §2.2.1 */
function wrap(cipher: Sm4Key, data: Uint8Array, block: Uint8Array): void {
  let step = 0;
  block.set(data.subarray(0, HALF));
  for (let pass = 0; pass < PASSES; pass++) {
    for (let at = HALF; at < data.length; at += HALF) {
      // A = MSB(B) ⊕ t and R[i] = LSB(B), with B = E(A‖R[i]).
      block.set(data.subarray(at, at + HALF), HALF);
      cipher.encryptBlocks(block, block);
      data.set(block.subarray(HALF), at);
      addStep(block, ++step);
    }
  }
  data.set(block.subarray(0, HALF));
}

/** Undoes {@link wrap}. @standard RFC 3394 §2.2.2 */
function unwrap(cipher: Sm4Key, data: Uint8Array, block: Uint8Array): void {
  let step = (PASSES * (data.length - HALF)) / HALF;
  block.set(data.subarray(0, HALF));
  for (let pass = 0; pass < PASSES; pass++) {
    for (let at = data.length - HALF; at >= HALF; at -= HALF) {
      addStep(block, step--);
      block.set(data.subarray(at, at + HALF), HALF);
      cipher.decryptBlocks(block, block);
      data.set(block.subarray(HALF), at);
    }
  }
  data.set(block.subarray(0, HALF));
}

/** Key wrap on `engine`. */
export function createKeyWrap(engine: SmEngine): Sm4KeyWrapFunctions {
  const { min, max } = SM4_PARAMETERS['key-wrap'].messageBytes;
  return {
    wrapKey(kek, secret) {
      requireCapability(engine, 'sm4.blocks');
      return useSecret(secret, 'secret', (bytes) => {
        checkBytes(bytes, 'secret', min, max);
        if (bytes.length % HALF !== 0) {
          throw SM_CORE_ERRORS.create('ERR_INPUT_LENGTH', {
            detail: `parameter=secret length=${bytes.length} expected=multiple of ${HALF}`,
          });
        }
        return withKey(engine, kek, (cipher) => {
          const out = new Uint8Array(HALF + bytes.length);
          const block = new Uint8Array(BLOCK);
          let done = false;
          try {
            out.set(INITIAL);
            out.set(bytes, HALF);
            wrap(cipher, out, block);
            done = true;
            return out;
          } finally {
            block.fill(0);
            if (!done) out.fill(0);
          }
        });
      });
    },
    unwrapKey(kek, wrapped) {
      requireCapability(engine, 'sm4.blocks');
      checkBytes(wrapped, 'wrapped', 0, max + HALF);
      return withKey(engine, kek, (cipher) => {
        if (wrapped.length < min + HALF || wrapped.length % HALF !== 0) throw decryptFailed();
        const data = Uint8Array.from(wrapped);
        const block = new Uint8Array(BLOCK);
        try {
          unwrap(cipher, data, block);
          if (!equalBytes(data.subarray(0, HALF), INITIAL)) throw decryptFailed();
          return Secret.copy(data.subarray(HALF));
        } finally {
          data.fill(0);
          block.fill(0);
        }
      });
    },
  };
}
