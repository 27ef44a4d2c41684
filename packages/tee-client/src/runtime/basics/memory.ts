import { TEE_MEMORY } from '../../spec/v1/internal/constants.ts';
import { TeeError } from '../../spec/v1/internal/error.ts';
import type { TeeMemory } from '../../spec/v1/internal/tee.ts';
import { PANIC_BAD_PARAMETERS, type RuntimeContext } from '../context.ts';
import { wipe } from '../wipe.ts';
import { bytes, u32 } from './inputs.ts';
import type { RuntimeServices } from './services.ts';

/** What an allocation costs besides its bytes, so that empty ones are not free. */
const ALLOCATION_OVERHEAD_BYTES = 32;

/** The group and the end of it. */
export interface MemoryGroup {
  readonly api: TeeMemory;
  /** Zeroes and forgets everything; at the end of the instance. */
  closeAll(): void;
}

/** Memory within the quota. @standard GPD_SPE_010 v1.3.1 §4.11 */
export function createMemory(context: RuntimeContext, services: RuntimeServices): MemoryGroup {
  // By the memory itself: an application may hold several views of it. The views here are never given
  // out, for an application may put members of its own on what it gets.
  const blocks = new Map<ArrayBufferLike, Uint8Array>();
  let instanceData: unknown;

  const allocate = (size: number): Uint8Array | null => {
    if (!context.memory.reserve(size + ALLOCATION_OVERHEAD_BYTES)) return null;
    let block: Uint8Array;
    try {
      block = new Uint8Array(size);
    } catch {
      // The quota would allow it, the engine does not.
      context.memory.release(size + ALLOCATION_OVERHEAD_BYTES);
      return null;
    }
    blocks.set(block.buffer, block);
    return block;
  };
  const allocated = (size: number): Uint8Array | null => {
    const block = allocate(size);
    return block === null ? null : new Uint8Array(block.buffer);
  };
  const held = (name: string, buffer: unknown): Uint8Array =>
    blocks.get(bytes(context, name, buffer).buffer) ??
    context.panic(PANIC_BAD_PARAMETERS, `${name}: not allocated`);
  const free = (block: Uint8Array): void => {
    blocks.delete(block.buffer);
    wipe(block);
    context.memory.release(block.length + ALLOCATION_OVERHEAD_BYTES);
  };
  const within = (name: string, buffer: unknown, size: number): Uint8Array => {
    const view = bytes(context, name, buffer);
    if (size > view.length) return context.panic(PANIC_BAD_PARAMETERS, `${name}: beyond the buffer`);
    return view.subarray(0, size);
  };

  const api: TeeMemory = {
    TEE_CheckMemoryAccessRights(accessFlags, buffer, size) {
      const name = 'TEE_CheckMemoryAccessRights';
      const flags = u32(context, name, accessFlags);
      const length = u32(context, name, size);
      if (length === 0) return;
      if (buffer === null || buffer === undefined) throw new TeeError('ACCESS_DENIED');
      const view = bytes(context, name, buffer);
      if (length > view.length) throw new TeeError('ACCESS_DENIED');
      const shared = services.call.params?.find((p) => 'buffer' in p && p.buffer.buffer === view.buffer);
      if (shared === undefined) return;
      const anyOwner = (flags & TEE_MEMORY.ACCESS_ANY_OWNER) !== 0;
      const writesInput = (flags & TEE_MEMORY.ACCESS_WRITE) !== 0 && shared.type === 5;
      const readsOutput = (flags & TEE_MEMORY.ACCESS_READ) !== 0 && shared.type === 6;
      if (!anyOwner || writesInput || readsOutput) throw new TeeError('ACCESS_DENIED');
    },
    TEE_SetInstanceData(data) {
      instanceData = data;
    },
    TEE_GetInstanceData: () => instanceData,
    TEE_Malloc(size, hint) {
      u32(context, 'TEE_Malloc', hint);
      return allocated(u32(context, 'TEE_Malloc', size));
    },
    TEE_Realloc(buffer, newSize) {
      const size = u32(context, 'TEE_Realloc', newSize);
      if (buffer === null || buffer === undefined) return allocated(size);
      const old = held('TEE_Realloc', buffer);
      const block = allocate(size);
      if (block === null) return null;
      block.set(old.subarray(0, size));
      free(old);
      return new Uint8Array(block.buffer);
    },
    TEE_Free(buffer) {
      if (buffer !== null && buffer !== undefined) free(held('TEE_Free', buffer));
    },
    TEE_MemMove(dest, src, size) {
      const length = u32(context, 'TEE_MemMove', size);
      within('TEE_MemMove', dest, length).set(within('TEE_MemMove', src, length));
    },
    TEE_MemCompare(buffer1, buffer2, size) {
      const length = u32(context, 'TEE_MemCompare', size);
      const a = within('TEE_MemCompare', buffer1, length);
      return compare(a, within('TEE_MemCompare', buffer2, length));
    },
    TEE_MemFill(buffer, x, size) {
      const length = u32(context, 'TEE_MemFill', size);
      within('TEE_MemFill', buffer, length).fill(Number(x) & 0xff);
    },
  };
  return {
    api,
    closeAll(): void {
      for (const block of [...blocks.values()]) free(block);
      instanceData = undefined;
    },
  };
}

/** The first difference, by a walk whose length and steps do not depend on the contents. */
function compare(a: Uint8Array, b: Uint8Array): number {
  let result = 0;
  for (let i = a.length - 1; i >= 0; i--) {
    const difference = (a[i] as number) - (b[i] as number);
    const differs = (difference | -difference) >> 31;
    result = (result & ~differs) | (difference & differs);
  }
  return result;
}
