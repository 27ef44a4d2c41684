import type { CertificateProfile, GeneralNameValue, IdentityKind, KeyUsage } from '../spec/v1/certificate.ts';
import { HEALTH_ENTITY_OID, IDENTITY_EXTENSION_OIDS, OIDS, PURPOSE_OIDS } from '../spec/v1/oids.ts';

/** A name for people, in English and Chinese. */
export interface Label {
  readonly en: string;
  readonly zh: string;
}

const label = (en: string, zh: string): Label => ({ en, zh });

/** Attributes of names, by OID. */
export const ATTRIBUTE_LABELS: Readonly<Record<string, Label>> = {
  [OIDS.commonName]: label('common name', '通用名'),
  [OIDS.surname]: label('surname', '姓'),
  [OIDS.serialNumber]: label('serial number', '序列号'),
  [OIDS.country]: label('country', '国家'),
  [OIDS.locality]: label('locality', '城市'),
  [OIDS.province]: label('province', '省份'),
  [OIDS.street]: label('street', '街道'),
  [OIDS.organization]: label('organisation', '机构'),
  [OIDS.organizationalUnit]: label('organisational unit', '部门'),
  [OIDS.title]: label('title', '职务'),
  [OIDS.postalCode]: label('postal code', '邮政编码'),
  [OIDS.givenName]: label('given name', '名'),
  [OIDS.uniqueIdentifier]: label('unique identifier', '唯一标识'),
  [OIDS.organizationIdentifier]: label('organisation identifier', '机构标识'),
  [OIDS.userId]: label('user ID', '用户标识'),
  [OIDS.domainComponent]: label('domain component', '域组件'),
  [OIDS.emailAddress]: label('e-mail address', '电子邮件'),
};

/** Identity extensions, by the kind of number. */
export const IDENTITY_LABELS: Readonly<Record<IdentityKind, Label>> = {
  person: label('identity document of a person', '个人身份标识'),
  socialInsurance: label('social insurance number', '个人社会保险号'),
  businessRegistration: label('business registration number', '企业工商注册号'),
  organization: label('organisation code', '企业组织机构代码'),
  tax: label('tax registration number', '企业税号'),
  entity: label('unique number of the holder', '证书实体唯一标识'),
  other: label('identity number of another kind', '其他实体标识'),
};

/** Extensions of certificates and requests, by OID. */
export const EXTENSION_LABELS: Readonly<Record<string, Label>> = {
  [OIDS.subjectDirectoryAttributes]: label('subject directory attributes', '主体目录属性'),
  [OIDS.subjectKeyIdentifier]: label('subject key identifier', '主体密钥标识符'),
  [OIDS.keyUsage]: label('key usage', '密钥用法'),
  [OIDS.privateKeyUsagePeriod]: label('private key usage period', '私钥使用期'),
  [OIDS.subjectAltName]: label('subject alternative name', '主体可选名称'),
  [OIDS.issuerAltName]: label('issuer alternative name', '颁发者可选名称'),
  [OIDS.basicConstraints]: label('basic constraints', '基本限制'),
  [OIDS.nameConstraints]: label('name constraints', '名称限制'),
  [OIDS.crlDistributionPoints]: label('CRL distribution points', 'CRL 分布点'),
  [OIDS.certificatePolicies]: label('certificate policies', '证书策略'),
  [OIDS.policyMappings]: label('policy mappings', '策略映射'),
  [OIDS.authorityKeyIdentifier]: label('authority key identifier', '颁发机构密钥标识符'),
  [OIDS.policyConstraints]: label('policy constraints', '策略限制'),
  [OIDS.extendedKeyUsage]: label('extended key usage', '扩展密钥用法'),
  [OIDS.freshestCrl]: label('freshest CRL', '最新 CRL'),
  [OIDS.inhibitAnyPolicy]: label('inhibit any policy', '限制所有策略'),
  [OIDS.authorityInfoAccess]: label('authority information access', '机构信息访问'),
  [OIDS.subjectInfoAccess]: label('subject information access', '主体信息访问'),
  [OIDS.ocspNoCheck]: label('OCSP no check', 'OCSP 免检查'),
  [OIDS.crlNumber]: label('CRL number', 'CRL 编号'),
  [OIDS.crlReason]: label('reason of revocation', '吊销原因'),
  [OIDS.invalidityDate]: label('invalidity date', '无效日期'),
  [OIDS.deltaCrlIndicator]: label('delta CRL indicator', '增量 CRL 指示'),
  [OIDS.issuingDistributionPoint]: label('issuing distribution point', '颁发分布点'),
  [OIDS.certificateIssuer]: label('certificate issuer', '证书颁发者'),
  [IDENTITY_EXTENSION_OIDS.person]: IDENTITY_LABELS.person,
  [IDENTITY_EXTENSION_OIDS.socialInsurance]: IDENTITY_LABELS.socialInsurance,
  [IDENTITY_EXTENSION_OIDS.businessRegistration]: IDENTITY_LABELS.businessRegistration,
  [IDENTITY_EXTENSION_OIDS.organization]: IDENTITY_LABELS.organization,
  [IDENTITY_EXTENSION_OIDS.tax]: IDENTITY_LABELS.tax,
  [HEALTH_ENTITY_OID]: IDENTITY_LABELS.entity,
  '2.16.840.1.113730.1.1': label('Netscape certificate type', 'Netscape 证书类型'),
  '2.16.840.1.113730.1.13': label('Netscape comment', 'Netscape 注释'),
};

/** Key usages. @standard GB/T 20518-2018 §5.2.4.2.3 */
export const KEY_USAGE_LABELS: Readonly<Record<KeyUsage, Label>> = {
  digitalSignature: label('digital signature', '数字签名'),
  nonRepudiation: label('non-repudiation', '抗抵赖'),
  keyEncipherment: label('key encipherment', '密钥加密'),
  dataEncipherment: label('data encipherment', '数据加密'),
  keyAgreement: label('key agreement', '密钥协商'),
  keyCertSign: label('certificate signing', '证书签发'),
  cRLSign: label('CRL signing', 'CRL 签发'),
  encipherOnly: label('encipher only', '仅加密'),
  decipherOnly: label('decipher only', '仅解密'),
};

/** Extended key usages, by OID. */
export const EXTENDED_KEY_USAGE_LABELS: Readonly<Record<string, Label>> = {
  [OIDS.anyExtendedKeyUsage]: label('any purpose', '任意用途'),
  [OIDS.serverAuth]: label('TLS server', '服务器身份验证'),
  [OIDS.clientAuth]: label('TLS client', '客户端身份验证'),
  [OIDS.codeSigning]: label('code signing', '代码签名'),
  [OIDS.emailProtection]: label('e-mail protection', '电子邮件保护'),
  [OIDS.timeStamping]: label('time stamping', '时间戳'),
  [OIDS.ocspSigning]: label('OCSP signing', 'OCSP 签名'),
  [PURPOSE_OIDS.sealMaker]: label('making of electronic seals', '电子印章制章'),
  [PURPOSE_OIDS.sealSigner]: label('signing with an electronic seal', '电子签章'),
  [PURPOSE_OIDS.modelPublisher]: label('publishing of model packages', '模型发布'),
  [PURPOSE_OIDS.teeAttestation]: label('attestation of a trusted execution environment', '可信执行环境证明'),
  [PURPOSE_OIDS.auditCheckpoint]: label('checkpoints of an audit log', '审计检查点'),
};

/** Profiles of certificates. */
export const PROFILE_LABELS: Readonly<Record<CertificateProfile, Label>> = {
  'root-ca': label('root CA', '根 CA'),
  'sub-ca': label('subordinate CA', '下级 CA'),
  person: label('person, signing', '个人签名证书'),
  'person-encryption': label('person, encryption', '个人加密证书'),
  organization: label('organisation, signing', '机构签名证书'),
  'organization-encryption': label('organisation, encryption', '机构加密证书'),
  device: label('device, one certificate', '设备单证书'),
  'device-signing': label('device, signing', '设备签名证书'),
  'device-encryption': label('device, encryption', '设备加密证书'),
  domain: label('domain', '域名证书'),
  'tls-server': label('TLS server, signing', '服务器签名证书'),
  'tls-server-encryption': label('TLS server, encryption', '服务器加密证书'),
  'tls-client': label('TLS client, signing', '客户端签名证书'),
  'tls-client-encryption': label('TLS client, encryption', '客户端加密证书'),
  'seal-maker': label('seal maker', '制章者证书'),
  'seal-signer': label('seal signer', '签章者证书'),
  tsa: label('time stamping authority', '时间戳机构证书'),
  'ocsp-responder': label('OCSP responder', 'OCSP 响应者证书'),
  'model-publisher': label('model publisher', '模型发布者证书'),
  'tee-attestation': label('attestation key', '可信执行环境证明证书'),
  audit: label('audit', '审计证书'),
};

/** Kinds of alternative names. */
export const GENERAL_NAME_LABELS: Readonly<Record<GeneralNameValue['kind'], Label>> = {
  dns: label('host name', '域名'),
  email: label('e-mail address', '电子邮件'),
  uri: label('URI', '统一资源标识符'),
  ip: label('IP address', 'IP 地址'),
  directory: label('directory name', '目录名'),
  oid: label('registered identifier', '注册标识'),
  other: label('name of another kind', '其他名称'),
};

/** Labels of usages in the order given. */
export const keyUsageLabels = (usages: Iterable<KeyUsage>): readonly Label[] =>
  [...usages].map((usage) => KEY_USAGE_LABELS[usage]);
