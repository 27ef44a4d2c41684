import { KERNEL_SCALAR, KERNEL_SIMD } from './kernel-bytes.ts';
import { type WasmImports, webAssembly } from './web-assembly.ts';

/** Length of the exchange area in bytes; `IO_BYTES` in `kernel/kernel.h`. */
export const IO_BYTES: number = 72 * 1024;

/** What the memory part of the module exports. */
interface MemoryExports {
  readonly memory: { readonly buffer: ArrayBuffer };
  readonly __stack_pointer: { value: number };
  io(): number;
  wipe_stack(): void;
}

/**
 * One instance of the WebAssembly kernel. Its memory never grows, so views stay valid.
 * Calls are synchronous; nothing in the exchange area outlives an operation, and no caller
 * runs foreign code (a random source) while it has something in it.
 *
 * An operation begins with `enter`, before anything is written into the memory, and ends
 * with `leave`, after everything was wiped. An exception inside the module (V8 throws one
 * when the caller's recursion has used up the stack) leaves the module in the middle of its
 * work: its own stack pointer is not put back and its areas are not wiped. The operation
 * then never comes to its `leave`, and the next `enter` puts the module back to how it began.
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
  /** How often the module was put back to its beginning; public tables in its memory are gone then. */
  readonly restarts: number;
  /** Begins an operation. */
  enter(): void;
  /** Ends an operation whose calls have all returned. */
  leave(): void;
  /** Between operations: puts the module back if the last one did not end, so that what is written next stays. */
  settle(): void;
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
  const module = new api.Module(bytes);
  const instance = (): MemoryExports => new api.Instance(module, imports).exports as MemoryExports;
  return new KernelInstance(path, instance);
}

type ModuleFunction = (...values: readonly number[]) => number;

/** Where an operation stands. */
const IDLE = 0;
const INSIDE = 1;
const RETURNED = 2;

class KernelInstance implements Kernel {
  readonly path: Kernel['path'];
  readonly exports: unknown;
  readonly memory: Uint8Array;
  readonly io: number;
  readonly wipeStack: () => void;
  restarts = 0;
  readonly #stackPointer: { value: number };
  readonly #stackTop: number;
  readonly #instance: () => MemoryExports;
  #state = IDLE;

  constructor(path: Kernel['path'], instance: () => MemoryExports) {
    const exports = instance();
    this.path = path;
    this.#instance = instance;
    this.memory = new Uint8Array(exports.memory.buffer);
    this.io = exports.io();
    this.wipeStack = exports.wipe_stack;
    this.#stackPointer = exports.__stack_pointer;
    this.#stackTop = this.#stackPointer.value;
    this.exports = Object.fromEntries(
      Object.entries(exports).map(([name, value]) => [
        name,
        typeof value === 'function' ? this.#followed(value as ModuleFunction) : value,
      ]),
    );
  }

  enter(): void {
    if (this.#state !== IDLE) this.#restart();
    this.#state = INSIDE;
  }

  settle(): void {
    if (this.#state !== IDLE) this.#restart();
  }

  leave(): void {
    if (this.#state === RETURNED) this.#state = IDLE;
  }

  #restart(): void {
    // A new instance has the memory of the beginning; this one takes it over.
    const beginning = new Uint8Array(this.#instance().memory.buffer);
    this.#stackPointer.value = this.#stackTop;
    this.memory.set(beginning);
    this.restarts++;
    this.#state = IDLE;
  }

  /** `call`, noting that it has returned; the module takes up to six numbers. */
  #followed(call: ModuleFunction): ModuleFunction {
    return (a, b, c, d, e, f) => {
      this.#state = INSIDE;
      const result = call(a!, b!, c!, d!, e!, f!);
      this.#state = RETURNED;
      return result;
    };
  }
}

/** Instantiates the kernel, synchronously and without a fetch or a file. */
export function createKernel(simd: boolean = hasSimd()): Kernel {
  return kernelOf(kernelBytes(simd), simd ? 'wasm-simd128' : 'wasm');
}
