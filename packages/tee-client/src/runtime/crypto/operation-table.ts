import {
  TEE_HANDLE_FLAG,
  TEE_OPERATION_CLASS,
  TEE_OPERATION_STATE,
} from '../../spec/v1/internal/constants.ts';
import { TeeError } from '../../spec/v1/internal/error.ts';
import type { TEE_OperationHandle } from '../../spec/v1/internal/tee.ts';
import { PANIC_BAD_PARAMETERS, PANIC_BAD_STATE, type RuntimeContext } from '../context.ts';
import type { Algorithm } from './algorithms.ts';
import type { OperationKey } from './operation-key.ts';

/** What an operation is in the middle of. */
export interface Running {
  /** The same state under the copied keys. @throws TeeError OUT_OF_MEMORY */
  clone(keys: readonly OperationKey[]): Running;
  /** Zeroes what it holds and gives its memory back. */
  destroy(): void;
}

/** An operation behind a handle. */
export interface Operation {
  readonly algorithm: Algorithm;
  readonly mode: number;
  readonly maxKeySize: number;
  digestLength: number;
  handleState: number;
  operationState: number;
  keys: readonly OperationKey[];
  running: Running | undefined;
}

/** The open operations of one instance. */
export interface OperationTable {
  /** @throws TeeError OUT_OF_MEMORY */
  add(operation: Operation): TEE_OperationHandle;
  /** The operation of a handle; a handle that is none, or freed, is a panic. */
  get(name: string, handle: unknown): Operation;
  /** As `get`, of a class and, where given, a mode; another one is a panic. */
  getOf(name: string, handle: unknown, operationClass: number, mode?: number): Operation;
  remove(name: string, handle: unknown): void;
  /** At the end of the instance. */
  closeAll(): void;
}

/** State, key copies, key schedules. */
const OPERATION_OVERHEAD_BYTES = 1024;

const costOf = (operation: Operation): number => OPERATION_OVERHEAD_BYTES + (operation.maxKeySize >> 3);

const hasKey = (operation: Operation): boolean => (operation.handleState & TEE_HANDLE_FLAG.KEY_SET) !== 0;

export const isStarted = (operation: Operation): boolean =>
  (operation.handleState & TEE_HANDLE_FLAG.INITIALIZED) !== 0;

/** Ends what runs; a digest begins anew at once, everything else waits for its Init. */
export function endRunning(operation: Operation): void {
  operation.running?.destroy();
  operation.running = undefined;
  operation.operationState = TEE_OPERATION_STATE.INITIAL;
  operation.handleState &= ~TEE_HANDLE_FLAG.EXTRACTING;
  if (operation.algorithm.operationClass !== TEE_OPERATION_CLASS.DIGEST) {
    operation.handleState &= ~TEE_HANDLE_FLAG.INITIALIZED;
  }
}

/** Puts `running` in place of what ran. */
export function startRunning(operation: Operation, running: Running, state: number): void {
  endRunning(operation);
  operation.running = running;
  operation.operationState = state;
  operation.handleState |= TEE_HANDLE_FLAG.INITIALIZED;
}

/** Zeroes and drops the keys. */
export function dropKeys(operation: Operation): void {
  for (const key of operation.keys) key.destroy();
  operation.keys = [];
  operation.handleState &= ~TEE_HANDLE_FLAG.KEY_SET;
}

/** An operation that has its key; one without is a panic. */
export function keyed(context: RuntimeContext, name: string, operation: Operation): Operation {
  return hasKey(operation) ? operation : context.panic(PANIC_BAD_STATE, `${name}: no key is set`);
}

/** What runs in an operation that was started; one that was not is a panic. */
export function runningOf<R extends Running>(context: RuntimeContext, name: string, operation: Operation): R {
  if (operation.running === undefined) return context.panic(PANIC_BAD_STATE, `${name}: not started`);
  return operation.running as R;
}

/** The table of an instance. */
export function createOperationTable(context: RuntimeContext): OperationTable {
  const operations = new Map<unknown, Operation>();
  const get = (name: string, handle: unknown): Operation =>
    operations.get(handle) ?? context.panic(PANIC_BAD_PARAMETERS, `${name}: not an open operation handle`);
  const close = (handle: unknown, operation: Operation): void => {
    operations.delete(handle);
    context.memory.release(costOf(operation));
    try {
      endRunning(operation);
    } finally {
      dropKeys(operation);
    }
  };
  return Object.freeze({
    add(operation: Operation): TEE_OperationHandle {
      if (!context.memory.reserve(costOf(operation))) throw new TeeError('OUT_OF_MEMORY');
      const handle: TEE_OperationHandle = Object.freeze({ kind: 'operation' });
      operations.set(handle, operation);
      return handle;
    },
    get,
    getOf(name: string, handle: unknown, operationClass: number, mode?: number): Operation {
      const operation = get(name, handle);
      if (operation.algorithm.operationClass !== operationClass) {
        return context.panic(PANIC_BAD_PARAMETERS, `${name}: an operation of another class`);
      }
      if (mode !== undefined && operation.mode !== mode) {
        return context.panic(PANIC_BAD_PARAMETERS, `${name}: an operation of another mode`);
      }
      return operation;
    },
    remove: (name: string, handle: unknown): void => close(handle, get(name, handle)),
    closeAll(): void {
      for (const [handle, operation] of [...operations]) {
        try {
          close(handle, operation);
        } catch {
          // Of an instance that died half-way, one broken state must not keep the other keys from being zeroed.
        }
      }
    },
  });
}
