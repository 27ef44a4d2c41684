/**
 * How GlobalPlatform's C functions look to a trusted application here:
 *
 * - a function that returns TEE_Result returns its outputs and throws {@link TeeError} instead;
 * - where C takes an output buffer with its length, the optional last number `size` is that length:
 *   a longer output throws SHORT_BUFFER with `required`; without it every length fits;
 * - handles are opaque frozen objects, TEE_HANDLE_NULL is `null`;
 * - what panics in C panics here: the instance is dead, whatever the application catches.
 */

import type { TeeArithmetic } from './arithmetic.ts';
import type { TeeControl, TeeInternalClient, TeeMemory } from './control.ts';
import type { TeeCryptography } from './cryptography.ts';
import type { TeeObjects } from './objects.ts';
import type { TeePlatform } from './platform.ts';
import type { TeeProperties } from './properties.ts';
import type { TeeStorage } from './storage.ts';
import type { TeeTime } from './time.ts';
import type { TEE_Params } from './types.ts';

export type * from './arithmetic.ts';
export type * from './control.ts';
export type * from './cryptography.ts';
export type * from './objects.ts';
export type * from './platform.ts';
export type * from './properties.ts';
export type * from './storage.ts';
export type * from './time.ts';
export type * from './types.ts';

/**
 * The TEE Internal Core API v1.3.1 as a trusted application gets it.
 *
 * @standard GPD_SPE_010 v1.3.1
 * @group Internal Core API
 */
export interface Tee
  extends TeeProperties,
    TeeControl,
    TeeInternalClient,
    TeeMemory,
    TeeObjects,
    TeeStorage,
    TeeCryptography,
    TeeTime,
    TeeArithmetic,
    TeePlatform {
  /** Makes the error an entry point answers with. `TeeError` is not reachable otherwise in a compartment. */
  error(result: string | number, required?: number): Error;
}

/**
 * The entry points of a trusted application. They run to their end, one at a time in an instance.
 * What they throw with {@link Tee.error} is the answer; anything else thrown is a panic.
 *
 * @standard GPD_SPE_010 v1.3.1 §4.3
 * @group Internal Core API
 */
export interface TrustedApplication<Session = unknown> {
  TA_CreateEntryPoint?(): void;
  TA_DestroyEntryPoint?(): void;
  /** Returns the session context. */
  TA_OpenSessionEntryPoint(paramTypes: number, params: TEE_Params): Session;
  TA_CloseSessionEntryPoint?(session: Session): void;
  TA_InvokeCommandEntryPoint(
    session: Session,
    commandID: number,
    paramTypes: number,
    params: TEE_Params,
  ): void;
}

/** What the module of a trusted application exports as default. @group Internal Core API */
export type TrustedApplicationFactory = (tee: Tee) => TrustedApplication;
