import { createArithmetic } from '../../src/runtime/arithmetic/index.ts';
import { TeePanic } from '../../src/spec/v1/internal/error.ts';
import type { TEE_BigInt, TEE_BigIntFMM, TeeArithmetic } from '../../src/spec/v1/internal/tee.ts';

export const tee: TeeArithmetic = createArithmetic({
  panic: (code, reason) => {
    throw new TeePanic(code, reason);
  },
  require: () => {},
});

/** A number with room for `bits` bits. */
export function number(value: bigint, bits = 4096): TEE_BigInt {
  const words = new Uint32Array(tee.TEE_BigIntSizeInU32(bits));
  tee.TEE_BigIntInit(words, words.length);
  const magnitude = value < 0n ? -value : value;
  const hex = magnitude.toString(16);
  const octets = Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex');
  tee.TEE_BigIntConvertFromOctetString(words, octets, value < 0n ? -1 : 1);
  return words;
}

export function integerOf(words: TEE_BigInt): bigint {
  const octets = tee.TEE_BigIntConvertToOctetString(words);
  const magnitude = BigInt(`0x0${Buffer.from(octets).toString('hex')}`);
  return tee.TEE_BigIntCmpS32(words, 0) < 0 ? -magnitude : magnitude;
}

export function fmm(bits = 4096): TEE_BigIntFMM {
  const words = new Uint32Array(tee.TEE_BigIntFMMSizeInU32(bits));
  tee.TEE_BigIntInitFMM(words, words.length);
  return words;
}

export function panicOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    if (error instanceof TeePanic) return error.message;
    throw error;
  }
  throw new Error('no panic');
}

/** Numbers that repeat for one seed (splitmix64). */
export class SeededNumbers {
  #state: bigint;

  constructor(seed: bigint) {
    this.#state = seed;
  }

  next64(): bigint {
    this.#state = BigInt.asUintN(64, this.#state + 0x9e3779b97f4a7c15n);
    let z = this.#state;
    z = BigInt.asUintN(64, (z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n);
    z = BigInt.asUintN(64, (z ^ (z >> 27n)) * 0x94d049bb133111ebn);
    return z ^ (z >> 31n);
  }

  below(limit: number): number {
    return Number(this.next64() % BigInt(limit));
  }

  bits(count: number): bigint {
    let value = 0n;
    for (let have = 0; have < count; have += 64) value = (value << 64n) | this.next64();
    return BigInt.asUintN(count, value);
  }

  /** A signed number of up to `max` bits, often with edges: zeroes, all ones, word limits. */
  signed(max: number): bigint {
    const size = this.below(max + 1);
    const shape = this.below(6);
    let value = this.bits(size);
    if (shape === 0) value = 0n;
    if (shape === 1) value = (1n << BigInt(size)) - 1n;
    if (shape === 2) value = 1n << BigInt(32 * this.below(Math.floor(max / 32)));
    return this.below(2) === 0 ? value : -value;
  }

  modulus(max: number): bigint {
    const value = this.signed(max);
    const magnitude = value < 0n ? -value : value;
    return magnitude < 3n ? magnitude + 3n : magnitude;
  }
}
