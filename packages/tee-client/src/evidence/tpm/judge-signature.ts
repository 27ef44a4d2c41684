import type { FindingText, ReportBuilder } from '../report-builder.ts';
import type { TpmQuote } from './attest.ts';
import type { TpmEvidence } from './envelope.ts';
import type { TpmSignature } from './signature.ts';
import type { SigningKey } from './signing-key.ts';
import { type TpmSignatureResult, verifyTpmSignature } from './verify-signature.ts';

const FINDINGS: Readonly<Record<TpmSignatureResult, FindingText>> = {
  right: ['EVIDENCE_SIGNATURE_RIGHT', 'The attestation key signed the quote.', '引证由证明密钥签名。'],
  wrong: [
    'EVIDENCE_SIGNATURE_WRONG',
    'The quote was not signed by the attestation key.',
    '引证并非由证明密钥签名。',
  ],
  weak: [
    'SIGNATURE_ALGORITHM_WEAK',
    'The quote is signed with SHA-1 or with an RSA key under 2048 bits.',
    '引证采用 SHA-1 或不足 2048 位的 RSA 密钥签名。',
  ],
  unsupported: [
    'SIGNATURE_ALGORITHM_UNSUPPORTED',
    'The hash of the signature does not go with its scheme.',
    '签名的杂凑算法与签名方案不相配。',
  ],
};
const SCHEME_MISMATCH: FindingText = [
  'SIGNATURE_SCHEME_MISMATCH',
  'The attestation key is bound to another signature scheme.',
  '证明密钥限定了其他签名方案。',
];
const NOT_NATIONAL: FindingText = [
  'NOT_NATIONAL_ALGORITHM',
  'A TCM uses SM2 and SM3 only.',
  '可信密码模块只使用 SM2 与 SM3。',
];

/** Judges the signature over the quote. @internal */
export function judgeSignature(
  report: ReportBuilder,
  { key, area }: SigningKey,
  quote: Uint8Array,
  signature: TpmSignature,
): void {
  const bound = area?.scheme;
  if (bound !== undefined && (bound.scheme !== signature.scheme || bound.hash !== signature.hash)) {
    report.fail('signature', SCHEME_MISMATCH, `key=${bound.scheme}-${bound.hash}`);
    return;
  }
  const result = verifyTpmSignature(key, quote, signature);
  report.check('signature', result === 'right', FINDINGS[result], FINDINGS[result]);
}

/**
 * The rules of a TCM besides those of a TPM: everything is SM2 and SM3. Hashes of files in an IMA
 * list are the operating system's choice and not judged.
 *
 * @standard GM/T 0012-2020
 * @internal
 */
export function judgeNational(
  report: ReportBuilder,
  { profile }: TpmEvidence,
  { area, parents = [], certificates }: SigningKey,
  signature: TpmSignature,
  { selections }: TpmQuote,
): void {
  if (profile !== 'tcm') return;
  if (signature.scheme !== 'sm2' || signature.hash !== 'sm3') {
    report.fail('signature', NOT_NATIONAL, `signature=${signature.scheme}-${signature.hash}`);
  }
  const other = selections.find(({ bank }) => bank !== 'sm3');
  if (other !== undefined) report.fail('binding', NOT_NATIONAL, `bank=${other.bank}`);
  const name = [...(area === undefined ? [] : [area]), ...parents].find(({ nameHash }) => nameHash !== 'sm3');
  if (name !== undefined) report.fail('certificates', NOT_NATIONAL, `name=${name.nameHash}`);
  const foreign = certificates.find(({ signatureAlgorithm }) => signatureAlgorithm !== 'sm2-sm3');
  if (foreign !== undefined) {
    report.fail('certificates', NOT_NATIONAL, `certificate=${foreign.signatureAlgorithm}`);
  }
}
