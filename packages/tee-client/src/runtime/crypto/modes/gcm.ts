import { SM4_BLOCK_BYTES, type Sm4GcmKey } from '@cssi/sm-core';
import type { OperationKey } from '../operation-key.ts';
import type { AeadMode } from './aead-mode.ts';

const BLOCK = SM4_BLOCK_BYTES;

/** Two lengths in bytes as 64-bit numbers of bits. @standard NIST SP 800-38D §7.1 step 5 */
function lengths(first: number, second: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(BLOCK));
  [first, second].forEach((bytes, i) => {
    view.setUint32(8 * i, Math.floor(bytes / 0x20000000));
    view.setUint32(8 * i + 4, (bytes << 3) >>> 0);
  });
  return new Uint8Array(view.buffer);
}

/** SM4-GCM in pieces, whose state can be copied. @standard GB/T 36624-2018 §8; NIST SP 800-38D §7 */
export class GcmMode implements AeadMode {
  readonly #key: Sm4GcmKey;
  readonly #counter: Uint8Array = new Uint8Array(BLOCK);
  readonly #y: Uint8Array = new Uint8Array(BLOCK);
  /** E(J_0), which covers the tag. */
  readonly #mask: Uint8Array = new Uint8Array(BLOCK);
  /** Associated data that do not fill a block yet. */
  readonly #rest: Uint8Array = new Uint8Array(BLOCK);
  #restBytes = 0;
  #aadBytes = 0;
  #bytes = 0;

  private constructor(key: Sm4GcmKey) {
    this.#key = key;
  }

  static start(key: Sm4GcmKey, nonce: Uint8Array): GcmMode {
    const mode = new GcmMode(key);
    const counter = mode.#counter;
    // §7.1 step 2: J_0 is nonce‖0…01 for 12 bytes, else GHASH of the padded nonce and its length.
    if (nonce.length === 12) {
      counter.set(nonce);
      counter[BLOCK - 1] = 1;
    } else {
      key.ghash(counter, nonce);
      key.ghash(counter, lengths(0, nonce.length));
    }
    key.encryptBlocks(counter, mode.#mask);
    // The data begin at J_0 + 1, counted in the last four bytes.
    const view = new DataView(counter.buffer);
    view.setUint32(12, view.getUint32(12) + 1);
    return mode;
  }

  aad(data: Uint8Array): void {
    this.#aadBytes += data.length;
    const fill = Math.min(data.length, (BLOCK - this.#restBytes) % BLOCK);
    this.#rest.set(data.subarray(0, fill), this.#restBytes);
    this.#restBytes += fill;
    if (this.#restBytes === BLOCK) this.#endAad();
    const end = fill + ((data.length - fill) & -BLOCK);
    if (end > fill) this.#key.ghash(this.#y, data.subarray(fill, end));
    if (end < data.length) {
      this.#rest.set(data.subarray(end));
      this.#restBytes = data.length - end;
    }
  }

  encrypt(input: Uint8Array, output: Uint8Array): void {
    this.#endAad();
    this.#bytes += input.length;
    if (input.length > 0) this.#key.gcmEncrypt(this.#counter, this.#y, input, output);
  }

  decrypt(input: Uint8Array, output: Uint8Array): void {
    this.#endAad();
    this.#bytes += input.length;
    if (input.length > 0) this.#key.gcmDecrypt(this.#counter, this.#y, input, output);
  }

  tag(): Uint8Array {
    this.#endAad();
    this.#key.ghash(this.#y, lengths(this.#aadBytes, this.#bytes));
    return this.#y.map((byte, i) => byte ^ (this.#mask[i] as number));
  }

  clone(key: OperationKey): GcmMode {
    const copy = new GcmMode(key.gcm());
    copy.#counter.set(this.#counter);
    copy.#y.set(this.#y);
    copy.#mask.set(this.#mask);
    copy.#rest.set(this.#rest);
    copy.#restBytes = this.#restBytes;
    copy.#aadBytes = this.#aadBytes;
    copy.#bytes = this.#bytes;
    return copy;
  }

  wipe(): void {
    for (const bytes of [this.#counter, this.#y, this.#mask, this.#rest]) bytes.fill(0);
  }

  /** GHASH fills the last block of the associated data with zeros. */
  #endAad(): void {
    if (this.#restBytes > 0) this.#key.ghash(this.#y, this.#rest.subarray(0, this.#restBytes));
    this.#restBytes = 0;
  }
}
