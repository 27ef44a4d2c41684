/**
 * Return codes of the TEE Client API, and of the TEE Internal Core API where a
 * trusted application passes one through. The names are GlobalPlatform's without `TEEC_ERROR_`.
 *
 * @standard GPD_SPE_007 v1.0 §4.4; GPD_SPE_010 v1.3.1 §3.3.1
 * @group Results
 */
export const TEEC_RESULTS = {
  SUCCESS: 0x00000000,
  GENERIC: 0xffff0000,
  ACCESS_DENIED: 0xffff0001,
  CANCEL: 0xffff0002,
  ACCESS_CONFLICT: 0xffff0003,
  EXCESS_DATA: 0xffff0004,
  BAD_FORMAT: 0xffff0005,
  BAD_PARAMETERS: 0xffff0006,
  BAD_STATE: 0xffff0007,
  ITEM_NOT_FOUND: 0xffff0008,
  NOT_IMPLEMENTED: 0xffff0009,
  NOT_SUPPORTED: 0xffff000a,
  NO_DATA: 0xffff000b,
  OUT_OF_MEMORY: 0xffff000c,
  BUSY: 0xffff000d,
  COMMUNICATION: 0xffff000e,
  SECURITY: 0xffff000f,
  SHORT_BUFFER: 0xffff0010,
  EXTERNAL_CANCEL: 0xffff0011,
  TIMEOUT: 0xffff3001,
  OVERFLOW: 0xffff300f,
  TARGET_DEAD: 0xffff3024,
  STORAGE_NO_SPACE: 0xffff3041,
  MAC_INVALID: 0xffff3071,
  SIGNATURE_INVALID: 0xffff3072,
  TIME_NOT_SET: 0xffff5000,
  TIME_NEEDS_RESET: 0xffff5001,
  CORRUPT_OBJECT: 0xf0100001,
  STORAGE_NOT_AVAILABLE: 0xf0100003,
  UNSUPPORTED_VERSION: 0xf0100005,
  CIPHERTEXT_INVALID: 0xf0100006,
} as const;

/**
 * Name of a return code.
 *
 * @group Results
 */
export type TeecResultName = keyof typeof TEEC_RESULTS;

/**
 * Which part produced a return code (来源).
 *
 * @standard GPD_SPE_007 v1.0 §4.4
 * @group Results
 */
export const TEEC_ORIGINS = { API: 1, COMMS: 2, TEE: 3, TRUSTED_APP: 4 } as const;

const NAMES: ReadonlyMap<number, TeecResultName> = new Map(
  Object.entries(TEEC_RESULTS).map(([name, value]) => [value, name as TeecResultName]),
);

/**
 * Name of a numeric return code; `undefined` for a value GlobalPlatform does not define.
 *
 * @example
 * ```ts
 * teecResultName(0xffff0010); // 'SHORT_BUFFER'
 * ```
 * @group Results
 */
export function teecResultName(result: number): TeecResultName | undefined {
  return NAMES.get(result);
}
