import {
  ATTRIBUTE_LABELS,
  algorithmByName,
  algorithmByOid,
  EXTENDED_KEY_USAGE_LABELS,
  EXTENSION_LABELS,
  OIDS,
  PURPOSE_OIDS,
} from '@cssi/pki';
import { around, type Label, label } from './entry.ts';

const PKCS7 = '1.2.840.113549.1.7';
const PKCS9 = '1.2.840.113549.1.9';
const GM = '1.2.156.10197.6.1.4.2';

/** Content types of messages. @standard GB/T 35275-2017 §6, RFC 5652 */
const CONTENT_TYPES: Readonly<Record<string, Label>> = {
  [`${PKCS7}.1`]: label('数据', 'data'),
  [`${PKCS7}.2`]: label('签名数据', 'signedData'),
  [`${PKCS7}.3`]: label('数字信封', 'envelopedData'),
  [`${PKCS7}.4`]: label('签名及数字信封', 'signedAndEnvelopedData'),
  [`${PKCS7}.5`]: label('摘要数据', 'digestedData'),
  [`${PKCS7}.6`]: label('加密数据', 'encryptedData'),
  [`${GM}.1`]: label('数据（国密）', 'data (GM)'),
  [`${GM}.2`]: label('签名数据（国密）', 'signedData (GM)'),
  [`${GM}.3`]: label('数字信封（国密）', 'envelopedData (GM)'),
  [`${GM}.4`]: label('签名及数字信封（国密）', 'signedAndEnvelopedData (GM)'),
  [`${GM}.5`]: label('加密数据（国密）', 'encryptedData (GM)'),
  [`${GM}.6`]: label('密钥协商（国密）', 'keyAgreementInfo (GM)'),
  [`${PKCS9}.16.1.2`]: label('鉴别数据', 'authenticatedData'),
  [`${PKCS9}.16.1.4`]: label('时间戳信息', 'TSTInfo'),
  [`${PKCS9}.16.1.23`]: label('鉴别加密信封', 'authEnvelopedData'),
};

/** Attributes of messages, requests and containers. */
const ATTRIBUTES: Readonly<Record<string, Label>> = {
  [`${PKCS9}.2`]: label('非结构化名称', 'unstructuredName'),
  [`${PKCS9}.3`]: label('内容类型', 'contentType'),
  [`${PKCS9}.4`]: label('消息摘要', 'messageDigest'),
  [`${PKCS9}.5`]: label('签名时间', 'signingTime'),
  [`${PKCS9}.6`]: label('副署签名', 'counterSignature'),
  [`${PKCS9}.7`]: label('挑战口令', 'challengePassword'),
  [`${PKCS9}.14`]: label('扩展请求', 'extensionRequest'),
  [`${PKCS9}.15`]: label('S/MIME 能力', 'smimeCapabilities'),
  [`${PKCS9}.20`]: label('友好名称', 'friendlyName'),
  [`${PKCS9}.21`]: label('本地密钥标识', 'localKeyId'),
  [`${PKCS9}.22.1`]: label('X.509 证书', 'x509Certificate'),
  [`${PKCS9}.52`]: label('算法保护', 'cmsAlgorithmProtection'),
  [`${PKCS9}.16.2.12`]: label('签名证书', 'signingCertificate'),
  [`${PKCS9}.16.2.47`]: label('签名证书第二版', 'signingCertificateV2'),
  [`${PKCS9}.16.2.14`]: label('签名时间戳', 'signatureTimeStampToken'),
  [`${PKCS9}.16.2.21`]: label('证书引用', 'certificateRefs'),
  [`${PKCS9}.16.2.22`]: label('吊销引用', 'revocationRefs'),
  [`${PKCS9}.16.2.23`]: label('证书值', 'certificateValues'),
  [`${PKCS9}.16.2.24`]: label('吊销值', 'revocationValues'),
};

/** Algorithms of containers and keys that stand in no table of the library. */
const CONTAINERS: Readonly<Record<string, Label>> = {
  '1.2.840.113549.1.5.12': label('口令密钥导出 PBKDF2', 'PBKDF2'),
  '1.2.840.113549.1.5.13': label('口令加密 PBES2', 'PBES2'),
  '1.2.156.10197.6.1.4.1.5.1': label('口令密钥导出 PBKDF2（国密）', 'PBKDF2 (GM)'),
  '1.2.156.10197.6.1.4.1.5.2': label('口令加密 PBES2（国密）', 'PBES2 (GM)'),
  '1.2.840.113549.1.12.1.3': label('PKCS#12 3DES 口令加密', 'pbeWithSHA1And3-KeyTripleDES-CBC'),
  '1.2.840.113549.1.12.1.6': label('PKCS#12 RC2 口令加密', 'pbeWithSHA1And40BitRC2-CBC'),
  '1.2.840.113549.1.12.10.1.1': label('密钥包', 'keyBag'),
  '1.2.840.113549.1.12.10.1.2': label('加密密钥包', 'pkcs8ShroudedKeyBag'),
  '1.2.840.113549.1.12.10.1.3': label('证书包', 'certBag'),
  '1.2.840.10045.2.1': label('椭圆曲线公钥', 'id-ecPublicKey'),
  '1.2.840.113549.1.1.1': label('RSA 公钥', 'rsaEncryption'),
  '1.2.840.10045.3.1.7': label('P-256 曲线', 'P-256'),
  '1.3.132.0.34': label('P-384 曲线', 'P-384'),
  '1.3.132.0.35': label('P-521 曲线', 'P-521'),
  '1.3.101.110': label('X25519 公钥', 'X25519'),
  '1.3.101.112': label('Ed25519 公钥', 'Ed25519'),
  '1.2.840.113549.1.1.5': label('RSA-SHA-1', 'sha1WithRSAEncryption'),
};

/** Names of purposes as the command line takes them. @standard RFC 5280 §4.2.1.12 */
export const PURPOSE_NAMES: Readonly<Record<string, string>> = {
  anyExtendedKeyUsage: OIDS.anyExtendedKeyUsage,
  serverAuth: OIDS.serverAuth,
  clientAuth: OIDS.clientAuth,
  codeSigning: OIDS.codeSigning,
  emailProtection: OIDS.emailProtection,
  timeStamping: OIDS.timeStamping,
  ocspSigning: OIDS.ocspSigning,
  ...PURPOSE_OIDS,
};

/** Extensions of OCSP, which no table of the library names. */
const OCSP: Readonly<Record<string, Label>> = {
  '1.3.6.1.5.5.7.48.1.2': label('OCSP 随机数', 'OCSP nonce'),
  '1.3.6.1.5.5.7.48.1.1': label('OCSP 基本响应', 'OCSP basic response'),
};

/** Attributes of names in their short form. @standard RFC 4514 §3 */
export const SHORT_NAMES: Readonly<Record<string, string>> = {
  [OIDS.commonName]: 'CN',
  [OIDS.surname]: 'SN',
  [OIDS.serialNumber]: 'serialNumber',
  [OIDS.country]: 'C',
  [OIDS.locality]: 'L',
  [OIDS.province]: 'ST',
  [OIDS.street]: 'STREET',
  [OIDS.organization]: 'O',
  [OIDS.organizationalUnit]: 'OU',
  [OIDS.title]: 'T',
  [OIDS.postalCode]: 'postalCode',
  [OIDS.givenName]: 'GN',
  [OIDS.uniqueIdentifier]: 'x500UniqueIdentifier',
  [OIDS.organizationIdentifier]: 'organizationIdentifier',
  [OIDS.userId]: 'UID',
  [OIDS.domainComponent]: 'DC',
  [OIDS.emailAddress]: 'emailAddress',
};

const TABLES = [
  CONTENT_TYPES,
  ATTRIBUTES,
  CONTAINERS,
  OCSP,
  EXTENSION_LABELS,
  EXTENDED_KEY_USAGE_LABELS,
  ATTRIBUTE_LABELS,
] as const;

/** What an object identifier names; `undefined` for an unknown one. */
function oidName(oid: string): Label | undefined {
  for (const table of TABLES) if (Object.hasOwn(table, oid)) return label(table[oid]!.zh, table[oid]!.en);
  const algorithm = algorithmByOid(oid);
  return algorithm === undefined ? undefined : label(algorithmByName(algorithm).zh, algorithm);
}

/** An object identifier with its name, where it has one. */
export function oidText(oid: string): Label {
  const name = oidName(oid);
  return name === undefined ? label(oid, oid) : around(name, '', ` (${oid})`);
}

/** An algorithm by the library's name, or by its object identifier. */
export function algorithmText(name: string, oid: string): Label {
  const known = oidName(oid);
  return name === oid || known === undefined ? oidText(oid) : label(`${known.zh}`, name);
}
