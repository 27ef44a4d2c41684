import { toHex } from '@cssi/sm-core';
import type {
  AttestationClaims,
  AttestationVerdict,
  EvidenceVerifier,
  VerificationOptions,
} from '../../spec/v1/attestation.ts';
import { malformed } from '../malformed.ts';
import { ReportBuilder } from '../report-builder.ts';
import { SGX_FLAGS } from './enclave-report.ts';
import { judgeQuote, type QuoteJudgement } from './judge-quote.ts';
import { platformClaims } from './platform-claims.ts';
import { type IntelQuote, parseIntelQuote, quoteTee } from './quote.ts';

type SgxQuote = Extract<IntelQuote, { tee: 'sgx' }>;

function claimsOf(quote: SgxQuote, judged: QuoteJudgement): AttestationClaims {
  const { body } = quote;
  const platform = platformClaims(quote, judged);
  const flags = body.attributes[0]!;
  const has = (flag: keyof typeof SGX_FLAGS): boolean => (flags & SGX_FLAGS[flag]) !== 0;
  return {
    type: 'sgx',
    format: `sgx-quote/${quote.version}`,
    deployment: 'enclave',
    emulated: platform.emulated,
    reportData: Uint8Array.from(body.reportData),
    device: platform.device,
    memoryEncryption: 'active',
    debug: has('debug') ? 'enabled' : 'disabled',
    // Keys and pages of an enclave belong to one processor.
    migration: 'disabled',
    versions: [
      { name: 'enclave', value: body.isvSvn },
      { name: 'enclave-configuration', value: body.configSvn },
      ...platform.versions,
    ],
    measurements: [
      { name: 'mrenclave', role: 'workload', algorithm: 'sha256', value: Uint8Array.from(body.mrEnclave) },
      { name: 'mrsigner', role: 'signer', algorithm: 'sha256', value: Uint8Array.from(body.mrSigner) },
    ],
    trustedSoftware: ['processor microcode', 'provisioning certification enclave', 'quoting enclave'],
    untrustedSoftware: ['operating system', 'hypervisor', 'platform firmware'],
    details: {
      cpuSvn: toHex(body.cpuSvn),
      attributes: toHex(body.attributes),
      miscSelect: body.miscSelect,
      isvProdId: body.isvProdId,
      isvExtProdId: toHex(body.isvExtProdId),
      isvFamilyId: toHex(body.isvFamilyId),
      configId: toHex(body.configId),
      initialised: has('init'),
      provisionKey: has('provisionKey'),
      ...platform.details,
    },
  };
}

/**
 * Verifies quotes of SGX enclaves, versions 3 to 5: the chain of the platform's PCK certificate to an
 * anchor, the quoting enclave it certified, the attestation key, the signature, and with
 * `endorsements.intel` the TCB. `reportData` is compared with the 64 bytes of the report.
 *
 * What the verdict does not say: without Intel's statements the step `tcb` is indeterminate, and so is,
 * in the step `collateral`, whether Intel's own quoting enclave made the quote (another enclave with
 * access to the platform's provisioning key could have); without revocation lists (of the root and of the
 * PCK authority) the step `revocation` is indeterminate. `mrenclave` and `mrsigner` are claims, which
 * the appraisal compares.
 *
 * @example
 * ```ts
 * import { certificatesFromPem } from '@cssi/pki';
 * import { sgxVerifier } from '@cssi/tee-client/evidence';
 * const anchors = { certificates: certificatesFromPem(intelRootPem) };
 * const verdict = sgxVerifier.verify(quote, { time: new Date(), anchors, reportData: nonce });
 * console.log(verdict.integrity.status, verdict.claims.measurements[0]?.value);
 * ```
 * @standard Intel SGX ECDSA Quote Library API, Appendix A
 * @throws {@link SmError} ERR_TEE_EVIDENCE_MALFORMED, ERR_TEE_OPTION_INVALID
 * @group Attestation
 */
export const sgxVerifier: EvidenceVerifier = {
  specVersion: '1',
  type: 'sgx',
  recognises: (evidence: Uint8Array): boolean => quoteTee(evidence) === 'sgx',
  verify(evidence: Uint8Array, options: VerificationOptions): AttestationVerdict {
    const quote = parseIntelQuote(evidence);
    if (quote.tee !== 'sgx') throw malformed('quote-tee-type');
    const report = new ReportBuilder();
    const judged = judgeQuote(report, quote, options);
    return report.build(claimsOf(quote, judged));
  },
};
