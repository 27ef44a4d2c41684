import { SEQUENCE_WINDOW } from '../spec/v1/request-signing.ts';

/**
 * Remembers which of the last 1,024 sequence numbers were used. Numbers below the window
 * count as used; a number above it moves the window.
 */
export class SequenceWindow {
  readonly #used = new Uint8Array(SEQUENCE_WINDOW);
  #highest = 0;

  /** Takes `sequence`; `false` when it was taken before, is below the window or no sequence number. */
  accept(sequence: number): boolean {
    if (!Number.isSafeInteger(sequence) || sequence < 1) return false;
    if (sequence <= this.#highest - SEQUENCE_WINDOW) return false;
    if (sequence > this.#highest) {
      const from = Math.max(this.#highest + 1, sequence - SEQUENCE_WINDOW + 1);
      for (let passed = from; passed <= sequence; passed++) this.#used[passed % SEQUENCE_WINDOW] = 0;
      this.#highest = sequence;
    }
    const slot = sequence % SEQUENCE_WINDOW;
    if (this.#used[slot] === 1) return false;
    this.#used[slot] = 1;
    return true;
  }
}
