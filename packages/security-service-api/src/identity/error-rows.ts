import type { ErrorTable } from '@cssi/sm-core';

/** Codes of the folder `identity`. */
export type IdentityErrorCode =
  | 'ERR_IDENTITY_INPUT'
  | 'ERR_IDENTITY_EXISTS'
  | 'ERR_IDENTITY_NOT_FOUND'
  | 'ERR_IDENTITY_DISABLED'
  | 'ERR_IDENTITY_ROLE_CONFLICT'
  | 'ERR_IDENTITY_CERTIFICATE_IN_USE'
  | 'ERR_IDENTITY_TOKEN_INVALID'
  | 'ERR_IDENTITY_ROW_TAMPERED';

/** Tenants and users: rows 0xb0 to 0xb7 of the package's error table. */
export const IDENTITY_ERROR_ROWS: ErrorTable<IdentityErrorCode> = {
  ERR_IDENTITY_INPUT: {
    n: 0xb0,
    category: 'input',
    en: 'A parameter of the identity store is out of bounds.',
    zh: '身份管理参数超出范围。',
  },
  ERR_IDENTITY_EXISTS: {
    n: 0xb1,
    category: 'conflict',
    en: 'A tenant or user of this identifier exists already.',
    zh: '该标识的租户或用户已存在。',
  },
  ERR_IDENTITY_NOT_FOUND: {
    n: 0xb2,
    category: 'not-found',
    en: 'There is no such tenant or user.',
    zh: '租户或用户不存在。',
  },
  ERR_IDENTITY_DISABLED: {
    n: 0xb3,
    category: 'denied',
    en: 'The tenant or user is disabled.',
    zh: '租户或用户已停用。',
  },
  ERR_IDENTITY_ROLE_CONFLICT: {
    n: 0xb4,
    category: 'denied',
    en: 'These roles may not be held together, or not here.',
    zh: '角色互斥，或不得在此授予。',
  },
  ERR_IDENTITY_CERTIFICATE_IN_USE: {
    n: 0xb5,
    category: 'conflict',
    en: 'The certificate belongs to another user.',
    zh: '该证书已绑定其他用户。',
  },
  ERR_IDENTITY_TOKEN_INVALID: {
    n: 0xb6,
    category: 'unauthenticated',
    en: 'The activation token is not valid.',
    zh: '激活令牌无效。',
  },
  ERR_IDENTITY_ROW_TAMPERED: {
    n: 0xb7,
    category: 'integrity',
    en: 'A stored identity record has been altered and is not used.',
    zh: '已存储的身份记录被篡改，拒绝使用。',
  },
};
