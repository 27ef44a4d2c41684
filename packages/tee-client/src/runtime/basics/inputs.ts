import { PANIC_BAD_PARAMETERS, type RuntimeContext } from '../context.ts';

/** A 32-bit number; anything else is a misuse and panics. */
export function u32(context: RuntimeContext, name: string, value: unknown): number {
  if (typeof value === 'number' && value >>> 0 === value) return value;
  return context.panic(PANIC_BAD_PARAMETERS, `${name}: not a 32-bit number`);
}

/** Bytes; anything else panics. The boundary has made sure that a Uint8Array is a genuine one. */
export function bytes(context: RuntimeContext, name: string, value: unknown): Uint8Array {
  if (value instanceof Uint8Array) return value;
  return context.panic(PANIC_BAD_PARAMETERS, `${name}: not a Uint8Array`);
}

/** Text; anything else panics. */
export function text(context: RuntimeContext, name: string, value: unknown): string {
  if (typeof value === 'string') return value;
  return context.panic(PANIC_BAD_PARAMETERS, `${name}: not a string`);
}
