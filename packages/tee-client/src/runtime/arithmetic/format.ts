import { PANIC_BAD_PARAMETERS, type RuntimeContext } from '../context.ts';

/** What arithmetic needs of its instance. */
export type ArithmeticContext = Pick<RuntimeContext, 'panic' | 'require'>;

/** Words of metadata before the magnitude, as in GlobalPlatform's TEE_BigIntSizeInU32. */
export const HEADER_WORDS = 2;

/**
 * `gpd.tee.arith.maxBigIntSize`: the largest operand in bits every function takes.
 *
 * @standard GPD_SPE_010 v1.3.1 §8.2
 */
export const ARITHMETIC_MAX_BITS = 4096;

/** Room for the products of two largest operands. */
const MAX_CAPACITY = (4 * ARITHMETIC_MAX_BITS) / 32;

/** What an array of words was initialised as. */
export const KIND = { BIG_INT: 0x4249, FMM: 0x464d, FMM_CONTEXT: 0x4643 } as const;
type Kind = (typeof KIND)[keyof typeof KIND];

const SIGN = 0x80000000;

/**
 * Numbers in the application's memory: word 0 holds the sign (bit 31) and the words in use, word 1
 * the kind (high half) and the capacity in words; then the magnitude, least significant word first.
 */
export class NumberFormat {
  readonly #context: ArithmeticContext;

  constructor(context: ArithmeticContext) {
    this.#context = context;
  }

  panic(reason: string): never {
    return this.#context.panic(PANIC_BAD_PARAMETERS, reason);
  }

  /** Panics unless `value` is a whole number from 0 to `max`. */
  checkRange(value: number, max: number, what: string): number {
    if (!Number.isInteger(value) || value < 0 || value > max) this.panic(`${what} is out of range`);
    return value;
  }

  /** Panics unless `value` is a signed 32-bit number. */
  checkS32(value: number): bigint {
    if (typeof value !== 'number' || (value | 0) !== value) this.panic('value is no int32_t');
    return BigInt(value);
  }

  initialise(words: Uint32Array, length: number, kind: Kind): void {
    if (!(words instanceof Uint32Array)) this.panic('number is no memory');
    this.checkRange(length, words.length, 'len');
    if (length < HEADER_WORDS || length - HEADER_WORDS > MAX_CAPACITY) this.panic('len is not supported');
    words.fill(0, 0, length);
    words[1] = ((kind << 16) | (length - HEADER_WORDS)) >>> 0;
  }

  #check(words: Uint32Array, kind: Kind): { readonly used: number; readonly capacity: number } {
    if (!(words instanceof Uint32Array) || words.length < HEADER_WORDS) this.panic('number is no memory');
    const used = (words[0] as number) & 0xffff;
    const head = words[1] as number;
    const capacity = head & 0xffff;
    if (head >>> 16 !== kind || capacity > MAX_CAPACITY || capacity + HEADER_WORDS > words.length) {
      this.panic('number is not initialised');
    }
    if (used > capacity) this.panic('number is corrupt');
    return { used, capacity };
  }

  /** Words of magnitude there is room for. */
  capacity(words: Uint32Array, kind: Kind = KIND.BIG_INT): number {
    return this.#check(words, kind).capacity;
  }

  read(words: Uint32Array, kind: Kind = KIND.BIG_INT): bigint {
    const { used } = this.#check(words, kind);
    let value = 0n;
    for (let at = used - 1; at >= 0; at--)
      value = (value << 32n) | BigInt(words[HEADER_WORDS + at] as number);
    return (words[0] as number) >= SIGN ? -value : value;
  }

  /**
   * As `read`, for what takes time with the cube of the size: panics above `ARITHMETIC_MAX_BITS`, as
   * the standard allows, so that no call runs for minutes.
   */
  readBounded(words: Uint32Array): bigint {
    const value = this.read(words);
    const magnitude = value < 0n ? -value : value;
    if (magnitude >> BigInt(ARITHMETIC_MAX_BITS) !== 0n) this.panic('operand is too large');
    return value;
  }

  /** False when there is no room; nothing changes then. */
  tryWrite(words: Uint32Array, value: bigint, kind: Kind = KIND.BIG_INT): boolean {
    const { capacity } = this.#check(words, kind);
    const magnitude = value < 0n ? -value : value;
    if (magnitude >> BigInt(capacity * 32) !== 0n) return false;
    // A shorter number leaves nothing of the longer one before it.
    words.fill(0, HEADER_WORDS, HEADER_WORDS + capacity);
    let used = 0;
    for (let rest = magnitude; rest !== 0n; rest >>= 32n) {
      words[HEADER_WORDS + used++] = Number(rest & 0xffffffffn);
    }
    words[0] = (value < 0n ? SIGN : 0) + used;
    return true;
  }

  /** Panics when there is no room. */
  write(words: Uint32Array, value: bigint, kind: Kind = KIND.BIG_INT): void {
    if (!this.tryWrite(words, value, kind)) this.panic('destination is too small');
  }
}
