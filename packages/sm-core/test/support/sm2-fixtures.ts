import { expect } from 'vitest';
import { fromHex, type RandomSource, Secret, type Sm2KeyPair, sm2, utf8 } from '../../src/index.ts';
import { KAT_SM2_SIGN } from '../../src/spec/v1/known-answers.ts';
import { seededBytes } from './seeded.ts';

/** An error with this code, whatever else it says. */
export const code = (name: string): unknown => expect.objectContaining({ code: name });

export const MESSAGE: Uint8Array = utf8('message digest');

/** The key pair that the examples of the standard use, a new one at each call. */
export const annex = (): Sm2KeyPair => sm2.keyPair(Secret.take(fromHex(KAT_SM2_SIGN.d)));

/** Gives the same bytes at each call. */
export const always = (hex: string): RandomSource => ({ fill: (out) => out.set(fromHex(hex)) });

/** Gives the listed values, 32 bytes each, and nothing after them. */
export function scripted(...list: readonly string[]): RandomSource & { readonly left: number } {
  const rest = [...list];
  return {
    get left() {
      return rest.length;
    },
    fill: (out) => out.set(fromHex(rest.shift() ?? expect.unreachable('one draw too many'))),
  };
}

/** A source that fails. */
export const failing: RandomSource = {
  fill: () => {
    throw new Error('no entropy');
  },
};

/** Reproducible bytes as a source; the seed is printed once for each label. */
export function seededSource(label: string): RandomSource {
  const bytes = seededBytes(label);
  return { fill: (out) => out.set(bytes(out.length)) };
}

/** What is no Uint8Array. */
export const NOT_BYTES: readonly unknown[] = [undefined, null, 'text', 7, [1, 2], {}, new ArrayBuffer(32)];
export const bad = (value: unknown): Uint8Array => value as Uint8Array;
