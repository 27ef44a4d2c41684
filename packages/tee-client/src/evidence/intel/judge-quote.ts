import { createHash } from 'node:crypto';
import { equalBytes } from '@cssi/sm-core';
import type { VerificationOptions } from '../../spec/v1/attestation.ts';
import { judgeFreshness } from '../freshness.ts';
import type { FindingText, ReportBuilder } from '../report-builder.ts';
import { ecKey, spkiKey, verifyEcdsa } from '../signatures.ts';
import { SGX_FLAGS } from './enclave-report.ts';
import { judgeCollateral } from './judge-collateral.ts';
import { judgeTcb, type TcbOutcome } from './judge-tcb.ts';
import { judgePckChain, type PckChain, readPckChain, SYNTHETIC_ORGANIZATION } from './pck-chain.ts';
import type { PckFacts } from './pck-facts.ts';
import type { IntelQuote } from './quote.ts';
import type { QuoteSignature } from './quote-signature.ts';

const FORMAT_RIGHT: FindingText = [
  'FORMAT_RIGHT',
  'The evidence is encoded as specified.',
  '证据编码符合规范。',
];
const SIGNATURE_RIGHT: FindingText = [
  'EVIDENCE_SIGNATURE_RIGHT',
  'The report was signed by the attestation key.',
  '报告由证明密钥签名。',
];
const SIGNATURE_WRONG: FindingText = [
  'EVIDENCE_SIGNATURE_WRONG',
  'The report was not signed by the attestation key.',
  '报告并非由证明密钥签名。',
];
const QE_SIGNATURE_RIGHT: FindingText = [
  'QE_REPORT_SIGNATURE_RIGHT',
  'The platform certified the report of the quoting enclave.',
  '平台已认证引用飞地（QE）的报告。',
];
const QE_SIGNATURE_WRONG: FindingText = [
  'QE_REPORT_SIGNATURE_WRONG',
  'The report of the quoting enclave was not signed by the key of the platform certificate.',
  '引用飞地（QE）的报告并非由平台证书所载密钥签名。',
];
const QE_SIGNATURE_OPEN: FindingText = [
  'QE_REPORT_SIGNATURE_NOT_JUDGED',
  'Without a platform certificate nobody vouches for the quoting enclave.',
  '缺少平台证书，无人为引用飞地（QE）担保。',
];
const KEY_BOUND: FindingText = [
  'ATTESTATION_KEY_BOUND',
  'The quoting enclave states that the attestation key is its own.',
  '引用飞地（QE）声明证明密钥归其所有。',
];
const KEY_NOT_BOUND: FindingText = [
  'ATTESTATION_KEY_NOT_BOUND',
  'The report of the quoting enclave is about another attestation key.',
  '引用飞地（QE）的报告针对另一个证明密钥。',
];
const QE_DEBUG: FindingText = [
  'QE_DEBUG_ENABLED',
  'The quoting enclave can be debugged, so its attestation key is no secret.',
  '引用飞地（QE）可被调试，其证明密钥不再保密。',
];
const REVOCATION_NOT_JUDGED: FindingText = [
  'REVOCATION_NOT_JUDGED',
  'No revocation list was given.',
  '未提供证书吊销列表。',
];

/** What the judgement found besides the report. @internal */
export interface QuoteJudgement {
  readonly pck: PckFacts | undefined;
  /** The certificate says that no processor stands behind it. */
  readonly emulated: boolean;
  readonly tcb: TcbOutcome;
}

function judgeQuotingEnclave(
  report: ReportBuilder,
  signature: QuoteSignature,
  chain: PckChain | undefined,
): void {
  const { qeReport, qeReportRaw, qeReportSignature, attestationKey, authenticationData } = signature;
  if (chain === undefined) report.doubt('signature', QE_SIGNATURE_OPEN);
  else {
    const key = spkiKey(chain.leaf.publicKeyInfo);
    const good = verifyEcdsa(key, 'P-256', 'sha256', qeReportRaw, qeReportSignature);
    report.check('signature', good, QE_SIGNATURE_RIGHT, QE_SIGNATURE_WRONG);
  }
  const hash = createHash('sha256').update(attestationKey).update(authenticationData).digest();
  // The second half of the report data is zeros: nothing else may be hidden behind the hash.
  const bound =
    equalBytes(qeReport.reportData.subarray(0, 32), hash) &&
    qeReport.reportData.subarray(32).every((byte) => byte === 0);
  report.check('binding', bound, KEY_BOUND, KEY_NOT_BOUND);
  if ((qeReport.attributes[0]! & SGX_FLAGS.debug) !== 0) report.fail('binding', QE_DEBUG);
}

/**
 * Judges what SGX and TDX quotes have in common: the chain of the platform, the quoting enclave it
 * certified, the attestation key that enclave answers for, the signature of that key, the challenge,
 * and what Intel's statements, if given, say of all that.
 *
 * @throws {@link SmError} ERR_TEE_EVIDENCE_MALFORMED, ERR_TEE_OPTION_INVALID
 * @internal
 */
export function judgeQuote(
  report: ReportBuilder,
  quote: IntelQuote,
  options: VerificationOptions,
): QuoteJudgement {
  report.pass('format', FORMAT_RIGHT);
  const { signature } = quote;
  const chain = readPckChain(report, signature, options.anchors.certificates ?? []);
  if (chain !== undefined) {
    judgePckChain(report, chain, options);
    if ((options.endorsements?.crls ?? []).length === 0) report.doubt('revocation', REVOCATION_NOT_JUDGED);
  }
  judgeQuotingEnclave(report, signature, chain);
  const key = ecKey('P-256', signature.attestationKey);
  const signed = verifyEcdsa(key, 'P-256', 'sha256', quote.signed, signature.signature);
  report.check('signature', signed, SIGNATURE_RIGHT, SIGNATURE_WRONG);
  judgeFreshness(report, quote.body.reportData, options.reportData);
  const statements =
    chain === undefined ? undefined : judgeCollateral(report, quote.tee, chain.facts, options);
  return {
    pck: chain?.facts,
    emulated: chain?.leaf.subject.organization === SYNTHETIC_ORGANIZATION,
    tcb: judgeTcb(report, quote, chain?.facts, statements),
  };
}
