import type { ErrorTable } from '@cssi/sm-core';
import type { TeecResultName } from '../results.ts';

/**
 * Codes for GlobalPlatform results: `ERR_TEEC_` and the result's name.
 *
 * @group Results
 */
export type TeecErrorCode = `ERR_TEEC_${Exclude<TeecResultName, 'SUCCESS'>}` | 'ERR_TEEC_UNKNOWN_RESULT';

/** @internal */
export const TEEC_ERROR_TABLE: ErrorTable<TeecErrorCode> = {
  ERR_TEEC_GENERIC: { n: 0x40, category: 'internal', en: 'The TEE reports a failure.', zh: 'TEE 报告失败。' },
  ERR_TEEC_ACCESS_DENIED: { n: 0x41, category: 'denied', en: 'Access denied.', zh: '拒绝访问。' },
  ERR_TEEC_CANCEL: { n: 0x42, category: 'conflict', en: 'The operation was cancelled.', zh: '操作已取消。' },
  ERR_TEEC_ACCESS_CONFLICT: {
    n: 0x43,
    category: 'conflict',
    en: 'Concurrent accesses conflict.',
    zh: '并发访问冲突。',
  },
  ERR_TEEC_EXCESS_DATA: {
    n: 0x44,
    category: 'limit',
    en: 'Too much data for the operation.',
    zh: '操作数据过多。',
  },
  ERR_TEEC_BAD_FORMAT: {
    n: 0x45,
    category: 'input',
    en: 'The data has the wrong format.',
    zh: '数据格式错误。',
  },
  ERR_TEEC_BAD_PARAMETERS: { n: 0x46, category: 'input', en: 'Bad parameters.', zh: '参数错误。' },
  ERR_TEEC_BAD_STATE: {
    n: 0x47,
    category: 'conflict',
    en: 'The operation is not valid in this state.',
    zh: '当前状态下操作无效。',
  },
  ERR_TEEC_ITEM_NOT_FOUND: {
    n: 0x48,
    category: 'not-found',
    en: 'Not found in the TEE.',
    zh: 'TEE 中不存在。',
  },
  ERR_TEEC_NOT_IMPLEMENTED: {
    n: 0x49,
    category: 'unsupported',
    en: 'The TEE does not have this operation.',
    zh: 'TEE 未提供该操作。',
  },
  ERR_TEEC_NOT_SUPPORTED: { n: 0x4a, category: 'unsupported', en: 'Not supported.', zh: '不支持。' },
  ERR_TEEC_NO_DATA: { n: 0x4b, category: 'input', en: 'Expected data is missing.', zh: '缺少所需数据。' },
  ERR_TEEC_OUT_OF_MEMORY: {
    n: 0x4c,
    category: 'limit',
    en: 'The TEE has not enough memory for the call.',
    zh: 'TEE 内存不足。',
  },
  ERR_TEEC_BUSY: { n: 0x4d, category: 'unavailable', en: 'The TEE is busy.', zh: 'TEE 忙。' },
  ERR_TEEC_COMMUNICATION: {
    n: 0x4e,
    category: 'unavailable',
    en: 'Communication with the TEE failed.',
    zh: '与 TEE 通信失败。',
  },
  ERR_TEEC_SECURITY: {
    n: 0x4f,
    category: 'integrity',
    en: 'The TEE found a security fault.',
    zh: 'TEE 检测到安全故障。',
  },
  ERR_TEEC_SHORT_BUFFER: {
    n: 0x50,
    category: 'limit',
    en: 'An output buffer is too short.',
    zh: '输出缓冲区过短。',
  },
  ERR_TEEC_EXTERNAL_CANCEL: {
    n: 0x51,
    category: 'conflict',
    en: 'The operation was cancelled from outside.',
    zh: '操作被外部事件取消。',
  },
  ERR_TEEC_TIMEOUT: {
    n: 0x52,
    category: 'unavailable',
    en: 'The trusted application did not answer in time.',
    zh: '可信应用响应超时。',
  },
  ERR_TEEC_OVERFLOW: { n: 0x53, category: 'limit', en: 'A value overflowed.', zh: '数值溢出。' },
  ERR_TEEC_TARGET_DEAD: {
    n: 0x54,
    category: 'unavailable',
    en: 'The trusted application has died.',
    zh: '可信应用已终止。',
  },
  ERR_TEEC_STORAGE_NO_SPACE: {
    n: 0x55,
    category: 'unavailable',
    en: 'The trusted storage is full.',
    zh: '可信存储空间不足。',
  },
  ERR_TEEC_MAC_INVALID: {
    n: 0x56,
    category: 'integrity',
    en: 'The authentication of the data failed.',
    zh: '数据鉴别失败。',
  },
  ERR_TEEC_SIGNATURE_INVALID: {
    n: 0x57,
    category: 'integrity',
    en: 'The signature is invalid.',
    zh: '签名无效。',
  },
  ERR_TEEC_TIME_NOT_SET: { n: 0x58, category: 'unavailable', en: 'The time is not set.', zh: '时间未设置。' },
  ERR_TEEC_TIME_NEEDS_RESET: {
    n: 0x59,
    category: 'unavailable',
    en: 'The time needs a reset.',
    zh: '时间需要重置。',
  },
  ERR_TEEC_CORRUPT_OBJECT: {
    n: 0x5a,
    category: 'integrity',
    en: 'A stored object is corrupt.',
    zh: '存储对象已损坏。',
  },
  ERR_TEEC_STORAGE_NOT_AVAILABLE: {
    n: 0x5b,
    category: 'unavailable',
    en: 'The trusted storage is not available.',
    zh: '可信存储不可用。',
  },
  ERR_TEEC_UNSUPPORTED_VERSION: {
    n: 0x5c,
    category: 'unsupported',
    en: 'The version is not supported.',
    zh: '版本不受支持。',
  },
  ERR_TEEC_CIPHERTEXT_INVALID: {
    n: 0x5d,
    category: 'integrity',
    en: 'The ciphertext is invalid.',
    zh: '密文无效。',
  },
  ERR_TEEC_UNKNOWN_RESULT: {
    n: 0x5f,
    category: 'internal',
    en: 'The TEE returned a result that GlobalPlatform does not define.',
    zh: 'TEE 返回了未定义的结果码。',
  },
};
