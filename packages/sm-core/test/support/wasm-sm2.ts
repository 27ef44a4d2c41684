import { nobleEngine } from '../../src/adapters/noble.ts';
import { createKernel, type Kernel } from '../../src/adapters/wasm/kernel.ts';
import { createWasmSm2, type WasmSm2 } from '../../src/adapters/wasm/sm2.ts';
import type { RandomSource } from '../../src/index.ts';
import { fromBig, multiply, type Point } from './affine.ts';

/** SM2 of one of the two modules. */
export interface Subject {
  readonly kernel: Kernel;
  readonly sm2: WasmSm2;
}

const make = (simd: boolean): Subject => {
  const kernel = createKernel(simd);
  return { kernel, sm2: createWasmSm2(kernel, () => nobleEngine.sm3()) };
};

/** Both modules, for `describe.each`. */
export const SUBJECTS: readonly (readonly [string, Subject])[] = [
  ['wasm-simd128', make(true)],
  ['wasm', make(false)],
];

/** Gives these values, 32 bytes each, and then fails. */
export function nonces(...values: readonly bigint[]): RandomSource & { readonly left: number } {
  const rest = [...values];
  return {
    get left() {
      return rest.length;
    },
    fill(out) {
      const next = rest.shift();
      if (next === undefined) throw new Error('no nonce left');
      out.set(fromBig(next));
    },
  };
}

/** Does `bytes` occur in `memory`, in this order or as little-endian words, 16 bytes of it? */
export function occurs(memory: Uint8Array, bytes: Uint8Array): boolean {
  const whole = Buffer.from(memory.buffer, memory.byteOffset, memory.length);
  const reversed = Uint8Array.from(bytes).reverse();
  return (
    whole.includes(Buffer.from(bytes.subarray(8, 24))) ||
    whole.includes(Buffer.from(reversed.subarray(8, 24)))
  );
}

const KNOWN = new Map<string, Point>();

/** [k]P in affine arithmetic, computed once: it is slow, and both modules are compared with it. */
export function times(point: Point, k: bigint): Point {
  const key = `${point?.x} ${point?.y} ${k}`;
  if (!KNOWN.has(key)) KNOWN.set(key, multiply(point, k));
  return KNOWN.get(key);
}
