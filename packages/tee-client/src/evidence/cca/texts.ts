import type { FindingText } from '../report-builder.ts';

/** Findings of CCA tokens. @internal */
export const CCA_TEXTS = {
  formatRight: ['FORMAT_RIGHT', 'The evidence is encoded as specified.', '证据编码符合规范。'],
  profileUnknown: [
    'PROFILE_UNKNOWN',
    'A token follows a profile whose claims may mean something else.',
    '令牌采用了未知的规范版本，其声明含义可能不同。',
  ],
  profileAlgorithm: [
    'PROFILE_ALGORITHM_WRONG',
    'A token is signed with an algorithm that its profile does not have.',
    '令牌的签名算法不属于其规范版本。',
  ],
  realmSigned: [
    'EVIDENCE_SIGNATURE_RIGHT',
    'The realm token was signed by the key it names.',
    '机密域令牌由其载明的密钥签名。',
  ],
  realmNotSigned: [
    'EVIDENCE_SIGNATURE_WRONG',
    'The realm token was not signed by the key it names.',
    '机密域令牌并非由其载明的密钥签名。',
  ],
  platformSigned: [
    'PLATFORM_SIGNATURE_RIGHT',
    'The platform token was signed by the attestation key of the platform.',
    '平台令牌由平台证明密钥签名。',
  ],
  platformNotSigned: [
    'PLATFORM_SIGNATURE_WRONG',
    'The platform token was not signed by the attestation key of the platform.',
    '平台令牌并非由平台证明密钥签名。',
  ],
  platformNotJudged: [
    'PLATFORM_SIGNATURE_NOT_JUDGED',
    'The signature of the platform token could not be checked without its key.',
    '缺少平台证明密钥，无法验证平台令牌的签名。',
  ],
  keyTrusted: [
    'PLATFORM_KEY_TRUSTED',
    'The attestation key of the platform is a trust anchor.',
    '平台证明密钥为信任锚。',
  ],
  keyUnknown: [
    'PLATFORM_KEY_UNKNOWN',
    'No trust anchor is about this platform.',
    '信任锚中没有该平台的密钥。',
  ],
  noAnchor: ['NO_ANCHOR', 'No trust anchor was given.', '未提供信任锚。'],
  thumbprintWrong: [
    'CERTIFICATE_THUMBPRINT_WRONG',
    'The platform token names another certificate than it carries.',
    '平台令牌载明的证书与其携带的证书不符。',
  ],
  realmBound: [
    'REALM_KEY_BOUND',
    'The platform vouches for the key of the realm token.',
    '平台为机密域令牌的密钥作证。',
  ],
  realmNotBound: [
    'REALM_KEY_NOT_BOUND',
    'The platform token vouches for the key of another realm token.',
    '平台令牌所作证的是另一机密域令牌的密钥。',
  ],
  devicesBound: [
    'DEVICES_BOUND',
    'The realm token vouches for the claims of its devices.',
    '机密域令牌为其设备声明作证。',
  ],
  devicesNotBound: [
    'DEVICES_NOT_BOUND',
    'The claims of devices are not those the realm token vouches for.',
    '设备声明并非机密域令牌所作证的声明。',
  ],
} as const satisfies Record<string, FindingText>;
