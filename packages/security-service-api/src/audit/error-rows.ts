import type { ErrorTable } from '@cssi/sm-core';

/** Codes of the folder `audit`. */
export type AuditErrorCode =
  | 'ERR_AUDIT_EVENT_INVALID'
  | 'ERR_AUDIT_QUERY_INVALID'
  | 'ERR_AUDIT_OPTION_INVALID'
  | 'ERR_AUDIT_OVERLOADED'
  | 'ERR_AUDIT_WRITE_FAILED'
  | 'ERR_AUDIT_SIGNER_FAILED'
  | 'ERR_AUDIT_CLOSED'
  | 'ERR_AUDIT_TAMPERED'
  | 'ERR_AUDIT_READ_FAILED'
  | 'ERR_AUDIT_CHECKPOINT_MALFORMED';

/** The audit log: rows 0x90 to 0x99 of the package's error table. */
export const AUDIT_ERROR_ROWS: ErrorTable<AuditErrorCode> = {
  ERR_AUDIT_EVENT_INVALID: {
    n: 0x90,
    category: 'input',
    en: 'A field of the audit event is missing, too long or not printable.',
    zh: '审计事件字段缺失、过长或含不可打印字符。',
  },
  ERR_AUDIT_QUERY_INVALID: {
    n: 0x91,
    category: 'input',
    en: 'The audit query is out of range.',
    zh: '审计查询参数超出范围。',
  },
  ERR_AUDIT_OPTION_INVALID: {
    n: 0x92,
    category: 'input',
    en: 'An option of the audit log or of its verification is not valid.',
    zh: '审计日志或其验证的选项无效。',
  },
  ERR_AUDIT_OVERLOADED: {
    n: 0x93,
    category: 'limit',
    en: 'Too many audit records are waiting to be written.',
    zh: '等待写入的审计记录过多。',
  },
  ERR_AUDIT_WRITE_FAILED: {
    n: 0x94,
    category: 'unavailable',
    en: 'The audit log cannot be written; operations that must be audited are refused.',
    zh: '审计日志无法写入，须审计的操作一律拒绝。',
  },
  ERR_AUDIT_SIGNER_FAILED: {
    n: 0x95,
    category: 'unavailable',
    en: 'An audit checkpoint could not be signed.',
    zh: '审计检查点签名失败。',
  },
  ERR_AUDIT_CLOSED: {
    n: 0x96,
    category: 'unavailable',
    en: 'The audit log is closed.',
    zh: '审计日志已关闭。',
  },
  ERR_AUDIT_TAMPERED: {
    n: 0x97,
    category: 'integrity',
    en: 'The stored audit log has been altered.',
    zh: '已存储的审计日志被篡改。',
  },
  ERR_AUDIT_READ_FAILED: {
    n: 0x98,
    category: 'unavailable',
    en: 'The audit log cannot be read.',
    zh: '审计日志无法读取。',
  },
  ERR_AUDIT_CHECKPOINT_MALFORMED: {
    n: 0x99,
    category: 'input',
    en: 'The audit checkpoint is malformed.',
    zh: '审计检查点格式错误。',
  },
};
