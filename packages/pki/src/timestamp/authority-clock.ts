import type { Certificate } from '../spec/v1/certificate.ts';
import { Rejection } from './authority-request.ts';

/** An ordering authority follows a clock that was set back by at most this, in milliseconds. */
const MAX_STEP_BACK = 1000;

/** Hands out the times of tokens. */
export class AuthorityClock {
  readonly #clock: () => Date;
  readonly #ordering: boolean;
  #last = Number.NEGATIVE_INFINITY;

  constructor(clock: () => Date, ordering: boolean) {
    this.#clock = clock;
    this.#ordering = ordering;
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
   * gets the next one.
   */
  next({ notBefore, notAfter }: Certificate): Date {
    const now = this.#read();
    let time = now;
    if (this.#ordering) {
      if (now + MAX_STEP_BACK < this.#last) {
        throw new Rejection('timeNotAvailable', 'the clock was set back');
      }
      time = Math.max(now, this.#last + 1);
    }
    if (time < notBefore.getTime() || time >= notAfter.getTime() + 1000) {
      throw new Rejection('systemFailure', 'the certificate of the authority is not valid now');
    }
    this.#last = time;
    return new Date(time);
  }
}
