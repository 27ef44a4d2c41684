import { createWasmEngine } from '../../../src/adapters/wasm.ts';
import type { SmEngine } from '../../../src/index.ts';

/** An engine with one planted fault, and cases of the suite that must find it. */
export interface BrokenEngine {
  readonly fault: string;
  readonly engine: SmEngine;
  /** Ids the suite must report as failed, among possibly others. */
  readonly caught: readonly string[];
}

/** The engine that the faults are planted in; the one that the tests are quickest on. */
export const good: SmEngine = createWasmEngine();

export function broken(fault: string, change: Partial<SmEngine>, ...caught: readonly string[]): BrokenEngine {
  return { fault, engine: { ...good, ...change, name: 'broken' }, caught };
}

/** Changes the first byte of what the caller handed in. */
export function damage(...buffers: readonly Uint8Array[]): void {
  for (const buffer of buffers) if (buffer.length > 0) buffer[0]! ^= 1;
}
