import type { FindingCode } from '../spec/v1/finding.ts';
import { SGD } from '../spec/v1/sgd.ts';

/** What an algorithm does. */
export type AlgorithmKind =
  | 'digest'
  | 'mac'
  | 'signature'
  | 'public-key'
  | 'key-exchange'
  | 'key-encryption'
  | 'cipher';

/** Another object identifier that stands for the same algorithm in real files. */
export interface AlgorithmAlias {
  readonly oid: string;
  readonly finding: FindingCode;
}

/** One algorithm (算法) with everything it is called. */
export interface AlgorithmEntry {
  readonly kind: AlgorithmKind;
  readonly oid: string;
  /** Algorithm identifier of the device interfaces. @standard GB/T 33560-2017 §6 */
  readonly sgd?: number;
  /** `absent` and `null` are compared on reading; `own` means that the algorithm has parameters. */
  readonly parameters: 'absent' | 'null' | 'either' | 'own';
  readonly aliases?: readonly AlgorithmAlias[];
  readonly zh: string;
}

const SM = '1.2.156.10197.1';
const PKCS1 = '1.2.840.113549.1.1';
const HMAC = '1.2.840.113549.2';
const ECDSA = '1.2.840.10045.4';
const AES = '2.16.840.1.101.3.4.1';
const SHA2 = '2.16.840.1.101.3.4.2';

/**
 * Algorithms by the name this project gives them. The numbers of SM4's modes after CBC are not the
 * same everywhere. OFB, CFB and CTR here are OpenSSL's and BouncyCastle's numbers; other tables give
 * .3 to CFB, .4 to OFB and .6 to CTR. .5 is SM4-MAC in those tables and one-bit CFB in OpenSSL; .10
 * is GCM in some and XTS in others. Only CBC, ECB and GCM stand in formats of this package.
 *
 * @standard GB/T 33560-2017 (GM/T 0006)
 */
export const SM_ALGORITHMS = {
  sm3: {
    kind: 'digest',
    oid: `${SM}.401`,
    sgd: SGD.SM3,
    parameters: 'either',
    aliases: [
      { oid: `${SM}.401.2`, finding: 'SM3_OID_HMAC' },
      { oid: `${SM}.401.1`, finding: 'SM3_OID_401_1' },
    ],
    zh: 'SM3 密码杂凑',
  },
  'hmac-sm3': {
    kind: 'mac',
    oid: `${SM}.401.2`,
    parameters: 'either',
    aliases: [{ oid: `${SM}.401`, finding: 'HMAC_SM3_OID_401' }],
    zh: 'HMAC-SM3',
  },
  'sm2-sm3': {
    kind: 'signature',
    oid: `${SM}.501`,
    sgd: SGD.SM3_SM2,
    parameters: 'absent',
    aliases: [
      { oid: `${SM}.301.1`, finding: 'SM2_SIGN_OID_301_1' },
      { oid: `${SM}.301`, finding: 'SM2_SIGN_OID_CURVE' },
    ],
    zh: '基于 SM3 的 SM2 签名',
  },
  'sm2-sign': {
    kind: 'signature',
    oid: `${SM}.301.1`,
    sgd: SGD.SM2_1,
    parameters: 'absent',
    aliases: [
      { oid: `${SM}.501`, finding: 'SM2_SIGN_OID_501' },
      { oid: `${SM}.301`, finding: 'SM2_SIGN_OID_CURVE' },
    ],
    zh: 'SM2 数字签名',
  },
  'sm2-exchange': {
    kind: 'key-exchange',
    oid: `${SM}.301.2`,
    sgd: SGD.SM2_2,
    parameters: 'absent',
    zh: 'SM2 密钥交换',
  },
  'sm2-encrypt': {
    kind: 'key-encryption',
    oid: `${SM}.301.3`,
    sgd: SGD.SM2_3,
    parameters: 'absent',
    aliases: [{ oid: `${SM}.301`, finding: 'SM2_ENCRYPT_OID_CURVE' }],
    zh: 'SM2 公钥加密',
  },
  sm2: { kind: 'public-key', oid: `${SM}.301`, sgd: SGD.SM2, parameters: 'own', zh: 'SM2 椭圆曲线' },
  sm4: { kind: 'cipher', oid: `${SM}.104`, sgd: SGD.SM4, parameters: 'own', zh: 'SM4 分组密码' },
  'sm4-ecb': { kind: 'cipher', oid: `${SM}.104.1`, sgd: SGD.SM4_ECB, parameters: 'either', zh: 'SM4-ECB' },
  'sm4-cbc': {
    kind: 'cipher',
    oid: `${SM}.104.2`,
    sgd: SGD.SM4_CBC,
    parameters: 'own',
    aliases: [{ oid: `${SM}.104`, finding: 'SM4_OID_WITHOUT_MODE' }],
    zh: 'SM4-CBC',
  },
  'sm4-cfb': { kind: 'cipher', oid: `${SM}.104.4`, sgd: SGD.SM4_CFB, parameters: 'own', zh: 'SM4-CFB' },
  'sm4-ofb': { kind: 'cipher', oid: `${SM}.104.3`, sgd: SGD.SM4_OFB, parameters: 'own', zh: 'SM4-OFB' },
  'sm4-mac': { kind: 'mac', oid: `${SM}.104.5`, sgd: SGD.SM4_MAC, parameters: 'own', zh: 'SM4-MAC' },
  'sm4-ctr': { kind: 'cipher', oid: `${SM}.104.7`, parameters: 'own', zh: 'SM4-CTR' },
  'sm4-gcm': {
    kind: 'cipher',
    oid: `${SM}.104.8`,
    parameters: 'own',
    aliases: [{ oid: `${SM}.104.10`, finding: 'SM4_GCM_OID_104_10' }],
    zh: 'SM4-GCM',
  },
  'sm4-ccm': { kind: 'cipher', oid: `${SM}.104.9`, parameters: 'own', zh: 'SM4-CCM' },
  zuc: { kind: 'cipher', oid: `${SM}.201`, sgd: SGD.ZUC, parameters: 'own', zh: '祖冲之序列密码' },
} as const satisfies Readonly<Record<string, AlgorithmEntry>>;

/** Algorithms of foreign chains and containers, which node:crypto computes. */
export const FOREIGN_ALGORITHMS = {
  sha1: { kind: 'digest', oid: '1.3.14.3.2.26', parameters: 'either', zh: 'SHA-1' },
  sha256: { kind: 'digest', oid: `${SHA2}.1`, parameters: 'either', zh: 'SHA-256' },
  sha384: { kind: 'digest', oid: `${SHA2}.2`, parameters: 'either', zh: 'SHA-384' },
  sha512: { kind: 'digest', oid: `${SHA2}.3`, parameters: 'either', zh: 'SHA-512' },
  'hmac-sha1': { kind: 'mac', oid: `${HMAC}.7`, parameters: 'either', zh: 'HMAC-SHA-1' },
  'hmac-sha224': { kind: 'mac', oid: `${HMAC}.8`, parameters: 'either', zh: 'HMAC-SHA-224' },
  'hmac-sha256': { kind: 'mac', oid: `${HMAC}.9`, parameters: 'either', zh: 'HMAC-SHA-256' },
  'hmac-sha384': { kind: 'mac', oid: `${HMAC}.10`, parameters: 'either', zh: 'HMAC-SHA-384' },
  'hmac-sha512': { kind: 'mac', oid: `${HMAC}.11`, parameters: 'either', zh: 'HMAC-SHA-512' },
  'ecdsa-sha256': { kind: 'signature', oid: `${ECDSA}.3.2`, parameters: 'absent', zh: 'ECDSA-SHA-256' },
  'ecdsa-sha384': { kind: 'signature', oid: `${ECDSA}.3.3`, parameters: 'absent', zh: 'ECDSA-SHA-384' },
  'ecdsa-sha512': { kind: 'signature', oid: `${ECDSA}.3.4`, parameters: 'absent', zh: 'ECDSA-SHA-512' },
  'rsa-pkcs1-sha256': { kind: 'signature', oid: `${PKCS1}.11`, parameters: 'null', zh: 'RSA-SHA-256' },
  'rsa-pkcs1-sha384': { kind: 'signature', oid: `${PKCS1}.12`, parameters: 'null', zh: 'RSA-SHA-384' },
  'rsa-pkcs1-sha512': { kind: 'signature', oid: `${PKCS1}.13`, parameters: 'null', zh: 'RSA-SHA-512' },
  'rsa-pss': { kind: 'signature', oid: `${PKCS1}.10`, parameters: 'own', zh: 'RSA-PSS' },
  'aes128-cbc': { kind: 'cipher', oid: `${AES}.2`, parameters: 'own', zh: 'AES-128-CBC' },
  'aes192-cbc': { kind: 'cipher', oid: `${AES}.22`, parameters: 'own', zh: 'AES-192-CBC' },
  'aes256-cbc': { kind: 'cipher', oid: `${AES}.42`, parameters: 'own', zh: 'AES-256-CBC' },
  'des-ede3-cbc': { kind: 'cipher', oid: '1.2.840.113549.3.7', parameters: 'own', zh: '3DES-CBC' },
} as const satisfies Readonly<Record<string, AlgorithmEntry>>;

/** Name of one algorithm of the tables. */
export type AlgorithmName = keyof typeof SM_ALGORITHMS | keyof typeof FOREIGN_ALGORITHMS;

const ALL: Readonly<Record<AlgorithmName, AlgorithmEntry>> = { ...SM_ALGORITHMS, ...FOREIGN_ALGORITHMS };
const NAMES = Object.keys(ALL) as readonly AlgorithmName[];
const BY_OID: ReadonlyMap<string, AlgorithmName> = /* @__PURE__ */ new Map(
  NAMES.map((name) => [ALL[name].oid, name]),
);
const BY_SGD: ReadonlyMap<number, AlgorithmName> = /* @__PURE__ */ new Map(
  NAMES.flatMap((name) => (ALL[name].sgd === undefined ? [] : [[ALL[name].sgd, name] as const])),
);

// Whoever imports the tables could otherwise teach every reader another name.
for (const name of NAMES) {
  ALL[name].aliases?.forEach(Object.freeze);
  Object.freeze(ALL[name].aliases);
  Object.freeze(ALL[name]);
}
Object.freeze(SM_ALGORITHMS);
Object.freeze(FOREIGN_ALGORITHMS);
Object.freeze(ALL);

/** What the tables say of an algorithm. */
export const algorithmByName = (name: AlgorithmName): AlgorithmEntry => ALL[name];

/** Name of the algorithm whose own object identifier this is; aliases are not resolved. */
export const algorithmByOid = (oid: string): AlgorithmName | undefined => BY_OID.get(oid);

/**
 * Name of the algorithm with this SGD code. Vendor headers from before the standard shift
 * the codes of SM2 signing, exchange and encryption: such a number must be mapped by its reader.
 *
 * @standard GB/T 33560-2017 §6
 */
export const algorithmBySgd = (sgd: number): AlgorithmName | undefined => BY_SGD.get(sgd);
