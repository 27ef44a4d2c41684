import Type from 'typebox';
import { defineOperation } from './operation.ts';
import { roleList, tenantOrPlatform } from './operations-session.ts';
import { Base64, Identifier, Members, OneOf, Text, Timestamp, Whole } from './schema.ts';

const possession = Base64(
  { minBytes: 8, maxBytes: 72 },
  'SM2 signature by the private key of `publicKey` over the possession statement, DER SEQUENCE{r,s}',
);
const certificate = Base64({ minBytes: 1, maxBytes: 16_384 }, 'Certificate, DER');
const publicKey = Base64({ minBytes: 65, maxBytes: 65 }, 'SM2 public key 04‖x‖y');

/** Profiles that a tenant may have certificates of. */
const TENANT_CERTIFICATE_PROFILES = ['seal-maker', 'seal-signer', 'model-publisher'] as const;

/** First login of a new user: turns a one-time token into a certificate. */
export const identityActivateOperation = defineOperation({
  name: 'identity.activate',
  auth: 'none',
  request: Members({
    activationToken: Type.String({
      minLength: 43,
      maxLength: 43,
      pattern: '^[A-Za-z0-9_-]*$',
      description: 'One-time token of identity.enroll; 32 bytes as base64url',
    }),
    publicKey,
    possession,
  }),
  response: Members({
    userId: Identifier('User'),
    tenantId: tenantOrPlatform,
    roles: roleList,
    certificate,
    issuerCertificate: certificate,
  }),
  summary: 'Activates a user: binds the public key and issues the login certificate.',
  summaryZh: '激活用户：绑定公钥并签发登录证书。',
  clause: 'T/TCCIA 0002-2022 §6.3',
  errors: ['ERR_API_LOGIN_FAILED', 'ERR_IDENTITY_TOKEN_INVALID'],
});

/** A new user. */
export const identityEnrollOperation = defineOperation({
  name: 'identity.enroll',
  permission: 'identity.enroll',
  request: Members({
    userId: Identifier('User'),
    name: Text(128, 'Name shown to people'),
    tenantId: tenantOrPlatform,
    roles: roleList,
    activationSeconds: Type.Optional(Whole(60, 604_800, 'Life of the activation token in seconds')),
  }),
  response: Members({
    userId: Identifier('User'),
    activationToken: Text(43, 'One-time token for identity.activate; shown only here', 43),
    expiresAt: Timestamp('End of the activation token'),
  }),
  summary: 'Creates a user with exactly the named roles and a one-time activation token.',
  summaryZh: '创建用户，仅授予指定角色，并生成一次性激活令牌。',
  clause: 'T/TCCIA 0002-2022 §6.4',
  errors: ['ERR_IDENTITY_EXISTS', 'ERR_IDENTITY_NOT_FOUND', 'ERR_IDENTITY_ROLE_CONFLICT'],
});

/** A new tenant. */
export const tenantCreateOperation = defineOperation({
  name: 'tenant.create',
  permission: 'tenant.create',
  request: Members({
    tenantId: Identifier('Tenant (租户)'),
    name: Text(128, 'Name shown to people'),
  }),
  response: Members({
    tenantId: Identifier('Tenant (租户)'),
    createdAt: Timestamp('When the tenant was created'),
  }),
  summary: 'Creates a tenant.',
  summaryZh: '创建租户。',
  clause: 'T/TCCIA 0002-2022 §6.4',
  errors: ['ERR_IDENTITY_EXISTS'],
});

/** A certificate for a key of a tenant. */
export const certificateIssueOperation = defineOperation({
  name: 'certificate.issue',
  permission: 'certificate.issue',
  request: Members({
    profile: OneOf(TENANT_CERTIFICATE_PROFILES, 'What the certificate is for'),
    commonName: Text(64, 'Common name; the organization is always the tenant'),
    publicKey,
    possession,
    validityDays: Type.Optional(Whole(1, 1825, 'Validity in days; 365 when left out')),
  }),
  response: Members({
    certificate,
    issuerCertificate: certificate,
    notAfter: Timestamp('Last moment of validity'),
  }),
  summary: 'Issues a certificate of the platform CA for a key of the tenant.',
  summaryZh: '由平台 CA 为租户密钥签发证书。',
  clause: 'T/TCCIA 0002-2022 §6.3',
  errors: ['ERR_API_LOGIN_FAILED'],
});

/** Reading the audit log. */
export const auditReadOperation = defineOperation({
  name: 'audit.read',
  permission: 'audit.read',
  request: Members({
    fromSequence: Whole(0, Number.MAX_SAFE_INTEGER, 'First record wanted'),
    limit: Whole(1, 1000, 'Most records wanted'),
    tenantId: Type.Optional(tenantOrPlatform),
  }),
  response: Members({
    records: Type.Array(
      Members({
        v: Type.Literal(1),
        sequence: Whole(0, Number.MAX_SAFE_INTEGER, 'Position in the log'),
        time: Timestamp('When the operation ended'),
        requestId: Text(64, 'Request'),
        traceId: Text(64, 'Trace'),
        type: Text(64, 'Operation'),
        subject: Type.Union([Text(128, 'User'), Type.Null()]),
        tenantId: Type.Union([Text(128, 'Tenant'), Type.Null()]),
        object: Type.Optional(Text(256, 'What was acted upon', 0)),
        outcome: OneOf(['success', 'failure', 'denied'], 'How it ended'),
        code: Type.Optional(Text(64, 'Error code')),
        remoteAddress: Type.Optional(Text(64, 'Address of the caller', 0)),
        detail: Type.Optional(
          Type.Record(
            Type.String({ maxLength: 32 }),
            Type.Union([
              Type.String({ maxLength: 256 }),
              Whole(-Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER, 'Value'),
            ]),
            { maxProperties: 16 },
          ),
        ),
        hash: Text(64, 'Hash chain value, hex'),
      }),
      { maxItems: 1000 },
    ),
    nextSequence: Type.Union([Whole(0, Number.MAX_SAFE_INTEGER, 'Where the next page starts'), Type.Null()]),
  }),
  summary: 'Reads audit records; an auditor of a tenant sees those of the tenant only.',
  summaryZh: '读取审计记录；租户审计员只能读取本租户的记录。',
  clause: 'T/TCCIA 0002-2022 §8.2',
  errors: ['ERR_AUDIT_QUERY_INVALID', 'ERR_AUDIT_TAMPERED', 'ERR_AUDIT_CLOSED'],
});
