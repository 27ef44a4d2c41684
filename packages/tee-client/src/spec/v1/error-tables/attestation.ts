import type { ErrorTable } from '@cssi/sm-core';

/** Codes of evidence, its appraisal, the attested channel and migration. */
export type AttestationErrorCode =
  | 'ERR_TEE_EVIDENCE_MALFORMED'
  | 'ERR_TEE_CHANNEL'
  | 'ERR_TEE_ATTESTER'
  | 'ERR_TEE_POLICY_INVALID'
  | 'ERR_TEE_REFERENCE_INVALID'
  | 'ERR_TEE_TOKEN_MALFORMED'
  | 'ERR_TEE_CHANNEL_REFUSED'
  | 'ERR_TEE_MIGRATION_STATE'
  | 'ERR_TEE_MIGRATION_REFUSED'
  | 'ERR_TEE_MIGRATION_PACKAGE';

/** @internal */
export const ATTESTATION_ERROR_TABLE: ErrorTable<AttestationErrorCode> = {
  ERR_TEE_EVIDENCE_MALFORMED: {
    n: 0x21,
    category: 'input',
    en: 'The evidence is not well-formed.',
    zh: '证据格式错误。',
  },
  ERR_TEE_CHANNEL: {
    n: 0x2b,
    category: 'integrity',
    en: 'A message between two domains is not genuine.',
    zh: '域间消息未通过鉴别。',
  },
  ERR_TEE_ATTESTER: {
    n: 0x70,
    category: 'unavailable',
    en: 'The TEE gives no evidence.',
    zh: 'TEE 无法提供证据。',
  },
  ERR_TEE_POLICY_INVALID: {
    n: 0x71,
    category: 'input',
    en: 'The appraisal policy is not well-formed.',
    zh: '评估策略格式错误。',
  },
  ERR_TEE_REFERENCE_INVALID: {
    n: 0x72,
    category: 'integrity',
    en: 'The reference values are not well-formed or not genuine.',
    zh: '参考值格式错误或未通过鉴别。',
  },
  ERR_TEE_TOKEN_MALFORMED: {
    n: 0x73,
    category: 'input',
    en: 'The attestation result is not well-formed.',
    zh: '证明结果格式错误。',
  },
  ERR_TEE_CHANNEL_REFUSED: {
    n: 0x74,
    category: 'denied',
    en: 'The peer of the secure channel was refused.',
    zh: '安全信道对端未被接受。',
  },
  ERR_TEE_MIGRATION_STATE: {
    n: 0x75,
    category: 'conflict',
    en: 'The migration is not in the state for that.',
    zh: '迁移状态不允许该操作。',
  },
  ERR_TEE_MIGRATION_REFUSED: {
    n: 0x76,
    category: 'denied',
    en: 'The other side of the migration was refused.',
    zh: '迁移对端未被接受。',
  },
  ERR_TEE_MIGRATION_PACKAGE: {
    n: 0x77,
    category: 'integrity',
    en: 'The package of the migration is not genuine.',
    zh: '迁移数据包未通过鉴别。',
  },
};
