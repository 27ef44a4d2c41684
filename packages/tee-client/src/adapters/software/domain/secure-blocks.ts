import type { MemoryAccount } from '../../../runtime/context.ts';
import { wipe } from '../../../runtime/wipe.ts';
import { TEEC_RESULTS } from '../../../spec/v1/results.ts';

/** Blocks of one session. */
const MAX_BLOCKS = 64;
const BLOCK_OVERHEAD_BYTES = 32;

interface Block {
  readonly bytes: Uint8Array;
  /** As it was allocated: memory that the application moved away has no length any more. */
  readonly size: number;
}

const { SUCCESS, BAD_PARAMETERS, ITEM_NOT_FOUND, OUT_OF_MEMORY } = TEEC_RESULTS;

/**
 * Secure memory (安全内存) that the client of one session allocated. It may fill it and not read it;
 * the application sees the live bytes. Bytes count against the quota from their allocation on.
 */
export class SecureBlocks {
  readonly #account: MemoryAccount;
  readonly #blocks = new Map<number, Block>();
  #next = 1;

  constructor(account: MemoryAccount) {
    this.#account = account;
  }

  allocate(size: number): { readonly result: number; readonly value: number } {
    if (size === 0) return { result: BAD_PARAMETERS, value: 0 };
    if (this.#blocks.size >= MAX_BLOCKS) return { result: OUT_OF_MEMORY, value: 0 };
    const block = this.#make(size, size + BLOCK_OVERHEAD_BYTES);
    if (block === undefined) return { result: OUT_OF_MEMORY, value: 0 };
    const value = this.#next++;
    this.#blocks.set(value, block);
    return { result: SUCCESS, value };
  }

  /** Reserves `cost` and makes the block; undefined above the quota or where the engine has no memory. */
  #make(size: number, cost: number): Block | undefined {
    if (!this.#account.reserve(cost)) return undefined;
    try {
      return { bytes: new Uint8Array(size), size };
    } catch {
      this.#account.release(cost);
      return undefined;
    }
  }

  /** New bytes are zero. Arrays that the application got before show the old memory, zeroed. */
  grow(id: number, size: number): number {
    const old = this.#blocks.get(id);
    if (old === undefined) return ITEM_NOT_FOUND;
    if (size < old.size) return BAD_PARAMETERS;
    const block = this.#make(size, size - old.size);
    if (block === undefined) return OUT_OF_MEMORY;
    if (old.bytes.length > 0) block.bytes.set(old.bytes);
    wipe(old.bytes);
    this.#blocks.set(id, block);
    return SUCCESS;
  }

  write(id: number, offset: number, data: Uint8Array): number {
    const block = this.#blocks.get(id);
    if (block === undefined) return ITEM_NOT_FOUND;
    const { bytes } = block;
    if (offset > bytes.length || data.length > bytes.length - offset) return BAD_PARAMETERS;
    bytes.set(data, offset);
    return SUCCESS;
  }

  release(id: number): number {
    const block = this.#blocks.get(id);
    if (block === undefined) return ITEM_NOT_FOUND;
    wipe(block.bytes);
    this.#blocks.delete(id);
    this.#account.release(block.size + BLOCK_OVERHEAD_BYTES);
    return SUCCESS;
  }

  /** A new view of the live bytes. */
  view(id: number): Uint8Array | undefined {
    const bytes = this.#blocks.get(id)?.bytes;
    return bytes === undefined || bytes.length === 0 ? undefined : new Uint8Array(bytes.buffer);
  }

  releaseAll(): void {
    for (const id of [...this.#blocks.keys()]) this.release(id);
  }
}
