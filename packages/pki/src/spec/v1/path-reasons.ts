/** Code of one reason in the verdict on a path, and of one step of its report. */
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
  PATH_SEARCH_LIMIT: ['the search for a path reached its limit', '证书路径搜索达到上限'],
  ISSUER_NOT_CA: ['it issued a certificate and is no CA', '签发者不是 CA'],
  ISSUER_KEY_USAGE: ['its key usage does not allow signing certificates', '签发者密钥用法不允许签发证书'],
  ISSUER_RIGHTS_RIGHT: ['it may issue certificates', '签发者有权签发证书'],
  PATH_TOO_LONG: ['the path below it is longer than it allows', '证书链超出路径长度限制'],
  PATH_LENGTH_RIGHT: ['the path below it is no longer than it allows', '证书链未超出路径长度限制'],
  CRITICAL_EXTENSION_UNKNOWN: [
    'it has a critical extension that is not evaluated',
    '存在无法处理的关键扩展项',
  ],
  CRITICAL_EXTENSIONS_KNOWN: ['all its critical extensions are evaluated', '关键扩展项均已处理'],
  NAME_CONSTRAINTS_VIOLATED: [
    'a certificate below it has a name that its name constraints do not allow',
    '下级证书的名称违反名称限制',
  ],
  NAME_CONSTRAINTS_UNSUPPORTED: [
    'its name constraints are of a kind that is not evaluated',
    '名称限制的类型无法处理',
  ],
  NAME_CONSTRAINTS_KEPT: ['all names below it keep to its name constraints', '下级证书的名称符合名称限制'],
  KEY_USAGE_WRONG: ['its key usage lacks what is needed', '密钥用法不符合要求'],
  KEY_USAGE_RIGHT: ['its key usage is as needed', '密钥用法符合要求'],
  EXTENDED_KEY_USAGE_WRONG: ['its extended key usage lacks what is needed', '扩展密钥用法不符合要求'],
  EXTENDED_KEY_USAGE_RIGHT: ['its extended key usage is as needed', '扩展密钥用法符合要求'],
  KEY_ALGORITHM_WRONG: [
    'its key is of another kind or curve than is needed',
    '证书公钥的类型或曲线不符合要求',
  ],
  KEY_ALGORITHM_RIGHT: ['its key is of the kind that is needed', '证书公钥的类型符合要求'],
  POLICY_WRONG: ['it is not issued under a policy that was asked for', '证书策略不符合要求'],
  POLICY_RIGHT: ['it is issued under a policy that was asked for', '证书策略符合要求'],
  CERTIFICATE_IN_VALIDITY: ['it is within its validity', '证书在有效期内'],
  CERTIFICATE_NOT_YET_VALID: ['it is not valid yet', '证书尚未生效'],
  CERTIFICATE_EXPIRED: ['it has expired', '证书已过期'],
  REVOCATION_NOT_CHECKED: ['revocation was not checked', '未检查吊销状态'],
  NOT_REVOKED: ['it was not revoked', '证书未被吊销'],
  CERTIFICATE_REVOKED: ['it was revoked', '证书已被吊销'],
  CERTIFICATE_REVOKED_LATER: ['it was revoked after the time of judgement', '证书在判定时间之后被吊销'],
  REVOCATION_EVIDENCE_MISSING: ['nothing at hand tells whether it was revoked', '缺少吊销状态证据'],
  REVOCATION_EVIDENCE_STALE: ['what tells whether it was revoked is out of date', '吊销状态证据已过时'],
  REVOCATION_EVIDENCE_TOO_LATE: [
    'what tells whether it was revoked was made after it expired and need not list it any more',
    '吊销状态证据在证书过期之后生成，可能不再包含该证书',
  ],
  REVOCATION_EVIDENCE_FUTURE: [
    'what tells whether it was revoked is dated in the future',
    '吊销状态证据的生成时间在未来',
  ],
  REVOCATION_LIMIT: [
    'checking what tells whether it was revoked reached its limit',
    '吊销状态证据的校验次数达到上限',
  ],
  CRL_SIGNATURE_WRONG: [
    'a revocation list was ignored: it is not signed by the issuer',
    '已忽略吊销列表：不是由签发者签名',
  ],
  CRL_ISSUER_KEY_USAGE: [
    "a revocation list was ignored: the issuer's key usage does not allow signing lists",
    '已忽略吊销列表：签发者密钥用法不允许签发吊销列表',
  ],
  CRL_CRITICAL_EXTENSION: [
    'a revocation list was ignored: it has a critical extension that is not evaluated',
    '已忽略吊销列表：存在无法处理的关键扩展项',
  ],
  CRL_INDIRECT: [
    'a revocation list was ignored: indirect lists are not evaluated',
    '已忽略吊销列表：不支持间接吊销列表',
  ],
  CRL_SCOPE: ['a revocation list does not cover it', '吊销列表的范围不包含该证书'],
  CRL_BASE_MISSING: [
    'a delta list was ignored: no complete list fits it',
    '已忽略增量吊销列表：缺少对应的完整列表',
  ],
  OCSP_RESPONSE_ERROR: ['an OCSP responder answered with an error', 'OCSP 服务返回错误'],
  OCSP_NO_ANSWER: ['an OCSP response says nothing about it', 'OCSP 响应未涉及该证书'],
  OCSP_SIGNATURE_WRONG: [
    'an OCSP response was ignored: its signature is wrong',
    '已忽略 OCSP 响应：签名不正确',
  ],
  OCSP_RESPONDER_UNKNOWN: [
    "an OCSP response was ignored: its responder's certificate is missing",
    '已忽略 OCSP 响应：缺少响应者证书',
  ],
  OCSP_RESPONDER_NOT_AUTHORISED: [
    'an OCSP response was ignored: its responder was not authorised by the issuer',
    '已忽略 OCSP 响应：响应者未经签发者授权',
  ],
  OCSP_RESPONDER_NOT_CHECKED: [
    'whether the OCSP responder itself was revoked was not checked',
    '未检查 OCSP 响应者证书的吊销状态',
  ],
  OCSP_RESPONDER_REVOKED: [
    "an OCSP response was ignored: its responder's certificate was revoked",
    '已忽略 OCSP 响应：响应者证书已被吊销',
  ],
  OCSP_CRITICAL_EXTENSION: [
    'an OCSP response was ignored: it has a critical extension that is not evaluated',
    '已忽略 OCSP 响应：存在无法处理的关键扩展项',
  ],
  OCSP_CERTIFICATE_UNKNOWN: ['the OCSP responder does not know it', 'OCSP 服务不认识该证书'],
  OCSP_NONCE_MISSING: ['an OCSP response was ignored: it lacks the nonce', '已忽略 OCSP 响应：缺少随机数'],
  OCSP_NONCE_WRONG: [
    'an OCSP response was ignored: its nonce is another one',
    '已忽略 OCSP 响应：随机数不符',
  ],
} as const satisfies Readonly<Record<string, readonly [en: string, zh: string]>>;
