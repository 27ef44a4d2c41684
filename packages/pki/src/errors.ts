import { defineErrors, type LayerErrors } from '@cssi/sm-core';

/** Codes of `@cssi/pki`. */
export type PkiErrorCode =
  | 'ERR_PKI_CERTIFICATE_MALFORMED'
  | 'ERR_PKI_KEY_MALFORMED'
  | 'ERR_PKI_PEM_MALFORMED'
  | 'ERR_PKI_NAME_INVALID'
  | 'ERR_PKI_REQUEST_INVALID'
  | 'ERR_PKI_ALGORITHM_UNSUPPORTED'
  | 'ERR_PKI_SIGNING_FAILED'
  | 'ERR_PKI_PATH_OPTIONS'
  | 'ERR_PKI_DEVIATION_REFUSED'
  | 'ERR_PKI_CSR_MALFORMED'
  | 'ERR_PKI_CRL_MALFORMED'
  | 'ERR_PKI_OCSP_MALFORMED'
  | 'ERR_PKI_REVOCATION_OPTIONS'
  | 'ERR_PKI_MESSAGE_MALFORMED'
  | 'ERR_PKI_MESSAGE_OPTIONS'
  | 'ERR_PKI_RECIPIENT_UNKNOWN'
  | 'ERR_PKI_TIMESTAMP_MALFORMED'
  | 'ERR_PKI_TIMESTAMP_OPTIONS'
  | 'ERR_PKI_CONTAINER_MALFORMED'
  | 'ERR_PKI_CONTAINER_OPTIONS'
  | 'ERR_PKI_WORK_LIMIT'
  | 'ERR_PKI_AUTHORITY_REFUSED'
  | 'ERR_PKI_AUTHORITY_STATE';

/** Error table of `@cssi/pki`. */
export const PKI_ERRORS: LayerErrors<PkiErrorCode> = defineErrors('pki', {
  ERR_PKI_CERTIFICATE_MALFORMED: {
    n: 0x01,
    category: 'input',
    en: 'The certificate is malformed.',
    zh: '证书格式错误。',
  },
  ERR_PKI_KEY_MALFORMED: { n: 0x02, category: 'input', en: 'The key is malformed.', zh: '密钥格式错误。' },
  ERR_PKI_PEM_MALFORMED: {
    n: 0x03,
    category: 'input',
    en: 'The PEM text is malformed.',
    zh: 'PEM 文本格式错误。',
  },
  ERR_PKI_NAME_INVALID: {
    n: 0x04,
    category: 'input',
    en: 'The distinguished name is invalid.',
    zh: '可辨别名无效。',
  },
  ERR_PKI_REQUEST_INVALID: {
    n: 0x05,
    category: 'input',
    en: 'The certificate cannot be issued as requested.',
    zh: '无法按请求签发证书。',
  },
  ERR_PKI_ALGORITHM_UNSUPPORTED: {
    n: 0x06,
    category: 'unsupported',
    en: 'The algorithm is not supported.',
    zh: '不支持该算法。',
  },
  ERR_PKI_SIGNING_FAILED: {
    n: 0x07,
    category: 'internal',
    en: 'The signer returned a signature that does not verify under its public key.',
    zh: '签名者返回的签名无法用其公钥验证。',
  },
  ERR_PKI_PATH_OPTIONS: {
    n: 0x08,
    category: 'input',
    en: 'The certificate path cannot be judged by these options.',
    zh: '证书路径验证参数无效。',
  },
  ERR_PKI_DEVIATION_REFUSED: {
    n: 0x09,
    category: 'input',
    en: 'The encoding deviates from its standard in a known way, which the strict policy refuses.',
    zh: '编码存在已知偏差，严格策略拒绝接受。',
  },
  ERR_PKI_CSR_MALFORMED: {
    n: 0x0a,
    category: 'input',
    en: 'The certificate request is malformed.',
    zh: '证书请求格式错误。',
  },
  ERR_PKI_CRL_MALFORMED: {
    n: 0x0b,
    category: 'input',
    en: 'The certificate revocation list is malformed.',
    zh: '证书吊销列表格式错误。',
  },
  ERR_PKI_OCSP_MALFORMED: {
    n: 0x0c,
    category: 'input',
    en: 'The OCSP request or response is malformed.',
    zh: 'OCSP 请求或响应格式错误。',
  },
  ERR_PKI_REVOCATION_OPTIONS: {
    n: 0x0d,
    category: 'input',
    en: 'Revocation data cannot be made or judged by these options.',
    zh: '吊销信息的生成或验证参数无效。',
  },
  ERR_PKI_MESSAGE_MALFORMED: {
    n: 0x0e,
    category: 'input',
    en: 'The cryptographic message is malformed.',
    zh: '密码消息格式错误。',
  },
  ERR_PKI_MESSAGE_OPTIONS: {
    n: 0x0f,
    category: 'input',
    en: 'The message cannot be made or read by these options.',
    zh: '密码消息的生成或读取参数无效。',
  },
  ERR_PKI_RECIPIENT_UNKNOWN: {
    n: 0x10,
    category: 'not-found',
    en: 'The message is not for this recipient.',
    zh: '该消息的接收者中没有此密钥。',
  },
  ERR_PKI_TIMESTAMP_MALFORMED: {
    n: 0x11,
    category: 'input',
    en: 'The time stamp is malformed.',
    zh: '时间戳格式错误。',
  },
  ERR_PKI_TIMESTAMP_OPTIONS: {
    n: 0x12,
    category: 'input',
    en: 'The time stamp cannot be made or judged by these options.',
    zh: '时间戳的生成或验证参数无效。',
  },
  ERR_PKI_CONTAINER_MALFORMED: {
    n: 0x13,
    category: 'input',
    en: 'The key container is malformed.',
    zh: '密钥容器格式错误。',
  },
  ERR_PKI_CONTAINER_OPTIONS: {
    n: 0x14,
    category: 'input',
    en: 'The key container cannot be made or opened by these options.',
    zh: '密钥容器的生成或打开参数无效。',
  },
  ERR_PKI_WORK_LIMIT: {
    n: 0x15,
    category: 'limit',
    en: 'The file asks for more work than is allowed.',
    zh: '文件要求的计算量超出允许范围。',
  },
  ERR_PKI_AUTHORITY_REFUSED: {
    n: 0x16,
    category: 'denied',
    en: 'The certification authority refuses the application.',
    zh: '证书认证机构拒绝该申请。',
  },
  ERR_PKI_AUTHORITY_STATE: {
    n: 0x17,
    category: 'conflict',
    en: 'The certification authority cannot do this in the present state.',
    zh: '证书认证机构当前状态不允许该操作。',
  },
});
