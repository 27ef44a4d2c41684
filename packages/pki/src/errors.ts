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
  | 'ERR_PKI_PATH_OPTIONS';

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
});
