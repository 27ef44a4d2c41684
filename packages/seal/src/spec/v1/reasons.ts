import type { VerdictReason } from '@cssi/sm-core';

const table = {
  SEAL_FORMAT_VALID: ['The seal structure is well-formed.', '印章结构格式正确。'],
  SEAL_EXTENSION_CRITICAL: ['A critical extension is not understood.', '存在无法识别的关键扩展项。'],
  MAKER_SIGNATURE_VALID: ['The signature of the seal maker is right.', '制章人签名正确。'],
  MAKER_SIGNATURE_WRONG: ['The signature of the seal maker is wrong.', '制章人签名错误。'],
  MAKER_CERTIFICATE_TRUSTED: ['The maker certificate leads to a trust anchor.', '制章人证书可追溯至信任锚。'],
  MAKER_CERTIFICATE_NOT_TRUSTED: [
    'The maker certificate does not lead to a trust anchor, or may not be used to make seals.',
    '制章人证书无法追溯至信任锚，或不得用于制章。',
  ],
  MAKER_CERTIFICATE_OUTSIDE_VALIDITY: [
    'The maker certificate path was not valid at the time of judgement.',
    '判定时间不在制章人证书链的有效期内。',
  ],
  MAKER_CERTIFICATE_EXPIRED_SINCE: [
    'The maker certificate or one above it has expired since the signing, and no time stamp proves when the signing was.',
    '制章人证书或其上级证书在签章后已过期，且没有时间戳证明签章时间。',
  ],
  MAKER_NO_TRUST_ANCHOR: ['No trust anchor for seal makers was given.', '未提供制章人信任锚。'],
  SEAL_PERIOD_VALID: ['The time lies in the validity of the seal.', '时间在印章有效期内。'],
  SEAL_NOT_YET_VALID: ['The seal was not yet valid.', '印章尚未生效。'],
  SEAL_EXPIRED: ['The seal had expired.', '印章已过期。'],
  SEAL_EXPIRED_SINCE: [
    'The seal has expired since the signing, and no time stamp proves when the signing was.',
    '印章在签章后已过期，且没有时间戳证明签章时间。',
  ],
  SIGNATURE_FORMAT_VALID: ['The signature structure is well-formed.', '签章结构格式正确。'],
  SIGNATURE_VALUE_VALID: ['The signature value is right.', '签章签名值正确。'],
  SIGNATURE_VALUE_WRONG: ['The signature value is wrong.', '签章签名值错误。'],
  SIGNER_CERTIFICATE_TRUSTED: [
    'The signer certificate leads to a trust anchor.',
    '签章人证书可追溯至信任锚。',
  ],
  SIGNER_CERTIFICATE_NOT_TRUSTED: [
    'The signer certificate does not lead to a trust anchor, or may not be used to sign.',
    '签章人证书无法追溯至信任锚，或不得用于签名。',
  ],
  SIGNER_CERTIFICATE_OUTSIDE_VALIDITY: [
    'The signer certificate path was not valid at the signing time.',
    '签章时间不在签章人证书链的有效期内。',
  ],
  SIGNER_CERTIFICATE_EXPIRED_SINCE: [
    'The signer certificate or one above it has expired since the signing, and no time stamp proves when the signing was.',
    '签章人证书或其上级证书在签章后已过期，且没有时间戳证明签章时间。',
  ],
  SIGNER_NO_TRUST_ANCHOR: ['No trust anchor was given.', '未提供信任锚。'],
  SIGNING_TIME_VALID: [
    'The signing time lies in the validity of the signer certificate and not in the future.',
    '签章时间在签章人证书有效期内，且不晚于当前时间。',
  ],
  SIGNING_TIME_OUTSIDE_CERTIFICATE: [
    'The signing time lies outside the validity of the signer certificate.',
    '签章时间不在签章人证书有效期内。',
  ],
  SIGNING_TIME_IN_FUTURE: ['The signing time lies after the time of judgement.', '签章时间晚于判定时间。'],
  DOCUMENT_DIGEST_VALID: [
    'The signed digest is that of the signature description.',
    '签名的杂凑值与签名描述文件一致。',
  ],
  DOCUMENT_DIGEST_WRONG: [
    'The signed digest is not that of the signature description.',
    '签名的杂凑值与签名描述文件不一致。',
  ],
  SIGNATURE_METHOD_MISMATCH: [
    'The signature description names another signature method.',
    '签名描述文件标识的签名算法不一致。',
  ],
  PROPERTY_INFO_VALID: [
    'The signature names the place where it is stored.',
    '签章的原文属性与存放位置一致。',
  ],
  PROPERTY_INFO_WRONG: [
    'The signature was made for another place in the package.',
    '签章的原文属性与存放位置不一致。',
  ],
  REFERENCES_VALID: ['Every referenced part has its digest.', '所有被引用文件的杂凑值正确。'],
  REFERENCE_MISSING: ['A referenced part is missing.', '被引用的文件缺失。'],
  REFERENCE_DIGEST_WRONG: ['A referenced part was changed.', '被引用的文件已被改动。'],
  COVERAGE_COMPLETE: ['Every part of the package is covered.', '文件包中的所有文件均受签名保护。'],
  PART_NOT_COVERED: [
    'A part of the package is not covered by the signature.',
    '文件包中存在未受签名保护的文件。',
  ],
  SEAL_FILE_EQUAL: ['The seal file is the seal inside the signature.', '印章文件与签章中的印章一致。'],
  SEAL_FILE_ABSENT: [
    'The package holds no seal file; the seal inside the signature counts.',
    '文件包中没有印章文件，以签章中的印章为准。',
  ],
  SEAL_FILE_DIFFERENT: [
    'The seal file is not the seal inside the signature.',
    '印章文件与签章中的印章不一致。',
  ],
  SIGNER_IN_SEAL: ['The seal lists the signer certificate.', '印章的证书列表包含签章人证书。'],
  SIGNER_NOT_IN_SEAL: ['The seal does not list the signer certificate.', '印章的证书列表不包含签章人证书。'],
  STAMP_VALID: ['Every stamp lies on a page of the document.', '所有印章外观均位于文档页面上。'],
  STAMP_MISSING: ['No stamp shows the seal on a page.', '没有在页面上呈现印章外观。'],
  STAMP_PAGE_UNKNOWN: ['A stamp names a page the document does not have.', '印章外观引用了不存在的页面。'],
} as const satisfies Readonly<Record<string, readonly [en: string, zh: string]>>;

/** Codes of the reasons in a verdict; those of certificate paths come from `@cssi/pki`. @group Verdict */
export type SealReasonCode = keyof typeof table;

/** English and Chinese text of every reason. @group Verdict */
export const SEAL_REASONS: Readonly<Record<SealReasonCode, VerdictReason>> = Object.fromEntries(
  Object.entries(table).map(([code, [en, zh]]) => [code, { code, en, zh }]),
) as Record<SealReasonCode, VerdictReason>;
