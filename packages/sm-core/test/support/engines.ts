import { nobleEngine } from '../../src/adapters/noble.ts';
import { nodeEngine } from '../../src/adapters/node.ts';
import { smCryptoEngine } from '../../src/adapters/sm-crypto.ts';
import { createWasmEngine } from '../../src/adapters/wasm.ts';
import type { SmEngine } from '../../src/index.ts';

/** The kernel with SIMD128. */
export const wasmSimd: SmEngine = createWasmEngine({ simd: true });
/** The kernel without SIMD128. */
export const wasmScalar: SmEngine = createWasmEngine({ simd: false });
/** The kernel with SIMD128 in its fast profile. */
export const wasmFast: SmEngine = createWasmEngine({ simd: true, profile: 'fast' });
/** The kernel without SIMD128 in its fast profile. */
export const wasmScalarFast: SmEngine = createWasmEngine({ simd: false, profile: 'fast' });

/** Every engine under the name that test titles call it by. */
export const TEST_ENGINES: readonly (readonly [name: string, engine: SmEngine])[] = [
  ['wasm simd', wasmSimd],
  ['wasm scalar', wasmScalar],
  ['wasm fast', wasmFast],
  ['noble', nobleEngine],
  ['node', nodeEngine],
  ['sm-crypto', smCryptoEngine],
];
