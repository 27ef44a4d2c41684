import { HashMD } from '@noble/hashes/_md.js';
import type { Sm3Hash } from '../../spec/v1/engine.ts';

/** Initial value. @standard GB/T 32905-2016 §4.1 */
const IV = /* @__PURE__ */ Uint32Array.of(
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

const W = /* @__PURE__ */ new Int32Array(68);

/** SM3 on the Merkle–Damgård base of noble-hashes. */
class Sm3 extends HashMD<Sm3> {
  readonly #state: Int32Array = Int32Array.from(IV);

  constructor() {
    super(64, 32, 8, false);
  }

  protected override get(): number[] {
    return Array.from(this.#state);
  }

  protected override set(...state: number[]): void {
    this.#state.set(state);
  }

  protected override process(view: DataView, offset: number): void {
    // §5.3.2 message expansion
    for (let j = 0; j < 16; j++, offset += 4) W[j] = view.getInt32(offset, false);
    for (let j = 16; j < 68; j++) {
      const x = W[j - 16]! ^ W[j - 9]! ^ rotl(W[j - 3]!, 15);
      W[j] = x ^ rotl(x, 15) ^ rotl(x, 23) ^ rotl(W[j - 13]!, 7) ^ W[j - 6]!;
    }
    const s = this.#state;
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
      const tt1 = (((a & b) | (a & c) | (b & c)) + d + (ss1 ^ a12) + (W[j]! ^ W[j + 4]!)) | 0;
      const tt2 = (((e & f) | (~e & g)) + h + ss1 + W[j]!) | 0;
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

  override _cloneInto(to: Sm3 = new Sm3()): Sm3 {
    to.set(...this.get());
    return this._cloneIntoMeta(to);
  }

  protected override roundClean(): void {
    W.fill(0);
  }

  override destroy(): void {
    this.#state.fill(0);
    this.buffer.fill(0);
  }
}

class NobleSm3Hash implements Sm3Hash {
  readonly #inner: Sm3;

  constructor(inner: Sm3 = new Sm3()) {
    this.#inner = inner;
  }

  update(data: Uint8Array): this {
    this.#inner.update(data);
    return this;
  }

  digest(): Uint8Array {
    return this.#inner.digest();
  }

  clone(): Sm3Hash {
    return new NobleSm3Hash(this.#inner._cloneInto());
  }
}

/** A new SM3 computation. @standard GB/T 32905-2016 */
export function sm3Hash(): Sm3Hash {
  return new NobleSm3Hash();
}
