import { defineErrors, type LayerErrors } from '@cssi/sm-core';
import { ATTESTATION_ERROR_TABLE, type AttestationErrorCode } from './error-tables/attestation.ts';
import { MANAGEMENT_ERROR_TABLE, type ManagementErrorCode } from './error-tables/management.ts';
import { QUERY_ERROR_TABLE, type QueryErrorCode } from './error-tables/query.ts';
import { TEEC_ERROR_TABLE, type TeecErrorCode } from './error-tables/teec.ts';

export type { TeecErrorCode } from './error-tables/teec.ts';

/** Codes of `@cssi/tee-client`. */
export type TeeClientErrorCode =
  | TeecErrorCode
  | QueryErrorCode
  | ManagementErrorCode
  | AttestationErrorCode
  | 'ERR_TEE_UUID_MALFORMED'
  | 'ERR_TEE_OPTION_INVALID'
  | 'ERR_TEE_WORKER_MISSING'
  | 'ERR_TEE_START_FAILED'
  | 'ERR_TEE_STORAGE'
  | 'ERR_TEE_LOCKED'
  | 'ERR_TEE_HUK_MISSING'
  | 'ERR_TEE_HUK_INVALID'
  | 'ERR_TEE_SEAL_INTEGRITY'
  | 'ERR_TEE_SEAL_MISSING'
  | 'ERR_TEE_SEAL_ROLLBACK'
  | 'ERR_TEE_SEAL_NEWER'
  | 'ERR_TEE_ANSWER_MALFORMED'
  | 'ERR_TEE_DRIFT'
  | 'ERR_TEE_STATE_FORMAT'
  | 'ERR_TEE_AUDIT_INTEGRITY'
  | 'ERR_TEE_MODULE_INVALID';

/** Error table of `@cssi/tee-client`. */
export const TEE_CLIENT_ERRORS: LayerErrors<TeeClientErrorCode> = defineErrors('tee-client', {
  ...TEEC_ERROR_TABLE,
  ...QUERY_ERROR_TABLE,
  ...MANAGEMENT_ERROR_TABLE,
  ...ATTESTATION_ERROR_TABLE,
  ERR_TEE_UUID_MALFORMED: {
    n: 0x01,
    category: 'input',
    en: 'The text is not a UUID.',
    zh: '文本不是有效的 UUID。',
  },
  ERR_TEE_OPTION_INVALID: {
    n: 0x02,
    category: 'input',
    en: 'An option of the TEE adapter or of a verification is not allowed.',
    zh: 'TEE 适配器选项或验证选项不符合要求。',
  },
  ERR_TEE_WORKER_MISSING: {
    n: 0x10,
    category: 'unavailable',
    en: 'The compiled worker of the software TEE is missing; build it with: npx tsc -b packages/tee-client',
    zh: '缺少软件 TEE 的已编译工作线程文件；请先执行：npx tsc -b packages/tee-client',
  },
  ERR_TEE_START_FAILED: {
    n: 0x11,
    category: 'unavailable',
    en: 'The trusted application did not start.',
    zh: '可信应用启动失败。',
  },
  ERR_TEE_STORAGE: {
    n: 0x12,
    category: 'unavailable',
    en: 'The data folder of the software TEE cannot be read or written.',
    zh: '软件 TEE 的数据目录无法读写。',
  },
  ERR_TEE_LOCKED: {
    n: 0x13,
    category: 'conflict',
    en: 'Another software TEE uses this data folder.',
    zh: '该数据目录正被另一个软件 TEE 使用。',
  },
  ERR_TEE_HUK_MISSING: {
    n: 0x14,
    category: 'integrity',
    en: 'The hardware unique key file is missing although sealed state exists.',
    zh: '密封状态存在，但硬件唯一密钥文件缺失。',
  },
  ERR_TEE_HUK_INVALID: {
    n: 0x15,
    category: 'integrity',
    en: 'The hardware unique key file has the wrong size or is readable by others.',
    zh: '硬件唯一密钥文件长度错误，或可被其他用户读取。',
  },
  ERR_TEE_SEAL_INTEGRITY: {
    n: 0x16,
    category: 'integrity',
    en: 'The sealed state does not open on this device.',
    zh: '密封状态无法在本设备上解封。',
  },
  ERR_TEE_SEAL_MISSING: {
    n: 0x17,
    category: 'integrity',
    en: 'The sealed state is missing although this device has written it before.',
    zh: '本设备曾写入的密封状态已缺失。',
  },
  ERR_TEE_SEAL_ROLLBACK: {
    n: 0x18,
    category: 'integrity',
    en: 'The sealed state does not match the counter of this device.',
    zh: '密封状态与本设备计数器不符。',
  },
  ERR_TEE_SEAL_NEWER: {
    n: 0x19,
    category: 'integrity',
    en: 'The sealed state was written by a newer version of the trusted application.',
    zh: '密封状态由更高版本的可信应用写入。',
  },
  ERR_TEE_ANSWER_MALFORMED: {
    n: 0x20,
    category: 'integrity',
    en: 'The trusted application answered with data of an unexpected form.',
    zh: '可信应用返回的数据格式不符合预期。',
  },
  ERR_TEE_DRIFT: {
    n: 0x2a,
    category: 'integrity',
    en: 'The code is no longer the code that was measured.',
    zh: '代码与度量时的代码不一致。',
  },
  ERR_TEE_STATE_FORMAT: {
    n: 0x34,
    category: 'unsupported',
    en: 'The data folder has another format than this version reads.',
    zh: '数据目录的格式不是本版本可读取的格式。',
  },
  ERR_TEE_AUDIT_INTEGRITY: {
    n: 0x3e,
    category: 'integrity',
    en: 'The audit log of the TEE was altered, cut or exchanged.',
    zh: 'TEE 审计日志被篡改、截断或替换。',
  },
  ERR_TEE_MODULE_INVALID: {
    n: 0x36,
    category: 'input',
    en: 'The security module does not describe itself as the module-side interface asks.',
    zh: '安全模块的自述不符合模块侧接口要求。',
  },
});
