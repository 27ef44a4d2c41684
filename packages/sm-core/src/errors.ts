import { defineErrors, type LayerErrors } from './error.ts';

/** Codes of `@cssi/sm-core`. */
export type SmCoreErrorCode =
  | 'ERR_INPUT_TYPE'
  | 'ERR_INPUT_LENGTH'
  | 'ERR_INPUT_ENCODING'
  | 'ERR_INPUT_VALUE'
  | 'ERR_DER_MALFORMED'
  | 'ERR_JSON_MALFORMED'
  | 'ERR_SM2_PRIVATE_KEY_INVALID'
  | 'ERR_SM2_PUBLIC_KEY_INVALID'
  | 'ERR_SM2_SIGNATURE_MALFORMED'
  | 'ERR_SM2_ID_INVALID'
  | 'ERR_SM2_FAULT'
  | 'ERR_SM2_EXCHANGE_STATE'
  | 'ERR_SM2_EXCHANGE_FAILED'
  | 'ERR_DECRYPT_FAILED'
  | 'ERR_CIPHER_FINISHED'
  | 'ERR_NONCE_REUSED'
  | 'ERR_KEY_EXHAUSTED'
  | 'ERR_SECRET_DESTROYED'
  | 'ERR_RANDOM_UNHEALTHY'
  | 'ERR_SELF_TEST_FAILED'
  | 'ERR_ENGINE_CAPABILITY'
  | 'ERR_HASH_FINISHED'
  | 'ERR_MODULE_STATE'
  | 'ERR_ALGORITHM_NOT_APPROVED'
  | 'ERR_MODULE_INTEGRITY'
  | 'ERR_PAIR_INCONSISTENT'
  | 'ERR_POOL_BUSY'
  | 'ERR_POOL_CLOSED'
  | 'ERR_POOL_WORKER_FAILED'
  | 'ERR_POOL_ABORTED'
  | 'ERR_VECTORS_UNREADABLE';

/** Error table of `@cssi/sm-core`. */
export const SM_CORE_ERRORS: LayerErrors<SmCoreErrorCode> = defineErrors('sm-core', {
  ERR_INPUT_TYPE: {
    n: 0x01,
    category: 'input',
    en: 'A parameter has the wrong type.',
    zh: '参数类型错误。',
  },
  ERR_INPUT_LENGTH: {
    n: 0x02,
    category: 'input',
    en: 'A parameter has a length that is not allowed.',
    zh: '参数长度不符合要求。',
  },
  ERR_INPUT_ENCODING: {
    n: 0x03,
    category: 'input',
    en: 'Text is not in the expected encoding.',
    zh: '文本编码不正确。',
  },
  ERR_DER_MALFORMED: {
    n: 0x04,
    category: 'input',
    en: 'The data is not well-formed DER of the expected structure.',
    zh: '数据不是符合预期结构的 DER 编码。',
  },
  ERR_JSON_MALFORMED: {
    n: 0x05,
    category: 'input',
    en: 'The text is not well-formed JSON within the limits.',
    zh: '文本不是有效的 JSON，或超出限制。',
  },
  ERR_INPUT_VALUE: {
    n: 0x06,
    category: 'input',
    en: 'A parameter has a value that is not on its list.',
    zh: '参数取值不在允许的范围内。',
  },
  ERR_SM2_PRIVATE_KEY_INVALID: {
    n: 0x10,
    category: 'input',
    en: 'The SM2 private key is not in the range 1 to n-2.',
    zh: 'SM2 私钥不在 1 至 n-2 的范围内。',
  },
  ERR_SM2_PUBLIC_KEY_INVALID: {
    n: 0x11,
    category: 'input',
    en: 'The SM2 public key is not a valid point of the curve.',
    zh: 'SM2 公钥不是曲线上的有效点。',
  },
  ERR_SM2_SIGNATURE_MALFORMED: {
    n: 0x12,
    category: 'input',
    en: 'The SM2 signature is malformed.',
    zh: 'SM2 签名值格式错误。',
  },
  ERR_SM2_ID_INVALID: {
    n: 0x13,
    category: 'input',
    en: 'The SM2 signer ID is longer than 8191 bytes.',
    zh: 'SM2 签名者标识超过 8191 字节。',
  },
  ERR_SM2_FAULT: {
    n: 0x14,
    category: 'internal',
    en: 'The SM2 signature just made does not verify; it was not released.',
    zh: '刚生成的 SM2 签名未通过验证，未予输出。',
  },
  ERR_SM2_EXCHANGE_STATE: {
    n: 0x15,
    category: 'internal',
    en: 'The SM2 key exchange is not in the state for this call.',
    zh: 'SM2 密钥交换的当前状态不允许此调用。',
  },
  ERR_SM2_EXCHANGE_FAILED: {
    n: 0x16,
    category: 'integrity',
    en: 'The SM2 key exchange failed.',
    zh: 'SM2 密钥交换失败。',
  },
  ERR_DECRYPT_FAILED: {
    n: 0x20,
    category: 'integrity',
    en: 'Decryption failed.',
    zh: '解密失败。',
  },
  ERR_CIPHER_FINISHED: {
    n: 0x21,
    category: 'internal',
    en: 'The message has been finished; the cipher object cannot be used again.',
    zh: '消息已处理完毕，该密码对象不可再用。',
  },
  ERR_NONCE_REUSED: {
    n: 0x22,
    category: 'input',
    en: 'The nonce may not be used again under this key.',
    zh: '同一密钥下不得重复使用该随机数（nonce）。',
  },
  ERR_KEY_EXHAUSTED: {
    n: 0x23,
    category: 'limit',
    en: 'The key has been used as often as it may be; a new key is needed.',
    zh: '密钥使用次数已达上限，需更换密钥。',
  },
  ERR_SECRET_DESTROYED: {
    n: 0x30,
    category: 'internal',
    en: 'The secret has been destroyed.',
    zh: '秘密数据已被销毁。',
  },
  ERR_RANDOM_UNHEALTHY: {
    n: 0x31,
    category: 'unavailable',
    en: 'The random source failed its health test.',
    zh: '随机数源健康检测未通过。',
  },
  ERR_SELF_TEST_FAILED: {
    n: 0x32,
    category: 'unavailable',
    en: 'A known-answer self-test failed.',
    zh: '密码算法自检未通过。',
  },
  ERR_ENGINE_CAPABILITY: {
    n: 0x33,
    category: 'unsupported',
    en: 'The engine does not offer this capability.',
    zh: '密码引擎不支持该能力。',
  },
  ERR_HASH_FINISHED: {
    n: 0x34,
    category: 'internal',
    en: 'The digest has been taken; the hash object cannot be used again.',
    zh: '杂凑值已输出，该杂凑对象不可再用。',
  },
  ERR_MODULE_STATE: {
    n: 0x35,
    category: 'unavailable',
    en: 'The module is not in a state in which it serves this call.',
    zh: '密码模块当前状态不提供该服务。',
  },
  ERR_ALGORITHM_NOT_APPROVED: {
    n: 0x36,
    category: 'unsupported',
    en: 'The algorithm is not on the list of approved algorithms.',
    zh: '该算法不在核准算法清单内。',
  },
  ERR_MODULE_INTEGRITY: {
    n: 0x37,
    category: 'integrity',
    en: 'A part of the module does not have the digest it was built with.',
    zh: '密码模块完整性校验未通过。',
  },
  ERR_PAIR_INCONSISTENT: {
    n: 0x38,
    category: 'internal',
    en: 'A generated key pair failed its consistency test.',
    zh: '生成的密钥对未通过一致性检测。',
  },
  ERR_POOL_BUSY: {
    n: 0x39,
    category: 'limit',
    en: 'The queue of the worker pool is full.',
    zh: '工作线程池队列已满。',
  },
  ERR_POOL_CLOSED: {
    n: 0x3a,
    category: 'unavailable',
    en: 'The worker pool has been closed.',
    zh: '工作线程池已关闭。',
  },
  ERR_POOL_WORKER_FAILED: {
    n: 0x3b,
    category: 'unavailable',
    en: 'The worker thread ended before it answered.',
    zh: '工作线程在返回结果前已终止。',
  },
  ERR_POOL_ABORTED: {
    n: 0x3c,
    category: 'conflict',
    en: 'The task was aborted.',
    zh: '任务已被中止。',
  },
  ERR_VECTORS_UNREADABLE: {
    n: 0x40,
    category: 'unavailable',
    en: 'The folder of test vectors cannot be read.',
    zh: '测试向量目录无法读取。',
  },
});
