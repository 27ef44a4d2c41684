/**
 * Object identifiers.
 *
 * @standard GB/T 33560-2017 (GM/T 0006), GB/T 20518-2018, RFC 5280, RFC 5480, RFC 4055
 */
export const OIDS = {
  /** SM2 with SM3 (sm2sign-with-sm3). */
  sm2WithSm3: '1.2.156.10197.1.501',
  /** The SM2 curve. */
  sm2Curve: '1.2.156.10197.1.301',
  sm2Sign: '1.2.156.10197.1.301.1',
  sm2Exchange: '1.2.156.10197.1.301.2',
  sm2Encrypt: '1.2.156.10197.1.301.3',
  sm3: '1.2.156.10197.1.401',
  hmacSm3: '1.2.156.10197.1.401.2',
  sm4: '1.2.156.10197.1.104',
  sm4Ecb: '1.2.156.10197.1.104.1',
  sm4Cbc: '1.2.156.10197.1.104.2',
  ecPublicKey: '1.2.840.10045.2.1',
  rsaEncryption: '1.2.840.113549.1.1.1',
  p256: '1.2.840.10045.3.1.7',
  p384: '1.3.132.0.34',
  ecdsaWithSha256: '1.2.840.10045.4.3.2',
  ecdsaWithSha384: '1.2.840.10045.4.3.3',
  rsaWithSha256: '1.2.840.113549.1.1.11',
  rsaWithSha384: '1.2.840.113549.1.1.12',
  rsaWithSha512: '1.2.840.113549.1.1.13',

  // Attributes of names
  commonName: '2.5.4.3',
  surname: '2.5.4.4',
  serialNumber: '2.5.4.5',
  country: '2.5.4.6',
  locality: '2.5.4.7',
  province: '2.5.4.8',
  street: '2.5.4.9',
  organization: '2.5.4.10',
  organizationalUnit: '2.5.4.11',
  title: '2.5.4.12',
  postalCode: '2.5.4.17',
  givenName: '2.5.4.42',
  uniqueIdentifier: '2.5.4.45',
  organizationIdentifier: '2.5.4.97',
  userId: '0.9.2342.19200300.100.1.1',
  domainComponent: '0.9.2342.19200300.100.1.25',
  emailAddress: '1.2.840.113549.1.9.1',

  // Extensions
  subjectDirectoryAttributes: '2.5.29.9',
  subjectKeyIdentifier: '2.5.29.14',
  keyUsage: '2.5.29.15',
  privateKeyUsagePeriod: '2.5.29.16',
  subjectAltName: '2.5.29.17',
  issuerAltName: '2.5.29.18',
  basicConstraints: '2.5.29.19',
  nameConstraints: '2.5.29.30',
  crlDistributionPoints: '2.5.29.31',
  certificatePolicies: '2.5.29.32',
  policyMappings: '2.5.29.33',
  authorityKeyIdentifier: '2.5.29.35',
  policyConstraints: '2.5.29.36',
  extendedKeyUsage: '2.5.29.37',
  freshestCrl: '2.5.29.46',
  inhibitAnyPolicy: '2.5.29.54',
  authorityInfoAccess: '1.3.6.1.5.5.7.1.1',
  subjectInfoAccess: '1.3.6.1.5.5.7.1.11',
  ocspNoCheck: '1.3.6.1.5.5.7.48.1.5',

  // Extensions of revocation lists and of their entries
  crlNumber: '2.5.29.20',
  crlReason: '2.5.29.21',
  invalidityDate: '2.5.29.24',
  deltaCrlIndicator: '2.5.29.27',
  issuingDistributionPoint: '2.5.29.28',
  certificateIssuer: '2.5.29.29',
  expiredCertsOnCrl: '2.5.29.60',

  // OCSP
  ocspBasic: '1.3.6.1.5.5.7.48.1.1',
  ocspNonce: '1.3.6.1.5.5.7.48.1.2',
  ocspArchiveCutoff: '1.3.6.1.5.5.7.48.1.6',

  // Access methods and policy qualifiers
  accessOcsp: '1.3.6.1.5.5.7.48.1',
  accessCaIssuers: '1.3.6.1.5.5.7.48.2',
  policyCps: '1.3.6.1.5.5.7.2.1',
  policyUserNotice: '1.3.6.1.5.5.7.2.2',
  anyPolicy: '2.5.29.32.0',

  // Extended key usages
  anyExtendedKeyUsage: '2.5.29.37.0',
  serverAuth: '1.3.6.1.5.5.7.3.1',
  clientAuth: '1.3.6.1.5.5.7.3.2',
  codeSigning: '1.3.6.1.5.5.7.3.3',
  emailProtection: '1.3.6.1.5.5.7.3.4',
  timeStamping: '1.3.6.1.5.5.7.3.8',
  ocspSigning: '1.3.6.1.5.5.7.3.9',

  // Attributes of certificate requests
  unstructuredName: '1.2.840.113549.1.9.2',
  challengePassword: '1.2.840.113549.1.9.7',
  extensionRequest: '1.2.840.113549.1.9.14',
} as const;

/** Identity extensions (实体标识扩展) under 1.2.156.10260.4.1. @standard GB/T 20518-2018 §5.2.4.3 */
export const IDENTITY_EXTENSION_OIDS = {
  /** Number of an identity document (个人身份标识). */
  person: '1.2.156.10260.4.1.1',
  /** Social insurance number (个人社会保险号). */
  socialInsurance: '1.2.156.10260.4.1.2',
  /** Business registration number (企业工商注册号). */
  businessRegistration: '1.2.156.10260.4.1.3',
  /** Organisation code, today the unified social credit code (企业组织机构代码). */
  organization: '1.2.156.10260.4.1.4',
  /** Tax registration number (企业税号). */
  tax: '1.2.156.10260.4.1.5',
} as const;

/**
 * Arcs of identity extensions from before GB/T 20518-2018, which certificates in use still
 * carry. Their numbers 3 and 4 stand the other way round: 3 is the organisation, 4 the
 * business registration.
 */
export const LEGACY_IDENTITY_ARCS = {
  /** Drafts of the information security committee; RSA certificates above all. */
  committee: '1.2.86.11.7',
  /** Certificate format of e-government (电子政务数字证书格式规范, 2010). */
  government: '1.2.156.11.7',
} as const;

/** Unique number of the holder in the certificates of the health sector (卫生系统证书实体唯一标识). */
export const HEALTH_ENTITY_OID = '1.2.86.21.1.1';

/**
 * Purposes of this project's own, as extended key usages: under a UUID arc (2.25, ITU-T X.667),
 * because no standard numbers them. A verifier that asks for one is not satisfied by another
 * certificate of the same CA.
 */
export const PURPOSE_OIDS = {
  /** Makes electronic seals (制章). */
  sealMaker: '2.25.147696107626577514487712440539397794125.1',
  /** Signs with an electronic seal (签章). */
  sealSigner: '2.25.147696107626577514487712440539397794125.2',
  /** Publishes model packages. */
  modelPublisher: '2.25.147696107626577514487712440539397794125.3',
  /** Signs evidence of a trusted execution environment. */
  teeAttestation: '2.25.147696107626577514487712440539397794125.4',
  /** Signs checkpoints of an audit log. */
  auditCheckpoint: '2.25.147696107626577514487712440539397794125.5',
} as const;
// The arc's .6 is the content type of arbitration records (spec/v1/reliable.ts).
