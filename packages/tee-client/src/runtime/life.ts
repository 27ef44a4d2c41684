import { TeePanic } from '../spec/v1/internal/error.ts';
import { PANIC_GENERIC } from './context.ts';

/**
 * Whether an instance lives, and whether code of the runtime is at work in it. Plain fields, so that
 * they can be set where the stack has no room left for a call.
 */
export interface Life {
  dead: boolean;
  inside: boolean;
  /** Of the first panic. */
  panic: { readonly code: number; readonly reason: string } | undefined;
}

export const newLife = (): Life => ({ dead: false, inside: false, panic: undefined });

/** Ends the instance and throws. */
export function panic(life: Life, code: number, reason: string): never {
  life.dead = true;
  life.panic ??= { code: code >>> 0, reason };
  throw new TeePanic(life.panic.code, reason);
}

/** Throws in a dead instance. */
export function checkAlive(life: Life): void {
  if (life.dead) throw new TeePanic(life.panic?.code ?? PANIC_GENERIC, 'the instance is dead');
}
