import { createKernel, IO_BYTES, type Kernel } from '../../src/adapters/wasm/kernel.ts';
import { createWasmSm4, type WasmSm4 } from '../../src/adapters/wasm/sm4.ts';

/** A module of the kernel, a profile, and SM4 on both. */
export interface WasmSm4Case {
  readonly kernel: Kernel;
  readonly profile: 'constant-time' | 'fast';
  readonly engine: WasmSm4;
}

const KERNELS = [createKernel(true), createKernel(false)] as const;

/** Both modules in both profiles, with a name for each. */
export const WASM_SM4: readonly (readonly [name: string, WasmSm4Case])[] = KERNELS.flatMap((kernel) =>
  (['constant-time', 'fast'] as const).map((profile) => {
    const engine = createWasmSm4(kernel, { profile });
    return [`${kernel.path}, ${profile}`, { kernel, profile, engine }] as const;
  }),
);

/** The exchange area of a kernel. */
export const areaOf = (kernel: Kernel): Uint8Array => kernel.memory.subarray(kernel.io, kernel.io + IO_BYTES);
