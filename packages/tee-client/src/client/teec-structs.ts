import type { TeecContext, TeecSession, TeecSharedMemory } from '../spec/v1/client.ts';

/**
 * The structures of the C header. As there, the caller makes them, the functions fill them, and
 * `imp` belongs to the implementation.
 */

/** @standard GPD_SPE_007 v1.0 §4.3 @group Client in the shape of C */
export class TEEC_Context {
  /** @internal */
  imp: TeecContext | undefined = undefined;
}

/** @standard GPD_SPE_007 v1.0 §4.3 @group Client in the shape of C */
export class TEEC_Session {
  /** @internal */
  imp: TeecSession | undefined = undefined;
}

/**
 * To register: `buffer`, `size` and `flags` are the caller's. To allocate: `size` and `flags`; the
 * function sets `buffer`.
 *
 * @standard GPD_SPE_007 v1.0 §4.3
 * @group Client in the shape of C
 */
export class TEEC_SharedMemory {
  buffer: Uint8Array | null = null;
  size = 0;
  flags = 0;
  /** @internal */
  imp: { readonly memory: TeecSharedMemory; readonly allocated: boolean } | undefined = undefined;
}

/** @standard GPD_SPE_007 v1.0 §4.3 @group Client in the shape of C */
export class TEEC_TempMemoryReference {
  buffer: Uint8Array | null = null;
  size = 0;
}

/** @standard GPD_SPE_007 v1.0 §4.3 @group Client in the shape of C */
export class TEEC_RegisteredMemoryReference {
  parent: TEEC_SharedMemory | null = null;
  size = 0;
  offset = 0;
}

/** @standard GPD_SPE_007 v1.0 §4.3 @group Client in the shape of C */
export class TEEC_Value {
  a = 0;
  b = 0;
}

/**
 * A union in C: the parameter's type in `paramTypes` says which member counts.
 *
 * @standard GPD_SPE_007 v1.0 §4.3
 * @group Client in the shape of C
 */
export class TEEC_Parameter {
  readonly tmpref: TEEC_TempMemoryReference = new TEEC_TempMemoryReference();
  readonly memref: TEEC_RegisteredMemoryReference = new TEEC_RegisteredMemoryReference();
  readonly value: TEEC_Value = new TEEC_Value();
}

/** @standard GPD_SPE_007 v1.0 §4.3 @group Client in the shape of C */
export class TEEC_Operation {
  /** 0 before a call that may be cancelled; the call sets it to 1. */
  started = 0;
  /** Made by TEEC_PARAM_TYPES. */
  paramTypes = 0;
  readonly params: readonly [TEEC_Parameter, TEEC_Parameter, TEEC_Parameter, TEEC_Parameter] = [
    new TEEC_Parameter(),
    new TEEC_Parameter(),
    new TEEC_Parameter(),
    new TEEC_Parameter(),
  ];
  /** @internal */
  imp: AbortController | undefined = undefined;
}

/** Where a C function takes `uint32_t *returnOrigin`. @group Client in the shape of C */
export interface TEEC_ReturnOrigin {
  value: number;
}
