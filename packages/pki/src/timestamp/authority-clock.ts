import type { Certificate } from '../spec/v1/certificate.ts';
import { Rejection } from './authority-request.ts';

/** Longest time, in milliseconds, that a token waits until the clock has come up to it. */
const MAX_WAIT = 1000;

/** How tokens are put in order. */
interface Ordering {
  /** By how many milliseconds genTime may be ahead of the clock: what the accuracy covers. */
  readonly ahead: number;
  /** genTime of the last token of an earlier run. */
  readonly last?: Date | undefined;
}

const pause = (millis: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, millis);
  });

/** Hands out the times of tokens. */
export class AuthorityClock {
  readonly #clock: () => Date;
  readonly #ordering: Ordering | undefined;
  #last: number;

  /** @param ordering - left out: times may be equal, and follow the clock wherever it goes */
  constructor(clock: () => Date, ordering?: Ordering) {
    this.#clock = clock;
    this.#ordering = ordering;
    this.#last = ordering?.last?.getTime() ?? Number.NEGATIVE_INFINITY;
  }

  #read(): number {
    try {
      const now = this.#clock();
      const millis = now instanceof Date ? now.getTime() : Number.NaN;
      const year = now instanceof Date ? now.getUTCFullYear() : Number.NaN;
      if (year >= 1950 && year <= 9999) return millis;
    } catch (cause) {
      throw new Rejection('timeNotAvailable', 'the clock failed', cause);
    }
    throw new Rejection('timeNotAvailable', 'the clock shows no time');
  }

  /**
   * The time of the next token, within the validity of the certificate. With ordering no two
   * tokens have the same time and none goes back: a token asked for within the same millisecond
   * gets the next one, and waits until the clock is as near to it as the accuracy says.
   *
   * @throws Rejection timeNotAvailable when that would take more than a second, systemFailure
   */
  async next({ notBefore, notAfter }: Certificate): Promise<Date> {
    const now = this.#read();
    const time = this.#ordering === undefined ? now : Math.max(now, this.#last + 1);
    if (time < notBefore.getTime() || time >= notAfter.getTime() + 1000) {
      throw new Rejection('systemFailure', 'the certificate of the authority is not valid now');
    }
    if (this.#ordering !== undefined) await this.#take(time, time - this.#ordering.ahead, now);
    return new Date(time);
  }

  /** Takes a time for one token, so that the next one gets a later one, and waits for it. */
  async #take(time: number, from: number, now: number): Promise<void> {
    if (from - now > MAX_WAIT) throw new Rejection('timeNotAvailable', 'the clock is behind the last token');
    this.#last = time;
    const deadline = performance.now() + MAX_WAIT;
    for (let missing = from - now; missing > 0; missing = from - this.#read()) {
      const left = deadline - performance.now();
      if (left <= 0) throw new Rejection('timeNotAvailable', 'the clock does not come up to the last token');
      // A timer may fire a little early: never less than a millisecond.
      await pause(Math.max(1, Math.min(missing, left)));
    }
  }
}
