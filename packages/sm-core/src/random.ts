import { checkBytes } from './encoding/bytes.ts';
import { SM_CORE_ERRORS } from './errors.ts';
import { looksRandom, START_UP_BYTES } from './internal/random-tests.ts';
import type { RandomSource } from './spec/v1/engine.ts';

const CHUNK = 65_536;
const BLOCK = 16;

/**
 * The platform's random source (随机数源) with health tests: a start-up test before the
 * first byte leaves it (frequency of bits and of bytes), and a continuous repetition
 * test, in which two equal consecutive 16-byte blocks fail the source. A failed source
 * stays failed: it throws on every later call and gives no bytes.
 *
 * @standard GM/T 0062-2018 §6 (power-on and single-use detection; our choice of tests)
 */
export class HealthCheckedRandom implements RandomSource {
  readonly #raw: (out: Uint8Array) => void;
  readonly #last = new Uint8Array(BLOCK);
  #state: 'new' | 'healthy' | 'failed' = 'new';

  /** @param raw - fills the array; `crypto.getRandomValues` when left out */
  constructor(raw: (out: Uint8Array) => void = (out) => void globalThis.crypto.getRandomValues(out)) {
    this.#raw = raw;
  }

  /**
   * Fills `out`, or zeroes it and throws.
   *
   * @throws {@link SmError} ERR_INPUT_TYPE, ERR_RANDOM_UNHEALTHY
   */
  fill(out: Uint8Array): void {
    checkBytes(out, 'out', 0, Number.MAX_SAFE_INTEGER);
    if (this.#state === 'new') this.#startUp();
    for (let at = 0; at < out.length && this.#state === 'healthy'; at += CHUNK) {
      this.#fillChunk(out.subarray(at, Math.min(out.length, at + CHUNK)));
    }
    if (this.#state !== 'healthy') {
      out.fill(0);
      throw SM_CORE_ERRORS.create('ERR_RANDOM_UNHEALTHY');
    }
  }

  #startUp(): void {
    const sample = new Uint8Array(START_UP_BYTES);
    this.#raw(sample);
    this.#state = looksRandom(sample) && !this.#repeats(sample) ? 'healthy' : 'failed';
    sample.fill(0);
  }

  #fillChunk(out: Uint8Array): void {
    // Whole blocks, so that short requests are tested as well.
    const blocks = new Uint8Array(Math.ceil(out.length / BLOCK) * BLOCK);
    this.#raw(blocks);
    if (this.#repeats(blocks)) this.#state = 'failed';
    else out.set(blocks.subarray(0, out.length));
    blocks.fill(0);
  }

  /** Does a block equal the one before it, the last of the call before included? */
  #repeats(blocks: Uint8Array): boolean {
    let repeated = false;
    for (let at = 0; at < blocks.length; at += BLOCK) {
      let difference = 0;
      for (let i = 0; i < BLOCK; i++) {
        difference |= blocks[at + i]! ^ this.#last[i]!;
        this.#last[i] = blocks[at + i]!;
      }
      if (difference === 0) repeated = true;
    }
    return repeated;
  }
}

/** The source every function of this package uses unless it is given one. */
export const systemRandom: RandomSource = new HealthCheckedRandom();

/** Longest single request in bytes: 1 MiB. */
export const RANDOM_MAX_BYTES: number = 1 << 20;

/**
 * `length` fresh random bytes.
 *
 * @param length - 0 to 1,048,576 bytes
 * @param random - the source; the platform's when left out
 * @throws {@link SmError} ERR_INPUT_LENGTH, ERR_RANDOM_UNHEALTHY
 */
export function randomBytes(length: number, random: RandomSource = systemRandom): Uint8Array {
  if (!Number.isInteger(length) || length < 0 || length > RANDOM_MAX_BYTES) {
    throw SM_CORE_ERRORS.create('ERR_INPUT_LENGTH', {
      detail: `parameter=length expected=0..${RANDOM_MAX_BYTES}`,
    });
  }
  const out = new Uint8Array(length);
  random.fill(out);
  return out;
}
