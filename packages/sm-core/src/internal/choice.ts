import { SM_CORE_ERRORS } from '../errors.ts';

/**
 * The value of an option with a fixed list of values; the first is the default.
 *
 * @throws SmError ERR_INPUT_VALUE for a value that is not on the list
 */
export function choice<const T extends string>(
  value: T | undefined,
  name: string,
  allowed: readonly [T, ...T[]],
): T {
  if (value === undefined) return allowed[0];
  if (!allowed.includes(value)) {
    throw SM_CORE_ERRORS.create('ERR_INPUT_VALUE', {
      detail: `parameter=${name} allowed=${allowed.join('|')}`,
    });
  }
  return value;
}
