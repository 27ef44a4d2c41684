import { requireCapability } from '../internal/capability.ts';
import { checkOptions } from '../internal/input.ts';
import { pkcs7Fill, pkcs7Unpad } from '../internal/pkcs7.ts';
import type { Secret } from '../secret.ts';
import type { Sm4Key, SmEngine } from '../spec/v1/engine.ts';
import { BLOCK, checkMessage, checkWhole, decryptFailed, filled, ownIv, withKey } from './common.ts';
import { paddingOf } from './parameters.ts';

/** How CBC fills the last block: PKCS#7 (RFC 5652 §6.3), or not at all. */
export type Sm4CbcPadding = 'pkcs7' | 'none';

/** Options of CBC. */
export interface Sm4CbcOptions {
  /** `pkcs7` when left out; with `none` the data are whole blocks. */
  readonly padding?: Sm4CbcPadding;
}

/** CBC and CBC with ciphertext stealing; neither is authenticated. */
export interface Sm4CbcFunctions {
  /**
   * CBC, for formats that ask for it; not authenticated. `iv` (16 bytes) must be
   * unpredictable and fresh.
   *
   * @standard GB/T 17964-2021 §6
   * @throws {@link SmError} ERR_INPUT_LENGTH, ERR_INPUT_VALUE
   */
  cbcEncrypt(key: Secret, iv: Uint8Array, plaintext: Uint8Array, options?: Sm4CbcOptions): Uint8Array;
  /**
   * Undoes `cbcEncrypt`.
   *
   * @standard GB/T 17964-2021 §6
   * @throws {@link SmError} ERR_DECRYPT_FAILED for every failure of the data
   */
  cbcDecrypt(key: Secret, iv: Uint8Array, ciphertext: Uint8Array, options?: Sm4CbcOptions): Uint8Array;
  /**
   * CBC with ciphertext stealing, the last two blocks always swapped (CS3); as long as
   * the plaintext, which holds at least one block. One block alone is plain CBC.
   *
   * @standard NIST SP 800-38A addendum, CBC-CS3
   */
  cbcCs3Encrypt(key: Secret, iv: Uint8Array, plaintext: Uint8Array): Uint8Array;
  /** Undoes `cbcCs3Encrypt`. @standard NIST SP 800-38A addendum, CBC-CS3 */
  cbcCs3Decrypt(key: Secret, iv: Uint8Array, ciphertext: Uint8Array): Uint8Array;
}

/** CBC of all data, the last block padded. @standard GB/T 17964-2021 §6 */
function encryptPadded(cipher: Sm4Key, iv: Uint8Array, plaintext: Uint8Array): Uint8Array {
  const whole = plaintext.length & -BLOCK;
  const out = new Uint8Array(whole + BLOCK);
  cipher.cbcEncrypt(iv, plaintext.subarray(0, whole), out.subarray(0, whole));
  const last = pkcs7Fill(plaintext.subarray(whole));
  try {
    cipher.cbcEncrypt(iv, last, out.subarray(whole));
  } finally {
    last.fill(0);
  }
  return out;
}

/** The plaintext of CBC with PKCS#7, or the one failure. @standard GB/T 17964-2021 §6 */
function decryptPadded(cipher: Sm4Key, iv: Uint8Array, ciphertext: Uint8Array): Uint8Array {
  if (ciphertext.length === 0 || ciphertext.length % BLOCK !== 0) throw decryptFailed();
  const padded = new Uint8Array(ciphertext.length);
  try {
    cipher.cbcDecrypt(iv, ciphertext, padded);
    const plaintext = pkcs7Unpad(padded);
    if (plaintext === undefined) throw decryptFailed();
    return plaintext;
  } finally {
    padded.fill(0);
  }
}

/** The last two blocks of CBC over zero-padded data, swapped and cut. @standard NIST SP 800-38A addendum, CBC-CS3 */
function stealEncrypt(cipher: Sm4Key, iv: Uint8Array, plaintext: Uint8Array, out: Uint8Array): void {
  if (plaintext.length === BLOCK) {
    cipher.cbcEncrypt(iv, plaintext, out);
    return;
  }
  // C_1 … C_n-1 over whole blocks; the last 1 to 16 bytes are P_n.
  const start = (plaintext.length - 1) & -BLOCK;
  cipher.cbcEncrypt(iv, plaintext.subarray(0, start), out.subarray(0, start));
  const last = new Uint8Array(BLOCK);
  try {
    last.set(plaintext.subarray(start));
    cipher.cbcEncrypt(iv, last, last);
    // C_n goes in front of what is left of C_n-1.
    out.copyWithin(start, start - BLOCK, start - BLOCK + (plaintext.length - start));
    out.set(last, start - BLOCK);
  } finally {
    last.fill(0);
  }
}

/** Undoes {@link stealEncrypt}. @standard NIST SP 800-38A addendum, CBC-CS3 */
function stealDecrypt(cipher: Sm4Key, iv: Uint8Array, ciphertext: Uint8Array, out: Uint8Array): void {
  if (ciphertext.length === BLOCK) {
    cipher.cbcDecrypt(iv, ciphertext, out);
    return;
  }
  const start = (ciphertext.length - 1) & -BLOCK;
  const cut = ciphertext.subarray(start);
  const last = new Uint8Array(BLOCK);
  try {
    // D(C_n) = (P_n‖0) ⊕ C_n-1: its tail completes C_n-1, its head gives P_n.
    cipher.cbcDecrypt(new Uint8Array(BLOCK), ciphertext.subarray(start - BLOCK, start), last);
    for (let i = 0; i < cut.length; i++) {
      out[start + i] = last[i]! ^ cut[i]!;
      last[i] = cut[i]!;
    }
    cipher.cbcDecrypt(iv, ciphertext.subarray(0, start - BLOCK), out.subarray(0, start - BLOCK));
    cipher.cbcDecrypt(iv, last, out.subarray(start - BLOCK, start));
  } finally {
    last.fill(0);
  }
}

/** CBC on `engine`. */
export function createCbc(engine: SmEngine): Sm4CbcFunctions {
  return {
    cbcEncrypt(key, iv, plaintext, options) {
      requireCapability(engine, 'sm4.cbc');
      const padding = paddingOf('cbc', checkOptions(options).padding);
      const register = ownIv(iv);
      checkMessage('cbc', plaintext, 'plaintext');
      if (padding === 'none') checkWhole(plaintext, 'plaintext');
      return withKey(engine, key, (cipher) => {
        if (padding === 'pkcs7') return encryptPadded(cipher, register, plaintext);
        return filled(plaintext.length, (out) => cipher.cbcEncrypt(register, plaintext, out));
      });
    },
    cbcDecrypt(key, iv, ciphertext, options) {
      requireCapability(engine, 'sm4.cbc');
      const padding = paddingOf('cbc', checkOptions(options).padding);
      const register = ownIv(iv);
      checkMessage('cbc', ciphertext, 'ciphertext', BLOCK);
      return withKey(engine, key, (cipher) => {
        if (padding === 'pkcs7') return decryptPadded(cipher, register, ciphertext);
        if (ciphertext.length % BLOCK !== 0) throw decryptFailed();
        return filled(ciphertext.length, (out) => cipher.cbcDecrypt(register, ciphertext, out));
      });
    },
    cbcCs3Encrypt(key, iv, plaintext) {
      requireCapability(engine, 'sm4.cbc');
      const register = ownIv(iv);
      checkMessage('cbc-cs3', plaintext, 'plaintext');
      return withKey(engine, key, (cipher) =>
        filled(plaintext.length, (out) => stealEncrypt(cipher, register, plaintext, out)),
      );
    },
    cbcCs3Decrypt(key, iv, ciphertext) {
      requireCapability(engine, 'sm4.cbc');
      const register = ownIv(iv);
      checkMessage('cbc-cs3', ciphertext, 'ciphertext');
      return withKey(engine, key, (cipher) =>
        filled(ciphertext.length, (out) => stealDecrypt(cipher, register, ciphertext, out)),
      );
    },
  };
}
