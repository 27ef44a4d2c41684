import { equalBytes, hmacSm3 } from '@cssi/sm-core';
import type { AttestationVerdict, EvidenceVerifier, VerificationOptions } from '../../spec/v1/attestation.ts';
import { type JudgedEventLog, judgeEventLog } from '../event-log/judge.ts';
import { judgeFreshness } from '../freshness.ts';
import { ReportBuilder } from '../report-builder.ts';
import { verifyCsvSignature } from './certificate.ts';
import { judgeCsvChain } from './chain.ts';
import { csvClaims } from './claims.ts';
import { CSV_FINDINGS as FOUND } from './findings.ts';
import { type CsvReport, isCsvReport, parseCsvReport } from './report.ts';

function judgeChallenge(report: ReportBuilder, csv: CsvReport, reportData: Uint8Array | undefined): void {
  // The mask is outside the signature: whoever changes it changes every field, policy and measurement too, and
  // the signature stays right. Only a field that is known beforehand shows it.
  if (csv.version === 1 && reportData === undefined) report.fail('freshness', FOUND.reportDataRequired);
  else judgeFreshness(report, csv.reportData, reportData);
  // A challenge somebody could choose the report data for fixes no mask. The measurement does: it moves along.
  if (csv.version === 1) report.doubt('reference', FOUND.launchNotCompared);
}

function judgeLog(
  report: ReportBuilder,
  csv: CsvReport,
  log: Uint8Array | undefined,
): JudgedEventLog | undefined {
  if (log === undefined) return undefined;
  if (csv.rtmrs.length === 0) {
    report.add('event-log', 'indeterminate', 'trust', FOUND.noRegisters);
    return undefined;
  }
  // Register 0 is the launch measurement again; the log begins behind it.
  const registers = csv.rtmrs.slice(1).map((value, i) => ({
    name: `rtmr${i + 1}`,
    register: i + 1,
    algorithm: 'sm3' as const,
    value,
  }));
  return judgeEventLog(report, log, registers);
}

/**
 * Verifies reports of Hygon CSV guests (海光安全虚拟化), versions 1 and 2: the PEK's signature with the Z of its own
 * uid, the MAC that ties certificate and serial number to the report, the chain HRK → HSK → CEK → PEK with
 * usages and key ids, the challenge, and, for version 2, registers 1 to 4 against an event log.
 *
 * Evidence is the report as the device gives it (2,548 or 3,380 bytes, or 4,096 with its padding), HSK and CEK
 * behind it or among `endorsements.hygon`. Hygon's certificates carry no dates and no list revokes them: neither
 * `validity` nor `revocation` is judged.
 *
 * Version 1 leaves the mask (`anonce`) outside its signature. The challenge fixes it for a guest whose report data
 * nobody else chooses; a guest somebody else started, or that reports on any challenge it is sent, could be made to
 * sign report data that fits another mask, which moves its measurement as well. So the policy of a version 1 report
 * is to be believed only together with an expected `launch` measurement: until {@link appraise} has compared it, the
 * step `reference` is indeterminate. The serial number is in the details and signed in neither version.
 *
 * @standard Hygon CSV API, attestation report; GB/T 32918.2-2016 §7.1
 * @group Attestation
 * @example
 * ```ts
 * import { csvVerifier } from '@cssi/tee-client/evidence';
 *
 * declare const report: Uint8Array;
 * declare const hrk: Uint8Array; // 832 bytes, from a source you trust
 * declare const hskCek: Uint8Array; // https://cert.hygon.cn/hsk_cek?snumber=<serial number>
 * declare const nonce: Uint8Array;
 *
 * const { integrity, trust, claims } = csvVerifier.verify(report, {
 *   time: new Date(),
 *   anchors: { hygonRoots: [hrk] },
 *   endorsements: { hygon: [hskCek] },
 *   reportData: nonce,
 * });
 * console.log(integrity.status, trust.status, claims.debug);
 * ```
 */
export const csvVerifier: EvidenceVerifier = {
  specVersion: '1',
  type: 'csv',
  recognises: isCsvReport,
  verify(evidence: Uint8Array, options: VerificationOptions): AttestationVerdict {
    const csv = parseCsvReport(evidence);
    const report = new ReportBuilder().pass('format', FOUND.formatRight, `version=${csv.version}`);
    const signed = verifyCsvSignature(csv.pek, csv.signed, csv.signature);
    report.check('signature', signed, FOUND.signatureRight, FOUND.signatureWrong);
    const bound = equalBytes(hmacSm3(csv.mnonce, csv.macInput), csv.mac);
    report.check('binding', bound, FOUND.macRight, FOUND.macWrong);
    const chain = judgeCsvChain(report, csv, options);
    const log = judgeLog(report, csv, options.endorsements?.eventLog);
    judgeChallenge(report, csv, options.reportData);
    return report.build(csvClaims(csv, chain, log));
  },
};
