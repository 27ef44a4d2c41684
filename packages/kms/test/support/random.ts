import { randomBytes, systemRandom, toHex } from '@cssi/sm-core';
import type { NamedRandom } from '../../src/index.ts';

/** A source that remembers what it gave out, so that a test can search for key bytes. */
export function recordingRandom(): NamedRandom & { readonly given: Uint8Array[] } {
  const given: Uint8Array[] = [];
  return {
    id: 'test/recording',
    given,
    source: {
      fill: (out) => {
        systemRandom.fill(out);
        given.push(Uint8Array.from(out));
      },
    },
  };
}

/** A small seeded generator for choices a failing test has to repeat. */
export function seeded(label: string): (below: number) => number {
  const seed = process.env.CSSI_TEST_SEED ?? toHex(randomBytes(4));
  console.info(`seed of ${label}: ${seed}`);
  let state = Number.parseInt(seed, 16) >>> 0;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}
