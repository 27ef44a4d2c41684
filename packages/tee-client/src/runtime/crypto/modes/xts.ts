import { SM4_BLOCK_BYTES, SM4_XTS_MAX_BYTES, type Sm4Key } from '@cssi/sm-core';
import type { OperationKey } from '../operation-key.ts';
import type { CipherRun } from './cipher-run.ts';

const BLOCK = SM4_BLOCK_BYTES;
/** What waits: the last two blocks may have to be worked on together. */
const WAITING = 2 * BLOCK;

/** tweak·α in the little-endian form. @standard IEEE 1619-2018 §5.2 */
function nextTweak(tweak: Uint8Array): void {
  let carry = 0;
  for (let i = 0; i < BLOCK; i++) {
    const byte = tweak[i] as number;
    tweak[i] = (byte << 1) | carry;
    carry = byte >> 7;
  }
  tweak[0] = (tweak[0] as number) ^ (-carry & 0x87);
}

function xorInto(out: Uint8Array, mask: Uint8Array): void {
  for (let i = 0; i < mask.length; i++) out[i] = (out[i] as number) ^ (mask[i] as number);
}

/**
 * XTS in pieces, in the form OP-TEE's identifier stands for, with ciphertext stealing. One CipherInit is
 * one data unit of 16 bytes to 16 MiB (2^20 blocks).
 *
 * @standard IEEE 1619-2018 §5.3, §5.4
 */
export class XtsRun implements CipherRun {
  readonly #key: Sm4Key;
  readonly #decrypting: boolean;
  /** Of the next block. */
  readonly #tweak: Uint8Array;
  readonly #rest: Uint8Array = new Uint8Array(WAITING);
  #restBytes = 0;
  /** Of the data unit so far. */
  #bytes = 0;

  /** `tweak` is encrypted already. */
  constructor(key: Sm4Key, decrypting: boolean, tweak: Uint8Array) {
    this.#key = key;
    this.#decrypting = decrypting;
    this.#tweak = Uint8Array.from(tweak);
  }

  /** Begins a data unit. */
  static start(data: Sm4Key, tweaks: Sm4Key, decrypting: boolean, unit: Uint8Array): XtsRun {
    const tweak = new Uint8Array(BLOCK);
    tweaks.encryptBlocks(unit, tweak);
    const run = new XtsRun(data, decrypting, tweak);
    tweak.fill(0);
    return run;
  }

  updateBytes(input: number): number {
    const total = this.#restBytes + input;
    return total <= WAITING ? 0 : (total - WAITING + BLOCK - 1) & -BLOCK;
  }

  finalBytes(input: number): number {
    return this.#restBytes + input;
  }

  canTake(input: number): boolean {
    return this.#bytes + input <= SM4_XTS_MAX_BYTES;
  }

  canEnd(input: number): boolean {
    return this.#restBytes + input >= BLOCK;
  }

  update(input: Uint8Array): Uint8Array {
    const ready = this.updateBytes(input.length);
    this.#bytes += input.length;
    if (ready === 0) {
      this.#rest.set(input, this.#restBytes);
      this.#restBytes += input.length;
      return new Uint8Array(0);
    }
    const all = new Uint8Array(this.#restBytes + input.length);
    all.set(this.#rest.subarray(0, this.#restBytes));
    all.set(input, this.#restBytes);
    const out = all.slice(0, ready);
    this.#blocks(out);
    this.#rest.fill(0);
    this.#rest.set(all.subarray(ready));
    this.#restBytes = all.length - ready;
    all.fill(0);
    return out;
  }

  final(input: Uint8Array): Uint8Array {
    const head = this.update(input);
    const tail = this.#rest.slice(0, this.#restBytes);
    if (tail.length % BLOCK === 0) this.#blocks(tail);
    else this.#steal(tail);
    const out = new Uint8Array(head.length + tail.length);
    out.set(head);
    out.set(tail, head.length);
    head.fill(0);
    tail.fill(0);
    return out;
  }

  clone([key]: readonly OperationKey[]): XtsRun {
    const copy = new XtsRun(key ? key.sm4() : this.#key, this.#decrypting, this.#tweak);
    copy.#rest.set(this.#rest);
    copy.#restBytes = this.#restBytes;
    copy.#bytes = this.#bytes;
    return copy;
  }

  destroy(): void {
    this.#tweak.fill(0);
    this.#rest.fill(0);
    this.#restBytes = 0;
  }

  /** Whole blocks, in place. */
  #blocks(data: Uint8Array): void {
    const tweaks = new Uint8Array(data.length);
    for (let at = 0; at < data.length; at += BLOCK) {
      tweaks.set(this.#tweak, at);
      nextTweak(this.#tweak);
    }
    xorInto(data, tweaks);
    if (this.#decrypting) this.#key.decryptBlocks(data, data);
    else this.#key.encryptBlocks(data, data);
    xorInto(data, tweaks);
    tweaks.fill(0);
  }

  /** The last whole block and the short one after it, in place; decryption takes the tweaks in turn. */
  #steal(data: Uint8Array): void {
    const [before, after] = [Uint8Array.from(this.#tweak), Uint8Array.from(this.#tweak)];
    nextTweak(after);
    const block = data.slice(0, BLOCK);
    const short = data.length - BLOCK;
    this.#tweak.set(this.#decrypting ? after : before);
    this.#blocks(block);
    const stolen = block.slice(0, short);
    block.set(data.subarray(BLOCK));
    this.#tweak.set(this.#decrypting ? before : after);
    this.#blocks(block);
    data.set(block);
    data.set(stolen, BLOCK);
    for (const bytes of [before, after, block, stolen]) bytes.fill(0);
  }
}
