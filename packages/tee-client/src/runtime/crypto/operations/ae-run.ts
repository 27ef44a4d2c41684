import { equalBytes, SM4_BLOCK_BYTES } from '@cssi/sm-core';
import type { AeadMode } from '../modes/aead-mode.ts';
import type { OperationKey } from '../operation-key.ts';
import type { Running } from '../operation-table.ts';
import type { KeptBytes } from './kept-bytes.ts';

const BLOCK = SM4_BLOCK_BYTES;

/** A sealed message under way. */
export interface AePlan {
  readonly decrypting: boolean;
  readonly tagBytes: number;
  /** What TEE_AEInit announced, where the algorithm has to know. */
  readonly aadBytes: number | undefined;
  readonly payloadBytes: number | undefined;
}

/**
 * Encrypts block by block; of a message to be decrypted, it keeps the ciphertext until the tag is there,
 * so that no plaintext leaves unchecked. What it keeps counts as memory of the instance.
 */
export class AeRun implements Running {
  readonly plan: AePlan;
  readonly #mode: AeadMode;
  readonly #rest: Uint8Array = new Uint8Array(BLOCK);
  #restBytes = 0;
  readonly #kept: KeptBytes;
  /** So far. */
  aadBytes = 0;
  payloadBytes = 0;

  constructor(plan: AePlan, mode: AeadMode, kept: KeptBytes) {
    this.plan = plan;
    this.#mode = mode;
    this.#kept = kept;
  }

  /** Bytes `update` gives for so many more. */
  updateBytes(input: number): number {
    return this.plan.decrypting ? 0 : (this.#restBytes + input) & -BLOCK;
  }

  /** Bytes the end of the message gives for so many more. */
  finalBytes(input: number): number {
    return (this.plan.decrypting ? this.#kept.length : this.#restBytes) + input;
  }

  aad(data: Uint8Array): void {
    this.aadBytes += data.length;
    this.#mode.aad(data);
  }

  /** @throws TeeError OUT_OF_MEMORY */
  update(input: Uint8Array): Uint8Array {
    if (this.plan.decrypting) {
      this.#kept.add(input);
      this.payloadBytes += input.length;
      return new Uint8Array(0);
    }
    this.payloadBytes += input.length;
    const ready = this.updateBytes(input.length);
    const out = new Uint8Array(ready);
    const first = Math.min(input.length, ready === 0 ? input.length : (BLOCK - this.#restBytes) % BLOCK);
    this.#rest.set(input.subarray(0, first), this.#restBytes);
    this.#restBytes += first;
    let at = 0;
    if (this.#restBytes === BLOCK) {
      this.#mode.encrypt(this.#rest, out.subarray(0, BLOCK));
      this.#restBytes = 0;
      at = BLOCK;
    }
    if (ready > at) this.#mode.encrypt(input.subarray(first, first + ready - at), out.subarray(at));
    if (ready > 0) {
      const end = first + ready - at;
      this.#rest.set(input.subarray(end));
      this.#restBytes = input.length - end;
    }
    return out;
  }

  /** The rest of the ciphertext and the tag. */
  seal(input: Uint8Array): { destData: Uint8Array; tag: Uint8Array } {
    const head = this.update(input);
    const destData = new Uint8Array(head.length + this.#restBytes);
    destData.set(head);
    this.#mode.encrypt(this.#rest.subarray(0, this.#restBytes), destData.subarray(head.length));
    return { destData, tag: this.#mode.tag().slice(0, this.plan.tagBytes) };
  }

  /** The whole plaintext, or nothing. */
  open(input: Uint8Array, tag: Uint8Array): Uint8Array | undefined {
    const out = new Uint8Array(this.#kept.length + input.length);
    this.#kept.copyTo(out);
    out.set(input, this.#kept.length);
    this.#mode.decrypt(out, out);
    const expected = this.#mode.tag();
    const good = equalBytes(expected.subarray(0, this.plan.tagBytes), tag);
    expected.fill(0);
    if (!good) out.fill(0);
    return good ? out : undefined;
  }

  clone([key]: readonly OperationKey[]): AeRun {
    const kept = this.#kept.clone();
    const copy = new AeRun(this.plan, this.#mode.clone(key as OperationKey), kept);
    copy.#rest.set(this.#rest);
    copy.#restBytes = this.#restBytes;
    copy.aadBytes = this.aadBytes;
    copy.payloadBytes = this.payloadBytes;
    return copy;
  }

  destroy(): void {
    this.#mode.wipe();
    this.#rest.fill(0);
    this.#kept.destroy();
  }
}
