import type { AttestationVerdict, EvidenceVerifier, VerificationOptions } from '../../spec/v1/attestation.ts';
import { judgeFreshness } from '../freshness.ts';
import { malformed } from '../malformed.ts';
import { ReportBuilder } from '../report-builder.ts';
import {
  chooseEndorsement,
  isChipHidden,
  isRightIssuer,
  isSameChip,
  isSameProduct,
  isSameTcb,
  isSignedBy,
  type SnpEndorsement,
} from './certificate.ts';
import { judgeSnpChain } from './chain.ts';
import { snpClaims } from './claims.ts';
import {
  looksLikeSnpReport,
  parseSnpReport,
  SNP_ECDSA_P384,
  SNP_HOST_VMPL,
  SNP_REPORT_BYTES,
  type SnpReport,
} from './report.ts';
import { looksLikeSnpTable, MAX_SNP_TABLE_BYTES, parseSnpTable } from './table.ts';
import { isNoNewer, tcbParts } from './tcb.ts';

/** Longest evidence: a report and the certificate table behind it, in bytes. @group Attestation */
export const MAX_SNP_EVIDENCE_BYTES: number = SNP_REPORT_BYTES + MAX_SNP_TABLE_BYTES;

/** The certificate is of a known processor, the report's, and of the authority for keys of its kind. */
function judgeProduct(report: ReportBuilder, endorsement: SnpEndorsement, evidence: SnpReport): void {
  const detail = `certificate=${JSON.stringify(endorsement.productName)}`;
  if (endorsement.product === undefined) {
    // Where the parts of its TCB versions stand is not known either.
    report.fail(
      'certificates',
      ['PRODUCT_UNKNOWN', 'The certificate is of an unknown processor.', '证书中的处理器型号未知。'],
      detail,
    );
    return;
  }
  if (!isSameProduct(endorsement, evidence)) {
    report.fail(
      'certificates',
      [
        'PRODUCT_MISMATCH',
        'The certificate is of another processor than the report.',
        '证书与报告中的处理器型号不符。',
      ],
      detail,
    );
  }
  if (!isRightIssuer(endorsement)) {
    report.fail('certificates', [
      'ENDORSEMENT_ISSUER_WRONG',
      'The certificate was issued by an authority for other keys or processors.',
      '证书的签发机构并不负责此类密钥或处理器。',
    ]);
  }
}

/** The certificate is of the chip, the processor and the kind of key that the report names. */
function judgeEndorsement(report: ReportBuilder, endorsement: SnpEndorsement, evidence: SnpReport): void {
  report.check(
    'certificates',
    endorsement.kind === evidence.signingKey,
    [
      'SIGNING_KEY_KIND_RIGHT',
      'The certificate is of the kind of key that signed.',
      '证书与签名密钥的类型一致。',
    ],
    [
      'SIGNING_KEY_KIND_WRONG',
      'The report was signed by another kind of key than the certificate is of.',
      '报告签名密钥的类型与证书不符。',
    ],
    `report=${evidence.signingKey} certificate=${endorsement.kind}`,
  );
  judgeProduct(report, endorsement, evidence);
  if (endorsement.kind === 'vlek') return;
  if (isChipHidden(evidence)) {
    report.pass('certificates', ['CHIP_ID_MASKED', 'The platform hides the chip.', '平台隐藏了芯片标识。']);
    return;
  }
  report.check(
    'certificates',
    isSameChip(endorsement, evidence),
    ['CHIP_ID_MATCHES', 'The certificate is of the chip in the report.', '证书与报告中的芯片标识一致。'],
    ['CHIP_ID_MISMATCH', 'The certificate is of another chip.', '证书属于其他芯片。'],
  );
}

/** The key that signed was made for the TCB version stated, and the versions fit each other. */
function judgeTcb(report: ReportBuilder, endorsement: SnpEndorsement, evidence: SnpReport): void {
  const product = evidence.product ?? endorsement.product;
  const stated = tcbParts(evidence.reportedTcb, product);
  report.check(
    'tcb',
    isSameTcb(endorsement, evidence),
    ['TCB_CERTIFIED', 'The certificate names the reported TCB version.', '证书载明了所报告的 TCB 版本。'],
    [
      'TCB_NOT_CERTIFIED',
      'The certificate names another TCB version than the report.',
      '证书载明的 TCB 版本与报告不符。',
    ],
    stated.map(([part, value]) => `${part}=${value}/${endorsement.tcb[part] ?? 'none'}`).join(' '),
  );
  const { reportedTcb, committedTcb, currentTcb } = evidence;
  if (!isNoNewer(reportedTcb, currentTcb, product) || !isNoNewer(committedTcb, currentTcb, product)) {
    report.fail('tcb', [
      'TCB_INCONSISTENT',
      'The report states a TCB version that is newer than the current one.',
      '报告中的 TCB 版本高于当前版本。',
    ]);
  }
}

function judgeSignature(report: ReportBuilder, endorsement: SnpEndorsement, evidence: SnpReport): void {
  report.check(
    'signature',
    isSignedBy(endorsement, evidence),
    ['EVIDENCE_SIGNATURE_RIGHT', 'The report was signed by the endorsement key.', '报告由背书密钥签名。'],
    [
      'EVIDENCE_SIGNATURE_WRONG',
      'The report was not signed by the endorsement key.',
      '报告并非由背书密钥签名。',
    ],
  );
}

/** Without the certificate of the key nothing is known of the signature; that is a doubt, not a failure. */
function withoutEndorsement(report: ReportBuilder, why: 'missing' | 'unusable', evidence: SnpReport): void {
  if (evidence.signingKey === 'none' || evidence.signatureAlgorithm !== SNP_ECDSA_P384) {
    report.fail('signature', ['EVIDENCE_NOT_SIGNED', 'The report is not signed.', '报告未签名。']);
  } else {
    report.doubt('signature', [
      'EVIDENCE_SIGNATURE_NOT_JUDGED',
      'The signature could not be checked without the key of the chip.',
      '缺少芯片密钥证书，无法校验报告签名。',
    ]);
  }
  if (why === 'missing') {
    report.doubt('certificates', [
      'ENDORSEMENT_MISSING',
      'The certificate of the endorsement key (VCEK or VLEK) is missing.',
      '缺少背书密钥（VCEK 或 VLEK）证书。',
    ]);
  } else {
    report.fail('certificates', [
      'ENDORSEMENT_UNUSABLE',
      'The certificate of the endorsement key has no usable statements of AMD.',
      '背书密钥证书中没有可用的 AMD 扩展项。',
    ]);
  }
}

function verify(evidence: Uint8Array, options: VerificationOptions): AttestationVerdict {
  if (evidence.length < SNP_REPORT_BYTES || evidence.length > MAX_SNP_EVIDENCE_BYTES) {
    throw malformed('snp-length');
  }
  const parsed = parseSnpReport(evidence.subarray(0, SNP_REPORT_BYTES));
  const rest = evidence.subarray(SNP_REPORT_BYTES);
  const table = rest.length === 0 ? { certificates: [], crls: [] } : parseSnpTable(rest);
  const report = new ReportBuilder();
  report.pass('format', ['FORMAT_RIGHT', 'The evidence is encoded as specified.', '证据编码符合规范。']);
  const candidates = [...(options.endorsements?.certificates ?? []), ...table.certificates];
  const endorsement = chooseEndorsement(candidates, parsed);
  const found = typeof endorsement === 'string' ? undefined : endorsement;
  if (typeof endorsement === 'string') withoutEndorsement(report, endorsement, parsed);
  else {
    judgeSnpChain(report, endorsement.certificate, table, options);
    judgeEndorsement(report, endorsement, parsed);
    judgeTcb(report, endorsement, parsed);
    judgeSignature(report, endorsement, parsed);
  }
  if (parsed.vmpl === SNP_HOST_VMPL) {
    report.fail('binding', [
      'REPORT_NOT_FROM_GUEST',
      'The host asked for the report, not the guest.',
      '报告由宿主机而非虚拟机请求生成。',
    ]);
  }
  judgeFreshness(report, parsed.reportData, options.reportData);
  return report.build(snpClaims(parsed, found));
}

/**
 * Verifies attestation reports of AMD SEV-SNP, version 2 to 5, alone or followed by the certificate table
 * of an extended report.
 *
 * The certificate of the key that signed (VCEK or VLEK) and of its issuer (ASK or ASVK) come with the
 * endorsements or in the table; AMD's root (ARK) has to be an anchor. Whoever is an anchor vouches for
 * endorsement keys, so anchors are to be AMD's roots only where AMD alone may vouch. Lists of the
 * root are judged for the issuer; AMD lists no endorsement keys.
 *
 * Codes of its own: `EVIDENCE_SIGNATURE_WRONG`, `EVIDENCE_SIGNATURE_NOT_JUDGED`, `EVIDENCE_NOT_SIGNED`;
 * `ENDORSEMENT_MISSING`, `ENDORSEMENT_UNUSABLE`, `SIGNING_KEY_KIND_WRONG`, `CHIP_ID_MISMATCH`,
 * `CHIP_ID_MASKED`, `PRODUCT_MISMATCH`, `PRODUCT_UNKNOWN`, `ENDORSEMENT_ISSUER_WRONG` (certificates);
 * `TCB_NOT_CERTIFIED`, `TCB_INCONSISTENT` (tcb); `REPORT_NOT_FROM_GUEST` (binding).
 *
 * @example
 * ```ts
 * const verdict = sevSnpVerifier.verify(report, {
 *   time: new Date(),
 *   anchors: { certificates: [ark] },
 *   endorsements: { certificates: [vcek, ask] },
 *   reportData: challenge,
 * });
 * ```
 * @standard AMD 56860 §7.3, AMD 57230 §3
 * @group Attestation
 */
export const sevSnpVerifier: EvidenceVerifier = {
  specVersion: '1',
  type: 'sev-snp',
  recognises: (evidence) =>
    looksLikeSnpReport(evidence) &&
    (evidence.length === SNP_REPORT_BYTES || looksLikeSnpTable(evidence.subarray(SNP_REPORT_BYTES))),
  verify,
};
