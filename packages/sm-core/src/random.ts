import { checkBytes } from './encoding/bytes.ts';
import { SM_CORE_ERRORS } from './errors.ts';
import { checkSource } from './internal/input.ts';
import { type RandomTestResult, SAMPLE_BYTES, testSample } from './random/battery.ts';
import { ContinuousTests } from './random/continuous.ts';
import type { RandomSource } from './spec/v1/engine.ts';

const BLOCK = 16;
/** `crypto.getRandomValues` takes no more at once. */
const MAX_DRAW_BYTES = 65_536;
const POOL_BYTES = 8192;
/** The pool doubles from here, so that a program that needs one key does not test 8 KiB. */
const FIRST_POOL_BYTES = 256;
/** A sample is tested for each 4 MiB handed out. */
const SAMPLE_EVERY_BYTES = 2 ** 22;

/** What a health-checked source is at the moment. */
export type RandomState = 'untested' | 'healthy' | 'failed';

/** Options of {@link HealthCheckedRandom}. */
export interface HealthCheckedRandomOptions {
  /**
   * Most bytes drawn at once, 2^4 to 2^16, a power of two; 8,192 when left out. With 0 nothing
   * is drawn in advance: for a source whose faults must show in the very next request.
   */
  readonly poolBytes?: number;
}

function checkPoolBytes(length: number): number {
  if (length === 0) return length;
  if (
    !Number.isInteger(length) ||
    length < BLOCK ||
    length > MAX_DRAW_BYTES ||
    !Number.isInteger(Math.log2(length))
  ) {
    throw SM_CORE_ERRORS.create('ERR_INPUT_VALUE', {
      detail: `parameter=poolBytes expected=0|power-of-two,${BLOCK}..${MAX_DRAW_BYTES}`,
    });
  }
  return length;
}

/**
 * The platform's random source (随机数源) with health tests.
 *
 * Before the first byte leaves it, for each 4 MiB handed out and whenever
 * {@link HealthCheckedRandom.check} is called, a sample of 32 KiB is drawn, tested and thrown
 * away ({@link RANDOM_TESTS}). Every block handed out has passed the continuous tests
 * ({@link CONTINUOUS_LIMITS}). A source that fails one test, or throws, stays failed: it
 * throws on every later call and gives no bytes.
 *
 * Bytes are drawn into a pool of 8 KiB, which makes small requests cheap. Each byte leaves
 * the pool once and is zeroed in it as it does. A program that is copied while it runs (a
 * snapshot of a virtual machine or of the heap) has its pool copied too: call
 * {@link HealthCheckedRandom.discard} after the copy.
 *
 * @standard GM/T 0062-2018 §6 (power-on, periodic and single-use detection; our choice of tests)
 */
export class HealthCheckedRandom implements RandomSource {
  readonly #raw: (out: Uint8Array) => void;
  readonly #memory: ArrayBuffer;
  /** The part of the memory that is filled at once; it grows with what is asked for. */
  #pool: Uint8Array;
  readonly #tests = new ContinuousTests();
  #state: RandomState = 'untested';
  #reason = '';
  /** Where the bytes begin that have not been handed out. */
  #at: number;
  #sinceSample = 0;
  #drawing = false;

  /**
   * @param raw - fills the array; `crypto.getRandomValues` when left out
   * @throws {@link SmError} ERR_INPUT_VALUE
   */
  constructor(
    raw: (out: Uint8Array) => void = (out) => void globalThis.crypto.getRandomValues(out),
    options: HealthCheckedRandomOptions = {},
  ) {
    this.#raw = raw;
    this.#memory = new ArrayBuffer(checkPoolBytes(options.poolBytes ?? POOL_BYTES));
    this.#pool = new Uint8Array(this.#memory, 0, Math.min(this.#memory.byteLength, FIRST_POOL_BYTES));
    this.#at = this.#pool.length;
  }

  /** Untested until the first byte is asked for. */
  get state(): RandomState {
    return this.#state;
  }

  /**
   * Fills `out`, or zeroes it and throws.
   *
   * @throws {@link SmError} ERR_INPUT_TYPE, ERR_RANDOM_UNHEALTHY
   */
  fill(out: Uint8Array): void {
    if (!(out instanceof Uint8Array)) checkBytes(out, 'out', 0, 0);
    if (this.#state !== 'healthy') this.#startUp(out);
    if (this.#memory.byteLength === 0) {
      this.#fillDirectly(out);
      return;
    }
    for (let done = 0; done < out.length; ) {
      if (this.#at === this.#pool.length) this.#refill(out);
      const pool = this.#pool;
      const end = Math.min(pool.length, this.#at + out.length - done);
      let at = this.#at;
      // First moved on, then read: whatever happens, no byte is handed out twice.
      this.#at = end;
      while (at < end) {
        out[done++] = pool[at]!;
        pool[at++] = 0;
      }
    }
  }

  /** Whole blocks are drawn and tested, so that short requests are tested as well. */
  #fillDirectly(out: Uint8Array): void {
    const chunk = new Uint8Array(Math.min(MAX_DRAW_BYTES, Math.ceil(out.length / BLOCK) * BLOCK));
    try {
      for (let at = 0; at < out.length; at += chunk.length) {
        const left = out.length - at;
        const blocks = chunk.subarray(0, Math.min(chunk.length, Math.ceil(left / BLOCK) * BLOCK));
        if (this.#sinceSample >= SAMPLE_EVERY_BYTES) this.#sample();
        this.#draw(blocks);
        const words = new Uint32Array(chunk.buffer, 0, blocks.length / 4);
        if (!this.#tests.accept(words)) throw this.#fail('continuous');
        out.set(blocks.subarray(0, Math.min(left, blocks.length)), at);
        this.#sinceSample += blocks.length;
      }
    } catch (error) {
      out.fill(0);
      throw error;
    } finally {
      chunk.fill(0);
    }
  }

  /**
   * Tests a fresh sample now (按需检测).
   *
   * @returns the statistic of every test
   * @throws {@link SmError} ERR_RANDOM_UNHEALTHY
   */
  check(): readonly RandomTestResult[] {
    if (this.#state === 'failed') throw this.#error();
    const results = this.#sample();
    this.#state = 'healthy';
    return results;
  }

  /** Zeroes the pool: what is asked for next is drawn anew. */
  discard(): void {
    this.#pool.fill(0);
    this.#at = this.#pool.length;
    this.#tests.forget();
  }

  #startUp(out: Uint8Array): void {
    try {
      this.check();
    } catch (error) {
      out.fill(0);
      throw error;
    }
  }

  #refill(out: Uint8Array): void {
    try {
      if (this.#sinceSample >= SAMPLE_EVERY_BYTES) this.#sample();
      const grown = Math.min(this.#memory.byteLength, this.#pool.length * 2);
      this.#pool = new Uint8Array(this.#memory, 0, grown);
      this.#at = grown;
      this.#draw(this.#pool);
      if (!this.#tests.accept(new Uint32Array(this.#memory, 0, grown / 4))) throw this.#fail('continuous');
    } catch (error) {
      out.fill(0);
      throw error;
    }
    this.#sinceSample += this.#pool.length;
    this.#at = 0;
  }

  #sample(): readonly RandomTestResult[] {
    const sample = new Uint8Array(SAMPLE_BYTES);
    this.#draw(sample);
    const results = testSample(new Uint32Array(sample.buffer));
    sample.fill(0);
    const failed = results.find(({ passed }) => !passed);
    if (failed !== undefined) throw this.#fail(failed.test);
    this.#sinceSample = 0;
    return results;
  }

  /** Asks the source, which is foreign code: it may throw, and it may call this object. */
  #draw(into: Uint8Array): void {
    if (this.#drawing) throw this.#fail('reentered');
    this.#drawing = true;
    try {
      this.#raw(into);
    } catch {
      // What a source says of itself could hold what it drew: it is not kept.
      this.#fail('source');
    } finally {
      this.#drawing = false;
    }
    if (this.#state === 'failed') throw this.#error();
  }

  #fail(reason: string): Error {
    this.#state = 'failed';
    if (this.#reason === '') this.#reason = reason;
    this.discard();
    return this.#error();
  }

  #error(): Error {
    return SM_CORE_ERRORS.create('ERR_RANDOM_UNHEALTHY', { detail: `test=${this.#reason}` });
  }
}

/** The source every function of this package uses unless it is given one. */
export const systemRandom: HealthCheckedRandom = new HealthCheckedRandom();

/** Longest single request in bytes: 1 MiB. */
export const RANDOM_MAX_BYTES: number = 1 << 20;

/**
 * `length` fresh random bytes.
 *
 * @param length - 0 to 1,048,576 bytes
 * @param random - the source; the platform's when left out
 * @throws {@link SmError} ERR_INPUT_LENGTH, ERR_INPUT_TYPE, ERR_RANDOM_UNHEALTHY
 */
export function randomBytes(length: number, random: RandomSource = systemRandom): Uint8Array {
  if (!Number.isInteger(length) || length < 0 || length > RANDOM_MAX_BYTES) {
    throw SM_CORE_ERRORS.create('ERR_INPUT_LENGTH', {
      detail: `parameter=length expected=0..${RANDOM_MAX_BYTES}`,
    });
  }
  checkSource(random);
  const out = new Uint8Array(length);
  random.fill(out);
  return out;
}
