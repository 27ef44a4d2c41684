import type { TeecSharedMemory } from '../spec/v1/client.ts';
import { TEEC_MEM } from '../spec/v1/constants.ts';
import { teecError } from '../spec/v1/error.ts';

const ALL_FLAGS = TEEC_MEM.INPUT | TEEC_MEM.OUTPUT;

/** A block of shared memory. Its bytes go to the module by copy at each call. */
export class SharedMemory implements TeecSharedMemory {
  readonly buffer: Uint8Array;
  readonly size: number;
  readonly flags: number;
  /** The context the block belongs to. */
  readonly owner: object;
  readonly #onRelease: (memory: SharedMemory) => void;
  #released = false;

  constructor(owner: object, buffer: Uint8Array, flags: number, onRelease: (memory: SharedMemory) => void) {
    this.owner = owner;
    this.buffer = buffer;
    this.size = buffer.length;
    this.flags = flags;
    this.#onRelease = onRelease;
  }

  get released(): boolean {
    return this.#released;
  }

  release(): void {
    if (this.#released) return;
    this.#released = true;
    this.#onRelease(this);
  }
}

/**
 * Checks what a block is asked for.
 *
 * @throws {@link TeecError} BAD_PARAMETERS, OUT_OF_MEMORY above `max` bytes (origin API)
 */
export function checkMemory(size: number, flags: number, max: number): void {
  if (!Number.isInteger(flags) || flags < 1 || flags > ALL_FLAGS) {
    throw teecError('BAD_PARAMETERS', 'API', { detail: 'parameter=flags' });
  }
  if (!Number.isSafeInteger(size) || size < 0) {
    throw teecError('BAD_PARAMETERS', 'API', { detail: 'parameter=size' });
  }
  if (size > max) throw teecError('OUT_OF_MEMORY', 'API', { detail: `size=${size} max=${max}` });
}

/** A zeroed buffer. @throws {@link TeecError} OUT_OF_MEMORY where the host has none */
export function allocateBuffer(size: number): Uint8Array {
  try {
    return new Uint8Array(size);
  } catch (cause) {
    throw teecError('OUT_OF_MEMORY', 'API', { detail: `size=${size}`, cause });
  }
}
