import type { Verdict } from '@cssi/sm-core';
import type { Certificate } from './certificate.ts';
import type { Finding } from './finding.ts';
import type { PathReport } from './path.ts';
import type { Sm2SignerId } from './signer.ts';
import type { TimeStampInfo } from './timestamp.ts';

/** Judgement on a time stamp token. */
export interface TimeStampReport {
  /**
   * Integrity: imprint, signature, nonce, and that the token names its signer. Trust: path,
   * purpose, policy. Time: validity at the time of judgement, accuracy.
   */
  readonly verdict: Verdict;
  readonly info: TimeStampInfo;
  /** genTime and the accuracy added, rounded up to milliseconds: what was stamped was there by then. */
  readonly latest: Date;
  /** The authority's certificate, when it was found. */
  readonly certificate?: Certificate;
  /** The signer ID under which the token's SM2 signature is right, when IDs were listed. */
  readonly signerId?: Sm2SignerId;
  readonly path?: PathReport;
  readonly findings: readonly Finding[];
}

/** Code of one reason in the verdict on a time stamp. */
export type TimeStampReasonCode = keyof typeof TIMESTAMP_REASONS;

/** Texts of the reasons in a verdict on a time stamp: English and Chinese. */
export const TIMESTAMP_REASONS = {
  IMPRINT_RIGHT: ['The imprint is the hash of the content.', '时间戳的消息摘要与内容一致。'],
  IMPRINT_WRONG: ['The imprint is not the hash of the content.', '时间戳的消息摘要与内容不一致。'],
  IMPRINT_HASH_UNKNOWN: [
    'The imprint was made by a hash algorithm that cannot be computed.',
    '时间戳的消息摘要所用杂凑算法不受支持。',
  ],
  IMPRINT_NOT_COMPARED: [
    'There was no content to compare the imprint with.',
    '未提供内容，无法核对时间戳的消息摘要。',
  ],
  NONCE_RIGHT: ['The nonce is the one of the request.', '随机数与请求一致。'],
  NONCE_WRONG: ['The nonce is another one than asked for, or missing.', '随机数与请求不一致或缺失。'],
  SIGNER_CERTIFICATE_BOUND: [
    'The signed attributes name the certificate of the signer.',
    '签名属性绑定了签名者证书。',
  ],
  SIGNER_CERTIFICATE_NOT_BOUND: [
    'The signed attributes name another certificate than the one of the signer.',
    '签名属性绑定的不是签名者证书。',
  ],
  SIGNER_CERTIFICATE_UNSTATED: [
    'No signed attribute names the certificate of the signer.',
    '签名属性未绑定签名者证书。',
  ],
  SIGNER_CERTIFICATE_HASH_UNKNOWN: [
    'The certificate of the signer is named by a hash that cannot be computed.',
    '绑定签名者证书的杂凑算法不受支持。',
  ],
  AUTHORITY_CERTIFICATE_MISSING: [
    'The certificate of the time stamp authority is missing.',
    '缺少时间戳机构证书。',
  ],
  AUTHORITY_PURPOSE_RIGHT: [
    'The certificate is for time stamping only, and says so critically.',
    '证书扩展密钥用法为关键项且仅用于时间戳。',
  ],
  AUTHORITY_PURPOSE_TOLERATED: [
    'The certificate is for time stamping, but its extended key usage is not critical or not alone.',
    '证书可用于时间戳，但扩展密钥用法非关键或含其他用途。',
  ],
  AUTHORITY_PURPOSE_WRONG: [
    'The certificate is not for time stamping alone, or does not say so critically.',
    '证书扩展密钥用法不是关键的、唯一的时间戳用途。',
  ],
  AUTHORITY_KEY_USAGE_WRONG: [
    'The key usage of the certificate does not allow signatures.',
    '证书密钥用法不允许签名。',
  ],
  AUTHORITY_NAME_WRONG: [
    'The authority is named in the token by a name that its certificate does not have.',
    '令牌中的时间戳机构名称与证书不符。',
  ],
  AUTHORITY_KEY_COMPROMISED: [
    'The certificate of the authority was revoked for a reason that voids all its tokens.',
    '时间戳机构证书的吊销原因使其全部时间戳失效。',
  ],
  AUTHORITY_REVOKED_UNEXPLAINED: [
    'The certificate of the authority was revoked later, and no reason says whether older tokens stay good.',
    '时间戳机构证书此后被吊销且未说明原因，无法确定此前时间戳是否仍有效。',
  ],
  ISSUER_KEY_COMPROMISED: [
    'A certificate above the authority was revoked for a reason that voids all tokens below it.',
    '时间戳机构上级证书的吊销原因使其下全部时间戳失效。',
  ],
  ISSUER_REVOKED_UNEXPLAINED: [
    'A certificate above the authority was revoked later, and no reason says whether older tokens stay good.',
    '时间戳机构上级证书此后被吊销且未说明原因，无法确定此前时间戳是否仍有效。',
  ],
  POLICY_RIGHT: ['The policy is one that was asked for.', '时间戳策略符合要求。'],
  POLICY_WRONG: ['The policy is not one that was asked for.', '时间戳策略不符合要求。'],
  TOKEN_EXTENSION_UNKNOWN: [
    'The token has a critical extension that is not evaluated.',
    '令牌含有无法处理的关键扩展项。',
  ],
  ACCURACY_ENOUGH: ['The time is as accurate as asked for.', '时间精度符合要求。'],
  ACCURACY_TOO_COARSE: ['The time is less accurate than asked for.', '时间精度低于要求。'],
  ACCURACY_UNSTATED: ['The token does not say how accurate its time is.', '令牌未声明时间精度。'],
  TIME_STATED: ['The token states a time.', '令牌给出了时间。'],
  TIME_IN_FUTURE: ['The time of the token is after the present time.', '令牌时间晚于当前时间。'],
} as const satisfies Readonly<Record<string, readonly [en: string, zh: string]>>;
