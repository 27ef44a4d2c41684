import type { Secret } from '@cssi/sm-core';
import type { EnclaveChannel, EnclaveChannelOptions } from './channel.ts';
import type { MigrationOptions, MigrationResult } from './migration.ts';
import type { ModuleCapability, ModuleDescription } from './module.ts';
import type { ApplicationMetrics } from './monitor.ts';
import type { Evidence } from './root-key-service.ts';
import type { TeecUuid } from './uuid.ts';

/**
 * The one interface that hides which TEE is below (屏蔽底层差异的机密计算接口): create an enclave,
 * call it, destroy it, whatever isolates it. Capabilities are declared; what is missing is refused
 * with NOT_SUPPORTED (origin API) and the capability's name.
 *
 * Failure: everything rejects with a `TeecError`, the secure channel also with an `SmError`. Concurrency: any number of calls at a time; those of
 * one enclave take effect in their order. Bytes: inputs are copied before a method returns its promise;
 * results belong to the caller.
 *
 * @group Enclave
 */
export interface EnclavePlatform {
  readonly specVersion: '1';
  readonly module: ModuleDescription;
  has(capability: ModuleCapability): boolean;
  /** Creates an enclave of an installed trusted application: one session with it. */
  create(application: TeecUuid, options?: EnclaveOptions): Promise<Enclave>;
  /** Destroys all enclaves of this platform; the module stays open. */
  close(): Promise<void>;
}

/** @group Enclave */
export interface EnclaveOptions {
  /** `TEEC_LOGIN`; PUBLIC when left out. */
  readonly login?: number;
  /** Group id for GROUP logins. */
  readonly group?: number;
}

/** @group Enclave */
export interface EnclaveCallOptions {
  readonly signal?: AbortSignal;
  /** Most bytes of the answer; 65,536 when left out. */
  readonly maxOutput?: number;
}

/** What a migration takes besides the enclave; see `MigrationOptions`. @group Enclave */
export type EnclaveMigrationOptions = Omit<MigrationOptions, 'ta' | 'source'>;

/**
 * A block of secure memory (安全内存) inside an enclave. The client may fill it and not read it.
 *
 * @group Enclave
 */
export interface SecureMemory {
  readonly id: number;
  readonly size: number;
  /** Up to the module's `maxMemoryBytes` at a time. @throws {@link TeecError} BAD_PARAMETERS out of bounds */
  write(offset: number, data: Uint8Array): Promise<void>;
  /** New bytes are zero. @throws {@link TeecError} OUT_OF_MEMORY above the quota; nothing changes then */
  grow(size: number): Promise<void>;
  /**
   * Zeroes the block and gives its bytes back. A second call gives the same promise; after a refusal
   * (as of a module that is busy) the block is still there and `release` may be called again.
   */
  release(): Promise<void>;
}

/**
 * One enclave (飞地): a session with a trusted application and the runtime's services for it.
 *
 * @group Enclave
 */
export interface Enclave {
  readonly application: TeecUuid;
  /**
   * Calls a command with the input as memory parameter 0 and the output as memory parameter 1.
   *
   * @throws {@link TeecError} SHORT_BUFFER with `required=…` in its detail when `maxOutput` is too
   * small; TARGET_DEAD, after which the enclave can only be destroyed; CANCEL; otherwise what the application
   * returned
   */
  call(command: number, input: Uint8Array, options?: EnclaveCallOptions): Promise<Uint8Array>;
  /** What it gives opens only in this application on this TEE and with the same associated data. */
  seal(data: Uint8Array, aad: Uint8Array): Promise<Uint8Array>;
  /** @throws {@link TeecError} MAC_INVALID for everything that does not open */
  unseal(blob: Uint8Array, aad: Uint8Array): Promise<Uint8Array>;
  /** Key of this application for `label` (1 to 64 bytes), 16 to 64 bytes long; the caller destroys it. */
  deriveKey(label: Uint8Array, length: number): Promise<Secret>;
  /**
   * A zeroed block of 1 to 2^32 - 1 bytes within the application's quota; it ends with the enclave.
   *
   * @throws {@link TeecError} OUT_OF_MEMORY above the quota
   */
  allocateMemory(size: number): Promise<SecureMemory>;
  /** Evidence of the application; nonce 16 to 64 bytes, user data up to 64. */
  evidence(nonce: Uint8Array, userData?: Uint8Array): Promise<Evidence>;
  /**
   * A channel that ends inside the application, which proves itself by evidence that `appraise` of the options
   * judges. It belongs to this enclave's session.
   *
   * @example
   * ```ts
   * const channel = await enclave.secureChannel({
   *   credential: { kind: 'key', pair },
   *   appraise: (evidence, reportData) => {
   *     const verdict = softwareVerifier.verify(evidence, { time: new Date(), anchors, reportData });
   *     if (!isAccepted(verdict)) throw new Error('not the enclave that was expected');
   *   },
   * });
   * const answer = await channel.call(1, secret);
   * ```
   * @throws {@link SmError} ERR_TEE_CHANNEL (a message is not genuine), ERR_TEE_CHANNEL_REFUSED (the evidence
   * was not accepted; the cause is what `appraise` threw); {@link TeecError} what the module refuses
   */
  secureChannel(options: EnclaveChannelOptions): Promise<EnclaveChannel>;
  /**
   * Moves the application, with its seed and its stored data, to another module; see `migrateApplication`.
   * All sessions with it end, this one too; a failure before the source departed leaves the application here.
   *
   * @throws {@link TeecError} NOT_SUPPORTED; {@link SmError} as `migrateApplication`
   */
  migrate(options: EnclaveMigrationOptions): Promise<MigrationResult>;
  /** State and figures of the application, of all its sessions. */
  monitor(): Promise<ApplicationMetrics>;
  /** A second call does nothing. */
  destroy(): Promise<void>;
}
