import type { AttestationVerdict, EvidenceVerifier, VerificationOptions } from '../../spec/v1/attestation.ts';
import { judgeEventLog, type SignedRegister } from '../event-log/judge.ts';
import { judgeFreshness } from '../freshness.ts';
import { malformed } from '../malformed.ts';
import { type FindingText, ReportBuilder } from '../report-builder.ts';
import { parseTpmQuote } from './attest.ts';
import { tpmClaims } from './claims.ts';
import { decodeTpmEvidence, looksLike, MAX_TPM_EVIDENCE_BYTES, type TpmEvidence } from './envelope.ts';
import { type ImaEntry, parseImaLog } from './ima-log.ts';
import { judgeImaLog } from './judge-ima.ts';
import { judgeKey } from './judge-key.ts';
import { judgeNational, judgeSignature } from './judge-signature.ts';
import { judgePcrs, type PcrValues } from './pcrs.ts';
import { parseTpmSignature } from './signature.ts';
import { readSigningKey } from './signing-key.ts';

const FORMAT_RIGHT: FindingText = [
  'FORMAT_RIGHT',
  'The quote and what stands beside it are encoded as specified.',
  '引证及其附带内容编码正确。',
];

/** Registers the boot log has to explain: those of the IMA list are another log's. */
function bootRegisters(pcrs: PcrValues, ima: readonly ImaEntry[]): SignedRegister[] {
  const others = new Set(ima.map(({ register }) => register));
  return [...pcrs].flatMap(([algorithm, values]) =>
    [...values]
      .filter(([register]) => !others.has(register))
      .map(([register, value]) => ({ register, algorithm, value, name: `pcr${register}` })),
  );
}

function verifyAs(
  profile: TpmEvidence['profile'],
  input: Uint8Array,
  options: VerificationOptions,
): AttestationVerdict {
  if (!(input instanceof Uint8Array) || input.length > MAX_TPM_EVIDENCE_BYTES) throw malformed('size');
  const evidence = decodeTpmEvidence(input);
  if (evidence.profile !== profile) throw malformed('format');
  const quote = parseTpmQuote(evidence.quote);
  const signature = parseTpmSignature(evidence.signature);
  const signing = readSigningKey(evidence, options.endorsements);
  const { imaLog } = evidence;
  const entries = imaLog === undefined ? undefined : parseImaLog(imaLog.log, imaLog.digest);

  const report = new ReportBuilder();
  report.pass('format', FORMAT_RIGHT);
  const key = judgeKey(report, signing, quote, options);
  judgeSignature(report, signing, evidence.quote, signature);
  judgeNational(report, evidence, signing, signature, quote);
  // Values the quote does not cover explain nothing and become no claims.
  const pcrs: PcrValues = judgePcrs(report, quote, signature.hash, evidence.pcrs) ? evidence.pcrs : new Map();
  const log = evidence.eventLog ?? options.endorsements?.eventLog;
  if (log !== undefined) judgeEventLog(report, log, bootRegisters(pcrs, entries ?? []));
  const ima = entries === undefined ? undefined : judgeImaLog(report, entries, pcrs);
  judgeFreshness(report, quote.extraData, options.reportData);
  return report.build(tpmClaims({ evidence, quote, signature, signing, key, pcrs, ima }));
}

const verifierOf = (type: TpmEvidence['profile']): EvidenceVerifier => ({
  specVersion: '1',
  type,
  recognises: (evidence) => looksLike(type, evidence),
  verify: (evidence, options) => verifyAs(type, evidence, options),
});

/**
 * Verifies quotes of a TPM 2.0 (可信平台模块) in a `cssi-tpm-evidence/1` document: signature by RSASSA,
 * RSAPSS, ECDSA or SM2 (over the hash of the structure alone, without Z), the attestation key against
 * certificates or trusted keys, register values against the quote's digest, a measured-boot log and an IMA list
 * against the registers.
 *
 * What it cannot tell: that the TPM is soldered to the machine it speaks for, and that a certificate's
 * issuer made sure the key is in a TPM (by TPM2_MakeCredential). A trusted key is believed to be a restricted
 * one when the evidence has no public area.
 *
 * @standard TCG TPM 2.0 Library Part 2 §10.12, §11.3; Part 3 §18.4 TPM2_Quote
 * @group Attestation
 */
export const tpmVerifier: EvidenceVerifier = verifierOf('tpm');

/**
 * Verifies quotes of a TCM (可信密码模块) in a `cssi-tcm-evidence/1` document: the structures of a
 * TPM 2.0, with SM2, SM3 and nothing else in signature, names, registers and certificates.
 *
 * @standard GM/T 0012-2020
 * @group Attestation
 */
export const tcmVerifier: EvidenceVerifier = verifierOf('tcm');
