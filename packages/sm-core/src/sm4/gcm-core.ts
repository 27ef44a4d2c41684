import { equalBytes } from '../encoding/bytes.ts';
import type { Sm4GcmKey } from '../spec/v1/engine.ts';
import { BLOCK, xorBytes } from './common.ts';

/** Two lengths in bytes as 64-bit numbers of bits. @standard NIST SP 800-38D §7.1 step 5 */
function lengths(first: number, second: number): Uint8Array {
  const block = new Uint8Array(BLOCK);
  const view = new DataView(block.buffer);
  [first, second].forEach((length, i) => {
    view.setUint32(8 * i, Math.floor(length / 0x20000000));
    view.setUint32(8 * i + 4, (length << 3) >>> 0);
  });
  return block;
}

/** One GCM message under way, in either direction. @standard GB/T 36624-2018; NIST SP 800-38D §7 */
export class GcmMessage {
  readonly #key: Sm4GcmKey;
  readonly #counter: Uint8Array = new Uint8Array(BLOCK);
  readonly #y: Uint8Array = new Uint8Array(BLOCK);
  readonly #mask: Uint8Array = new Uint8Array(BLOCK);
  readonly #aadBytes: number;
  #bytes = 0;

  constructor(key: Sm4GcmKey, nonce: Uint8Array, associatedData: Uint8Array) {
    this.#key = key;
    this.#aadBytes = associatedData.length;
    try {
      this.#start(nonce, associatedData);
    } catch (error) {
      this.wipe();
      throw error;
    }
  }

  /** Bytes of the message so far. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Only the last piece may end inside a block. */
  encrypt(input: Uint8Array, output: Uint8Array): void {
    this.#bytes += input.length;
    if (input.length > 0) this.#key.gcmEncrypt(this.#counter, this.#y, input, output);
  }

  /** As `encrypt`. The output must not leave before the tag was compared. */
  decrypt(input: Uint8Array, output: Uint8Array): void {
    this.#bytes += input.length;
    if (input.length > 0) this.#key.gcmDecrypt(this.#counter, this.#y, input, output);
  }

  /** Writes the first bytes of the tag to `out`. */
  tag(out: Uint8Array): void {
    this.#key.ghash(this.#y, lengths(this.#aadBytes, this.#bytes));
    xorBytes(this.#y, this.#y, this.#mask);
    out.set(this.#y.subarray(0, out.length));
  }

  /** Is `tag` that of the message, as far as it goes? */
  matches(tag: Uint8Array): boolean {
    const expected = new Uint8Array(tag.length);
    try {
      this.tag(expected);
      return equalBytes(expected, tag);
    } finally {
      expected.fill(0);
    }
  }

  #start(nonce: Uint8Array, associatedData: Uint8Array): void {
    const key = this.#key;
    // §7.1 step 2: J_0 is nonce‖0…01 for 12 bytes, else GHASH of the padded nonce and its length.
    if (nonce.length === 12) {
      this.#counter.set(nonce);
      this.#counter[15] = 1;
    } else {
      key.ghash(this.#counter, nonce);
      key.ghash(this.#counter, lengths(0, nonce.length));
    }
    // E(J_0) covers the tag; the data begin at J_0 + 1.
    key.encryptBlocks(this.#counter, this.#mask);
    for (let i = 15; i >= 12; i--) {
      this.#counter[i] = this.#counter[i]! + 1;
      if (this.#counter[i] !== 0) break;
    }
    if (associatedData.length > 0) key.ghash(this.#y, associatedData);
  }

  /** Zeroes what this object holds; the key is its owner's. */
  wipe(): void {
    this.#counter.fill(0);
    this.#y.fill(0);
    this.#mask.fill(0);
  }
}

/** ciphertext ‖ tag, at `offset` of a new array: what is before it is the caller's to fill. */
export function gcmSeal(
  key: Sm4GcmKey,
  nonce: Uint8Array,
  plaintext: Uint8Array,
  associatedData: Uint8Array,
  tagBytes: number,
  offset = 0,
): Uint8Array {
  const end = offset + plaintext.length;
  const out = new Uint8Array(end + tagBytes);
  const message = new GcmMessage(key, nonce, associatedData);
  try {
    message.encrypt(plaintext, out.subarray(offset, end));
    message.tag(out.subarray(end));
    return out;
  } finally {
    message.wipe();
  }
}

/** The plaintext of {@link gcmSeal}, or `undefined`; then what was decrypted is zeroed. */
export function gcmOpen(
  key: Sm4GcmKey,
  nonce: Uint8Array,
  sealed: Uint8Array,
  associatedData: Uint8Array,
  tagBytes: number,
): Uint8Array | undefined {
  const end = sealed.length - tagBytes;
  if (end < 0) return undefined;
  const out = new Uint8Array(end);
  let good = false;
  const message = new GcmMessage(key, nonce, associatedData);
  try {
    message.decrypt(sealed.subarray(0, end), out);
    good = message.matches(sealed.subarray(end));
    return good ? out : undefined;
  } finally {
    message.wipe();
    if (!good) out.fill(0);
  }
}
