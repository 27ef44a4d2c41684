import type { Verdict } from '@cssi/sm-core';
import type { Certificate } from './certificate.ts';
import type { Finding } from './finding.ts';
import type { CertificateReference } from './message.ts';
import type { PathReport } from './path.ts';
import type { Sm2SignerId } from './signer.ts';

/** What became of one signer's digest or signature; `not-checked` says that something needed was missing. */
export type SignerCheck = 'right' | 'wrong' | 'key-mismatch' | 'unsupported' | 'not-checked';

/** What was found about one signer. */
export interface SignerReport {
  /** Place in `Message.signers`. */
  readonly index: number;
  readonly reference: CertificateReference;
  /** The certificate whose key the signature was checked with. */
  readonly certificate?: Certificate;
  /**
   * The attributes against the content. `right` too when there are none and nothing else speaks
   * against the content, over which the signature is then itself.
   */
  readonly digest: SignerCheck;
  readonly signature: SignerCheck;
  /** The signer ID under which an SM2 signature is right, when IDs were listed. */
  readonly signerId?: Sm2SignerId;
  /** The signer's own claim; only a time stamp proves it. */
  readonly signingTime?: Date;
  /** The path of the certificate, when options for it were given. */
  readonly path?: PathReport;
  readonly findings: readonly Finding[];
}

/** Outcome of checking a signed message. */
export interface SignedMessageReport {
  readonly verdict: Verdict;
  readonly signers: readonly SignerReport[];
  /** Deviations of the message and of its signers. */
  readonly findings: readonly Finding[];
}

/** Code of one reason in the verdict on a message. */
export type MessageReasonCode = keyof typeof MESSAGE_REASONS;

/** Texts of the reasons in a verdict: English and Chinese, after the number of the signer. */
export const MESSAGE_REASONS = {
  NO_SIGNERS: ['nobody signed the message', '消息没有签名者'],
  CONTENT_MISSING: ['the signed content is not at hand', '缺少被签名的内容'],
  SIGNATURE_RIGHT: ['the signature is right', '签名正确'],
  SIGNATURE_WRONG: ['the signature is wrong', '签名不正确'],
  SIGNATURE_KEY_MISMATCH: [
    'the key of the certificate is of another kind than the signature algorithm needs',
    '证书公钥类型与签名算法不符',
  ],
  SIGNATURE_UNSUPPORTED: ['the signature algorithm cannot be checked', '无法校验该签名算法'],
  SIGNATURE_NOT_CHECKED: ['the signature was not checked', '未校验签名'],
  CERTIFICATE_MISSING: ["the signer's certificate is missing", '缺少签名者证书'],
  CERTIFICATE_NEEDED_AHEAD: [
    "the signer's certificate must be given ahead, because the signature is over the content itself",
    '签名直接针对内容，流式校验须事先提供签名者证书',
  ],
  DIGEST_RIGHT: ['the content is the one that was signed', '内容与签名时一致'],
  DIGEST_WRONG: ['the content is not the one that was signed', '内容与签名时不一致'],
  DIGEST_UNSUPPORTED: ['the digest algorithm cannot be computed', '不支持该杂凑算法'],
  DIGEST_NOT_ANNOUNCED: [
    'the message does not announce the digest algorithm ahead of its content',
    '消息未在内容之前声明该杂凑算法',
  ],
  ATTRIBUTES_INCOMPLETE: [
    'a signed attribute that must be there once is missing, repeated or malformed',
    '必备的签名属性缺失、重复或格式错误',
  ],
  ATTRIBUTES_NEEDED: [
    'signed attributes are missing, which this content type must have',
    '该内容类型必须带签名属性',
  ],
  CONTENT_IS_ATTRIBUTES: [
    'the content has the form of signed attributes, so the signature may have been made for another content',
    '内容具有签名属性的形式，签名可能是针对其他内容所作',
  ],
  CONTENT_TYPED: [
    'the content is a SEQUENCE in place of octets, which the signature says nothing about',
    '内容以 SEQUENCE 而非字节串编码，签名未涵盖这一点',
  ],
  CERTIFICATES_TOO_MANY: [
    'more certificates carry the name that the signer has than are tried',
    '与签名者标识相符的证书过多，未全部尝试',
  ],
  CONTENT_TYPE_WRONG: [
    'the signed content type is not that of the content',
    '签名属性中的内容类型与实际内容类型不符',
  ],
  ALGORITHM_PROTECTION_WRONG: [
    'the signed algorithms are not those of the signature',
    '签名属性中的算法与实际签名算法不符',
  ],
  DIGEST_SIGNATURE_MISMATCH: [
    'digest algorithm and signature algorithm do not fit each other',
    '杂凑算法与签名算法不匹配',
  ],
  SIGNER_KEY_USAGE: ['its key usage does not allow signing', '证书密钥用法不允许签名'],
  PATH_NOT_JUDGED: ['the path of the certificate was not judged', '未验证证书路径'],
} as const satisfies Readonly<Record<string, readonly [en: string, zh: string]>>;
