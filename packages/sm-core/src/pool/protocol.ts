import type { Sm2SignatureFormat } from '../encoding/sm2.ts';

/** Byte strings one after the other in one buffer, which is moved faster than many. */
export interface Packed {
  readonly bytes: Uint8Array;
  /** Lengths, or {@link ABSENT}. Doubles: a length may be above 2^32. */
  readonly lengths: Float64Array;
}

/** Stands in `lengths` for an item that is no byte string. */
const ABSENT = -1;

/** What a worker is asked. `key` and `data` are the worker's own: it zeroes them when done. */
export type PoolRequest =
  | { readonly op: 'sm3'; readonly data: Uint8Array }
  | { readonly op: 'sm3-many'; readonly messages: Packed }
  | {
      readonly op: 'sm4-ctr';
      readonly key: Uint8Array;
      readonly counter: Uint8Array;
      readonly data: Uint8Array;
    }
  | {
      readonly op: 'sm4-gcm-seal' | 'sm4-gcm-open';
      readonly key: Uint8Array;
      readonly nonce: Uint8Array;
      readonly data: Uint8Array;
      readonly associatedData: Uint8Array;
    }
  | {
      readonly op: 'sm2-sign-many';
      readonly key: Uint8Array;
      readonly publicKey: Uint8Array;
      readonly messages: Packed;
      readonly id: Uint8Array;
      readonly format: Sm2SignatureFormat;
    }
  | {
      readonly op: 'sm2-verify-many';
      readonly publicKeys: Packed;
      readonly messages: Packed;
      readonly signatures: Packed;
      readonly id: Uint8Array;
      readonly format: Sm2SignatureFormat;
    };

/** A coded error on its way between threads. */
export interface PoolFailure {
  readonly code: string;
  readonly detail: string | undefined;
}

/** What a worker answers with: bytes, byte strings, or one verdict or failure for each item. */
export type PoolResult =
  | { readonly bytes: Uint8Array }
  | { readonly packed: Packed; readonly failures: ReadonlyMap<number, PoolFailure> }
  | { readonly verdicts: Uint8Array; readonly failures: ReadonlyMap<number, PoolFailure> };

/** Pool → worker. */
export interface HostMessage {
  readonly id: number;
  readonly request: PoolRequest;
}

/** Worker → pool. */
export type WorkerMessage =
  | { readonly kind: 'ready' }
  | { readonly kind: 'answer'; readonly id: number; readonly result: PoolResult }
  | { readonly kind: 'failed'; readonly id: number; readonly failure: PoolFailure };

/** One buffer with all parts in it, copied. */
export function pack(parts: readonly (Uint8Array | undefined)[]): Packed {
  const lengths = Float64Array.from(parts, (part) => part?.length ?? ABSENT);
  const bytes = new Uint8Array(lengths.reduce((sum, length) => sum + Math.max(length, 0), 0));
  let at = 0;
  for (const part of parts) {
    if (part === undefined) continue;
    bytes.set(part, at);
    at += part.length;
  }
  return { bytes, lengths };
}

/** The parts again, which were all byte strings: views, or copies with a buffer of their own. */
export function unpack(packed: Packed, copies: boolean): Uint8Array[] {
  return unpackItems(packed, copies).map((part) => part ?? new Uint8Array(0));
}

/** The parts again; undefined where there was no byte string. */
export function unpackItems({ bytes, lengths }: Packed, copies: boolean): (Uint8Array | undefined)[] {
  let at = 0;
  return Array.from(lengths, (length) => {
    if (length === ABSENT) return undefined;
    const part = copies ? bytes.slice(at, at + length) : bytes.subarray(at, at + length);
    at += length;
    return part;
  });
}

/** The buffers in a message, which are moved and not copied. */
export function buffersOf(message: object): ArrayBuffer[] {
  const buffers = new Set<ArrayBuffer>();
  for (const value of Object.values(message)) {
    if (ArrayBuffer.isView(value)) buffers.add(value.buffer as ArrayBuffer);
    else if (typeof value === 'object' && value !== null) {
      for (const inner of Object.values(value)) {
        if (ArrayBuffer.isView(inner)) buffers.add(inner.buffer as ArrayBuffer);
      }
    }
  }
  return [...buffers];
}
