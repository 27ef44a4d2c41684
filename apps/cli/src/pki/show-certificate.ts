import { createHash } from 'node:crypto';
import { type Certificate, checkCertificateSignature, parseCertificate } from '@cssi/pki';
import { equalBytes, type JsonValue, sm3, toHex } from '@cssi/sm-core';
import { around, type Entry, entry, group, type Label, label, type Value } from './entry.ts';
import { generalNameJson, generalNameText } from './general-names.ts';
import { findingEntries, type InspectContext, type Inspected, toJson } from './inspected.ts';
import { labelIn, SIGNATURE_CHECKS, usageLabel } from './labels.ts';
import { periodText, timeText } from './moments.ts';
import { nameText, type Privacy, personal } from './names.ts';
import { algorithmText, oidText } from './oid-names.ts';
import { outline } from './outline.ts';
import { publicKeyEntries } from './public-key.ts';
import { identityEntries, identityJson } from './show-identity.ts';

const SIGNS = ['digitalSignature', 'nonRepudiation'] as const;
const ENCRYPTS = ['keyEncipherment', 'dataEncipherment', 'keyAgreement'] as const;

/** Part of a certificate in a pair (双证书), told by its key usage. @standard GB/T 20518-2018 §5.2.4.2.3 */
function roleOf({ isCa, keyUsage }: Certificate): { readonly code: string; readonly text: Label } {
  if (isCa) return { code: 'ca', text: label('CA 证书', 'CA certificate') };
  const signs = keyUsage === undefined || SIGNS.some((usage) => keyUsage.has(usage));
  const encrypts = keyUsage === undefined || ENCRYPTS.some((usage) => keyUsage.has(usage));
  if (signs && !encrypts) return { code: 'signing', text: label('签名证书', 'signing certificate') };
  if (encrypts && !signs) return { code: 'encryption', text: label('加密证书', 'encryption certificate') };
  return { code: 'single', text: label('单证书（签名与加密）', 'single certificate (signs and encrypts)') };
}

/**
 * Is the certificate its own issuer? A name alone does not say so: a CA may certify another key of its
 * own name. Key identifiers tell, else the signature.
 */
function selfSigned(certificate: Certificate, { signerIds }: InspectContext): Label | undefined {
  const { subjectKeyIdentifier: own, authorityKeyIdentifier: issuer } = certificate;
  if (!equalBytes(certificate.subjectRaw, certificate.issuerRaw)) return undefined;
  const check = checkCertificateSignature(certificate, certificate, signerIds);
  const sameKey = own !== undefined && issuer !== undefined && equalBytes(own, issuer);
  return sameKey || check === 'right' ? labelIn(SIGNATURE_CHECKS, check) : undefined;
}

function extensionEntries(certificate: Certificate, context: InspectContext): Entry[] {
  const { keyUsage, extendedKeyUsage, subjectAltNames, identity, nameConstraints } = certificate;
  const names = (list: Certificate['subjectAltNames']) => list.map((name) => generalNameText(name, context));
  const masked = (text: string) => personal(text, context);
  const pathLength = certificate.pathLength === undefined ? '' : `, pathLen=${certificate.pathLength}`;
  return [
    ...entry(label('基本限制', 'Basic constraints'), certificate.isCa ? `CA${pathLength}` : undefined),
    ...entry(
      label('密钥用法', 'Key usage'),
      keyUsage === undefined ? undefined : [...keyUsage].map(usageLabel),
    ),
    ...entry(label('扩展密钥用法', 'Extended key usage'), extendedKeyUsage?.map(oidText)),
    ...entry(label('主题可选名称', 'Alternative names'), names(subjectAltNames)),
    ...group(label('实体标识', 'Identity'), identityEntries(identity, context)),
    ...entry(label('名称限制：允许', 'Permitted names'), names(nameConstraints?.permitted ?? [])),
    ...entry(label('名称限制：排除', 'Excluded names'), names(nameConstraints?.excluded ?? [])),
    ...entry(
      label('证书策略', 'Policies'),
      certificate.certificatePolicies.map((policy) => policyText(policy, context)),
    ),
    ...entry(label('CRL 分发点', 'CRL distribution points'), certificate.crlDistributionPoints.map(masked)),
    ...entry(label('增量 CRL', 'Freshest CRL'), certificate.freshestCrl.map(masked)),
    ...entry(label('OCSP 服务', 'OCSP'), certificate.ocspUrls.map(masked)),
    ...entry(label('颁发者证书', 'CA issuers'), certificate.caIssuerUrls.map(masked)),
    ...entry(label('主题密钥标识符', 'Subject key identifier'), hexOf(certificate.subjectKeyIdentifier)),
    ...entry(
      label('颁发机构密钥标识符', 'Authority key identifier'),
      hexOf(certificate.authorityKeyIdentifier),
    ),
    ...unknownExtensions(certificate, context),
  ];
}

const hexOf = (bytes: Uint8Array | undefined): string | undefined =>
  bytes === undefined ? undefined : toHex(bytes);

function policyText(
  { oid, cpsUris, notices }: Certificate['certificatePolicies'][number],
  privacy: Privacy,
): Value {
  const texts = [...cpsUris, ...notices].map((text) => ` ${personal(text, privacy)}`);
  return around(oidText(oid), '', texts.join(''));
}

/** Extensions that nothing above shows. */
function unknownExtensions(certificate: Certificate, context: InspectContext): Entry[] {
  const read = new Set(certificate.identity.map(({ oid }) => oid));
  const others = certificate.extensions.filter(({ oid }) => !READ_EXTENSIONS.has(oid) && !read.has(oid));
  return group(
    label('其他扩展', 'Other extensions'),
    others.slice(0, context.entries).map(({ oid, critical, value }) => {
      return {
        label: critical ? around(oidText(oid), '', ' [关键 critical]') : oidText(oid),
        below: outline(value, { isPublic: true, showIdentity: context.showIdentity }),
      };
    }),
  );
}

/** OIDs of extensions with an entry of their own. */
const READ_EXTENSIONS: ReadonlySet<string> = new Set([
  '2.5.29.14',
  '2.5.29.15',
  '2.5.29.17',
  '2.5.29.19',
  '2.5.29.30',
  '2.5.29.31',
  '2.5.29.32',
  '2.5.29.35',
  '2.5.29.37',
  '2.5.29.46',
  '1.3.6.1.5.5.7.1.1',
]);

/** What a person wants to know of a certificate. */
export function certificateEntries(certificate: Certificate, context: InspectContext): Entry[] {
  const { notBefore, notAfter, raw, keyAlgorithm, sm2PublicKey } = certificate;
  const sha256 = createHash('sha256').update(raw).digest('hex');
  return [
    ...entry(label('主题', 'Subject'), nameText(certificate.subjectRaw, context)),
    ...entry(label('颁发者', 'Issuer'), nameText(certificate.issuerRaw, context)),
    ...entry(label('版本', 'Version'), `v${certificate.version}`),
    ...entry(label('序列号', 'Serial number'), toHex(certificate.serial)),
    ...entry(label('有效期', 'Validity'), [
      around(label('至', 'to'), `${timeText(notBefore)} `, ` ${timeText(notAfter)}`),
      periodText(notBefore, notAfter, context.now),
    ]),
    ...entry(label('用途', 'Role'), roleOf(certificate).text),
    ...publicKeyEntries(certificate.publicKeyInfo, keyAlgorithm, sm2PublicKey),
    ...entry(
      label('签名算法', 'Signature algorithm'),
      algorithmText(certificate.signatureAlgorithm, certificate.signatureRef.oid),
    ),
    ...entry(label('自签名', 'Self-signed'), selfSigned(certificate, context)),
    ...extensionEntries(certificate, context),
    ...entry(label('SM3 指纹', 'SM3 fingerprint'), certificate.fingerprint),
    ...entry(label('SHA-256 指纹', 'SHA-256 fingerprint'), sha256),
    ...findingEntries(certificate.findings),
  ];
}

/** A certificate for JSON. */
export function certificateJson(
  certificate: Certificate,
  context: InspectContext,
): Record<string, JsonValue> {
  const facts = toJson(
    {
      subject: certificate.subject,
      issuer: certificate.issuer,
      serial: certificate.serial,
      notBefore: certificate.notBefore,
      notAfter: certificate.notAfter,
      signatureAlgorithm: certificate.signatureAlgorithm,
      keyAlgorithm: certificate.keyAlgorithm,
      publicKey: certificate.sm2PublicKey,
      isCa: certificate.isCa,
      pathLength: certificate.pathLength,
      keyUsage: certificate.keyUsage,
      extendedKeyUsage: certificate.extendedKeyUsage,
      certificatePolicies: certificate.certificatePolicies,
      crlDistributionPoints: certificate.crlDistributionPoints,
      ocspUrls: certificate.ocspUrls,
      findings: certificate.findings.map(({ code, where }) => ({ code, where })),
    },
    context,
  ) as Record<string, JsonValue>;
  return {
    ...facts,
    subjectText: nameText(certificate.subjectRaw, context),
    issuerText: nameText(certificate.issuerRaw, context),
    role: roleOf(certificate).code,
    alternativeNames: certificate.subjectAltNames.map((name) => generalNameJson(name, context)),
    identity: identityJson(certificate.identity, context),
    publicKeySm3: toHex(sm3(certificate.publicKeyInfo)),
    sm3Fingerprint: certificate.fingerprint,
  };
}

/** A certificate as it is shown. @throws SmError ERR_PKI_CERTIFICATE_MALFORMED, ERR_PKI_DEVIATION_REFUSED */
export function inspectCertificate(der: Uint8Array, context: InspectContext): Inspected {
  const certificate = parseCertificate(der, { policy: context.policy });
  return {
    kind: 'certificate',
    title: label('数字证书', 'Certificate'),
    entries: certificateEntries(certificate, context),
    json: certificateJson(certificate, context),
  };
}
