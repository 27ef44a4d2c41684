import type { TeecUuid } from '../uuid.ts';
import type { TEE_Params, TEE_TASessionHandle } from './types.ts';

/** @standard GPD_SPE_010 v1.3.1 §4.8, §4.10 @group Internal Core API */
export interface TeeControl {
  TEE_Panic(panicCode: number): never;
  TEE_GetCancellationFlag(): boolean;
  /** Returns whether cancellation was masked before. */
  TEE_UnmaskCancellation(): boolean;
  TEE_MaskCancellation(): boolean;
}

/** @standard GPD_SPE_010 v1.3.1 §4.9 @group Internal Core API */
export interface TeeInternalClient {
  /** Parameters of the call are updated in place. @throws {@link TeeError} with `origin` */
  TEE_OpenTASession(destination: TeecUuid, timeout: number, params: TEE_Params): TEE_TASessionHandle;
  TEE_CloseTASession(session: TEE_TASessionHandle | null): void;
  TEE_InvokeTACommand(
    session: TEE_TASessionHandle,
    timeout: number,
    commandID: number,
    params: TEE_Params,
  ): void;
}

/** Memory within the quota of the manifest. @standard GPD_SPE_010 v1.3.1 §4.11 @group Internal Core API */
export interface TeeMemory {
  TEE_CheckMemoryAccessRights(accessFlags: number, buffer: Uint8Array | null, size: number): void;
  TEE_SetInstanceData(data: unknown): void;
  TEE_GetInstanceData(): unknown;
  /** `null` when the quota is used up. */
  TEE_Malloc(size: number, hint: number): Uint8Array | null;
  TEE_Realloc(buffer: Uint8Array | null, newSize: number): Uint8Array | null;
  /** Zeroes the buffer and gives its bytes back to the quota. */
  TEE_Free(buffer: Uint8Array | null): void;
  TEE_MemMove(dest: Uint8Array, src: Uint8Array, size: number): void;
  /** Constant time in the contents. */
  TEE_MemCompare(buffer1: Uint8Array, buffer2: Uint8Array, size: number): number;
  TEE_MemFill(buffer: Uint8Array, x: number, size: number): void;
}
