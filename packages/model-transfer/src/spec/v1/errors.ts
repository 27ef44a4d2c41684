import { defineErrors, type LayerErrors } from '@cssi/sm-core';

/** Codes of `@cssi/model-transfer`. */
export type ModelTransferErrorCode =
  | 'ERR_MODEL_PARAMETER_INVALID'
  | 'ERR_MODEL_PACKAGE_MALFORMED'
  | 'ERR_MODEL_CBOR_MALFORMED'
  | 'ERR_MODEL_MANIFEST_INVALID'
  | 'ERR_MODEL_SUITE_UNSUPPORTED'
  | 'ERR_MODEL_NAME_UNSAFE'
  | 'ERR_MODEL_LIMIT'
  | 'ERR_MODEL_RECIPIENT_INVALID'
  | 'ERR_MODEL_SIGNATURE_WRONG'
  | 'ERR_MODEL_PUBLISHER_UNTRUSTED'
  | 'ERR_MODEL_PUBLISHER_MISMATCH'
  | 'ERR_MODEL_EXPIRED'
  | 'ERR_MODEL_NOT_YET_VALID'
  | 'ERR_MODEL_LEVEL_DENIED'
  | 'ERR_MODEL_LEVEL_UNSUPPORTED'
  | 'ERR_MODEL_LINK_DENIED'
  | 'ERR_MODEL_NOT_RECIPIENT'
  | 'ERR_MODEL_ROLLBACK'
  | 'ERR_MODEL_UNEXPECTED'
  | 'ERR_MODEL_TREE_WRONG'
  | 'ERR_MODEL_CHUNK_WRONG'
  | 'ERR_MODEL_CONTENT_WRONG'
  | 'ERR_MODEL_SOURCE_UNAVAILABLE'
  | 'ERR_MODEL_CHUNK_UNKNOWN'
  | 'ERR_MODEL_INPUT_CHANGED'
  | 'ERR_MODEL_INPUT_UNREADABLE'
  | 'ERR_MODEL_OUTPUT_FAILED'
  | 'ERR_MODEL_STATE_TAMPERED'
  | 'ERR_MODEL_STATE_MISSING'
  | 'ERR_MODEL_STATE_UNAVAILABLE'
  | 'ERR_MODEL_PACKAGE_UNKNOWN'
  | 'ERR_MODEL_PACKAGE_EXISTS'
  | 'ERR_MODEL_UPLOAD_INCOMPLETE'
  | 'ERR_MODEL_QUOTA'
  | 'ERR_MODEL_RECEIPT_INVALID'
  | 'ERR_MODEL_STORE_UNAVAILABLE'
  | 'ERR_MODEL_SIGNING_MODE';

/**
 * Error table of `@cssi/model-transfer`. A wrapped key or a chunk that does not open is
 * `ERR_DECRYPT_FAILED` of `@cssi/sm-core`, without detail.
 */
export const MODEL_TRANSFER_ERRORS: LayerErrors<ModelTransferErrorCode> = defineErrors('model-transfer', {
  ERR_MODEL_PARAMETER_INVALID: {
    n: 0x01,
    category: 'input',
    en: 'A parameter is missing or outside its bounds.',
    zh: '参数缺失或超出允许范围。',
  },
  ERR_MODEL_PACKAGE_MALFORMED: {
    n: 0x02,
    category: 'input',
    en: 'The data is not a well-formed model package.',
    zh: '数据不是格式正确的模型包。',
  },
  ERR_MODEL_CBOR_MALFORMED: {
    n: 0x03,
    category: 'input',
    en: 'The data is not deterministic CBOR within the limits.',
    zh: '数据不是确定性 CBOR 编码，或超出限制。',
  },
  ERR_MODEL_MANIFEST_INVALID: {
    n: 0x04,
    category: 'input',
    en: 'A field of the manifest is missing, unknown or outside its bounds.',
    zh: '清单字段缺失、未知或超出允许范围。',
  },
  ERR_MODEL_SUITE_UNSUPPORTED: {
    n: 0x05,
    category: 'unsupported',
    en: 'The package names a format, algorithm or parameter that is not supported.',
    zh: '模型包所列格式、算法或参数不受支持。',
  },
  ERR_MODEL_NAME_UNSAFE: {
    n: 0x06,
    category: 'input',
    en: 'A file name is not a plain, portable name.',
    zh: '文件名不是安全、可移植的名称。',
  },
  ERR_MODEL_LIMIT: {
    n: 0x07,
    category: 'limit',
    en: 'The package is larger than the format allows.',
    zh: '模型包超过格式允许的大小。',
  },
  ERR_MODEL_RECIPIENT_INVALID: {
    n: 0x08,
    category: 'input',
    en: 'A recipient certificate cannot be used: not SM2, not for encryption or not valid now.',
    zh: '接收方证书不可用：非 SM2、不可用于加密或不在有效期内。',
  },
  ERR_MODEL_SIGNATURE_WRONG: {
    n: 0x10,
    category: 'integrity',
    en: "The publisher's signature is wrong.",
    zh: '发布者签名错误。',
  },
  ERR_MODEL_PUBLISHER_UNTRUSTED: {
    n: 0x11,
    category: 'denied',
    en: "The publisher's certificate is not trusted for publishing models.",
    zh: '发布者证书不受信任，或无模型发布用途。',
  },
  ERR_MODEL_PUBLISHER_MISMATCH: {
    n: 0x12,
    category: 'denied',
    en: 'The publisher named in the manifest is not the holder of the certificate.',
    zh: '清单中的发布者与证书持有者不一致。',
  },
  ERR_MODEL_EXPIRED: {
    n: 0x13,
    category: 'denied',
    en: 'The package or the grant of its key has expired.',
    zh: '模型包或其密钥授权已过期。',
  },
  ERR_MODEL_NOT_YET_VALID: {
    n: 0x14,
    category: 'denied',
    en: 'The package is dated in the future.',
    zh: '模型包的签发时间在未来。',
  },
  ERR_MODEL_LEVEL_DENIED: {
    n: 0x15,
    category: 'denied',
    en: 'The protection level is not allowed for this receiver or this kind of output.',
    zh: '接收方策略或输出方式不允许该防护等级。',
  },
  ERR_MODEL_LEVEL_UNSUPPORTED: {
    n: 0x16,
    category: 'unsupported',
    en: 'This version cannot keep the promises of the protection level.',
    zh: '当前版本无法满足该防护等级的要求。',
  },
  ERR_MODEL_LINK_DENIED: {
    n: 0x17,
    category: 'denied',
    en: 'The link type is not allowed for this receiver.',
    zh: '接收方策略不允许该链路类型。',
  },
  ERR_MODEL_NOT_RECIPIENT: {
    n: 0x18,
    category: 'denied',
    en: 'The device is not a recipient of the package.',
    zh: '本设备不是该模型包的接收方。',
  },
  ERR_MODEL_ROLLBACK: {
    n: 0x19,
    category: 'denied',
    en: 'The package is older than, or differs from, what the device has already accepted.',
    zh: '模型包版本低于设备已接受的版本，或与其内容不一致。',
  },
  ERR_MODEL_UNEXPECTED: {
    n: 0x1a,
    category: 'denied',
    en: 'The package is not the one that was asked for.',
    zh: '模型包不是所请求的模型包。',
  },
  ERR_MODEL_TREE_WRONG: {
    n: 0x20,
    category: 'integrity',
    en: 'The list of chunk digests does not lead to the signed Merkle root.',
    zh: '分块杂凑值列表与已签名的默克尔根不符。',
  },
  ERR_MODEL_CHUNK_WRONG: {
    n: 0x21,
    category: 'integrity',
    en: 'A chunk does not match the signed Merkle tree.',
    zh: '分块与已签名的默克尔树不符。',
  },
  ERR_MODEL_CONTENT_WRONG: {
    n: 0x22,
    category: 'integrity',
    en: 'The decrypted file does not match its signed digest.',
    zh: '解密后的文件与已签名的摘要不符。',
  },
  ERR_MODEL_SOURCE_UNAVAILABLE: {
    n: 0x23,
    category: 'unavailable',
    en: 'The source of the package does not answer.',
    zh: '模型包来源不可用。',
  },
  ERR_MODEL_CHUNK_UNKNOWN: {
    n: 0x24,
    category: 'not-found',
    en: 'The package has no chunk of this number.',
    zh: '模型包中没有该编号的分块。',
  },
  ERR_MODEL_INPUT_CHANGED: {
    n: 0x25,
    category: 'conflict',
    en: 'The input did not have the size it was declared with.',
    zh: '输入数据的大小与声明不符。',
  },
  ERR_MODEL_INPUT_UNREADABLE: {
    n: 0x26,
    category: 'unavailable',
    en: 'The input cannot be read.',
    zh: '无法读取输入数据。',
  },
  ERR_MODEL_OUTPUT_FAILED: {
    n: 0x27,
    category: 'unavailable',
    en: 'The output cannot be written.',
    zh: '无法写入输出数据。',
  },
  ERR_MODEL_STATE_TAMPERED: {
    n: 0x30,
    category: 'integrity',
    en: 'The stored version state was altered.',
    zh: '已存储的版本状态被篡改。',
  },
  ERR_MODEL_STATE_MISSING: {
    n: 0x31,
    category: 'integrity',
    en: 'The stored version state is gone although the device was provisioned.',
    zh: '设备已初始化，但版本状态丢失。',
  },
  ERR_MODEL_STATE_UNAVAILABLE: {
    n: 0x32,
    category: 'unavailable',
    en: 'The version state cannot be read or written.',
    zh: '版本状态无法读取或写入。',
  },
  ERR_MODEL_PACKAGE_UNKNOWN: {
    n: 0x40,
    category: 'not-found',
    en: 'There is no such package for this caller.',
    zh: '不存在该模型包，或调用者无权访问。',
  },
  ERR_MODEL_PACKAGE_EXISTS: {
    n: 0x41,
    category: 'conflict',
    en: 'The package has already been offered.',
    zh: '该模型包已提交。',
  },
  ERR_MODEL_UPLOAD_INCOMPLETE: {
    n: 0x42,
    category: 'conflict',
    en: 'Chunks of the upload are missing.',
    zh: '上传的分块不完整。',
  },
  ERR_MODEL_QUOTA: {
    n: 0x43,
    category: 'limit',
    en: 'The store has no room for this package.',
    zh: '存储配额不足。',
  },
  ERR_MODEL_RECEIPT_INVALID: {
    n: 0x44,
    category: 'integrity',
    en: 'The delivery receipt is not a valid receipt of this device for this package.',
    zh: '交付回执不是该设备针对该模型包的有效回执。',
  },
  ERR_MODEL_STORE_UNAVAILABLE: {
    n: 0x45,
    category: 'unavailable',
    en: 'The package store cannot be read or written.',
    zh: '模型包存储无法读取或写入。',
  },
  ERR_MODEL_SIGNING_MODE: {
    n: 0x46,
    category: 'denied',
    en: 'The operation needs a session whose calls are signed with SM2.',
    zh: '该操作要求会话使用 SM2 签名请求。',
  },
});
