import type { TeecOperation } from './operation.ts';
import type { TeecUuid } from './uuid.ts';

/**
 * One trusted execution environment (TEE, 可信执行环境), reached as the GlobalPlatform Client API
 * reaches it. The same client code runs on every adapter.
 *
 * Guarantee: a call either resolves as if it had returned TEEC_SUCCESS or rejects with a
 * `TeecError` (another `SmError` only where the adapter itself cannot start); parameters an adapter cannot carry are refused with BAD_PARAMETERS and
 * origin API before anything leaves the process. Nothing is retried.
 *
 * Concurrency: every method may be called at any time. Calls of one session take effect in the
 * order they were made; calls of several sessions in any order.
 *
 * Bytes: buffers stay the caller's. Inputs are read before the method returns its promise, so a
 * change afterwards has no effect; outputs are written before the promise settles and not after.
 *
 * @standard GPD_SPE_007 v1.0 §4.5
 * @group Client
 */
export interface TeeClient {
  readonly specVersion: '1';
  /** Name for reports, for example `software`. */
  readonly name: string;
  /** True when no hardware isolates the trusted side. Shown wherever this TEE is named. */
  readonly emulated: boolean;
  /**
   * What this adapter offers beyond the mandatory part: `conformance-ta` (the conformance TA is
   * installed), `cancellation`, `login-user`, `login-group`, `login-application`.
   */
  readonly capabilities: ReadonlySet<string>;
  /**
   * Connects to the TEE called `name`; to the default one when left out.
   *
   * @standard GPD_SPE_007 v1.0 §4.5 TEEC_InitializeContext
   * @throws {@link TeecError} ITEM_NOT_FOUND for an unknown name, COMMUNICATION when it cannot be reached
   */
  initializeContext(name?: string): Promise<TeecContext>;
}

/**
 * How a session is opened.
 *
 * @group Client
 */
export interface TeecSessionOptions {
  /** One of `TEEC_LOGIN`; PUBLIC when left out. */
  readonly connectionMethod?: number;
  /** The group id for the GROUP logins (a number); nothing for the others. */
  readonly connectionData?: number;
  /** Payload for the trusted application's open-session entry point. */
  readonly operation?: TeecOperation;
}

/**
 * A connection to one TEE: sessions and shared memory belong to it.
 *
 * @standard GPD_SPE_007 v1.0 §4.3 TEEC_Context
 * @group Client
 */
export interface TeecContext {
  /**
   * Opens a session with the trusted application `destination` (a UUID).
   *
   * @standard GPD_SPE_007 v1.0 §4.5 TEEC_OpenSession
   * @throws {@link TeecError} ITEM_NOT_FOUND (origin TEE) when there is no such application,
   * NOT_SUPPORTED for a login the adapter lacks, BAD_STATE after `finalize`
   */
  openSession(destination: TeecUuid, options?: TeecSessionOptions): Promise<TeecSession>;
  /**
   * Registers the caller's buffer; it may be empty and may be registered more than once.
   *
   * @standard GPD_SPE_007 v1.0 §4.5 TEEC_RegisterSharedMemory
   * @param flags - `TEEC_MEM.INPUT`, `TEEC_MEM.OUTPUT` or both
   * @throws {@link TeecError} BAD_PARAMETERS, OUT_OF_MEMORY above the adapter's limit, BAD_STATE after `finalize`
   */
  registerSharedMemory(buffer: Uint8Array, flags: number): TeecSharedMemory;
  /**
   * Allocates a zeroed block of `size` bytes (0 is allowed).
   *
   * @standard GPD_SPE_007 v1.0 §4.5 TEEC_AllocateSharedMemory
   * @throws {@link TeecError} as for `registerSharedMemory`
   */
  allocateSharedMemory(size: number, flags: number): TeecSharedMemory;
  /**
   * Closes all sessions, releases all shared memory and ends the context. A second call does nothing.
   *
   * @standard GPD_SPE_007 v1.0 §4.5 TEEC_FinalizeContext
   */
  finalize(): Promise<void>;
}

/**
 * A session (会话) with one trusted application.
 *
 * @standard GPD_SPE_007 v1.0 §4.3 TEEC_Session
 * @group Client
 */
export interface TeecSession {
  /** The operation given to `openSession` with its outputs filled. */
  readonly operation?: TeecOperation;
  /**
   * Invokes a command. Resolves to the operation with its outputs filled; memory outputs are
   * also in the caller's buffers.
   *
   * @standard GPD_SPE_007 v1.0 §4.5 TEEC_InvokeCommand
   * @throws {@link TeecError} SHORT_BUFFER with the required sizes in `operation`; TARGET_DEAD when
   * the application is gone, after which the session can only be closed; BAD_STATE when closed;
   * otherwise what the application returned, with origin TRUSTED_APP
   */
  invokeCommand(commandId: number, operation?: TeecOperation): Promise<TeecOperation>;
  /**
   * Ends the session. Never fails; a second call does nothing.
   *
   * @standard GPD_SPE_007 v1.0 §4.5 TEEC_CloseSession
   */
  close(): Promise<void>;
}

/**
 * A block of memory both sides may use.
 *
 * @standard GPD_SPE_007 v1.0 §4.3 TEEC_SharedMemory
 * @group Client
 */
export interface TeecSharedMemory {
  readonly buffer: Uint8Array;
  /** Bytes. */
  readonly size: number;
  /** Bits of `TEEC_MEM`. */
  readonly flags: number;
  /**
   * Ends the block's use; a call that names it afterwards is refused. A second call does nothing.
   *
   * @standard GPD_SPE_007 v1.0 §4.5 TEEC_ReleaseSharedMemory
   */
  release(): void;
}
