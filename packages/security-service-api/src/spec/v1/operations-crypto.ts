import Type from 'typebox';
import { defineOperation } from './operation.ts';
import { Base64, KeyIdentifier, Members, OneOf, Text, Timestamp, Whole } from './schema.ts';

/** Longest data of one JSON call in bytes: 512 KiB, so that its base64 fits the request limit. */
const MAX_JSON_DATA_BYTES = 524_288;
/** Longest associated data in bytes. */
const MAX_AAD_BYTES = 4096;

const data = (description: string, minBytes = 0) =>
  Base64({ minBytes, maxBytes: MAX_JSON_DATA_BYTES }, description);
const version = Whole(1, 2_147_483_647, 'Version of the key');
const usage = Type.Array(OneOf(['sign', 'encrypt'], 'What the key may do'), {
  minItems: 1,
  maxItems: 2,
  uniqueItems: true,
  description: 'What the key may do (密钥用途)',
});
const algorithm = OneOf(['SM2', 'SM4'], 'Algorithm of the key (密钥算法)');

const keyDescription = Members({
  keyId: KeyIdentifier(),
  version,
  algorithm,
  usage,
  label: Text(128, 'Name shown to people', 0),
  state: OneOf(
    ['pre-active', 'active', 'suspended', 'deactivated', 'compromised', 'destroyed'],
    'State in the life cycle (密钥状态)',
  ),
  publicKey: Type.Optional(Base64({ minBytes: 65, maxBytes: 65 }, 'SM2 public key 04‖x‖y')),
  createdAt: Type.Optional(Timestamp('When the key was created')),
});

/** A new key. */
export const keyCreateOperation = defineOperation({
  name: 'key.create',
  permission: 'key.create',
  request: Members({ algorithm, usage, label: Text(128, 'Name shown to people', 0) }),
  response: keyDescription,
  summary: "Creates a key of the caller's tenant; it never leaves the service.",
  summaryZh: '在调用者的租户内创建密钥，密钥不出服务。',
  clause: 'CSSI-004',
});

/** The keys of a tenant. */
export const keyListOperation = defineOperation({
  name: 'key.list',
  permission: 'key.list',
  request: Members({
    afterKeyId: Type.Optional(KeyIdentifier('Last key of the page before')),
    limit: Type.Optional(Whole(1, 500, 'Most keys wanted; 100 when left out')),
  }),
  response: Members({ keys: Type.Array(keyDescription, { maxItems: 500 }) }),
  summary: "Lists the keys of the caller's tenant in order of their identifier.",
  summaryZh: '按标识顺序列出调用者租户的密钥。',
  clause: 'CSSI-004',
});

/** SM2 signature. */
export const signOperation = defineOperation({
  name: 'sign',
  permission: 'sign',
  request: Members({ keyId: KeyIdentifier(), message: data('Message') }),
  response: Members({
    signature: Base64({ minBytes: 8, maxBytes: 72 }, 'SM2 signature, DER SEQUENCE{r,s}, default signer ID'),
    version,
  }),
  summary: 'Signs a message with SM2 and SM3.',
  summaryZh: '使用 SM2/SM3 对消息签名。',
  clause: 'GB/T 32918.2-2016',
});

/** Verification of an SM2 signature. */
export const verifyOperation = defineOperation({
  name: 'verify',
  permission: 'verify',
  request: Members({
    keyId: KeyIdentifier(),
    version: Type.Optional(version),
    message: data('Message'),
    signature: Base64({ minBytes: 8, maxBytes: 72 }, 'SM2 signature, DER SEQUENCE{r,s}'),
  }),
  response: Members({ valid: Type.Boolean({ description: 'Whether the signature is right' }) }),
  summary: 'Verifies an SM2 signature made with a key of the service.',
  summaryZh: '验证由本服务密钥生成的 SM2 签名。',
  clause: 'GB/T 32918.2-2016',
});

/** Authenticated encryption. */
export const encryptOperation = defineOperation({
  name: 'encrypt',
  permission: 'encrypt',
  request: Members({
    keyId: KeyIdentifier(),
    plaintext: data('Plaintext (明文)'),
    aad: Type.Optional(
      Base64({ maxBytes: MAX_AAD_BYTES }, 'Associated data, authenticated and not encrypted'),
    ),
  }),
  response: Members({
    ciphertext: Base64({ minBytes: 1, maxBytes: MAX_JSON_DATA_BYTES + 1024 }, 'Ciphertext (密文)'),
    version,
  }),
  summary: 'Encrypts data and authenticates it.',
  summaryZh: '加密数据并保护其完整性。',
  clause: 'CSSI-005',
});

/** Decryption of what encrypt made. */
export const decryptOperation = defineOperation({
  name: 'decrypt',
  permission: 'decrypt',
  request: Members({
    keyId: KeyIdentifier(),
    ciphertext: Base64({ minBytes: 1, maxBytes: MAX_JSON_DATA_BYTES + 1024 }, 'Ciphertext (密文)'),
    aad: Type.Optional(Base64({ maxBytes: MAX_AAD_BYTES }, 'The associated data given to encrypt')),
  }),
  response: Members({ plaintext: data('Plaintext (明文)') }),
  summary: 'Decrypts what encrypt made; every failure has one code and no detail.',
  summaryZh: '解密 encrypt 的结果；所有失败均返回同一代码，不含细节。',
  clause: 'CSSI-005',
  errors: ['ERR_DECRYPT_FAILED'],
});

/** Random bytes. */
export const randomOperation = defineOperation({
  name: 'random',
  permission: 'random',
  request: Members({ length: Whole(1, 65_536, 'Number of bytes') }),
  response: Members({ bytes: Base64({ minBytes: 1, maxBytes: 65_536 }, 'Random bytes (随机数)') }),
  summary: 'Gives random bytes of the health-tested source.',
  summaryZh: '返回经健康检测的随机数。',
  clause: 'CSSI-004',
  errors: ['ERR_RANDOM_UNHEALTHY'],
});

/** A digest. */
export const hashOperation = defineOperation({
  name: 'hash',
  permission: 'hash',
  request: Members({
    algorithm: Type.Optional(OneOf(['SM3'], 'Algorithm; SM3 when left out')),
    data: data('Data'),
  }),
  response: Members({ digest: Base64({ minBytes: 32, maxBytes: 32 }, 'Digest (杂凑值)') }),
  summary: 'Computes the SM3 digest of data.',
  summaryZh: '计算数据的 SM3 杂凑值。',
  clause: 'GB/T 32905-2016',
});

/** Evidence about the trusted execution environment below the service. */
export const evidenceOperation = defineOperation({
  name: 'evidence',
  permission: 'evidence',
  request: Members({
    nonce: Base64({ minBytes: 16, maxBytes: 64 }, 'Fresh value of the caller'),
    userData: Type.Optional(Base64({ maxBytes: 64 }, 'Further data to bind')),
  }),
  response: Members({
    format: Text(64, 'Format of the report'),
    report: Base64({ minBytes: 1, maxBytes: 65_536 }, 'Report'),
    certificates: Type.Array(Base64({ minBytes: 1, maxBytes: 16_384 }, 'Certificate, DER'), {
      maxItems: 8,
      description: 'Certificates, that of the attestation key first',
    }),
  }),
  summary: 'Gives evidence (证据) about the trusted execution environment that holds the root key.',
  summaryZh: '返回持有根密钥的可信执行环境的证据。',
  clause: 'CSSI-004',
});
