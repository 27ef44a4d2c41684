import { HealthCheckedRandom, type RandomSource, systemRandom } from '@cssi/sm-core';

/** The random source keys come from (随机数源), by name. */
export interface NamedRandom {
  /** Recorded with every key, for example `sm-core/system`. 1 to 64 characters. */
  readonly id: string;
  readonly source: RandomSource;
}

/** A random source under test, with what is recorded about it. */
export interface RecordedRandom extends NamedRandom {
  /** The on-line test that was passing when a key came out. */
  readonly health: string;
}

/**
 * Puts a source under the start-up and repetition tests of `@cssi/sm-core`, whatever tests
 * it has of its own: a source that fails gives no keys.
 */
export function recordedRandom(random: NamedRandom | undefined): RecordedRandom {
  const health = 'health-tests-passed';
  if (random === undefined) return { id: 'sm-core/system', source: systemRandom, health };
  // Nothing is drawn in advance: a source that breaks must show in the next key, not in a later one.
  const source = new HealthCheckedRandom((out) => random.source.fill(out), { poolBytes: 0 });
  return { id: random.id, source, health };
}
