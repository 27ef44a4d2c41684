import {
  type CertificateRevocationList,
  type OcspBasicResponse,
  type OcspCertId,
  type OcspSingleResponse,
  parseCrl,
  parseOcspRequest,
  parseOcspResponse,
  type RevocationFacts,
} from '@cssi/pki';
import { type JsonValue, toHex } from '@cssi/sm-core';
import { around, type Entry, entry, group, type Label, label } from './entry.ts';
import { findingEntries, type InspectContext, type Inspected, toJson } from './inspected.ts';
import { labelIn, marked, REASONS } from './labels.ts';
import { currencyText, timeText } from './moments.ts';
import { nameText, type Privacy, personal } from './names.ts';
import { algorithmText, oidText } from './oid-names.ts';

/** When and why a certificate was revoked. */
export function revocationText({ revocationDate, reason, invalidityDate }: RevocationFacts): Label {
  const since = invalidityDate === undefined ? '' : `, 失效自 since ${timeText(invalidityDate)}`;
  return around(labelIn(REASONS, reason), `${timeText(revocationDate)} `, since);
}

/** Times of a list or an answer. */
export const updateEntries = (thisUpdate: Date, nextUpdate: Date | undefined, now: Date): Entry[] => [
  ...entry(label('本次更新', 'This update'), timeText(thisUpdate)),
  ...entry(label('下次更新', 'Next update'), [
    ...(nextUpdate === undefined ? [] : [timeText(nextUpdate)]),
    currencyText(nextUpdate, now),
  ]),
];

function scopeText(
  { issuingDistributionPoint: point }: CertificateRevocationList,
  privacy: Privacy,
): (string | Label)[] {
  if (point === undefined) return [];
  return [
    ...point.uris.map((uri) => personal(uri, privacy)),
    ...(point.onlyUserCerts ? [label('仅终端证书', 'end entities only')] : []),
    ...(point.onlyCaCerts ? [label('仅 CA 证书', 'CAs only')] : []),
    ...(point.onlyAttributeCerts ? [label('仅属性证书', 'attribute certificates only')] : []),
    ...(point.onlySomeReasons ? [label('仅部分原因', 'some reasons only')] : []),
    ...(point.indirect ? [label('间接 CRL', 'indirect')] : []),
  ];
}

function firstEntries(crl: CertificateRevocationList, most: number): Entry[] {
  const shown: Entry[] = [];
  for (const item of crl.revoked) {
    if (shown.length === most) break;
    shown.push({ label: toHex(item.serial), value: revocationText(item) });
  }
  const left = crl.revoked.count - shown.length;
  if (left > 0) shown.push({ label: '…', value: label(`另有 ${left} 条`, `${left} more`) });
  return shown;
}

/** A revocation list as it is shown. @throws SmError ERR_PKI_CRL_MALFORMED, ERR_PKI_DEVIATION_REFUSED */
export function inspectCrl(der: Uint8Array, context: InspectContext): Inspected {
  const crl = parseCrl(der, { policy: context.policy });
  const isDelta = crl.baseCrlNumber !== undefined;
  const revoked: JsonValue[] = [];
  for (const item of crl.revoked) {
    if (revoked.length === context.entries) break;
    revoked.push(toJson(item, context));
  }
  return {
    kind: 'crl',
    title: isDelta ? label('增量证书吊销列表', 'Delta CRL') : label('证书吊销列表', 'CRL'),
    entries: [
      ...entry(label('颁发者', 'Issuer'), nameText(crl.issuerRaw, context)),
      ...entry(label('版本', 'Version'), `v${crl.version}`),
      ...entry(label('CRL 编号', 'CRL number'), crl.crlNumber?.toString()),
      ...entry(label('基础 CRL 编号', 'Base CRL number'), crl.baseCrlNumber?.toString()),
      ...updateEntries(crl.thisUpdate, crl.nextUpdate, context.now),
      ...entry(
        label('签名算法', 'Signature algorithm'),
        algorithmText(crl.signatureAlgorithm.name, crl.signatureAlgorithm.oid),
      ),
      ...entry(label('范围', 'Scope'), scopeText(crl, context)),
      ...entry(
        label('增量 CRL', 'Freshest CRL'),
        crl.freshestCrl.map((uri) => personal(uri, context)),
      ),
      ...entry(label('未识别的关键扩展', 'Unknown critical extensions'), crl.unknownCritical.map(oidText)),
      ...entry(label('吊销条目', 'Entries'), String(crl.revoked.count)),
      ...group(label('条目', 'Revoked'), firstEntries(crl, context.entries)),
      ...findingEntries(crl.findings),
    ],
    json: {
      issuerText: nameText(crl.issuerRaw, context),
      version: crl.version,
      crlNumber: toJson(crl.crlNumber, context),
      baseCrlNumber: toJson(crl.baseCrlNumber, context),
      thisUpdate: toJson(crl.thisUpdate, context),
      nextUpdate: toJson(crl.nextUpdate, context),
      signatureAlgorithm: crl.signatureAlgorithm.name,
      count: crl.revoked.count,
      revoked,
      unknownCritical: toJson(crl.unknownCritical, context),
      findings: crl.findings.map(({ code, where }) => ({ code, where })),
    },
  };
}

const certIdEntries = ({ hash, issuerNameHash, issuerKeyHash, serial }: OcspCertId): Entry[] => [
  ...entry(label('证书序列号', 'Serial number'), toHex(serial)),
  ...entry(label('杂凑算法', 'Hash'), hash),
  ...entry(label('颁发者名称摘要', 'Issuer name hash'), toHex(issuerNameHash)),
  ...entry(label('颁发者密钥摘要', 'Issuer key hash'), toHex(issuerKeyHash)),
];

const certIdJson = ({
  hash,
  issuerNameHash,
  issuerKeyHash,
  serial,
}: OcspCertId): Record<string, JsonValue> => ({
  serial: toHex(serial),
  hash,
  issuerNameHash: toHex(issuerNameHash),
  issuerKeyHash: toHex(issuerKeyHash),
});

/** An OCSP request as it is shown. @throws SmError ERR_PKI_OCSP_MALFORMED, ERR_PKI_DEVIATION_REFUSED */
export function inspectOcspRequest(der: Uint8Array, context: InspectContext): Inspected {
  const request = parseOcspRequest(der, { policy: context.policy });
  return {
    kind: 'ocsp-request',
    title: label('OCSP 请求', 'OCSP request'),
    entries: [
      ...request.certIds.slice(0, context.entries).map((certId, i) => ({
        label: label(`查询 ${i + 1}`, `Question ${i + 1}`),
        below: certIdEntries(certId),
      })),
      ...entry(label('随机数', 'Nonce'), request.nonce === undefined ? undefined : toHex(request.nonce)),
      ...entry(
        label('请求签名', 'Signed'),
        request.signed ? label('有（未校验）', 'yes (not checked)') : label('无', 'no'),
      ),
      ...findingEntries(request.findings),
    ],
    json: {
      certIds: request.certIds.map(certIdJson),
      nonce: toJson(request.nonce, context),
      signed: request.signed,
      findings: request.findings.map(({ code, where }) => ({ code, where })),
    },
  };
}

const STATUS: Readonly<Record<string, Label>> = {
  good: marked('✓', '正常', 'good'),
  revoked: marked('✗', '已吊销', 'revoked'),
  unknown: marked('?', '未知', 'unknown'),
};

const singleEntries = (single: OcspSingleResponse, now: Date): Entry[] => [
  ...entry(label('状态', 'Status'), STATUS[single.status]),
  ...entry(
    label('吊销', 'Revoked'),
    single.revocation === undefined ? undefined : revocationText(single.revocation),
  ),
  ...certIdEntries(single.certId),
  ...updateEntries(single.thisUpdate, single.nextUpdate, now),
];

function basicEntries(basic: OcspBasicResponse, context: InspectContext): Entry[] {
  const { responder } = basic;
  return [
    ...entry(
      label('响应者', 'Responder'),
      'nameRaw' in responder ? nameText(responder.nameRaw, context) : `key hash ${toHex(responder.keyHash)}`,
    ),
    ...entry(label('生成时间', 'Produced at'), timeText(basic.producedAt)),
    ...entry(
      label('签名算法', 'Signature algorithm'),
      algorithmText(basic.signatureAlgorithm.name, basic.signatureAlgorithm.oid),
    ),
    ...entry(label('随机数', 'Nonce'), basic.nonce === undefined ? undefined : toHex(basic.nonce)),
    ...basic.responses.slice(0, context.entries).map((single, i) => ({
      label: label(`回答 ${i + 1}`, `Answer ${i + 1}`),
      below: singleEntries(single, context.now),
    })),
    ...entry(
      label('附带证书', 'Certificates'),
      basic.certificates.map(({ subjectRaw }) => nameText(subjectRaw, context)),
    ),
  ];
}

/** An OCSP response as it is shown. @throws SmError ERR_PKI_OCSP_MALFORMED, ERR_PKI_DEVIATION_REFUSED */
export function inspectOcspResponse(der: Uint8Array, context: InspectContext): Inspected {
  const { status, basic, findings } = parseOcspResponse(der, { policy: context.policy });
  const answers = basic?.responses.map((single) => ({
    ...certIdJson(single.certId),
    status: single.status,
    revocation: toJson(single.revocation, context),
    thisUpdate: toJson(single.thisUpdate, context),
    nextUpdate: toJson(single.nextUpdate, context),
  }));
  return {
    kind: 'ocsp-response',
    title: label('OCSP 响应', 'OCSP response'),
    entries: [
      ...entry(label('响应状态', 'Response status'), status),
      ...(basic === undefined ? [] : basicEntries(basic, context)),
      ...findingEntries(findings),
    ],
    json: {
      status,
      producedAt: toJson(basic?.producedAt, context),
      nonce: toJson(basic?.nonce, context),
      answers: answers ?? [],
      findings: findings.map(({ code, where }) => ({ code, where })),
    },
  };
}
