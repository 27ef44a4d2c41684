/** Who may call a service. At level 1 a role is taken on by calling: there is no log-in. */
export type ModuleRole = 'crypto-officer' | 'user';

/** A critical security parameter (关键安全参数) that a service touches. */
export type ModuleCsp =
  | 'SM2 private key'
  | 'SM2 nonce'
  | 'SM2 ephemeral key'
  | 'shared secret'
  | 'SM4 key'
  | 'ZUC key'
  | 'MAC key'
  | 'password'
  | 'keying material'
  | 'plaintext'
  | 'random state';

/** What a service does to a parameter: makes, reads, gives out, takes in, zeroes. */
export type CspAccess = 'generate' | 'use' | 'output' | 'input' | 'zeroise';

/** One row of the role and service table. */
export interface ModuleService {
  /** Group and function, as called on the module: `sm2.sign`. */
  readonly service: string;
  readonly role: ModuleRole;
  /** Is it an approved service: national algorithms only? */
  readonly approved: boolean;
  readonly csps: readonly { readonly csp: ModuleCsp; readonly access: readonly CspAccess[] }[];
}

type Touched = readonly (readonly [ModuleCsp, ...CspAccess[]])[];

function services(
  group: string,
  names: readonly string[],
  touched: Touched,
  options: { readonly role?: ModuleRole; readonly approved?: boolean } = {},
): readonly ModuleService[] {
  const csps = Object.freeze(
    touched.map(([csp, ...access]) => Object.freeze({ csp, access: Object.freeze(access) })),
  );
  return names.map((name) =>
    Object.freeze({
      service: group === '' ? name : `${group}.${name}`,
      role: options.role ?? 'user',
      approved: options.approved ?? true,
      csps,
    }),
  );
}

const PRIVATE_USE = ['SM2 private key', 'use'] as const;
const NONCE = ['SM2 nonce', 'generate', 'use', 'zeroise'] as const;
const SM4_USE = ['SM4 key', 'use'] as const;
const OFFICER = { role: 'crypto-officer' } as const;

/**
 * The role and service table (角色与服务表): every service of a module, who calls it and
 * what it does to which critical security parameter. A function that is not in this table
 * is not a service and is refused.
 *
 * @standard GB/T 37092-2018 level 1; GM/T 0028-2014 §7.4 (roles, services, authentication)
 */
export const MODULE_SERVICES: readonly ModuleService[] = Object.freeze([
  // Of the module itself.
  ...services('', ['status', 'checkAlgorithm'], []),
  ...services('', ['selfTest'], [['random state', 'use']], OFFICER),
  ...services(
    '',
    ['zeroise'],
    [
      ['SM2 private key', 'zeroise'],
      ['SM2 ephemeral key', 'zeroise'],
      ['SM4 key', 'zeroise'],
      ['ZUC key', 'zeroise'],
      ['MAC key', 'zeroise'],
      ['keying material', 'zeroise'],
      ['random state', 'zeroise'],
    ],
    OFFICER,
  ),
  ...services(
    '',
    ['randomBytes', 'randomSecret'],
    [
      ['random state', 'use'],
      ['keying material', 'generate', 'output'],
    ],
  ),
  // SM2.
  ...services('sm2', ['generateKeyPair'], [['SM2 private key', 'generate', 'use', 'output'], NONCE]),
  ...services('sm2', ['keyPair'], [['SM2 private key', 'input', 'use']]),
  ...services('sm2', ['publicKey', 'compress', 'z', 'verify', 'verifyDigest', 'verifyMany', 'verifier'], []),
  ...services('sm2', ['sign', 'signWith', 'signDigest'], [PRIVATE_USE, NONCE]),
  ...services('sm2', ['signer'], [['SM2 private key', 'input', 'use'], NONCE]),
  ...services('sm2', ['encrypt'], [NONCE, ['plaintext', 'use']]),
  ...services('sm2', ['decrypt'], [PRIVATE_USE, ['plaintext', 'output']]),
  ...services(
    'sm2',
    ['envelopeKey'],
    [NONCE, ['SM2 private key', 'input', 'output'], ['SM4 key', 'generate', 'use', 'zeroise']],
  ),
  ...services(
    'sm2',
    ['openEnvelopedKey'],
    [
      ['SM2 private key', 'use', 'output'],
      ['SM4 key', 'use', 'zeroise'],
    ],
  ),
  ...services('sm2', ['ecdh'], [PRIVATE_USE, ['shared secret', 'generate', 'output']]),
  ...services(
    'sm2',
    ['keyExchange'],
    [
      PRIVATE_USE,
      ['SM2 ephemeral key', 'generate', 'use', 'zeroise'],
      ['shared secret', 'generate', 'output'],
    ],
  ),
  // SM3.
  ...services('sm3', ['sm3', 'sm3Hash', 'sm3Many', 'sm3TreeRoot'], []),
  ...services('sm3', ['hmacSm3', 'hmacSm3Hash'], [['MAC key', 'use']]),
  ...services(
    'sm3',
    ['pbkdf2Sm3'],
    [
      ['password', 'use'],
      ['keying material', 'generate', 'output'],
    ],
  ),
  ...services(
    'sm3',
    [
      'kdfSm3',
      'hkdfSm3',
      'hkdfExtractSm3',
      'hkdfExpandSm3',
      'hkdfExpandLabelSm3',
      'deriveSecretSm3',
      'tls13KeySchedule',
      'tls13TrafficKeys',
      'tls13NextTrafficSecret',
      'tls13FinishedKey',
      'tlsPrfSm3',
    ],
    [['keying material', 'use', 'generate', 'output']],
  ),
  // SM4.
  ...services(
    'sm4',
    [
      'aead',
      'gcm',
      'ccm',
      'ctr',
      'ofb',
      'cbcEncrypt',
      'cbcDecrypt',
      'cfbEncrypt',
      'cfbDecrypt',
      'cfb8Encrypt',
      'cfb8Decrypt',
      'ecbEncryptBlocks',
      'ecbDecryptBlocks',
      'xtsGbEncrypt',
      'xtsGbDecrypt',
      'encryptor',
      'decryptor',
    ],
    [SM4_USE, ['plaintext', 'use', 'output']],
  ),
  ...services(
    'sm4',
    ['cbcCs3Encrypt', 'cbcCs3Decrypt', 'xtsIeeeEncrypt', 'xtsIeeeDecrypt'],
    [SM4_USE, ['plaintext', 'use', 'output']],
    { approved: false },
  ),
  ...services('sm4', ['mac', 'verifyMac', 'cmac', 'verifyCmac', 'gmac', 'verifyGmac'], [['MAC key', 'use']]),
  ...services('sm4', ['wrapKey', 'unwrapKey'], [SM4_USE, ['keying material', 'use', 'output']]),
  // ZUC.
  ...services(
    'zuc',
    ['stream', 'eea3'],
    [
      ['ZUC key', 'use'],
      ['plaintext', 'use', 'output'],
    ],
  ),
  ...services('zuc', ['eia3', 'verifyEia3'], [['MAC key', 'use']]),
]);

const BY_NAME: ReadonlyMap<string, ModuleService> = new Map(MODULE_SERVICES.map((row) => [row.service, row]));

/** The row of a service. */
export function findService(service: string): ModuleService | undefined {
  return BY_NAME.get(service);
}
