import { expect } from 'vitest';
import { createSmPool, type SmPool, type SmPoolOptions } from '../../src/pool/index.ts';
import { failureOf, runOperation } from '../../src/pool/operations.ts';
import type { HostMessage } from '../../src/pool/protocol.ts';
import { nodeThreads, type StartThread } from '../../src/pool/threads.ts';

export const code = (name: string) => expect.objectContaining({ code: name });
export const fake = nodeThreads(new URL('./pool-worker.mjs', import.meta.url));
export const EXIT = Uint8Array.of(1);
export const FAIL = Uint8Array.of(3);
export const THROW = Uint8Array.of(4);
export const wait = (ms: number) => Uint8Array.of(2, ms);
export const KEEP = { keep: true };

export const open: SmPool[] = [];
export function pool(options: SmPoolOptions = {}, start = fake): SmPool {
  const made = createSmPool({ workers: 1, ...options }, { start });
  open.push(made);
  return made;
}
/** Closes the pools of a test. */
export async function closePools(): Promise<void> {
  await Promise.all(open.splice(0).map((one) => one.close()));
}

/** A thread in this one, which computes with the functions of the package a little later. */
export const inProcess =
  (posted: HostMessage[] = []): StartThread =>
  (receive) => ({
    post: (message, transfer) => {
      const { id, request } = structuredClone(message, { transfer: [...transfer] });
      posted.push(structuredClone({ id, request }));
      setImmediate(() => {
        try {
          receive({ kind: 'answer', id, result: runOperation(request) });
        } catch (error) {
          receive({ kind: 'failed', id, failure: failureOf(error) });
        }
      });
    },
    hold: () => undefined,
    terminate: async () => undefined,
  });
