import { SM3_BLOCK_BYTES, SM3_DIGEST_BYTES, type Sm3Hash } from '../../spec/v1/engine.ts';

/** Initial value. @standard GB/T 32905-2016 §4.1 */
const IV = /* @__PURE__ */ Int32Array.of(
  0x7380166f,
  0x4914b2b9,
  0x172442d7,
  0xda8a0600,
  0xa96f30bc,
  0x163138aa,
  0xe38dee4d,
  0xb0fb0e4e,
);

const rotl = (x: number, n: number): number => (x << n) | (x >>> (32 - n));

/** T_j <<< (j mod 32). @standard GB/T 32905-2016 §4.2, §5.3.3 */
const T: Int32Array = /* @__PURE__ */ (() => {
  const table = new Int32Array(64);
  for (let j = 0; j < 64; j++) table[j] = rotl(j < 16 ? 0x79cc4519 : 0x7a879d8a, j % 32);
  return table;
})();

/** The expanded words of one block; zeroed after every call. */
const W = /* @__PURE__ */ new Int32Array(68);

/** The compression function over the whole blocks of `data` from `offset` to `end`. */
function compress(s: Int32Array, data: Uint8Array, offset: number, end: number): void {
  for (let at = offset; at < end; at += SM3_BLOCK_BYTES) {
    // §5.3.2 message expansion
    for (let j = 0, i = at; j < 16; j++, i += 4) {
      W[j] = (data[i]! << 24) | (data[i + 1]! << 16) | (data[i + 2]! << 8) | data[i + 3]!;
    }
    for (let j = 16; j < 68; j++) {
      const x = W[j - 16]! ^ W[j - 9]! ^ rotl(W[j - 3]!, 15);
      W[j] = x ^ rotl(x, 15) ^ rotl(x, 23) ^ rotl(W[j - 13]!, 7) ^ W[j - 6]!;
    }
    let a = s[0]!;
    let b = s[1]!;
    let c = s[2]!;
    let d = s[3]!;
    let e = s[4]!;
    let f = s[5]!;
    let g = s[6]!;
    let h = s[7]!;
    // §5.3.3 compression
    for (let j = 0; j < 16; j++) {
      const a12 = rotl(a, 12);
      const ss1 = rotl((a12 + e + T[j]!) | 0, 7);
      const tt1 = ((a ^ b ^ c) + d + (ss1 ^ a12) + (W[j]! ^ W[j + 4]!)) | 0;
      const tt2 = ((e ^ f ^ g) + h + ss1 + W[j]!) | 0;
      d = c;
      c = rotl(b, 9);
      b = a;
      a = tt1;
      h = g;
      g = rotl(f, 19);
      f = e;
      e = tt2 ^ rotl(tt2, 9) ^ rotl(tt2, 17);
    }
    for (let j = 16; j < 64; j++) {
      const a12 = rotl(a, 12);
      const ss1 = rotl((a12 + e + T[j]!) | 0, 7);
      const tt1 = (((a & b) | ((a | b) & c)) + d + (ss1 ^ a12) + (W[j]! ^ W[j + 4]!)) | 0;
      const tt2 = ((((f ^ g) & e) ^ g) + h + ss1 + W[j]!) | 0;
      d = c;
      c = rotl(b, 9);
      b = a;
      a = tt1;
      h = g;
      g = rotl(f, 19);
      f = e;
      e = tt2 ^ rotl(tt2, 9) ^ rotl(tt2, 17);
    }
    s[0]! ^= a;
    s[1]! ^= b;
    s[2]! ^= c;
    s[3]! ^= d;
    s[4]! ^= e;
    s[5]! ^= f;
    s[6]! ^= g;
    s[7]! ^= h;
  }
  W.fill(0);
}

/** SM3 in plain TypeScript. */
class PureSm3Hash implements Sm3Hash {
  readonly #state: Int32Array = new Int32Array(IV);
  /** The bytes of the block that is not whole yet, `#length mod 64` of them. */
  readonly #pending: Uint8Array = new Uint8Array(SM3_BLOCK_BYTES);
  #length = 0;

  update(data: Uint8Array): this {
    const held = this.#length % SM3_BLOCK_BYTES;
    this.#length += data.length;
    if (held + data.length < SM3_BLOCK_BYTES) {
      this.#pending.set(data, held);
      return this;
    }
    let at = 0;
    if (held > 0) {
      at = SM3_BLOCK_BYTES - held;
      this.#pending.set(data.subarray(0, at), held);
      compress(this.#state, this.#pending, 0, SM3_BLOCK_BYTES);
    }
    const whole = data.length - ((data.length - at) % SM3_BLOCK_BYTES);
    if (whole > at) compress(this.#state, data, at, whole);
    if (whole < data.length) this.#pending.set(data.subarray(whole));
    return this;
  }

  digest(): Uint8Array {
    // §5.2: one bit 1, zeros, and the length in bits in 64 bits.
    const held = this.#length % SM3_BLOCK_BYTES;
    const pending = this.#pending;
    pending[held] = 0x80;
    pending.fill(0, held + 1);
    if (held >= SM3_BLOCK_BYTES - 8) {
      compress(this.#state, pending, 0, SM3_BLOCK_BYTES);
      pending.fill(0);
    }
    const high = Math.floor(this.#length / 2 ** 29);
    const low = this.#length << 3;
    for (let i = 0; i < 4; i++) {
      pending[56 + i] = high >>> (24 - 8 * i);
      pending[60 + i] = low >>> (24 - 8 * i);
    }
    compress(this.#state, pending, 0, SM3_BLOCK_BYTES);
    const out = new Uint8Array(SM3_DIGEST_BYTES);
    for (let i = 0; i < SM3_DIGEST_BYTES; i++) out[i] = this.#state[i >> 2]! >>> (24 - 8 * (i & 3));
    this.#state.fill(0);
    pending.fill(0);
    return out;
  }

  clone(): PureSm3Hash {
    const copy = new PureSm3Hash();
    copy.#state.set(this.#state);
    copy.#pending.set(this.#pending);
    copy.#length = this.#length;
    return copy;
  }
}

/** A new SM3 computation. @standard GB/T 32905-2016 */
export function sm3Hash(): Sm3Hash {
  return new PureSm3Hash();
}

/** SM3 of the parts one after the other. @standard GB/T 32905-2016 */
export function sm3Digest(...parts: readonly Uint8Array[]): Uint8Array {
  const hash = new PureSm3Hash();
  for (const part of parts) hash.update(part);
  return hash.digest();
}

/** SM3 of each message, one after the other: JavaScript has no lanes. @standard GB/T 32905-2016 */
export function sm3Many(messages: readonly Uint8Array[]): Uint8Array[] {
  return messages.map((message) => sm3Digest(message));
}
