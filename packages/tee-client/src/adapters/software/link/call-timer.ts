import { performance } from 'node:perf_hooks';
import { LONGEST_TIMER_MS } from './own-answers.ts';

/**
 * One timer for all calls of a link: it is set anew only when it fires or would fire too late, so
 * that a call that is answered in time costs no timer. It keeps the process alive while it is armed.
 */
export class CallTimer {
  readonly #onOverdue: () => void;
  #timer: NodeJS.Timeout | undefined;
  #firesAt = 0;
  #deadline: number | undefined;

  constructor(onOverdue: () => void) {
    this.#onOverdue = onOverdue;
  }

  /** @param deadline - in milliseconds of `performance.now()` */
  arm(deadline: number): void {
    this.#deadline = deadline;
    if (this.#timer !== undefined && this.#firesAt <= deadline) {
      this.#timer.ref();
      return;
    }
    clearTimeout(this.#timer);
    const milliseconds = Math.min(Math.max(1, Math.ceil(deadline - performance.now())), LONGEST_TIMER_MS);
    this.#firesAt = deadline;
    this.#timer = setTimeout(this.#fire, milliseconds);
  }

  readonly #fire = (): void => {
    this.#timer = undefined;
    const deadline = this.#deadline;
    if (deadline === undefined) return;
    if (performance.now() >= deadline) this.#onOverdue();
    else this.arm(deadline);
  };

  /** Nobody waits now. */
  rest(): void {
    this.#deadline = undefined;
    this.#timer?.unref();
  }

  end(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#deadline = undefined;
  }
}
