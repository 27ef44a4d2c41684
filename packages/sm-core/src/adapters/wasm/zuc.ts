import { SM_CORE_ERRORS } from '../../errors.ts';
import { type SmEngine, ZUC_KEY_BYTES, type ZucStream } from '../../spec/v1/engine.ts';
import type { Kernel } from './kernel.ts';

/** ZUC as an engine offers it. */
type ZucEngine = Pick<SmEngine, 'zuc'>;

/** What `kernel/zuc.c` exports. */
interface ZucExports {
  zuc_start(): void;
  zuc_words(words: number): void;
}

/** As in kernel/zuc.c: sixteen cells and two registers, and the key words behind them. */
const STATE_BYTES = 72;
const WORDS_AT = 128;
/** Words that `zuc_start` leaves in the place of the key words. */
const START_WORDS = 32;
/** Key words of one call: 16 KiB. */
const PIECE_WORDS = 4096;

/** The state is here between calls; in the module it is wiped after each. */
class WasmZuc implements ZucStream {
  readonly #kernel: Kernel;
  #state: Uint8Array | undefined;

  constructor(kernel: Kernel, key: Uint8Array, iv: Uint8Array) {
    const { memory, io } = kernel;
    this.#kernel = kernel;
    try {
      kernel.enter();
      memory.set(key, io);
      memory.set(iv, io + ZUC_KEY_BYTES);
      (kernel.exports as ZucExports).zuc_start();
      this.#state = memory.slice(io, io + STATE_BYTES);
    } finally {
      memory.fill(0, io, io + WORDS_AT + 4 * START_WORDS);
      kernel.leave();
    }
  }

  words(out: Uint32Array): void {
    if (this.#state === undefined) throw SM_CORE_ERRORS.create('ERR_SECRET_DESTROYED');
    const { memory, io, exports } = this.#kernel;
    const first = io + WORDS_AT;
    try {
      this.#kernel.enter();
      memory.set(this.#state, io);
      for (let at = 0; at < out.length; at += PIECE_WORDS) {
        const count = Math.min(PIECE_WORDS, out.length - at);
        (exports as ZucExports).zuc_words(count);
        out.set(new Uint32Array(memory.buffer, first, count), at);
      }
      this.#state.set(memory.subarray(io, io + STATE_BYTES));
    } finally {
      memory.fill(0, io, first + 4 * Math.min(PIECE_WORDS, out.length));
      this.#kernel.leave();
    }
  }

  destroy(): void {
    this.#state?.fill(0);
    this.#state = undefined;
  }
}

/**
 * ZUC on the WebAssembly kernel.
 *
 * @standard GB/T 33133.1-2016
 */
export function createWasmZuc(kernel: Kernel): ZucEngine {
  return { zuc: (key, iv) => new WasmZuc(kernel, key, iv) };
}
