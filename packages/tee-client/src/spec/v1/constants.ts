/**
 * Parameter types of an operation.
 *
 * @standard GPD_SPE_007 v1.0 §4.4
 * @group Constants
 */
export const TEEC_PARAM = {
  NONE: 0x0,
  VALUE_INPUT: 0x1,
  VALUE_OUTPUT: 0x2,
  VALUE_INOUT: 0x3,
  MEMREF_TEMP_INPUT: 0x5,
  MEMREF_TEMP_OUTPUT: 0x6,
  MEMREF_TEMP_INOUT: 0x7,
  MEMREF_WHOLE: 0xc,
  MEMREF_PARTIAL_INPUT: 0xd,
  MEMREF_PARTIAL_OUTPUT: 0xe,
  MEMREF_PARTIAL_INOUT: 0xf,
} as const;

/**
 * One of the parameter types.
 *
 * @group Constants
 */
export type TeecParamType = (typeof TEEC_PARAM)[keyof typeof TEEC_PARAM];

/**
 * Directions a shared memory block (共享内存) may be used in.
 *
 * @standard GPD_SPE_007 v1.0 §4.4
 * @group Constants
 */
export const TEEC_MEM = { INPUT: 0x1, OUTPUT: 0x2 } as const;

/**
 * Login methods of a session.
 *
 * @standard GPD_SPE_007 v1.0 §4.4
 * @group Constants
 */
export const TEEC_LOGIN = {
  PUBLIC: 0x0,
  USER: 0x1,
  GROUP: 0x2,
  APPLICATION: 0x4,
  USER_APPLICATION: 0x5,
  GROUP_APPLICATION: 0x6,
} as const;

/**
 * Parameters of one operation.
 *
 * @standard GPD_SPE_007 v1.0 §4.4 TEEC_CONFIG_PAYLOAD_REF_COUNT
 * @group Constants
 */
export const TEEC_CONFIG_PAYLOAD_REF_COUNT = 4;

/**
 * The size in bytes (512 KiB) every implementation offers for one shared memory block.
 *
 * @standard GPD_SPE_007 v1.0 §4.4: TEEC_CONFIG_SHAREDMEM_MAX_SIZE is at least this
 * @group Constants
 */
export const TEEC_SHAREDMEM_MIN_MAX_SIZE: number = 512 * 1024;

/**
 * Packs four parameter types, four bits each, the first lowest.
 *
 * @standard GPD_SPE_007 v1.0 §4.5 TEEC_PARAM_TYPES
 * @group Constants
 */
export function TEEC_PARAM_TYPES(
  p0: TeecParamType,
  p1: TeecParamType,
  p2: TeecParamType,
  p3: TeecParamType,
): number {
  return p0 | (p1 << 4) | (p2 << 8) | (p3 << 12);
}

/**
 * The type of parameter `index` (0 to 3) in a packed value; the four bits as they are,
 * so that a value GlobalPlatform does not define stays visible.
 *
 * @group Constants
 */
export function TEEC_PARAM_TYPE_GET(paramTypes: number, index: number): number {
  return (paramTypes >>> (index * 4)) & 0xf;
}
