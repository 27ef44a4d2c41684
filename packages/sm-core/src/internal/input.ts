import { SM_CORE_ERRORS } from '../errors.ts';
import type { RandomSource } from '../spec/v1/engine.ts';

const NO_OPTIONS: object = /* @__PURE__ */ Object.freeze({});

/** The error of a parameter that has another type than `expected`. */
export const wrongType = (name: string, expected: string): Error =>
  SM_CORE_ERRORS.create('ERR_INPUT_TYPE', { detail: `parameter=${name} expected=${expected}` });

/** An object from outside, to be read field by field. @throws SmError ERR_INPUT_TYPE */
export function checkObject<T extends object>(value: T, name: string): T {
  if (typeof value !== 'object' || value === null) throw wrongType(name, 'object');
  return value;
}

/** Options from outside; none are as good as empty ones. @throws SmError ERR_INPUT_TYPE */
export function checkOptions<T extends object>(options: T | undefined): T {
  return options === undefined ? (NO_OPTIONS as T) : checkObject(options, 'options');
}

/**
 * A source from outside. An array has a `fill` too, which would leave zeros where random
 * bytes are asked for: arrays and views are refused.
 *
 * @throws SmError ERR_INPUT_TYPE
 */
export function checkSource(random: RandomSource): RandomSource {
  if (
    ((typeof random !== 'object' || random === null) && typeof random !== 'function') ||
    Array.isArray(random) ||
    ArrayBuffer.isView(random) ||
    typeof random.fill !== 'function'
  ) {
    throw wrongType('random', 'RandomSource');
  }
  return random;
}
