import type { TeeClient, TeecSessionOptions } from '../spec/v1/client.ts';
import { TEEC_PARAM_TYPE_GET, TEEC_PARAM_TYPES } from '../spec/v1/constants.ts';
import { TeecError, teecError } from '../spec/v1/error.ts';
import type { TeecOperation } from '../spec/v1/operation.ts';
import { TEEC_ORIGINS, TEEC_RESULTS } from '../spec/v1/results.ts';
import type { TeecUuid } from '../spec/v1/uuid.ts';
import { TEEC_CONSTANTS, type TeecConstants } from './teec-constants.ts';
import { fromOperation, toOperation } from './teec-operation.ts';
import {
  type TEEC_Context,
  type TEEC_Operation,
  type TEEC_ReturnOrigin,
  type TEEC_Session,
  TEEC_SharedMemory,
} from './teec-structs.ts';

export { TEEC_CONSTANTS, type TeecConstants } from './teec-constants.ts';
export {
  TEEC_Context,
  TEEC_Operation,
  TEEC_Parameter,
  TEEC_RegisteredMemoryReference,
  type TEEC_ReturnOrigin,
  TEEC_Session,
  TEEC_SharedMemory,
  TEEC_TempMemoryReference,
  TEEC_Value,
} from './teec-structs.ts';

/**
 * The client API in the shape of its C header: structures the caller makes, return codes instead
 * of exceptions, an origin to write to. A client application written in C moves line by line:
 * `&` falls away, and `await` goes before the functions that wait for the TEE.
 *
 * Functions that return `void` in C never fail. NULL where C forbids it is BAD_PARAMETERS (origin API);
 * the functions that end something take NULL and do nothing.
 *
 * @standard GPD_SPE_007 v1.0 §4.5
 * @group Client in the shape of C
 */
export interface TeecFunctions {
  /** `null` is the default TEE: the first one given. */
  TEEC_InitializeContext(name: string | null, context: TEEC_Context | null): Promise<number>;
  TEEC_FinalizeContext(context: TEEC_Context | null): Promise<void>;
  TEEC_RegisterSharedMemory(context: TEEC_Context | null, sharedMem: TEEC_SharedMemory | null): number;
  /** NOT_SUPPORTED: no adapter of this version shares file descriptors. OP-TEE's extension. */
  TEEC_RegisterSharedMemoryFileDescriptor(
    context: TEEC_Context | null,
    sharedMem: TEEC_SharedMemory | null,
    fd: number,
  ): number;
  TEEC_AllocateSharedMemory(context: TEEC_Context | null, sharedMem: TEEC_SharedMemory | null): number;
  TEEC_ReleaseSharedMemory(sharedMem: TEEC_SharedMemory | null): void;
  /** `connectionData` is the group id of the GROUP logins, otherwise `null`. */
  TEEC_OpenSession(
    context: TEEC_Context | null,
    session: TEEC_Session | null,
    destination: TeecUuid,
    connectionMethod: number,
    connectionData: number | null,
    operation: TEEC_Operation | null,
    returnOrigin: TEEC_ReturnOrigin | null,
  ): Promise<number>;
  TEEC_CloseSession(session: TEEC_Session | null): Promise<void>;
  TEEC_InvokeCommand(
    session: TEEC_Session | null,
    commandID: number,
    operation: TEEC_Operation | null,
    returnOrigin: TEEC_ReturnOrigin | null,
  ): Promise<number>;
  /** Of an operation that is not running it asks for nothing, as in OP-TEE. */
  TEEC_RequestCancellation(operation: TEEC_Operation | null): void;
  TEEC_PARAM_TYPES: typeof TEEC_PARAM_TYPES;
  TEEC_PARAM_TYPE_GET: typeof TEEC_PARAM_TYPE_GET;
}

/** Functions and constants of the C header. @group Client in the shape of C */
export type Teec = TeecFunctions & TeecConstants;

interface Outcome {
  readonly result: number;
  readonly origin: number;
}

/** Result and origin of what a call ended with. */
function outcome(error: unknown): Outcome {
  if (error instanceof TeecError) return { result: error.result, origin: error.origin };
  // What is no answer of a TEE at all: its adapter could not work.
  return { result: TEEC_RESULTS.GENERIC, origin: TEEC_ORIGINS.API };
}

const missing = (parameter: string) =>
  teecError('BAD_PARAMETERS', 'API', { detail: `parameter=${parameter} reason=null` });

/** Runs a call with the operation of a C structure and writes back what it left. */
async function run(
  operation: TEEC_Operation | null,
  call: (operation: TeecOperation | undefined) => Promise<TeecOperation | undefined>,
): Promise<void> {
  if (operation === null) {
    await call(undefined);
    return;
  }
  // §4.3: one operation is one call at a time; a second one would take over its cancellation.
  if (operation.imp !== undefined) throw teecError('BUSY', 'API', { detail: 'reason=operation-in-use' });
  const controller = new AbortController();
  operation.imp = controller;
  operation.started = 1;
  try {
    const answer = await call(toOperation(operation, controller.signal));
    if (answer !== undefined) fromOperation(operation, answer);
  } catch (error) {
    if (error instanceof TeecError && error.operation !== undefined) {
      fromOperation(operation, error.operation);
    }
    throw error;
  } finally {
    operation.imp = undefined;
  }
}

async function answer(returnOrigin: TEEC_ReturnOrigin | null, action: () => Promise<void>): Promise<number> {
  // Success comes from the application, as OP-TEE reports it.
  let { result, origin }: Outcome = { result: TEEC_RESULTS.SUCCESS, origin: TEEC_ORIGINS.TRUSTED_APP };
  try {
    await action();
  } catch (error) {
    ({ result, origin } = outcome(error));
  }
  if (returnOrigin) returnOrigin.value = origin;
  return result;
}

function code(action: () => void): number {
  try {
    action();
    return TEEC_RESULTS.SUCCESS;
  } catch (error) {
    return outcome(error).result;
  }
}

function registerMemory(context: TEEC_Context | null, block: TEEC_SharedMemory | null): void {
  if (!context?.imp) throw missing('context');
  if (!(block instanceof TEEC_SharedMemory)) throw missing('sharedMem');
  const { buffer, size } = block;
  if (!(buffer instanceof Uint8Array)) throw missing('buffer');
  if (!Number.isSafeInteger(size) || size < 0 || size > buffer.length) {
    throw teecError('BAD_PARAMETERS', 'API', { detail: 'parameter=size' });
  }
  const memory = context.imp.registerSharedMemory(buffer.subarray(0, size), block.flags);
  block.imp = { memory, allocated: false };
}

function allocateMemory(context: TEEC_Context | null, block: TEEC_SharedMemory | null): void {
  if (!context?.imp) throw missing('context');
  if (!(block instanceof TEEC_SharedMemory)) throw missing('sharedMem');
  const memory = context.imp.allocateSharedMemory(block.size, block.flags);
  block.buffer = memory.buffer;
  block.imp = { memory, allocated: true };
}

function releaseMemory(block: TEEC_SharedMemory | null): void {
  if (!block?.imp) return;
  block.imp.memory.release();
  if (block.imp.allocated) {
    block.buffer = null;
    block.size = 0;
  }
  block.imp = undefined;
}

/**
 * The C functions over one TEE or several; of several, TEEC_InitializeContext finds one by name, so
 * that an application moves from one security module to another by that name alone.
 *
 * @example
 * ```ts
 * const { TEEC_InitializeContext, TEEC_SUCCESS } = createTeec(tee);
 * const ctx = new TEEC_Context();
 * const res = await TEEC_InitializeContext(null, ctx);
 * if (res !== TEEC_SUCCESS) throw new Error(`TEEC_InitializeContext failed with code 0x${res.toString(16)}`);
 * ```
 * @group Client in the shape of C
 */
export function createTeec(tees: TeeClient | readonly TeeClient[]): Teec {
  const list: readonly TeeClient[] = 'initializeContext' in tees ? [tees] : tees;
  const find = (name: string | null): TeeClient => {
    const client = name === null ? list[0] : list.find((one) => one.name === name);
    if (client === undefined) throw teecError('ITEM_NOT_FOUND', 'API', { detail: 'parameter=name' });
    return client;
  };
  return Object.freeze({
    ...TEEC_CONSTANTS,
    TEEC_PARAM_TYPES,
    TEEC_PARAM_TYPE_GET,
    TEEC_InitializeContext: (name: string | null, context: TEEC_Context | null) =>
      answer(null, async () => {
        if (context === null) throw missing('context');
        context.imp = await find(name).initializeContext();
      }),
    TEEC_FinalizeContext: async (context: TEEC_Context | null) => {
      const imp = context?.imp;
      if (context === null || imp === undefined) return;
      context.imp = undefined;
      await imp.finalize();
    },
    TEEC_RegisterSharedMemory: (context: TEEC_Context | null, block: TEEC_SharedMemory | null) =>
      code(() => registerMemory(context, block)),
    TEEC_RegisterSharedMemoryFileDescriptor: () => TEEC_RESULTS.NOT_SUPPORTED,
    TEEC_AllocateSharedMemory: (context: TEEC_Context | null, block: TEEC_SharedMemory | null) =>
      code(() => allocateMemory(context, block)),
    TEEC_ReleaseSharedMemory: releaseMemory,
    TEEC_OpenSession: (context, session, destination, connectionMethod, connectionData, operation, origin) =>
      answer(origin, () =>
        run(operation, async (given) => {
          const imp = context?.imp;
          if (imp === undefined) throw missing('context');
          if (session === null) throw missing('session');
          const options: TeecSessionOptions = {
            connectionMethod,
            ...(connectionData === null ? {} : { connectionData }),
            ...(given === undefined ? {} : { operation: given }),
          };
          session.imp = await imp.openSession(destination, options);
          return session.imp.operation;
        }),
      ),
    TEEC_CloseSession: async (session: TEEC_Session | null) => {
      const imp = session?.imp;
      if (session === null || imp === undefined) return;
      session.imp = undefined;
      await imp.close();
    },
    TEEC_InvokeCommand: (session, commandID, operation, origin) =>
      answer(origin, () =>
        run(operation, (given) => {
          const imp = session?.imp;
          if (imp === undefined) throw missing('session');
          return imp.invokeCommand(commandID, given);
        }),
      ),
    TEEC_RequestCancellation: (operation: TEEC_Operation | null) => operation?.imp?.abort(),
  } satisfies Teec);
}
