import type { ErrorTable } from '@cssi/sm-core';

/** Codes of manifests, bundles, launches and management commands. */
export type ManagementErrorCode =
  | 'ERR_TEE_MANIFEST_INVALID'
  | 'ERR_TEE_BUNDLE_MALFORMED'
  | 'ERR_TEE_BUNDLE_SIGNATURE'
  | 'ERR_TEE_BUNDLE_DIGEST'
  | 'ERR_TEE_BUNDLE_ROLLBACK'
  | 'ERR_TEE_BUNDLE_RECIPIENT'
  | 'ERR_TEE_LAUNCH_REFUSED'
  | 'ERR_TEE_TCB_OUTDATED'
  | 'ERR_TEE_MANAGEMENT_MALFORMED'
  | 'ERR_TEE_MANAGEMENT_SIGNATURE'
  | 'ERR_TEE_MANAGEMENT_DENIED'
  | 'ERR_TEE_MANAGEMENT_REPLAYED'
  | 'ERR_TEE_MANAGEMENT_DEVICE'
  | 'ERR_TEE_MANAGEMENT_STATE'
  | 'ERR_TEE_MANAGEMENT_TARGET'
  | 'ERR_TEE_MANAGEMENT_PAYLOAD'
  | 'ERR_TEE_TA_INVALID';

/** @internal */
export const MANAGEMENT_ERROR_TABLE: ErrorTable<ManagementErrorCode> = {
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
  ERR_TEE_TA_INVALID: {
    n: 0x35,
    category: 'input',
    en: 'The code is not a trusted application.',
    zh: '代码不是有效的可信应用。',
  },
};
