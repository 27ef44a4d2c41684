import type { TeeArithmetic } from '../../spec/v1/internal/tee.ts';
import { basicArithmetic } from './basic.ts';
import { converters } from './converters.ts';
import { type ArithmeticContext, NumberFormat } from './format.ts';
import { modularArithmetic } from './modular.ts';

export { ARITHMETIC_MAX_BITS } from './format.ts';

/**
 * The arithmetic of the internal API for one instance.
 *
 * A number that is not initialised, of the wrong kind or too small for the result panics, as does a
 * value outside a function's domain; OVERFLOW and SHORT_BUFFER are answers. Outputs may be inputs.
 * An FMM number is its residue, so that every modulus above 2 serves, odd or even.
 *
 * Not constant-time: the time depends on the operands, and the engine's integers leave copies in
 * memory that nobody can zero. Keys of SM2, SM3 and SM4 do not come here; an application that computes
 * on secrets of its own has to blind them.
 *
 * @standard GPD_SPE_010 v1.3.1 §8
 */
export function createArithmetic(context: ArithmeticContext): TeeArithmetic {
  const format = new NumberFormat(context);
  const functions: TeeArithmetic = {
    ...converters(format),
    ...basicArithmetic(format),
    ...modularArithmetic(format),
  };
  // Undeclared use is refused and alarmed before an argument is looked at.
  const guarded = Object.entries(functions).map(([name, run]) => [
    name,
    (...args: readonly unknown[]): unknown => {
      context.require('arithmetic', name);
      return (run as (...args: readonly unknown[]) => unknown)(...args);
    },
  ]);
  return Object.freeze(Object.fromEntries(guarded)) as TeeArithmetic;
}
