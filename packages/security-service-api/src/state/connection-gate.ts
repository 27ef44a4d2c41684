import { SECURITY_SERVICE_ERRORS } from '../errors.ts';

interface Waiter {
  readonly enter: () => void;
  readonly refuse: (error: Error) => void;
  readonly timer: NodeJS.Timeout;
}

/** Lets one holder at a time use the single connection; the queue and the wait are bounded. */
export class ConnectionGate {
  readonly #maxWaiting: number;
  readonly #waitMilliseconds: number;
  readonly #waiting: Waiter[] = [];
  #held = false;
  #closed = false;

  constructor(options: { readonly maxWaiting: number; readonly waitMilliseconds: number }) {
    this.#maxWaiting = options.maxWaiting;
    this.#waitMilliseconds = options.waitMilliseconds;
  }

  /** @throws SmError ERR_STATE_CLOSED, ERR_STATE_OVERLOADED, ERR_STATE_TIMEOUT */
  enter(): Promise<void> {
    if (this.#closed) return Promise.reject(SECURITY_SERVICE_ERRORS.create('ERR_STATE_CLOSED'));
    return this.#join(this.#maxWaiting);
  }

  /** Hands the connection to the next waiter. */
  leave(): void {
    const next = this.#waiting.shift();
    if (next === undefined) {
      this.#held = false;
      return;
    }
    clearTimeout(next.timer);
    next.enter();
  }

  /** Refuses everybody who waits, then waits for the present holder to leave. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const waiter of this.#waiting.splice(0)) {
      clearTimeout(waiter.timer);
      waiter.refuse(SECURITY_SERVICE_ERRORS.create('ERR_STATE_CLOSED'));
    }
    await this.#join(Number.POSITIVE_INFINITY);
  }

  #join(maxWaiting: number): Promise<void> {
    if (!this.#held) {
      this.#held = true;
      return Promise.resolve();
    }
    if (this.#waiting.length >= maxWaiting) {
      return Promise.reject(SECURITY_SERVICE_ERRORS.create('ERR_STATE_OVERLOADED'));
    }
    return new Promise((enter, refuse) => {
      const timer = setTimeout(() => {
        this.#waiting.splice(this.#waiting.indexOf(waiter), 1);
        refuse(SECURITY_SERVICE_ERRORS.create('ERR_STATE_TIMEOUT'));
      }, this.#waitMilliseconds);
      const waiter: Waiter = { enter, refuse, timer };
      this.#waiting.push(waiter);
    });
  }
}
