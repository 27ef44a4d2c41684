import { performance } from 'node:perf_hooks';
import { SpinWindow } from './spin-window.ts';

/** How long after a message to a domain the host's event loop stays awake for the answer, at most. */
const AWAKE_MS = 0.2;
const SHORTEST_MS = 0.01;

/**
 * Keeps the event loop from sleeping while an answer is near: a wake-up of the operating system
 * costs as much as a short call. `look` runs once a turn and says whether the answer is there.
 */
export class Awake {
  readonly #look: () => boolean;
  readonly #onAsleep: () => void;
  readonly #window = new SpinWindow(AWAKE_MS, SHORTEST_MS);
  #until = 0;
  #running = false;

  constructor(look: () => boolean, onAsleep: () => void = () => {}) {
    this.#look = look;
    this.#onAsleep = onAsleep;
  }

  get running(): boolean {
    return this.#running;
  }

  /** From now on, for a while. */
  start(): void {
    this.#until = performance.now() + this.#window.next();
    if (this.#running) return;
    this.#running = true;
    setImmediate(this.#turn);
  }

  /** What was waited for came by itself while the loop was awake: looking is worth its time. */
  came(): void {
    if (this.#running) this.#window.found();
  }

  readonly #turn = (): void => {
    // What is found may lead to the next message, and so to the next start, before `look` returns.
    this.#running = false;
    const found = this.#look();
    if (this.#running) {
      this.#window.found();
    } else if (!found && performance.now() < this.#until) {
      this.#running = true;
      setImmediate(this.#turn);
    } else {
      if (found) this.#window.found();
      else this.#window.missed();
      this.#onAsleep();
    }
  };
}
