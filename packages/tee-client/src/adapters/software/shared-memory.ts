import type { TeecSharedMemory } from '../../spec/v1/client.ts';
import { TEEC_MEM } from '../../spec/v1/constants.ts';
import { teecError } from '../../spec/v1/error.ts';

/** Longest memory reference in bytes: 1 MiB. */
export const MAX_MEMORY_BYTES: number = 1 << 20;

const ALL_FLAGS = TEEC_MEM.INPUT | TEEC_MEM.OUTPUT;

/** A block of shared memory. The software TEE copies it at each call. */
export class SharedMemory implements TeecSharedMemory {
  readonly buffer: Uint8Array;
  readonly size: number;
  readonly flags: number;
  /** The context the block belongs to. */
  readonly owner: object;
  #released = false;

  readonly #onRelease: () => void;

  constructor(owner: object, buffer: Uint8Array, flags: number, onRelease: () => void) {
    this.#onRelease = onRelease;
    this.owner = owner;
    this.buffer = buffer;
    this.size = buffer.length;
    this.flags = flags;
  }

  get released(): boolean {
    return this.#released;
  }

  release(): void {
    this.#released = true;
    this.#onRelease();
  }
}

/** Checks flags and size. */
export function checkMemory(size: number, flags: number): void {
  if (!Number.isInteger(flags) || flags < 1 || flags > ALL_FLAGS) {
    throw teecError('BAD_PARAMETERS', 'API', { detail: 'parameter=flags' });
  }
  if (!Number.isSafeInteger(size) || size < 0) {
    throw teecError('BAD_PARAMETERS', 'API', { detail: 'parameter=size' });
  }
  if (size > MAX_MEMORY_BYTES) {
    throw teecError('OUT_OF_MEMORY', 'API', { detail: `size=${size} max=${MAX_MEMORY_BYTES}` });
  }
}
