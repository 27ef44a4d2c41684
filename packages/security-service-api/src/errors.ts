import { defineErrors, type LayerErrors } from '@cssi/sm-core';
import { AUDIT_ERROR_ROWS, type AuditErrorCode } from './audit/error-rows.ts';
import { IDENTITY_ERROR_ROWS, type IdentityErrorCode } from './identity/error-rows.ts';
import { STATE_ERROR_ROWS, type StateErrorCode } from './state/error-rows.ts';

/** Codes of `@cssi/security-service-api`. */
export type SecurityServiceErrorCode =
  | AuditErrorCode
  | IdentityErrorCode
  | StateErrorCode
  | 'ERR_API_BODY_TOO_LARGE'
  | 'ERR_API_METHOD_NOT_ALLOWED'
  | 'ERR_API_CONTENT_TYPE'
  | 'ERR_API_ROUTE_UNKNOWN'
  | 'ERR_API_VERSION_UNSUPPORTED'
  | 'ERR_API_JSON_MALFORMED'
  | 'ERR_API_PARAMETERS_INVALID'
  | 'ERR_API_CRITICAL_UNKNOWN'
  | 'ERR_API_BODY_TRUNCATED'
  | 'ERR_API_REQUEST_MALFORMED'
  | 'ERR_API_INTERNAL'
  | 'ERR_API_AUDIT_UNAVAILABLE'
  | 'ERR_API_AUTHENTICATION_REQUIRED'
  | 'ERR_API_AUTHORIZATION_MALFORMED'
  | 'ERR_API_SIGNATURE_ALGORITHM'
  | 'ERR_API_SIGNED_HEADERS'
  | 'ERR_API_DATE_SKEW'
  | 'ERR_API_CONTENT_DIGEST'
  | 'ERR_API_SIGNATURE_WRONG'
  | 'ERR_API_REPLAY'
  | 'ERR_API_SESSION_INVALID'
  | 'ERR_API_SESSION_EXPIRED'
  | 'ERR_API_SESSION_ADDRESS'
  | 'ERR_API_SESSION_LIMIT'
  | 'ERR_API_CHALLENGE_INVALID'
  | 'ERR_API_CHALLENGE_LIMIT'
  | 'ERR_API_LOGIN_FAILED'
  | 'ERR_API_ACCESS_DENIED'
  | 'ERR_API_CONNECTION'
  | 'ERR_API_TIMEOUT'
  | 'ERR_API_SERVER_UNTRUSTED'
  | 'ERR_API_RESPONSE_INVALID'
  | 'ERR_API_RESPONSE_MAC'
  | 'ERR_API_RESPONSE_TOO_LARGE'
  | 'ERR_API_HTTPS_REQUIRED'
  | 'ERR_API_NOT_LOGGED_IN';

/** Error table of `@cssi/security-service-api`: 0x01-0x6f interface, 0x70-0xdf identity, audit and state. */
export const SECURITY_SERVICE_ERRORS: LayerErrors<SecurityServiceErrorCode> = defineErrors(
  'security-service-api',
  {
    ERR_API_BODY_TOO_LARGE: {
      n: 0x01,
      category: 'limit',
      en: 'The request is larger than the operation allows.',
      zh: '请求超过该操作允许的大小。',
    },
    ERR_API_METHOD_NOT_ALLOWED: {
      n: 0x02,
      category: 'unsupported',
      en: 'Only HTTPS POST is served.',
      zh: '仅支持 HTTPS POST 方法。',
    },
    ERR_API_CONTENT_TYPE: {
      n: 0x03,
      category: 'unsupported',
      en: 'The content type does not fit the operation.',
      zh: '内容类型与该操作不符。',
    },
    ERR_API_ROUTE_UNKNOWN: {
      n: 0x04,
      category: 'not-found',
      en: 'There is no such operation.',
      zh: '该操作不存在。',
    },
    ERR_API_VERSION_UNSUPPORTED: {
      n: 0x05,
      category: 'unsupported',
      en: 'The interface version is not supported.',
      zh: '不支持该接口版本。',
    },
    ERR_API_JSON_MALFORMED: {
      n: 0x06,
      category: 'input',
      en: 'The request is not well-formed JSON within the limits.',
      zh: '请求不是有效的 JSON，或超出限制。',
    },
    ERR_API_PARAMETERS_INVALID: {
      n: 0x07,
      category: 'input',
      en: 'A parameter is missing, unknown or outside its range.',
      zh: '参数缺失、未知或超出取值范围。',
    },
    ERR_API_CRITICAL_UNKNOWN: {
      n: 0x08,
      category: 'unsupported',
      en: 'A parameter marked as critical is not understood.',
      zh: '无法识别被标记为关键的参数。',
    },
    ERR_API_BODY_TRUNCATED: {
      n: 0x09,
      category: 'input',
      en: 'The request ended before its announced length.',
      zh: '请求在声明的长度之前中断。',
    },
    ERR_API_REQUEST_MALFORMED: {
      n: 0x0a,
      category: 'input',
      en: 'The request is not well formed.',
      zh: '请求格式错误。',
    },
    ERR_API_INTERNAL: {
      n: 0x10,
      category: 'internal',
      en: 'The service failed. Quote the request id when you ask for help.',
      zh: '服务内部错误，求助时请提供请求编号。',
    },
    ERR_API_AUDIT_UNAVAILABLE: {
      n: 0x11,
      category: 'unavailable',
      en: 'The audit log does not accept records, so the call was not answered.',
      zh: '审计日志不可用，本次调用未予应答。',
    },
    ERR_API_AUTHENTICATION_REQUIRED: {
      n: 0x20,
      category: 'unauthenticated',
      en: 'The operation needs a session and a signed request.',
      zh: '该操作需要会话和已签名的请求。',
    },
    ERR_API_AUTHORIZATION_MALFORMED: {
      n: 0x21,
      category: 'unauthenticated',
      en: 'The authorization of the request is malformed.',
      zh: '请求的鉴权信息格式错误。',
    },
    ERR_API_SIGNATURE_ALGORITHM: {
      n: 0x22,
      category: 'unauthenticated',
      en: 'The request signature algorithm is not accepted here.',
      zh: '不接受该请求签名算法。',
    },
    ERR_API_SIGNED_HEADERS: {
      n: 0x23,
      category: 'unauthenticated',
      en: 'The request signature does not cover every required header.',
      zh: '请求签名未覆盖全部必需的首部。',
    },
    ERR_API_DATE_SKEW: {
      n: 0x24,
      category: 'unauthenticated',
      en: "The date of the request is too far from the server's clock.",
      zh: '请求时间与服务器时钟相差过大。',
    },
    ERR_API_CONTENT_DIGEST: {
      n: 0x25,
      category: 'unauthenticated',
      en: 'The request body does not have the signed digest.',
      zh: '请求正文与已签名的杂凑值不符。',
    },
    ERR_API_SIGNATURE_WRONG: {
      n: 0x26,
      category: 'unauthenticated',
      en: 'The request signature is wrong.',
      zh: '请求签名错误。',
    },
    ERR_API_REPLAY: {
      n: 0x27,
      category: 'unauthenticated',
      en: 'The sequence number was used before or is too old.',
      zh: '请求序号已被使用或过旧。',
    },
    ERR_API_SESSION_INVALID: {
      n: 0x28,
      category: 'unauthenticated',
      en: 'There is no such session.',
      zh: '会话不存在。',
    },
    ERR_API_SESSION_EXPIRED: {
      n: 0x29,
      category: 'unauthenticated',
      en: 'The session has expired; log in again.',
      zh: '会话已过期，请重新登录。',
    },
    ERR_API_SESSION_ADDRESS: {
      n: 0x2a,
      category: 'unauthenticated',
      en: 'The session was opened from another address.',
      zh: '会话由其他地址建立。',
    },
    ERR_API_SESSION_LIMIT: {
      n: 0x2b,
      category: 'limit',
      en: 'The limit of open sessions is reached.',
      zh: '已达到会话数量上限。',
    },
    ERR_API_CHALLENGE_INVALID: {
      n: 0x2c,
      category: 'unauthenticated',
      en: 'The challenge is unknown, used or expired.',
      zh: '挑战值不存在、已使用或已过期。',
    },
    ERR_API_CHALLENGE_LIMIT: {
      n: 0x2d,
      category: 'limit',
      en: 'Too many challenges are outstanding; try again later.',
      zh: '未完成的挑战过多，请稍后再试。',
    },
    ERR_API_LOGIN_FAILED: {
      n: 0x2e,
      category: 'unauthenticated',
      en: 'The login was refused.',
      zh: '登录被拒绝。',
    },
    ERR_API_ACCESS_DENIED: {
      n: 0x30,
      category: 'denied',
      en: 'The operation is not permitted to this user.',
      zh: '该用户无权执行此操作。',
    },
    ERR_API_CONNECTION: {
      n: 0x40,
      category: 'unavailable',
      en: 'The service cannot be reached.',
      zh: '无法连接服务。',
    },
    ERR_API_TIMEOUT: {
      n: 0x41,
      category: 'unavailable',
      en: 'The service did not answer in time.',
      zh: '服务未在规定时间内应答。',
    },
    ERR_API_SERVER_UNTRUSTED: {
      n: 0x42,
      category: 'integrity',
      en: "The server's certificate is not trusted.",
      zh: '服务器证书不受信任。',
    },
    ERR_API_RESPONSE_INVALID: {
      n: 0x43,
      category: 'integrity',
      en: 'The answer of the service does not follow the interface.',
      zh: '服务应答不符合接口规范。',
    },
    ERR_API_RESPONSE_MAC: {
      n: 0x44,
      category: 'integrity',
      en: 'The answer does not carry a valid message authentication code.',
      zh: '服务应答的消息鉴别码无效。',
    },
    ERR_API_RESPONSE_TOO_LARGE: {
      n: 0x45,
      category: 'limit',
      en: 'The answer of the service is larger than allowed.',
      zh: '服务应答超过允许的大小。',
    },
    ERR_API_HTTPS_REQUIRED: {
      n: 0x46,
      category: 'input',
      en: 'The service is reached by HTTPS only.',
      zh: '仅允许通过 HTTPS 访问服务。',
    },
    ERR_API_NOT_LOGGED_IN: {
      n: 0x47,
      category: 'unauthenticated',
      en: 'Log in before you call this operation.',
      zh: '请先登录再调用该操作。',
    },
    ...STATE_ERROR_ROWS,
    ...AUDIT_ERROR_ROWS,
    ...IDENTITY_ERROR_ROWS,
  },
);
