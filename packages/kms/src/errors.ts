import { defineErrors, type LayerErrors } from '@cssi/sm-core';

/** Codes of `@cssi/kms`. */
export type KmsErrorCode =
  | 'ERR_KMS_PARAMETER_INVALID'
  | 'ERR_KMS_ALGORITHM_UNSUPPORTED'
  | 'ERR_KMS_AAD_UNSUPPORTED'
  | 'ERR_KMS_NOT_FOUND'
  | 'ERR_KMS_TENANT_EXISTS'
  | 'ERR_KMS_CONFLICT'
  | 'ERR_KMS_KEY_STATE'
  | 'ERR_KMS_STATE_TRANSITION'
  | 'ERR_KMS_USAGE_DENIED'
  | 'ERR_KMS_VERSION_RETIRED'
  | 'ERR_KMS_ROTATION_OVERDUE'
  | 'ERR_KMS_USAGE_LIMIT'
  | 'ERR_KMS_VERSION_LIMIT'
  | 'ERR_KMS_ROW_INTEGRITY'
  | 'ERR_KMS_ROOT_UNAVAILABLE'
  | 'ERR_KMS_STORE_UNAVAILABLE'
  | 'ERR_KMS_TENANT_REQUIRED'
  | 'ERR_KMS_CLOSED';

/** Error table of `@cssi/kms`. A failed decryption is `ERR_DECRYPT_FAILED` of `@cssi/sm-core`. */
export const KMS_ERRORS: LayerErrors<KmsErrorCode> = defineErrors('kms', {
  ERR_KMS_PARAMETER_INVALID: {
    n: 0x01,
    category: 'input',
    en: 'A parameter is missing or outside its bounds.',
    zh: '参数缺失或超出允许范围。',
  },
  ERR_KMS_ALGORITHM_UNSUPPORTED: {
    n: 0x02,
    category: 'unsupported',
    en: 'The algorithm, or its combination with this usage, is not offered.',
    zh: '不支持该算法，或不支持该算法与用途的组合。',
  },
  ERR_KMS_AAD_UNSUPPORTED: {
    n: 0x03,
    category: 'unsupported',
    en: 'SM2 encryption takes no associated data.',
    zh: 'SM2 加密不支持附加认证数据。',
  },
  ERR_KMS_NOT_FOUND: {
    n: 0x10,
    category: 'not-found',
    en: 'There is no such tenant, key or key version.',
    zh: '租户、密钥或密钥版本不存在。',
  },
  ERR_KMS_TENANT_EXISTS: {
    n: 0x11,
    category: 'conflict',
    en: 'The tenant already has a tenant key.',
    zh: '该租户的租户密钥已存在。',
  },
  ERR_KMS_CONFLICT: {
    n: 0x12,
    category: 'conflict',
    en: 'The key was changed by another call at the same time; try again.',
    zh: '密钥同时被其他调用修改，请重试。',
  },
  ERR_KMS_KEY_STATE: {
    n: 0x20,
    category: 'denied',
    en: 'The state of the key does not allow this use.',
    zh: '密钥当前状态不允许此操作。',
  },
  ERR_KMS_STATE_TRANSITION: {
    n: 0x21,
    category: 'conflict',
    en: 'The key cannot go from its state to the wanted one.',
    zh: '密钥不能从当前状态转换到目标状态。',
  },
  ERR_KMS_USAGE_DENIED: {
    n: 0x22,
    category: 'denied',
    en: 'The key is not meant for this use.',
    zh: '密钥用途不允许此操作。',
  },
  ERR_KMS_VERSION_RETIRED: {
    n: 0x23,
    category: 'conflict',
    en: 'The key was rotated; this version no longer signs.',
    zh: '密钥已更新，该版本不再用于签名。',
  },
  ERR_KMS_ROTATION_OVERDUE: {
    n: 0x24,
    category: 'denied',
    en: 'The key version is past its rotation date and encrypts no more; rotate the key.',
    zh: '密钥版本已超过更新期限，不再用于加密，请更新密钥。',
  },
  ERR_KMS_USAGE_LIMIT: {
    n: 0x30,
    category: 'denied',
    en: 'The key version has reached its number of encryptions; rotate the key.',
    zh: '密钥版本的加密次数已达上限，请更新密钥。',
  },
  ERR_KMS_VERSION_LIMIT: {
    n: 0x31,
    category: 'denied',
    en: 'The key has reached its number of versions.',
    zh: '密钥的版本数已达上限。',
  },
  ERR_KMS_ROW_INTEGRITY: {
    n: 0x40,
    category: 'integrity',
    en: 'A stored key record was altered and is not used.',
    zh: '存储的密钥记录已被篡改，拒绝使用。',
  },
  ERR_KMS_ROOT_UNAVAILABLE: {
    n: 0x50,
    category: 'unavailable',
    en: 'The root key service did not answer.',
    zh: '根密钥服务不可用。',
  },
  ERR_KMS_STORE_UNAVAILABLE: {
    n: 0x51,
    category: 'unavailable',
    en: 'The key store did not answer.',
    zh: '密钥存储不可用。',
  },
  ERR_KMS_TENANT_REQUIRED: {
    n: 0x60,
    category: 'denied',
    en: 'Only a user of a tenant may use keys.',
    zh: '仅租户用户可以使用密钥。',
  },
  ERR_KMS_CLOSED: {
    n: 0x70,
    category: 'unavailable',
    en: 'The key management service is closed.',
    zh: '密钥管理服务已关闭。',
  },
});
