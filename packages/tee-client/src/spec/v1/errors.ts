import { defineErrors, type LayerErrors } from '@cssi/sm-core';
import type { TeecResultName } from './results.ts';

/**
 * Codes for GlobalPlatform results: `ERR_TEEC_` and the result's name.
 *
 * @group Results
 */
export type TeecErrorCode = `ERR_TEEC_${Exclude<TeecResultName, 'SUCCESS'>}` | 'ERR_TEEC_UNKNOWN_RESULT';

/** Codes of `@cssi/tee-client`. */
export type TeeClientErrorCode =
  | TeecErrorCode
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
  | 'ERR_TEE_EVIDENCE_MALFORMED'
  | 'ERR_TEE_MANIFEST_INVALID'
  | 'ERR_TEE_BUNDLE_MALFORMED'
  | 'ERR_TEE_BUNDLE_SIGNATURE'
  | 'ERR_TEE_BUNDLE_DIGEST'
  | 'ERR_TEE_BUNDLE_ROLLBACK'
  | 'ERR_TEE_BUNDLE_RECIPIENT'
  | 'ERR_TEE_LAUNCH_REFUSED'
  | 'ERR_TEE_TCB_OUTDATED'
  | 'ERR_TEE_DRIFT'
  | 'ERR_TEE_CHANNEL'
  | 'ERR_TEE_MANAGEMENT_MALFORMED'
  | 'ERR_TEE_MANAGEMENT_SIGNATURE'
  | 'ERR_TEE_MANAGEMENT_DENIED'
  | 'ERR_TEE_MANAGEMENT_REPLAYED'
  | 'ERR_TEE_MANAGEMENT_DEVICE'
  | 'ERR_TEE_MANAGEMENT_STATE'
  | 'ERR_TEE_MANAGEMENT_TARGET'
  | 'ERR_TEE_MANAGEMENT_PAYLOAD'
  | 'ERR_TEE_STATE_FORMAT'
  | 'ERR_TEE_AUDIT_INTEGRITY'
  | 'ERR_TEE_TA_INVALID'
  | 'ERR_TEE_QUERY_SIGNATURE'
  | 'ERR_TEE_QUERY_MALFORMED'
  | 'ERR_TEE_QUERY_UPLOAD'
  | 'ERR_TEE_QUERY_UNKNOWN'
  | 'ERR_TEE_QUERY_COLUMN'
  | 'ERR_TEE_QUERY_POLICY'
  | 'ERR_TEE_QUERY_BUDGET'
  | 'ERR_TEE_QUERY_GROUP'
  | 'ERR_TEE_QUERY_EXISTS'
  | 'ERR_TEE_ATTESTER'
  | 'ERR_TEE_POLICY_INVALID'
  | 'ERR_TEE_REFERENCE_INVALID'
  | 'ERR_TEE_TOKEN_MALFORMED'
  | 'ERR_TEE_CHANNEL_REFUSED'
  | 'ERR_TEE_MIGRATION_STATE'
  | 'ERR_TEE_MIGRATION_REFUSED'
  | 'ERR_TEE_MIGRATION_PACKAGE'
  | 'ERR_TEE_MODULE_INVALID';

/** Error table of `@cssi/tee-client`. */
export const TEE_CLIENT_ERRORS: LayerErrors<TeeClientErrorCode> = defineErrors('tee-client', {
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
  ERR_TEE_EVIDENCE_MALFORMED: {
    n: 0x21,
    category: 'input',
    en: 'The evidence is not well-formed.',
    zh: '证据格式错误。',
  },
  ERR_TEE_MANIFEST_INVALID: {
    n: 0x22,
    category: 'input',
    en: 'The manifest of the trusted application is not valid.',
    zh: '可信应用的清单无效。',
  },
  ERR_TEE_BUNDLE_MALFORMED: {
    n: 0x23,
    category: 'input',
    en: 'The bundle of the trusted application is not well-formed.',
    zh: '可信应用包格式错误。',
  },
  ERR_TEE_BUNDLE_SIGNATURE: {
    n: 0x24,
    category: 'integrity',
    en: 'The bundle of the trusted application is not signed by a key that may sign it.',
    zh: '可信应用包未由有权密钥签名。',
  },
  ERR_TEE_BUNDLE_DIGEST: {
    n: 0x25,
    category: 'integrity',
    en: 'The code is not the code that was signed.',
    zh: '代码与签名时的代码不一致。',
  },
  ERR_TEE_BUNDLE_ROLLBACK: {
    n: 0x26,
    category: 'integrity',
    en: 'A newer version of the trusted application was installed before.',
    zh: '此前已安装过更高版本的可信应用。',
  },
  ERR_TEE_BUNDLE_RECIPIENT: {
    n: 0x27,
    category: 'denied',
    en: 'The bundle is encrypted to another TEE.',
    zh: '可信应用包加密给了其他 TEE。',
  },
  ERR_TEE_LAUNCH_REFUSED: {
    n: 0x28,
    category: 'denied',
    en: 'The trusted application may not be started.',
    zh: '不允许启动该可信应用。',
  },
  ERR_TEE_TCB_OUTDATED: {
    n: 0x29,
    category: 'denied',
    en: 'This TEE is older than its security domain accepts; update it.',
    zh: '该 TEE 版本低于安全域的要求，请升级。',
  },
  ERR_TEE_DRIFT: {
    n: 0x2a,
    category: 'integrity',
    en: 'The code is no longer the code that was measured.',
    zh: '代码与度量时的代码不一致。',
  },
  ERR_TEE_CHANNEL: {
    n: 0x2b,
    category: 'integrity',
    en: 'A message between two domains is not genuine.',
    zh: '域间消息未通过鉴别。',
  },
  ERR_TEE_MANAGEMENT_MALFORMED: {
    n: 0x2c,
    category: 'input',
    en: 'The management command is not well-formed.',
    zh: '管理命令格式错误。',
  },
  ERR_TEE_MANAGEMENT_SIGNATURE: {
    n: 0x2d,
    category: 'denied',
    en: 'The management command is not signed by a key of its security domain.',
    zh: '管理命令未由其安全域的密钥签名。',
  },
  ERR_TEE_MANAGEMENT_DENIED: {
    n: 0x2e,
    category: 'denied',
    en: 'The security domain or its key may not give this command.',
    zh: '该安全域或其密钥无权下达此命令。',
  },
  ERR_TEE_MANAGEMENT_REPLAYED: {
    n: 0x2f,
    category: 'denied',
    en: 'The sequence number of the management command was used before.',
    zh: '管理命令的序号已被使用。',
  },
  ERR_TEE_MANAGEMENT_DEVICE: {
    n: 0x30,
    category: 'denied',
    en: 'The management command is for another device.',
    zh: '管理命令针对其他设备。',
  },
  ERR_TEE_MANAGEMENT_STATE: {
    n: 0x31,
    category: 'conflict',
    en: 'The management command does not fit the present state.',
    zh: '管理命令与当前状态不符。',
  },
  ERR_TEE_MANAGEMENT_TARGET: {
    n: 0x32,
    category: 'not-found',
    en: 'The target of the management command does not exist.',
    zh: '管理命令的目标不存在。',
  },
  ERR_TEE_MANAGEMENT_PAYLOAD: {
    n: 0x33,
    category: 'integrity',
    en: 'The payload is not the one that the management command names.',
    zh: '负载与管理命令所指不符。',
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
  ERR_TEE_TA_INVALID: {
    n: 0x35,
    category: 'input',
    en: 'The code is not a trusted application.',
    zh: '代码不是有效的可信应用。',
  },
  ERR_TEE_MODULE_INVALID: {
    n: 0x36,
    category: 'input',
    en: 'The security module does not describe itself as the module-side interface asks.',
    zh: '安全模块的自述不符合模块侧接口要求。',
  },
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
  ERR_TEE_QUERY_SIGNATURE: {
    n: 0x60,
    category: 'denied',
    en: "The owner's signature is not valid, or the owner is unknown.",
    zh: '所有者签名无效，或所有者未登记。',
  },
  ERR_TEE_QUERY_MALFORMED: {
    n: 0x61,
    category: 'input',
    en: 'The declaration, policy or query is not well-formed.',
    zh: '数据声明、策略或查询格式错误。',
  },
  ERR_TEE_QUERY_UPLOAD: {
    n: 0x62,
    category: 'integrity',
    en: 'The upload is not what its owner declared.',
    zh: '上传内容与所有者声明不符。',
  },
  ERR_TEE_QUERY_UNKNOWN: {
    n: 0x63,
    category: 'not-found',
    en: 'There is no such data set or policy.',
    zh: '数据集或策略不存在。',
  },
  ERR_TEE_QUERY_COLUMN: {
    n: 0x64,
    category: 'input',
    en: 'The query names a column that is not declared.',
    zh: '查询引用了未声明的列。',
  },
  ERR_TEE_QUERY_POLICY: {
    n: 0x65,
    category: 'denied',
    en: 'The policy does not allow it.',
    zh: '策略不允许该操作。',
  },
  ERR_TEE_QUERY_BUDGET: {
    n: 0x66,
    category: 'denied',
    en: 'The privacy budget is used up.',
    zh: '隐私预算已用尽。',
  },
  ERR_TEE_QUERY_GROUP: {
    n: 0x67,
    category: 'denied',
    en: 'Too few persons are behind the answer.',
    zh: '结果涉及的人数过少。',
  },
  ERR_TEE_QUERY_EXISTS: {
    n: 0x68,
    category: 'conflict',
    en: 'It exists already, or was removed for good.',
    zh: '对象已存在，或已被永久移除。',
  },
  ERR_TEE_ATTESTER: {
    n: 0x70,
    category: 'unavailable',
    en: 'The TEE gives no evidence.',
    zh: 'TEE 无法提供证据。',
  },
  ERR_TEE_POLICY_INVALID: {
    n: 0x71,
    category: 'input',
    en: 'The appraisal policy is not well-formed.',
    zh: '评估策略格式错误。',
  },
  ERR_TEE_REFERENCE_INVALID: {
    n: 0x72,
    category: 'integrity',
    en: 'The reference values are not well-formed or not genuine.',
    zh: '参考值格式错误或未通过鉴别。',
  },
  ERR_TEE_TOKEN_MALFORMED: {
    n: 0x73,
    category: 'input',
    en: 'The attestation result is not well-formed.',
    zh: '证明结果格式错误。',
  },
  ERR_TEE_CHANNEL_REFUSED: {
    n: 0x74,
    category: 'denied',
    en: 'The peer of the secure channel was refused.',
    zh: '安全信道对端未被接受。',
  },
  ERR_TEE_MIGRATION_STATE: {
    n: 0x75,
    category: 'conflict',
    en: 'The migration is not in the state for that.',
    zh: '迁移状态不允许该操作。',
  },
  ERR_TEE_MIGRATION_REFUSED: {
    n: 0x76,
    category: 'denied',
    en: 'The other side of the migration was refused.',
    zh: '迁移对端未被接受。',
  },
  ERR_TEE_MIGRATION_PACKAGE: {
    n: 0x77,
    category: 'integrity',
    en: 'The package of the migration is not genuine.',
    zh: '迁移数据包未通过鉴别。',
  },
});
