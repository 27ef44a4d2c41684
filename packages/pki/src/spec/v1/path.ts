import type { Certificate, KeyUsage } from './certificate.ts';

/** Longest path, leaf and anchor included. */
export const MAX_PATH_CERTIFICATES = 8;
/** Most anchors, and most intermediates, of one call. */
export const MAX_PATH_CANDIDATES = 256;

/** What `verifyCertificatePath` judges by. */
export interface PathOptions {
  /** Certificates that may lie between; they are not trusted. At most 256. */
  readonly intermediates?: readonly Certificate[];
  /** Trust anchors (信任锚), the only certificates that are trusted. None: trust is indeterminate. At most 256. */
  readonly anchors: readonly Certificate[];
  /** Time of judgement. */
  readonly time: Date;
  /** Usages the leaf must state, all of them. */
  readonly keyUsage?: readonly KeyUsage[];
  /** Object identifier that the leaf's extended key usage must hold; `anyExtendedKeyUsage` is not enough. */
  readonly extendedKeyUsage?: string;
  /** Kind of key the leaf must have, as in `Certificate.keyAlgorithm`, for example `sm2`. */
  readonly keyAlgorithm?: string;
  /** SM2 signer ID of all issuers; the default one when left out. No other is accepted. */
  readonly signerId?: Uint8Array;
}

/** Code of one reason in the verdict on a path. */
export type PathReasonCode = keyof typeof PATH_REASONS;

/**
 * Texts of the reasons in a verdict: English and Chinese, after the number of the
 * certificate in the path.
 */
export const PATH_REASONS = {
  CERTIFICATE_SIGNATURE_RIGHT: ['its signature is right', '证书签名正确'],
  CERTIFICATE_SIGNATURE_WRONG: ['its signature is wrong', '证书签名不正确'],
  CERTIFICATE_SIGNER_ID_WRONG: [
    'it was signed with another SM2 signer ID, or without one',
    '证书签名所用的 SM2 签名者标识不符或未使用标识',
  ],
  CERTIFICATE_SIGNATURE_KEY_MISMATCH: [
    "the issuer's key is of another kind or curve than the signature algorithm needs",
    '签发者密钥的类型或曲线与签名算法不符',
  ],
  CERTIFICATE_ALGORITHM_UNSUPPORTED: [
    'its signature algorithm cannot be checked',
    '无法校验该证书的签名算法',
  ],
  ISSUER_UNKNOWN: ["the issuer's certificate is missing", '缺少签发者证书'],
  ANCHOR_REACHED: ['it is a trust anchor', '该证书是信任锚'],
  SELF_SIGNED_NOT_TRUSTED: ['it is self-signed and no trust anchor', '该证书为自签名且不是信任锚'],
  PATH_TO_ANCHOR: ['the path leads to a trust anchor', '证书链可追溯至信任锚'],
  NO_PATH_TO_ANCHOR: ['no path leads to a trust anchor', '无法追溯至信任锚'],
  NO_ANCHOR_GIVEN: ['no trust anchor was given', '未提供信任锚'],
  REVOCATION_NOT_CHECKED: ['revocation was not checked', '未检查吊销状态'],
  PATH_SEARCH_LIMIT: ['the search for a path reached its limit', '证书路径搜索达到上限'],
  ISSUER_NOT_CA: ['it issued a certificate and is no CA', '签发者不是 CA'],
  ISSUER_KEY_USAGE: ['its key usage does not allow signing certificates', '签发者密钥用法不允许签发证书'],
  PATH_TOO_LONG: ['the path below it is longer than it allows', '证书链超出路径长度限制'],
  CRITICAL_EXTENSION_UNKNOWN: [
    'it has a critical extension that is not evaluated',
    '存在无法处理的关键扩展项',
  ],
  KEY_USAGE_WRONG: ['its key usage lacks what is needed', '密钥用法不符合要求'],
  EXTENDED_KEY_USAGE_WRONG: ['its extended key usage lacks what is needed', '扩展密钥用法不符合要求'],
  KEY_ALGORITHM_WRONG: [
    'its key is of another kind or curve than is needed',
    '证书公钥的类型或曲线不符合要求',
  ],
  CERTIFICATE_IN_VALIDITY: ['it is within its validity', '证书在有效期内'],
  CERTIFICATE_NOT_YET_VALID: ['it is not valid yet', '证书尚未生效'],
  CERTIFICATE_EXPIRED: ['it has expired', '证书已过期'],
} as const satisfies Readonly<Record<string, readonly [en: string, zh: string]>>;
