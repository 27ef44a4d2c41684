import { type CertificateRequest, parseCertificateRequest, verifyCertificateRequest } from '@cssi/pki';
import { sm3, toHex } from '@cssi/sm-core';
import { type Entry, entry, group, label } from './entry.ts';
import { generalNameJson, generalNameText } from './general-names.ts';
import { findingEntries, type InspectContext, type Inspected, toJson } from './inspected.ts';
import { labelIn, SIGNATURE_CHECKS, usageLabel } from './labels.ts';
import { nameText } from './names.ts';
import { algorithmText, oidText } from './oid-names.ts';
import { publicKeyEntries } from './public-key.ts';
import { identityEntries, identityJson } from './show-identity.ts';

function requestedEntries({ requested }: CertificateRequest, context: InspectContext): Entry[] {
  const { keyUsage, extendedKeyUsage, isCa, subjectAltNames, identity } = requested;
  return [
    ...entry(label('基本限制', 'Basic constraints'), isCa ? 'CA' : undefined),
    ...entry(
      label('密钥用法', 'Key usage'),
      keyUsage === undefined ? undefined : [...keyUsage].map(usageLabel),
    ),
    ...entry(label('扩展密钥用法', 'Extended key usage'), extendedKeyUsage?.map(oidText)),
    ...entry(
      label('主题可选名称', 'Alternative names'),
      subjectAltNames.map((name) => generalNameText(name, context)),
    ),
    ...group(label('实体标识', 'Identity'), identityEntries(identity, context)),
  ];
}

function entriesOf(request: CertificateRequest, check: string, context: InspectContext): Entry[] {
  const { keyAlgorithm, sm2PublicKey, attributes, challengePassword } = request;
  return [
    ...entry(label('主题', 'Subject'), nameText(request.subjectRaw, context)),
    ...publicKeyEntries(request.publicKeyInfo, keyAlgorithm, sm2PublicKey),
    ...entry(
      label('签名算法', 'Signature algorithm'),
      algorithmText(request.signatureAlgorithm, request.signatureRef.oid),
    ),
    ...entry(label('私钥拥有证明', 'Proof of possession'), labelIn(SIGNATURE_CHECKS, check)),
    ...entry(
      label('属性', 'Attributes'),
      attributes.map(({ oid }) => oidText(oid)),
    ),
    ...entry(
      label('挑战口令', 'Challenge password'),
      challengePassword === undefined ? undefined : label('有（不显示）', 'present (not shown)'),
    ),
    ...group(label('请求的扩展', 'Requested extensions'), requestedEntries(request, context)),
    ...findingEntries(request.findings),
  ];
}

const signerIdsOf = ({ signerIds }: InspectContext) => (signerIds === undefined ? {} : { signerIds });

/** A certificate request as it is shown. @throws SmError ERR_PKI_CSR_MALFORMED, ERR_PKI_DEVIATION_REFUSED */
export function inspectRequest(der: Uint8Array, context: InspectContext): Inspected {
  const request = parseCertificateRequest(der, { policy: context.policy });
  try {
    const { check } = verifyCertificateRequest(request, signerIdsOf(context));
    const { requested } = request;
    return {
      kind: 'certificate-request',
      title: label('证书请求', 'Certificate request (PKCS#10)'),
      entries: entriesOf(request, check, context),
      json: {
        subject: toJson(request.subject, context),
        subjectText: nameText(request.subjectRaw, context),
        keyAlgorithm: request.keyAlgorithm,
        publicKey: toJson(request.sm2PublicKey, context),
        publicKeySm3: toHex(sm3(request.publicKeyInfo)),
        signatureAlgorithm: request.signatureAlgorithm,
        proofOfPossession: check,
        attributes: request.attributes.map(({ oid }) => oid),
        requested: {
          keyUsage: toJson(requested.keyUsage, context),
          extendedKeyUsage: toJson(requested.extendedKeyUsage, context),
          isCa: requested.isCa,
          alternativeNames: requested.subjectAltNames.map((name) => generalNameJson(name, context)),
          identity: identityJson(requested.identity, context),
        },
        findings: request.findings.map(({ code, where }) => ({ code, where })),
      },
    };
  } finally {
    request.challengePassword?.destroy();
  }
}
