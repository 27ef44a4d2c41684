import { SM_CORE_ERRORS } from '../errors.ts';
import { requireCapability } from '../internal/capability.ts';
import { checkSource, wrongType } from '../internal/input.ts';
import { systemRandom } from '../random.ts';
import type { RandomSource, SmEngine } from '../spec/v1/engine.ts';

export { checkObject, checkOptions } from '../internal/input.ts';

/** Bytes without a limit of this package. */
export const MAX_BYTES: number = Number.MAX_SAFE_INTEGER;
/** A good source gives a scalar in range at the first try but once in 2^32; this many misses are a fault. */
const MAX_DRAWS = 64;

/** A list from outside. */
export function checkList<T>(value: readonly T[], name: string): readonly T[] {
  if (!Array.isArray(value)) throw wrongType(name, 'array');
  return value;
}

/** An option that is on or off; off when left out. */
export function checkSwitch(value: boolean | undefined, name: string): boolean {
  if (value === undefined) return false;
  if (typeof value !== 'boolean') throw wrongType(name, 'boolean');
  return value;
}

/** A source from outside, or the one of the platform. */
export function checkRandom(random: RandomSource | undefined): RandomSource {
  return random === undefined ? systemRandom : checkSource(random);
}

/** The source of a nonce that the engine draws: one from outside only where the engine uses no other. */
export function nonceSource(engine: SmEngine, random: RandomSource | undefined): RandomSource {
  if (random === undefined) return systemRandom;
  requireCapability(engine, 'sm2.random');
  return checkRandom(random);
}

/**
 * A uniform scalar by rejection; zeroed when there is none to be had.
 *
 * @standard GB/T 32918.1-2016 §6.1
 * @throws SmError ERR_RANDOM_UNHEALTHY
 */
export function drawScalar(random: RandomSource, inRange: (scalar: Uint8Array) => boolean): Uint8Array {
  const scalar = new Uint8Array(32);
  try {
    for (let draw = 0; draw < MAX_DRAWS; draw++) {
      random.fill(scalar);
      if (inRange(scalar)) return scalar;
    }
  } catch (error) {
    scalar.fill(0);
    throw error;
  }
  scalar.fill(0);
  throw SM_CORE_ERRORS.create('ERR_RANDOM_UNHEALTHY');
}
