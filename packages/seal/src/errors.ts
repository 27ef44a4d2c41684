import { defineErrors, type LayerErrors } from '@cssi/sm-core';

/** Codes of `@cssi/seal`. */
export type SealErrorCode =
  | 'ERR_SEAL_MALFORMED'
  | 'ERR_SEAL_VERSION_UNSUPPORTED'
  | 'ERR_SEAL_ALGORITHM_UNSUPPORTED'
  | 'ERR_SEAL_SIGNATURE_UNSUPPORTED'
  | 'ERR_SEAL_PARAMETER'
  | 'ERR_SEAL_PICTURE'
  | 'ERR_SEAL_KEY_MISMATCH'
  | 'ERR_SEAL_SIGNER_NOT_IN_SEAL'
  | 'ERR_SEAL_NOT_VALID_AT_TIME'
  | 'ERR_SEAL_SIGNING_FAILED'
  | 'ERR_SEAL_MAKER_SIGNATURE'
  | 'ERR_SEAL_TENANT_REQUIRED'
  | 'ERR_OFD_ZIP_MALFORMED'
  | 'ERR_OFD_ZIP_UNSUPPORTED'
  | 'ERR_OFD_LIMIT'
  | 'ERR_OFD_PART_NAME'
  | 'ERR_OFD_XML_MALFORMED'
  | 'ERR_OFD_STRUCTURE'
  | 'ERR_OFD_UNSUPPORTED'
  | 'ERR_OFD_NOT_SIGNED'
  | 'ERR_OFD_LOCKED'
  | 'ERR_OFD_PAGE_UNKNOWN'
  | 'ERR_OFD_TEXT';

/** Error table of `@cssi/seal`. */
export const SEAL_ERRORS: LayerErrors<SealErrorCode> = defineErrors('seal', {
  ERR_SEAL_MALFORMED: {
    n: 0x01,
    category: 'input',
    en: 'The seal or seal signature is not well-formed.',
    zh: '电子印章或电子签章数据格式错误。',
  },
  ERR_SEAL_VERSION_UNSUPPORTED: {
    n: 0x02,
    category: 'unsupported',
    en: 'This version of the seal structure is not supported; only version 4 (GB/T 38540-2020) is.',
    zh: '不支持该版本的印章结构，仅支持第 4 版（GB/T 38540-2020）。',
  },
  ERR_SEAL_ALGORITHM_UNSUPPORTED: {
    n: 0x03,
    category: 'unsupported',
    en: 'The algorithm named by the data is not supported; SM2 with SM3 is.',
    zh: '不支持数据中标识的算法，仅支持 SM2 与 SM3。',
  },
  ERR_SEAL_SIGNATURE_UNSUPPORTED: {
    n: 0x04,
    category: 'unsupported',
    en: 'This kind of signature is not supported.',
    zh: '不支持该类型的签名。',
  },
  ERR_SEAL_PARAMETER: {
    n: 0x05,
    category: 'input',
    en: 'A parameter of the seal operation is not allowed.',
    zh: '印章操作的参数不符合要求。',
  },
  ERR_SEAL_PICTURE: {
    n: 0x06,
    category: 'input',
    en: 'The seal picture is not of the named type or holds refused content.',
    zh: '印章图片与所述类型不符，或包含不允许的内容。',
  },
  ERR_SEAL_KEY_MISMATCH: {
    n: 0x07,
    category: 'input',
    en: 'The certificate does not belong to the signing key.',
    zh: '证书与签名密钥不匹配。',
  },
  ERR_SEAL_SIGNER_NOT_IN_SEAL: {
    n: 0x08,
    category: 'denied',
    en: 'The seal does not list this signer certificate.',
    zh: '签章人证书不在印章的证书列表中。',
  },
  ERR_SEAL_NOT_VALID_AT_TIME: {
    n: 0x09,
    category: 'denied',
    en: 'The seal or a certificate is not valid at the time of use.',
    zh: '使用时间不在印章或证书的有效期内。',
  },
  ERR_SEAL_SIGNING_FAILED: {
    n: 0x0a,
    category: 'internal',
    en: 'The signer returned a value that does not verify; nothing was released.',
    zh: '签名者返回的签名值未通过验证，未输出任何结果。',
  },
  ERR_SEAL_MAKER_SIGNATURE: {
    n: 0x0b,
    category: 'integrity',
    en: 'The maker signature of the seal is wrong; the seal may not be used.',
    zh: '印章的制章人签名错误，不得使用该印章。',
  },
  ERR_SEAL_TENANT_REQUIRED: {
    n: 0x0c,
    category: 'denied',
    en: 'Seal operations need a caller that belongs to a tenant.',
    zh: '印章操作要求调用者隶属于某个租户。',
  },
  ERR_OFD_ZIP_MALFORMED: {
    n: 0x10,
    category: 'input',
    en: 'The OFD package is not a well-formed ZIP file.',
    zh: 'OFD 包不是有效的 ZIP 文件。',
  },
  ERR_OFD_ZIP_UNSUPPORTED: {
    n: 0x11,
    category: 'unsupported',
    en: 'The OFD package uses a ZIP feature that is not accepted.',
    zh: 'OFD 包使用了不接受的 ZIP 特性。',
  },
  ERR_OFD_LIMIT: {
    n: 0x12,
    category: 'limit',
    en: 'The OFD package exceeds a limit.',
    zh: 'OFD 包超出限制。',
  },
  ERR_OFD_PART_NAME: {
    n: 0x13,
    category: 'input',
    en: 'The OFD package holds a part name that is not allowed.',
    zh: 'OFD 包中含有不允许的文件名。',
  },
  ERR_OFD_XML_MALFORMED: {
    n: 0x14,
    category: 'input',
    en: 'A part of the OFD package is not well-formed XML, or uses a refused feature.',
    zh: 'OFD 包中的 XML 文件格式错误，或使用了不允许的特性。',
  },
  ERR_OFD_STRUCTURE: {
    n: 0x15,
    category: 'input',
    en: 'The OFD package lacks a required part or value.',
    zh: 'OFD 包缺少必需的文件或数据。',
  },
  ERR_OFD_UNSUPPORTED: {
    n: 0x16,
    category: 'unsupported',
    en: 'The OFD document uses a feature that is not supported.',
    zh: 'OFD 文档使用了尚不支持的特性。',
  },
  ERR_OFD_NOT_SIGNED: {
    n: 0x17,
    category: 'not-found',
    en: 'The OFD document carries no signature.',
    zh: 'OFD 文档没有签名。',
  },
  ERR_OFD_LOCKED: {
    n: 0x18,
    category: 'conflict',
    en: 'An existing signature protects the signature list; a further signature would break it.',
    zh: '已有签名保护了签名列表，继续签章会破坏该签名。',
  },
  ERR_OFD_PAGE_UNKNOWN: {
    n: 0x19,
    category: 'not-found',
    en: 'The OFD document has no such page.',
    zh: 'OFD 文档中没有该页。',
  },
  ERR_OFD_TEXT: {
    n: 0x1a,
    category: 'input',
    en: 'The text is too long or holds characters that XML does not allow.',
    zh: '文本过长，或包含 XML 不允许的字符。',
  },
});
