import type { ErrorTable } from '@cssi/sm-core';

/** Codes of the confidential query application. */
export type QueryErrorCode =
  | 'ERR_TEE_QUERY_SIGNATURE'
  | 'ERR_TEE_QUERY_MALFORMED'
  | 'ERR_TEE_QUERY_UPLOAD'
  | 'ERR_TEE_QUERY_UNKNOWN'
  | 'ERR_TEE_QUERY_COLUMN'
  | 'ERR_TEE_QUERY_POLICY'
  | 'ERR_TEE_QUERY_BUDGET'
  | 'ERR_TEE_QUERY_GROUP'
  | 'ERR_TEE_QUERY_EXISTS';

/** @internal */
export const QUERY_ERROR_TABLE: ErrorTable<QueryErrorCode> = {
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
};
