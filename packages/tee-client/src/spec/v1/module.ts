/**
 * The module-side (southbound, 南向) interface: all that a security module has to offer so that
 * every client of this package runs on it. The checks of the client API, shared memory, logins'
 * form and the enclave interface are made above it, once for all modules.
 */

import type { ModuleMigrationAnswer, ModuleMigrationRequest } from './migration.ts';
import type { ModuleEventListener, ModuleSnapshot } from './monitor.ts';
import type { TeecUuid } from './uuid.ts';

/** Version of the module-side interface. @group Security module */
export const MODULE_INTERFACE_VERSION = '1';

/**
 * Capabilities a module may declare. What it does not declare is refused by name above it.
 *
 * - `cancellation`: a running call sees a cancellation; `login-…`: logins beyond PUBLIC
 * - `conformance-ta`: the conformance TAs are installed
 * - `enclave-…`: services behind the enclave interface; `enclave-migrate`: applications may move to
 *   another module, by signed commands; `management`: signed commands
 * - `monitor`: events and metrics
 *
 * @group Security module
 */
export const MODULE_CAPABILITIES = [
  'cancellation',
  'conformance-ta',
  'login-user',
  'login-group',
  'login-application',
  'enclave-seal',
  'enclave-derive',
  'enclave-memory',
  'enclave-evidence',
  'enclave-channel',
  'enclave-migrate',
  'management',
  'monitor',
] as const;

/** @group Security module */
export type ModuleCapability = (typeof MODULE_CAPABILITIES)[number];

/**
 * How the trusted side is separated from the caller. Shown wherever the module is named.
 *
 * - `none`: it runs in the caller's own heap; for tests and debugging
 * - `thread`: memory of its own, one process with the caller
 * - `process`: a process of its own, one operating system with the caller
 * - `hardware`: the operating system of the caller is kept out
 *
 * @group Security module
 */
export type ModuleIsolation = 'none' | 'thread' | 'process' | 'hardware';

/** @group Security module */
export interface ModuleDescription {
  readonly interfaceVersion: typeof MODULE_INTERFACE_VERSION;
  /** `[a-z0-9-]{1,32}`, for example `software`. */
  readonly name: string;
  readonly vendor: string;
  /** Vendor and version: 1 to 128 characters each. */
  readonly version: string;
  /** True when it stands in for hardware. */
  readonly emulated: boolean;
  readonly isolation: ModuleIsolation;
  /** Each at most once, none that {@link MODULE_CAPABILITIES} does not have. */
  readonly capabilities: readonly ModuleCapability[];
  /** Most bytes of one memory parameter; from 512 KiB to 2^32 - 1. */
  readonly maxMemoryBytes: number;
}

/**
 * A parameter on its way to or from a module. For memory: `size` is what the caller offers, and in
 * an answer what was written or is required; `buffer` holds the input (empty for outputs), in an
 * answer exactly the `size` bytes of the output where they fitted, otherwise nothing. In an answer
 * every parameter keeps its type; inputs may come back empty.
 *
 * @group Security module
 */
export type ModuleParameter =
  | { readonly type: 0 }
  | { readonly type: 1 | 2 | 3; readonly a: number; readonly b: number }
  | { readonly type: 5 | 6 | 7; readonly size: number; readonly buffer: Uint8Array };

/** The caller's identity as the driver vouches for it. @group Security module */
export interface ModuleClient {
  /** `TEEC_LOGIN`. */
  readonly login: number;
  /** Nil UUID for PUBLIC. */
  readonly uuid: TeecUuid;
}

/** Requests cancellation of one call. @group Security module */
export interface ModuleCall {
  /** Aborted when the client asks for cancellation. */
  readonly cancellation?: AbortSignal | undefined;
}

/** The answer to an opened session or a command. @group Security module */
export interface ModuleAnswer {
  /** GlobalPlatform's value. */
  readonly result: number;
  readonly origin: number;
  /** Of `openSession` with result SUCCESS. */
  readonly session?: number;
  /** As many as were given; none where the call did not reach the application. */
  readonly params: readonly ModuleParameter[];
}

/** Services of the runtime on behalf of an application (session). @group Security module */
export type ModuleServiceRequest =
  | { readonly service: 'seal'; readonly data: Uint8Array; readonly aad: Uint8Array }
  | { readonly service: 'unseal'; readonly data: Uint8Array; readonly aad: Uint8Array }
  | { readonly service: 'derive'; readonly label: Uint8Array; readonly length: number }
  | { readonly service: 'evidence'; readonly nonce: Uint8Array; readonly userData: Uint8Array }
  | { readonly service: 'memory-allocate'; readonly size: number }
  | { readonly service: 'memory-grow'; readonly id: number; readonly size: number }
  | {
      readonly service: 'memory-write';
      readonly id: number;
      readonly offset: number;
      readonly data: Uint8Array;
    }
  | { readonly service: 'memory-release'; readonly id: number }
  /** First message of a handshake; the channel ends in the application and belongs to the session. */
  | { readonly service: 'channel-open'; readonly data: Uint8Array }
  /** Third message of the handshake. */
  | { readonly service: 'channel-finish'; readonly id: number; readonly data: Uint8Array }
  /** A sealed call, see `encodeChannelRequest`. */
  | { readonly service: 'channel-call'; readonly id: number; readonly data: Uint8Array }
  | { readonly service: 'channel-close'; readonly id: number };

/**
 * Answer of a service. `value` is the id of the memory or of the channel; `parts` are: seal/unseal/derive one;
 * evidence the report and then the certificates; channel-open the second message of the handshake;
 * channel-finish a sealed frame without contents, by which the client knows that it was accepted; channel-call
 * the sealed answer, see `encodeChannelAnswer`; otherwise none.
 *
 * @group Security module
 */
export interface ModuleServiceAnswer {
  readonly result: number;
  readonly origin: number;
  readonly value: number;
  readonly parts: readonly Uint8Array[];
}

/**
 * A security module (安全模块).
 *
 * Guarantee: calls of one session take effect in the order made. An answer is given exactly once
 * for every call; a module that loses its application answers TARGET_DEAD (origin TEE), one that
 * cannot be reached COMMUNICATION (origin COMMS). A session a module does not know (any more) is
 * BAD_STATE or BAD_PARAMETERS (origin TEE). Methods reject only for a closed module
 * (`ERR_TEEC_BAD_STATE`) and for defects.
 *
 * Trust: what reaches a module was checked above it, and a module checks all the same what its own
 * safety rests on. What a module answers is checked above it: a malformed answer is COMMUNICATION.
 *
 * A call cancelled before the application sees it ends with CANCEL and an origin other than
 * TRUSTED_APP and has no effect.
 *
 * Bytes: buffers in a request belong to the module until it answers and may be transferred or
 * zeroed; those in an answer belong to the caller.
 *
 * @group Security module
 */
export interface SecurityModule {
  /** The same every time. */
  describe(): ModuleDescription;
  /** @standard GPD_SPE_007 v1.0 §4.5 TEEC_OpenSession */
  openSession(
    uuid: TeecUuid,
    client: ModuleClient,
    params: readonly ModuleParameter[],
    call?: ModuleCall,
  ): Promise<ModuleAnswer>;
  /** @standard GPD_SPE_007 v1.0 §4.5 TEEC_InvokeCommand */
  invoke(
    session: number,
    commandId: number,
    params: readonly ModuleParameter[],
    call?: ModuleCall,
  ): Promise<ModuleAnswer>;
  /** After the calls made before. Never fails; an unknown session is ignored. Frees its secure memory. */
  closeSession(session: number): Promise<void>;
  /** Services of the enclave interface; NOT_SUPPORTED for what is not declared. */
  service(session: number, request: ModuleServiceRequest, call?: ModuleCall): Promise<ModuleServiceAnswer>;
  /**
   * Executes a signed management command; the answer is a signed receipt. `payload` carries the
   * bundle or the personalisation data the command names by digest.
   *
   * @throws {@link SmError} ERR_TEE_MANAGEMENT_… with the reason; NOT_SUPPORTED without the capability
   */
  manage(command: Uint8Array, payload?: Uint8Array): Promise<Uint8Array>;
  /**
   * One step of a migration (迁移) of an application to or from another module.
   *
   * Guarantee: at every moment at most one of the two modules runs the application, and what is cut
   * can be taken up again until one of them does; messages may be lost, repeated or forged.
   *
   * @throws {@link SmError} ERR_TEE_MIGRATION_… and ERR_TEE_CHANNEL… with the reason; NOT_SUPPORTED without
   * the capability `enclave-migrate`
   */
  migrate(request: ModuleMigrationRequest): Promise<ModuleMigrationAnswer>;
  /** What the module knows of its applications now. */
  snapshot(): Promise<ModuleSnapshot>;
  /** Returns what ends the subscription. A listener that throws disturbs nobody. */
  subscribe(listener: ModuleEventListener): () => void;
  /** Ends all sessions and zeroes all secrets. A second call does nothing. */
  close(): Promise<void>;
}
