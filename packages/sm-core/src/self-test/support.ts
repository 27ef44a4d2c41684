import { fromHex } from '../encoding/bytes.ts';
import type { EngineCapability, RandomSource, SmEngine } from '../spec/v1/engine.ts';

/** Name of one known-answer test; the capability that it tests. */
export type SelfTestId = Exclude<EngineCapability, 'sm2.random'>;

/** True when the engine gives the annex values and refuses a changed input. */
export type KnownAnswerTest = (engine: SmEngine) => boolean;

/** Bytes of a known answer. */
export const hex: typeof fromHex = fromHex;

/** Gives the one nonce of an annex example; a second draw would mean that it was not accepted. */
export function fixedNonce(k: string): RandomSource {
  let used = false;
  return {
    fill(out) {
      if (used) throw new RangeError('self-test: the annex nonce was not accepted');
      used = true;
      out.set(hex(k));
    },
  };
}

/** A copy with the last bit changed. */
export function flipped(bytes: Uint8Array): Uint8Array {
  const copy = Uint8Array.from(bytes);
  copy[copy.length - 1]! ^= 1;
  return copy;
}

/** Does `action` throw? */
export function refuses(action: () => unknown): boolean {
  try {
    action();
    return false;
  } catch {
    return true;
  }
}
