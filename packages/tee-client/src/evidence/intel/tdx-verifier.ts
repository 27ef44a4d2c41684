import type { AttestationVerdict, EvidenceVerifier, VerificationOptions } from '../../spec/v1/attestation.ts';
import { judgeEventLog } from '../event-log/judge.ts';
import { malformed } from '../malformed.ts';
import { ReportBuilder } from '../report-builder.ts';
import { judgeQuote } from './judge-quote.ts';
import { parseIntelQuote, quoteTee } from './quote.ts';
import { tdClaims } from './td-claims.ts';

/**
 * Verifies quotes of trust domains, versions 4 and 5, with bodies of TDX 1.0 and 1.5: all that
 * {@link sgxVerifier} does, the TDX module against Intel's statements, and with
 * `endorsements.eventLog` that the log leads to RTMR0 to RTMR3.
 *
 * What the verdict does not say is the same too: without Intel's statements neither the versions nor the
 * quoting enclave nor the TDX module are judged (steps `tcb` and `collateral` indeterminate).
 *
 * @example
 * ```ts
 * import { certificatesFromPem } from '@cssi/pki';
 * import { tdxVerifier } from '@cssi/tee-client/evidence';
 * const anchors = { certificates: certificatesFromPem(intelRootPem) };
 * const intel = [{ tcbInfo, qeIdentity, issuers: certificatesFromPem(signingChainPem) }];
 * const verdict = tdxVerifier.verify(quote, {
 *   time: new Date(),
 *   anchors,
 *   endorsements: { intel, crls },
 *   reportData: nonce,
 * });
 * for (const { step, status, code } of verdict.steps) console.log(step, status, code);
 * ```
 * @standard Intel TDX DCAP Quoting Library API, Appendix A
 * @throws {@link SmError} ERR_TEE_EVIDENCE_MALFORMED, ERR_TEE_OPTION_INVALID
 * @group Attestation
 */
export const tdxVerifier: EvidenceVerifier = {
  specVersion: '1',
  type: 'tdx',
  recognises: (evidence: Uint8Array): boolean => quoteTee(evidence) === 'tdx',
  verify(evidence: Uint8Array, options: VerificationOptions): AttestationVerdict {
    const quote = parseIntelQuote(evidence);
    if (quote.tee !== 'tdx') throw malformed('quote-tee-type');
    const report = new ReportBuilder();
    const judged = judgeQuote(report, quote, options);
    const log = options.endorsements?.eventLog;
    if (log !== undefined) {
      // Register 0 of a CC event log is MRTD, which no event extends.
      const registers = quote.body.rtmrs.map(
        (value, index) =>
          ({ name: `rtmr${index}`, register: index + 1, algorithm: 'sha384', value }) as const,
      );
      judgeEventLog(report, log, registers);
    }
    return report.build(tdClaims(quote, judged));
  },
};
