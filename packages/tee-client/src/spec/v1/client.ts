import type { TeecOperation } from './operation.ts';
import type { TeecUuid } from './uuid.ts';

/**
 * One trusted execution environment (TEE, 可信执行环境), reached as the GlobalPlatform Client API
 * reaches it. The same client code runs on every adapter.
 *
 * Guarantee: a call either resolves as if it had returned TEEC_SUCCESS or rejects with a
 * `TeecError` (another `SmError` only where the adapter itself cannot start). Parameters that cannot
 * be carried are refused with BAD_PARAMETERS and origin API before anything leaves the process. A TEE
 * whose answer is malformed gives COMMUNICATION, origin COMMS. Nothing is retried.
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
   * What this TEE offers beyond the mandatory part, see `MODULE_CAPABILITIES`. For this interface:
   * `conformance-ta` (the conformance TA is installed), `cancellation`, `login-user`, `login-group`,
   * `login-application`.
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
  /**
   * One of `TEEC_LOGIN`; PUBLIC when left out.
   *
   * The identity behind a login is worth what the host is worth: the trusted side is told a UUID by
   * the client's process, as a TrustZone TEE is told by its driver. It separates the users and programs of
   * an honest host and keeps no administrator of that host out. USER is the effective user id, GROUP
   * a group the process is a member of, APPLICATION the real path of its main script: whoever may
   * change that file is that application.
   */
  readonly connectionMethod?: number;
  /** The group id for the GROUP logins (32 bits); nothing for the others. */
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
   * NOT_SUPPORTED (origin API) for a login the TEE lacks, ACCESS_DENIED (origin COMMS) for a group the
   * caller is no member of, BAD_STATE (origin API) after `finalize`; otherwise what the application
   * or the TEE refused with
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
   * Closes all sessions, those on their way too, releases all shared memory and ends the context.
   * Never fails; a second call gives the same promise.
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
   * @throws {@link TeecError} SHORT_BUFFER with the required sizes in `operation`; TARGET_DEAD (origin
   * TEE) when the application is gone, after which the session can only be closed; BAD_STATE (origin
   * API) when closed; CANCEL; otherwise what the application returned, with origin TRUSTED_APP
   */
  invokeCommand(commandId: number, operation?: TeecOperation): Promise<TeecOperation>;
  /**
   * Ends the session after the calls made before. Never fails; a second call gives the same promise.
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
   * Ends the block's use; a call that names it afterwards is refused. A call that is under way keeps
   * it: its outputs still arrive. A second call does nothing.
   *
   * @standard GPD_SPE_007 v1.0 §4.5 TEEC_ReleaseSharedMemory
   */
  release(): void;
}
