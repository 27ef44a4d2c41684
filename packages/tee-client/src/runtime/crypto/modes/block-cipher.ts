import { SM4_BLOCK_BYTES, type Sm4Key } from '@cssi/sm-core';
import type { OperationKey } from '../operation-key.ts';
import type { CipherRun } from './cipher-run.ts';

const BLOCK = SM4_BLOCK_BYTES;

/** What a run of ECB or CBC does. */
export interface BlockCipherPlan {
  readonly chaining: 'ecb' | 'cbc';
  readonly decrypting: boolean;
  readonly padded: boolean;
}

/** Number of padding bytes at the end of a block, 0 where they are wrong; no branch on the bytes before. */
function paddingCount(block: Uint8Array): number {
  const count = block[BLOCK - 1] as number;
  let bad = ((count - 1) >> 8) & 1;
  bad |= ((BLOCK - count) >> 8) & 1;
  for (let i = 0; i < BLOCK; i++) {
    // Byte i from the end belongs to the padding when i < count.
    const inside = ((i - count) >> 8) & 0xff;
    bad |= inside & ((block[BLOCK - 1 - i] as number) ^ count);
  }
  return bad === 0 ? count : 0;
}

/** ECB and CBC with and without PKCS#5 padding; at most one block waits. @standard GB/T 17964-2021 §5, §6 */
export class BlockCipherRun implements CipherRun {
  readonly #plan: BlockCipherPlan;
  readonly #key: Sm4Key;
  readonly #iv: Uint8Array;
  readonly #rest: Uint8Array = new Uint8Array(BLOCK);
  #restBytes = 0;

  constructor(plan: BlockCipherPlan, key: Sm4Key, iv: Uint8Array) {
    this.#plan = plan;
    this.#key = key;
    this.#iv = Uint8Array.from(iv);
  }

  /** Decrypting with padding, the last block waits even when it is whole: it may be the last of all. */
  get #keep(): number {
    return this.#plan.decrypting && this.#plan.padded ? 1 : 0;
  }

  updateBytes(input: number): number {
    return Math.max(0, this.#restBytes + input - this.#keep) & -BLOCK;
  }

  finalBytes(input: number): number {
    const total = this.#restBytes + input;
    return this.#plan.padded && !this.#plan.decrypting ? (total & -BLOCK) + BLOCK : total;
  }

  canTake(): boolean {
    return true;
  }

  canEnd(input: number): boolean {
    return this.#plan.padded || (this.#restBytes + input) % BLOCK === 0;
  }

  update(input: Uint8Array): Uint8Array {
    const ready = this.updateBytes(input.length);
    const out = new Uint8Array(ready);
    if (ready === 0) {
      this.#rest.set(input, this.#restBytes);
      this.#restBytes += input.length;
      return out;
    }
    const at = this.#restBytes > 0 ? BLOCK - this.#restBytes : 0;
    const first = this.#restBytes > 0 ? BLOCK : 0;
    if (first > 0) {
      this.#rest.set(input.subarray(0, at), this.#restBytes);
      this.#process(this.#rest, out.subarray(0, BLOCK));
    }
    const end = at + ready - first;
    if (end > at) this.#process(input.subarray(at, end), out.subarray(first));
    this.#rest.fill(0);
    this.#rest.set(input.subarray(end));
    this.#restBytes = input.length - end;
    return out;
  }

  final(input: Uint8Array): Uint8Array | undefined {
    const head = this.update(input);
    const { padded, decrypting } = this.#plan;
    if (!padded) return head;
    if (!decrypting) {
      this.#rest.fill(BLOCK - this.#restBytes, this.#restBytes);
      const out = new Uint8Array(head.length + BLOCK);
      out.set(head);
      this.#process(this.#rest, out.subarray(head.length));
      return out;
    }
    return this.#unpadded(head);
  }

  clone([key]: readonly OperationKey[]): BlockCipherRun {
    const copy = new BlockCipherRun(this.#plan, key ? key.sm4() : this.#key, this.#iv);
    copy.#rest.set(this.#rest);
    copy.#restBytes = this.#restBytes;
    return copy;
  }

  destroy(): void {
    this.#iv.fill(0);
    this.#rest.fill(0);
    this.#restBytes = 0;
  }

  /** The end of a padded message; the same answer for every message that cannot end so. */
  #unpadded(head: Uint8Array): Uint8Array | undefined {
    const last = new Uint8Array(BLOCK);
    try {
      const whole = this.#restBytes === BLOCK;
      if (whole) this.#process(this.#rest, last);
      const count = whole ? paddingCount(last) : 0;
      if (count === 0) return undefined;
      const out = new Uint8Array(head.length + BLOCK - count);
      out.set(head);
      out.set(last.subarray(0, BLOCK - count), head.length);
      return out;
    } finally {
      last.fill(0);
      head.fill(0);
    }
  }

  #process(input: Uint8Array, output: Uint8Array): void {
    const { chaining, decrypting } = this.#plan;
    if (chaining === 'cbc') {
      if (decrypting) this.#key.cbcDecrypt(this.#iv, input, output);
      else this.#key.cbcEncrypt(this.#iv, input, output);
    } else if (decrypting) this.#key.decryptBlocks(input, output);
    else this.#key.encryptBlocks(input, output);
  }
}
