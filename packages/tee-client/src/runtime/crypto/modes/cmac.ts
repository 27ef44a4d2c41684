import { SM4_BLOCK_BYTES, type Sm4Key } from '@cssi/sm-core';

const BLOCK = SM4_BLOCK_BYTES;

/** Doubling in GF(2^128), without a branch on the bytes. @standard NIST SP 800-38B §6.1 */
function double(block: Uint8Array): Uint8Array {
  const out = new Uint8Array(BLOCK);
  let carry = 0;
  for (let i = BLOCK - 1; i >= 0; i--) {
    const byte = block[i] as number;
    out[i] = (byte << 1) | carry;
    carry = byte >> 7;
  }
  out[BLOCK - 1] = (out[BLOCK - 1] as number) ^ (-carry & 0x87);
  return out;
}

/** SM4-CMAC in pieces; the last block waits. @standard GB/T 15852.1-2020, MAC algorithm 5 */
export class Cmac {
  readonly #key: Sm4Key;
  readonly #chain: Uint8Array = new Uint8Array(BLOCK);
  readonly #rest: Uint8Array = new Uint8Array(BLOCK);
  #restBytes = 0;

  constructor(key: Sm4Key) {
    this.#key = key;
  }

  update(data: Uint8Array): void {
    let at = 0;
    while (at < data.length) {
      if (this.#restBytes === BLOCK) {
        this.#key.cbcEncrypt(this.#chain, this.#rest, this.#rest);
        this.#restBytes = 0;
      }
      // Straight through, all but the last block.
      const whole = this.#restBytes === 0 ? Math.max(0, data.length - at - 1) & -BLOCK : 0;
      if (whole > 0) {
        const scratch = new Uint8Array(whole);
        this.#key.cbcEncrypt(this.#chain, data.subarray(at, at + whole), scratch);
        scratch.fill(0);
        at += whole;
      }
      const piece = data.subarray(at, at + BLOCK - this.#restBytes);
      this.#rest.set(piece, this.#restBytes);
      this.#restBytes += piece.length;
      at += piece.length;
    }
  }

  /** The tag, 16 bytes; the run is to be wiped afterwards. */
  tag(): Uint8Array {
    const zero = new Uint8Array(BLOCK);
    this.#key.encryptBlocks(zero, zero);
    const k1 = double(zero);
    const k2 = double(k1);
    const last = this.#rest.slice();
    if (this.#restBytes < BLOCK) {
      last.fill(0, this.#restBytes);
      last[this.#restBytes] = 0x80;
    }
    const mask = this.#restBytes < BLOCK ? k2 : k1;
    for (let i = 0; i < BLOCK; i++) last[i] = (last[i] as number) ^ (mask[i] as number);
    this.#key.cbcEncrypt(this.#chain, last, last);
    for (const bytes of [zero, k1, k2]) bytes.fill(0);
    return last;
  }

  clone(key: Sm4Key): Cmac {
    const copy = new Cmac(key);
    copy.#chain.set(this.#chain);
    copy.#rest.set(this.#rest);
    copy.#restBytes = this.#restBytes;
    return copy;
  }

  wipe(): void {
    this.#chain.fill(0);
    this.#rest.fill(0);
    this.#restBytes = 0;
  }
}
