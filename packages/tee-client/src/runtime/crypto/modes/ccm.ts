import { SM4_BLOCK_BYTES, type Sm4Key } from '@cssi/sm-core';
import type { OperationKey } from '../operation-key.ts';
import type { AeadMode } from './aead-mode.ts';

const BLOCK = SM4_BLOCK_BYTES;
/** Bytes that go through the chain at a time. */
const CHUNK = 4096;

/** What CCM has to know before the first byte. */
export interface CcmLengths {
  readonly tagBytes: number;
  readonly aadBytes: number;
  readonly payloadBytes: number;
}

/** The length of the associated data as the first bytes of their blocks. @standard RFC 3610 §2.2 */
function aadHead(length: number): Uint8Array {
  if (length < 0xff00) return Uint8Array.of(length >> 8, length);
  const head = Uint8Array.of(0xff, 0xfe, 0, 0, 0, 0);
  new DataView(head.buffer).setUint32(2, length);
  return head;
}

/** SM4-CCM in pieces, whose state can be copied. @standard GB/T 36624-2018; RFC 3610 §2 */
export class CcmMode implements AeadMode {
  readonly #key: Sm4Key;
  /** A_i, the next counter. */
  readonly #counter: Uint8Array = new Uint8Array(BLOCK);
  /** X_i of the CBC-MAC. */
  readonly #chain: Uint8Array = new Uint8Array(BLOCK);
  /** S_0 = E(A_0), which covers the tag. */
  readonly #mask: Uint8Array = new Uint8Array(BLOCK);
  /** Where in a block the MAC is; the bytes before are in `#chain` already. */
  readonly #rest: Uint8Array = new Uint8Array(BLOCK);
  #restBytes = 0;
  #inPayload = false;

  private constructor(key: Sm4Key) {
    this.#key = key;
  }

  static start(key: Sm4Key, nonce: Uint8Array, lengths: CcmLengths): CcmMode {
    const mode = new CcmMode(key);
    mode.#counter[0] = 14 - nonce.length;
    mode.#counter.set(nonce, 1);
    key.ctr(mode.#counter, mode.#mask, mode.#mask);
    // B_0 ends with the length of the payload, below 2^32; the nonce begins at its byte 1.
    const first = new Uint8Array(BLOCK);
    new DataView(first.buffer).setUint32(12, lengths.payloadBytes);
    const hasAad = lengths.aadBytes > 0 ? 0x40 : 0;
    first[0] = hasAad | (((lengths.tagBytes - 2) / 2) << 3) | (14 - nonce.length);
    first.set(nonce, 1);
    mode.#mac(first);
    if (hasAad !== 0) mode.#mac(aadHead(lengths.aadBytes));
    return mode;
  }

  aad(data: Uint8Array): void {
    this.#mac(data);
  }

  encrypt(input: Uint8Array, output: Uint8Array): void {
    this.#begin();
    this.#mac(input);
    if (input.length > 0) this.#key.ctr(this.#counter, input, output);
  }

  decrypt(input: Uint8Array, output: Uint8Array): void {
    this.#begin();
    if (input.length > 0) this.#key.ctr(this.#counter, input, output);
    this.#mac(output);
  }

  tag(): Uint8Array {
    this.#fillUp();
    return this.#chain.map((byte, i) => byte ^ (this.#mask[i] as number));
  }

  clone(key: OperationKey): CcmMode {
    const copy = new CcmMode(key.sm4());
    copy.#counter.set(this.#counter);
    copy.#chain.set(this.#chain);
    copy.#mask.set(this.#mask);
    copy.#rest.set(this.#rest);
    copy.#restBytes = this.#restBytes;
    copy.#inPayload = this.#inPayload;
    return copy;
  }

  wipe(): void {
    for (const bytes of [this.#counter, this.#chain, this.#mask, this.#rest]) bytes.fill(0);
  }

  /** The payload begins with a block of its own. */
  #begin(): void {
    if (!this.#inPayload) this.#fillUp();
    this.#inPayload = true;
  }

  #fillUp(): void {
    if (this.#restBytes === 0) return;
    this.#rest.fill(0, this.#restBytes);
    this.#key.cbcEncrypt(this.#chain, this.#rest, this.#rest);
    this.#restBytes = 0;
  }

  #mac(data: Uint8Array): void {
    let at = Math.min(data.length, (BLOCK - this.#restBytes) % BLOCK);
    this.#rest.set(data.subarray(0, at), this.#restBytes);
    this.#restBytes += at;
    if (this.#restBytes === BLOCK) this.#fillUp();
    const scratch = new Uint8Array(Math.min(CHUNK, (data.length - at) & -BLOCK));
    while (data.length - at >= BLOCK) {
      const piece = data.subarray(at, at + Math.min(CHUNK, (data.length - at) & -BLOCK));
      this.#key.cbcEncrypt(this.#chain, piece, scratch.subarray(0, piece.length));
      at += piece.length;
    }
    scratch.fill(0);
    if (at < data.length) {
      this.#rest.set(data.subarray(at));
      this.#restBytes = data.length - at;
    }
  }
}
