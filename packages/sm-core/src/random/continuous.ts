import { deviation, popcount } from './bits.ts';

/** Words of a block: 16 bytes. */
const BLOCK_WORDS = 4;
/** Words of a window of the proportion test: 512 bytes. @standard NIST SP 800-90B §4.4.2 */
const PROPORTION_WORDS = 128;

/**
 * Limits of the tests that every byte passes before it is handed out. The chances are those
 * of a perfect source failing.
 *
 * @standard GM/T 0062-2018 §6 (tests in use; the choice of tests and limits is ours)
 */
export const CONTINUOUS_LIMITS = {
  /** Equal 32-bit words in a row that fail the source: 2^-64 for each word. @standard NIST SP 800-90B §4.4.1 */
  equalWords: 3,
  /** Bytes equal to the first of 512, itself not counted, that fail it: 2^-58 for each 512 bytes. */
  equalBytes: 24,
  /** Bits of a window of the two counts below: 128 KiB. */
  windowBits: 2 ** 20,
  /** Standard deviations of the count of ones and of the count of changes: 2^-43 each for each window. */
  deviations: 7.5,
} as const;

/** 1 when the words are equal, else 0. */
const equal = (a: number, b: number): number => {
  const difference = a ^ b;
  return ((difference | -difference) >>> 31) ^ 1;
};

/** How many of the four bytes are zero. */
function zeroBytes(word: number): number {
  // The high bit of each byte becomes 1 exactly where the byte is zero.
  const marks = ~(((word & 0x7f7f7f7f) + 0x7f7f7f7f) | word | 0x7f7f7f7f);
  return Math.imul(marks >>> 7, 0x01010101) >>> 24;
}

/**
 * The continuous tests (连续检测). What they see becomes keys and nonces, so they index no
 * table and branch on nothing but their verdict.
 */
export class ContinuousTests {
  readonly #block = new Uint32Array(BLOCK_WORDS);
  #last = 0;
  #equalWords = 0;
  #sample = 0;
  #equalBytes = 0;
  #at = 0;
  #ones = 0;
  #changes = 0;
  #bits = 0;

  /** Takes whole blocks of 16 bytes; false when the source has failed. */
  accept(words: Uint32Array): boolean {
    let bad = 0;
    for (let at = 0; at < words.length; at += BLOCK_WORDS) {
      let difference = 0;
      for (let i = 0; i < BLOCK_WORDS; i++) {
        const word = words[at + i]!;
        difference |= word ^ this.#block[i]!;
        this.#block[i] = word;
        bad |= this.#word(word);
      }
      // Two equal blocks, one after the other: 2^-128.
      bad |= equal(difference, 0);
    }
    this.#bits += words.length * 32;
    return bad === 0 && this.#window();
  }

  /** 1 when this word fails the source, else 0. */
  #word(word: number): number {
    // Repetition count.
    const same = equal(word, this.#last);
    this.#equalWords = (this.#equalWords + 1) & -same;
    // Adaptive proportion: the first byte of the window against all that follow.
    if (this.#at === 0) {
      this.#sample = Math.imul(word & 0xff, 0x01010101);
      this.#equalBytes = -1;
    }
    this.#at = (this.#at + 1) % PROPORTION_WORDS;
    this.#equalBytes += zeroBytes(word ^ this.#sample);
    // Ones, and bits that differ from the bit before.
    this.#ones += popcount(word);
    this.#changes += popcount(word ^ ((word << 1) | (this.#last >>> 31)));
    this.#last = word;
    const words = (CONTINUOUS_LIMITS.equalWords - 2 - this.#equalWords) >>> 31;
    const bytes = (CONTINUOUS_LIMITS.equalBytes - 1 - this.#equalBytes) >>> 31;
    return words | bytes;
  }

  /** Judges the counts at the end of a window. */
  #window(): boolean {
    if (this.#bits < CONTINUOUS_LIMITS.windowBits) return true;
    const ones = Math.abs(deviation(this.#ones, this.#bits));
    const changes = Math.abs(deviation(this.#changes, this.#bits));
    this.#ones = 0;
    this.#changes = 0;
    this.#bits = 0;
    return ones <= CONTINUOUS_LIMITS.deviations && changes <= CONTINUOUS_LIMITS.deviations;
  }

  /** Zeroes what is kept of the last bytes. The next block has no predecessor to repeat. */
  forget(): void {
    this.#block.fill(0);
    this.#last = 0;
    this.#sample = 0;
  }
}
