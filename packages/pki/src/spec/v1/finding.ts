/**
 * What to do with encodings that deviate from a standard in a way that real files do: `strict`
 * refuses them with ERR_PKI_DEVIATION_REFUSED, `tolerant` accepts each and reports it as a
 * {@link Finding}. What is not in {@link FINDINGS} is refused by both.
 */
export type DeviationPolicy = 'strict' | 'tolerant';

/** Code of one deviation. */
export type FindingCode = keyof typeof FINDINGS;

/** A deviation (偏差) that was met and accepted. */
export interface Finding {
  readonly code: FindingCode;
  /** Which part deviates, for example `signatureAlgorithm`. */
  readonly where: string;
  readonly en: string;
  readonly zh: string;
}

/** Every deviation that is known: English, Chinese. */
export const FINDINGS = {
  ALGORITHM_PARAMETERS_NULL: [
    'an algorithm identifier carries NULL where its parameters should be absent',
    '算法标识携带 NULL 参数，标准要求缺省',
  ],
  ALGORITHM_PARAMETERS_ABSENT: [
    'an algorithm identifier lacks the NULL parameters that its standard asks for',
    '算法标识缺少标准要求的 NULL 参数',
  ],
  SM2_SIGN_OID_501: [
    'SM2 signing is named 1.2.156.10197.1.501 where 1.2.156.10197.1.301.1 is asked for',
    'SM2 签名算法标识为 .501，标准要求 .301.1',
  ],
  SM2_SIGN_OID_301_1: [
    'SM2 with SM3 is named 1.2.156.10197.1.301.1 where 1.2.156.10197.1.501 is asked for',
    'SM2 签名算法标识为 .301.1，标准要求 .501',
  ],
  SM2_SIGN_OID_CURVE: [
    'SM2 signing is named by the OID of the curve, 1.2.156.10197.1.301',
    'SM2 签名算法以曲线标识 .301 表示',
  ],
  SM2_ENCRYPT_OID_CURVE: [
    'SM2 encryption is named by the OID of the curve, 1.2.156.10197.1.301',
    'SM2 加密算法以曲线标识 .301 表示',
  ],
  SM2_CURVE_AS_KEY_ALGORITHM: [
    'the key is named by the OID of the SM2 curve in place of id-ecPublicKey',
    '公钥算法以 SM2 曲线标识代替 id-ecPublicKey',
  ],
  SM3_OID_HMAC: [
    'SM3 is named by the OID of HMAC-SM3, 1.2.156.10197.1.401.2',
    'SM3 以 HMAC-SM3 标识 .401.2 表示',
  ],
  SM3_OID_401_1: [
    'SM3 is named 1.2.156.10197.1.401.1 (SM3 without a key)',
    'SM3 以 .401.1（无密钥 SM3）表示',
  ],
  HMAC_SM3_OID_401: [
    'HMAC-SM3 is named by the OID of SM3, 1.2.156.10197.1.401',
    'HMAC-SM3 以 SM3 标识 .401 表示',
  ],
  SM4_OID_WITHOUT_MODE: [
    'SM4 is named by its OID without a mode, 1.2.156.10197.1.104',
    'SM4 以不带工作模式的标识 .104 表示',
  ],
  SM4_GCM_OID_104_10: [
    'SM4-GCM is named 1.2.156.10197.1.104.10 where 1.2.156.10197.1.104.8 is the older number',
    'SM4-GCM 标识为 .104.10（另有 .104.8）',
  ],
  BER_ENCODING: [
    'the encoding is BER with indefinite lengths, or strings in pieces, and not DER',
    '编码为 BER（不定长或分段串），不是 DER',
  ],
  DEFAULT_WRITTEN: [
    'a value that DER leaves out, because it is the default, is written',
    '写出了 DER 要求省略的缺省值',
  ],
  REQUEST_ATTRIBUTES_ABSENT: [
    'a certificate request has no attributes where an empty set is asked for',
    '证书请求缺少属性集合（标准要求空集合）',
  ],
  KEY_USAGE_TRAILING_ZEROS: ['keyUsage carries zero bits at its end', 'keyUsage 末尾带有多余的零比特'],
  CRITICAL_FALSE_WRITTEN: ['an extension writes out critical FALSE', '扩展项写出了 critical 的缺省值 FALSE'],
  SERIAL_LONG: ['the serial number is longer than 20 bytes', '证书序列号超过 20 字节'],
  SIGNATURE_RAW: [
    'an SM2 signature is 64 bytes r‖s in place of DER',
    'SM2 签名值为 64 字节 r‖s，不是 DER 编码',
  ],
  ATTRIBUTES_NOT_SORTED: [
    'signed attributes are not in DER order and were signed in the order of the file',
    '签名属性未按 DER 排序，且按文件中的顺序签名',
  ],
  CONTENT_TYPE_PKCS7: [
    'a PKCS#7 content type stands inside of a GB/T 35275 message',
    'GB/T 35275 消息内部使用了 PKCS#7 内容类型标识',
  ],
  MESSAGE_VERSION: ['a version number is not the one of the standard', '版本号与标准不符'],
  RECIPIENT_BY_KEY_IDENTIFIER: [
    'the recipient is named by key identifier where issuer and serial number are asked for',
    '以密钥标识符标识接收者，标准要求颁发者和序列号',
  ],
  CIPHER_RAW: ['an SM2 cipher is raw C1C3C2 in place of DER', 'SM2 密文为裸 C1C3C2，不是 DER 编码'],
  CIPHER_RAW_C1C2C3: ['an SM2 cipher is raw C1C2C3 in place of DER', 'SM2 密文为裸 C1C2C3，不是 DER 编码'],
  CIPHER_WITHOUT_04: ['a raw SM2 cipher lacks the byte 04 before its point', '裸 SM2 密文缺少点前缀 04'],
  PRIVATE_KEY_PADDED: ['an SM2 private key is padded to 64 bytes', 'SM2 私钥被填充至 64 字节'],
  CONTAINER_WEAK: ['a container is protected by an algorithm that is weak by now', '容器保护算法强度不足'],
  TST_VERSION_2: ['the time stamp says version 2', '时间戳版本号为 2'],
  PURPOSE_NOT_CRITICAL: [
    'extendedKeyUsage of a time stamping certificate is not critical or not alone',
    '时间戳证书的 extendedKeyUsage 非关键或含其他用途',
  ],
  TIME_NOT_DER: [
    'a time has fractions or an offset that DER does not allow',
    '时间含 DER 不允许的小数秒或时区',
  ],
} as const satisfies Readonly<Record<string, readonly [en: string, zh: string]>>;
