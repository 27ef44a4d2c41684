import { hmacSm3, Secret, sm4, utf8 } from '@cssi/sm-core';
import type { RootKeyProvider } from '../../src/index.ts';

/** A root in memory that counts its calls and can be taken away. */
export interface TestRoot extends RootKeyProvider {
  readonly calls: { wrap: number; unwrap: number; mac: number };
  /** Plaintexts it wrapped, copied: what a test must not find elsewhere. */
  readonly wrapped: Uint8Array[];
  down: boolean;
}

export function testRoot(seed = 7): TestRoot {
  const gcm = sm4.gcm(Secret.take(new Uint8Array(16).fill(seed)));
  const macKey = new Uint8Array(32).fill(seed ^ 0x55);
  const root: TestRoot = {
    calls: { wrap: 0, unwrap: 0, mac: 0 },
    wrapped: [],
    down: false,
    wrap: async (plaintext, aad) => {
      root.calls.wrap++;
      if (root.down) throw new Error('unplugged');
      root.wrapped.push(Uint8Array.from(plaintext));
      return gcm.sealBox(plaintext, aad);
    },
    unwrap: async (blob, aad) => {
      root.calls.unwrap++;
      if (root.down) throw new Error('unplugged');
      return gcm.openBox(blob, aad);
    },
    mac: async (label, data) => {
      root.calls.mac++;
      if (root.down) throw new Error('unplugged');
      return hmacSm3(macKey, utf8(label), Uint8Array.of(0), data);
    },
  };
  return root;
}
