import { KERNEL_SCALAR, KERNEL_SIMD } from './kernel-bytes.ts';
import { type WasmImports, webAssembly } from './web-assembly.ts';

/** Length of the exchange area in bytes; `IO_BYTES` in `kernel/kernel.h`. */
export const IO_BYTES: number = 72 * 1024;

/** What the memory part of the module exports. */
interface MemoryExports {
  readonly memory: { readonly buffer: ArrayBuffer };
  io(): number;
  wipe_stack(): void;
}

/**
 * One instance of the WebAssembly kernel. Its memory never grows, so views stay valid.
 * Calls are synchronous; nothing in the exchange area outlives a call, and no caller
 * runs foreign code (a random source) while it has something in it.
 */
export interface Kernel {
  /** Which module runs. */
  readonly path: 'wasm-simd128' | 'wasm';
  /** The functions of the module; each adapter names the ones it calls. */
  readonly exports: unknown;
  /** All of the module's memory. */
  readonly memory: Uint8Array;
  /** Where the exchange area begins in {@link Kernel.memory}. */
  readonly io: number;
  /** Zeroes the module's stack, to be called after work on secrets. */
  wipeStack(): void;
}

/** (module (func (result v128) i32.const 0 i8x16.splat)): valid only where SIMD128 is there. */
const SIMD_PROBE = /* @__PURE__ */ Uint8Array.of(
  0,
  97,
  115,
  109,
  1,
  0,
  0,
  0,
  1,
  5,
  1,
  96,
  0,
  1,
  123,
  3,
  2,
  1,
  0,
  10,
  8,
  1,
  6,
  0,
  65,
  0,
  253,
  15,
  11,
);

/** Is WebAssembly there at all? Some run times bar it. */
export function hasWasm(): boolean {
  return typeof webAssembly()?.Module === 'function';
}

/** Does this run time have 128-bit SIMD in WebAssembly? */
export function hasSimd(): boolean {
  return webAssembly()?.validate(SIMD_PROBE) === true;
}

function decode(base64: string): Uint8Array<ArrayBuffer> {
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

/** The module's bytes, as built from the C sources. */
export function kernelBytes(simd: boolean): Uint8Array<ArrayBuffer> {
  return decode(simd ? KERNEL_SIMD : KERNEL_SCALAR);
}

/** A kernel from the bytes of a module; `imports` only for modules that a test has changed. */
export function kernelOf(
  bytes: Uint8Array<ArrayBuffer>,
  path: Kernel['path'],
  imports: WasmImports = {},
): Kernel {
  const api = webAssembly();
  if (api === undefined) throw new Error('this run time has no WebAssembly');
  const { exports } = new api.Instance(new api.Module(bytes), imports);
  const base = exports as MemoryExports;
  return {
    path,
    exports,
    memory: new Uint8Array(base.memory.buffer),
    io: base.io(),
    wipeStack: base.wipe_stack,
  };
}

/** Instantiates the kernel, synchronously and without a fetch or a file. */
export function createKernel(simd: boolean = hasSimd()): Kernel {
  return kernelOf(kernelBytes(simd), simd ? 'wasm-simd128' : 'wasm');
}
