/** Seed of the run; `CSSI_SEED` sets it. */
export const SEED: string = process.env.CSSI_SEED ?? '20261201';
/** With `CSSI_FULL=1` the slow engines run every input, too. */
export const FULL: boolean = process.env.CSSI_FULL === '1';

/** A fast generator (sfc32), seeded by text. Not for anything but tests. */
export class Prng {
  readonly #state: Uint32Array;

  constructor(seed: string) {
    const state = new Uint32Array([0x9e3779b9, 0x243f6a88, 0xb7e15162, 1]);
    for (let i = 0; i < seed.length; i++) {
      state[i & 3] = Math.imul(state[i & 3]! ^ seed.charCodeAt(i), 0x01000193) + state[(i + 1) & 3]!;
    }
    this.#state = state;
    for (let i = 0; i < 32; i++) this.word();
  }

  /** 32 bits. */
  word(): number {
    const s = this.#state;
    const t = (s[0]! + s[1]! + s[3]!) >>> 0;
    s[3] = s[3]! + 1;
    s[0] = s[1]! ^ (s[1]! >>> 9);
    s[1] = s[2]! + (s[2]! << 3);
    s[2] = ((s[2]! << 21) | (s[2]! >>> 11)) + t;
    return t;
  }

  /** An integer from 0 up to and without `limit`. */
  below(limit: number): number {
    return this.word() % limit;
  }

  bytes(length: number): Uint8Array {
    const words = new Uint32Array((length + 3) >> 2);
    for (let i = 0; i < words.length; i++) words[i] = this.word();
    return new Uint8Array(words.buffer).subarray(0, length);
  }

  /** A length: mostly any, often at a border of blocks. */
  length(max: number): number {
    if (this.below(3) > 0) return this.below(max + 1);
    const border = (1 + this.below(max >> 4)) * 16 + this.below(3) - 1;
    return Math.min(max, border);
  }

  /**
   * 32 bytes below n and not zero (not in one in 2^31 of the cases). One in four has
   * runs of equal bits, leading zeros, or lies near the ends of the range.
   */
  scalar(): Uint8Array {
    const out = this.bytes(32);
    const kind = this.below(16);
    if (kind === 0) out.fill(0, 0, this.below(31));
    else if (kind === 1) out.fill(0xff, this.below(16), 16 + this.below(16));
    else if (kind === 2) out.fill(0, this.below(16), 16 + this.below(16));
    else if (kind === 3) out.set(N.subarray(0, 12 + this.below(16)));
    // Stays below n: its first word is fffffffe.
    if (out[0] === 0xff && !isBelowN(out)) out[0] = 0x7f;
    out[31]! |= kind === 0 ? 1 : 0;
    return out;
  }
}

/** n of the curve. @standard GB/T 32918.5-2017 §2 */
const N = Uint8Array.from(
  Buffer.from('fffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123', 'hex'),
);

/** Below n - 1, so that it is good for a private key and for a nonce. */
function isBelowN(value: Uint8Array): boolean {
  return Buffer.compare(value.subarray(0, 31), N.subarray(0, 31)) < 0;
}
