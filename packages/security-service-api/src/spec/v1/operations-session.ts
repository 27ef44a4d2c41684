import Type from 'typebox';
import { defineOperation } from './operation.ts';
import { Base64, Hex, Identifier, Members, OneOf, Text, Timestamp, Whole } from './schema.ts';

/** How calls of a session are signed (请求签名方式). */
const SIGNING_MODES = ['hmac-sm3', 'sm2-sm3'] as const;

const role = OneOf(
  ['system-admin', 'security-admin', 'auditor', 'tenant-user', 'device'],
  'Role (角色) of the user',
);

/** A list of roles without repetition. */
export const roleList = Type.Array(role, {
  maxItems: 5,
  uniqueItems: true,
  description: 'Roles (角色); an empty list grants nothing',
});

/** Tenant of a user, `null` for the platform. */
export const tenantOrPlatform = Type.Union([Identifier('Tenant (租户)'), Type.Null()], {
  description: 'Tenant (租户); null for the platform',
});

/** Agreement on an interface version. */
export const versionOperation = defineOperation({
  name: 'version',
  auth: 'none',
  request: Members({
    versions: Type.Array(
      Type.String({
        minLength: 1,
        maxLength: 16,
        pattern: '^[0-9]{1,6}(\\.[0-9]{1,6})?$',
        description: 'Version the client speaks, `major` or `major.minor`',
      }),
      { minItems: 1, maxItems: 16, description: 'All versions the client speaks' },
    ),
  }),
  response: Members({
    chosen: Text(16, 'Highest major version that both sides speak'),
    supported: Type.Array(Text(16, 'Major version'), { minItems: 1, maxItems: 16 }),
    serverTime: Timestamp('Clock of the server'),
  }),
  summary: 'Negotiates the interface version; only major versions have to match.',
  summaryZh: '协商接口版本，仅要求主版本一致。',
  clause: 'CSSI-002',
  errors: ['ERR_API_VERSION_UNSUPPORTED'],
});

/** The catalogue of error codes. */
export const errorsListOperation = defineOperation({
  name: 'errors.list',
  auth: 'none',
  request: Members({}),
  response: Members({
    errors: Type.Array(
      Members({
        code: Text(64, 'Code, unique in the service'),
        status: Whole(0, 65_535, 'Number of the code'),
        layer: Text(32, 'Part of the service that owns the code'),
        category: Text(16, 'Kind of failure'),
        message: Text(256, 'English text'),
        messageZh: Text(256, 'Chinese text'),
        retryable: Type.Boolean({ description: 'Whether the same call may succeed later' }),
      }),
      { maxItems: 2048 },
    ),
  }),
  summary: 'Lists every error code with its meaning.',
  summaryZh: '列出全部错误代码及其含义。',
  clause: 'CSSI-001, T/TCCIA 0002-2022 §7.6',
});

/** A one-time challenge to log in with. */
export const sessionChallengeOperation = defineOperation({
  name: 'session.challenge',
  auth: 'none',
  request: Members({}),
  response: Members({
    challenge: Base64({ minBytes: 32, maxBytes: 32 }, 'Challenge (挑战值), good for one login'),
    serverId: Identifier('Server that the login is for'),
    region: Identifier('Region that goes into the credential scope'),
    serverTime: Timestamp('Clock of the server'),
    lifetimeSeconds: Whole(1, 60, 'Life of the challenge in seconds'),
  }),
  summary: 'Gives a one-time challenge for a login from this address.',
  summaryZh: '为本地址的登录签发一次性挑战值。',
  clause: 'T/TCCIA 0002-2022 §6.3',
  errors: ['ERR_API_CHALLENGE_LIMIT'],
});

/** Login by certificate. */
export const sessionOpenOperation = defineOperation({
  name: 'session.open',
  auth: 'none',
  request: Members({
    certificate: Base64({ minBytes: 1, maxBytes: 16_384 }, "The user's SM2 certificate, DER"),
    challenge: Base64({ minBytes: 32, maxBytes: 32 }, 'Challenge of session.challenge'),
    ephemeralPublicKey: Base64(
      { minBytes: 65, maxBytes: 65 },
      'SM2 public key 04‖x‖y made for this login only; the session key is encrypted to it',
    ),
    signing: OneOf(SIGNING_MODES, 'How the calls of the session are signed'),
    signature: Base64(
      { minBytes: 8, maxBytes: 72 },
      'SM2 signature by the certificate key over the login statement, DER SEQUENCE{r,s}',
    ),
  }),
  response: Members({
    token: Hex(32, 'Session token (会话令牌); the server keeps only its SM3'),
    sessionId: Hex(32, 'SM3 of the token; names the session in the audit log'),
    sealedSessionKey: Base64(
      { minBytes: 1, maxBytes: 256 },
      'Session key of 32 bytes, SM2-encrypted to the ephemeral key, DER SM2Cipher',
    ),
    signing: OneOf(SIGNING_MODES, 'How the calls of the session are signed'),
    userId: Identifier('User'),
    tenantId: tenantOrPlatform,
    roles: roleList,
    idleSeconds: Whole(1, 7200, 'The session ends after this time without a call, in seconds'),
    expiresAt: Timestamp('The session ends at this time at the latest'),
  }),
  summary: 'Opens a session for the holder of a certificate.',
  summaryZh: '为证书持有者建立会话。',
  clause: 'T/TCCIA 0002-2022 §6.3, §7.8',
  errors: ['ERR_API_CHALLENGE_INVALID', 'ERR_API_LOGIN_FAILED', 'ERR_API_SESSION_LIMIT'],
});

/** End of a session. */
export const sessionCloseOperation = defineOperation({
  name: 'session.close',
  permission: 'session.close',
  request: Members({}),
  response: Members({ closed: Type.Boolean({ description: 'True when the session is gone' }) }),
  summary: 'Closes the session of this call.',
  summaryZh: '关闭本次调用所属的会话。',
  clause: 'T/TCCIA 0002-2022 §7.7',
});
