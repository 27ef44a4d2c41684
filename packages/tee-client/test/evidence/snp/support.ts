import { parseCertificate } from '@cssi/pki';
import { sevSnpVerifier } from '../../../src/evidence/snp/index.ts';
import type { AttestationVerdict, VerificationOptions } from '../../../src/spec/v1/attestation.ts';
import {
  createSyntheticSnp,
  type SyntheticEndorsement,
  type SyntheticSnp,
  type SyntheticSnpOptions,
} from '../../../src/synthetic/snp.ts';
import { NOW } from '../../basics.ts';

export const CHALLENGE = Uint8Array.from({ length: 64 }, (_, index) => index + 1);

/** RSA keys of 4096 bits take seconds; what is judged is the same with shorter ones. */
export const syntheticSnp = (options: SyntheticSnpOptions = {}): SyntheticSnp =>
  createSyntheticSnp({ modulusLength: 2048, ...options });

/** Options under which a report of `endorsement` is accepted. */
export const optionsFor = (amd: SyntheticSnp, endorsement: SyntheticEndorsement): VerificationOptions => ({
  time: NOW,
  anchors: { certificates: [parseCertificate(amd.ark)] },
  endorsements: {
    certificates: [endorsement.certificate, amd.ask, amd.asvk].map((der) => parseCertificate(der)),
  },
  reportData: CHALLENGE,
});

/** `step CODE` of every step that did not pass, sorted; `?` behind those that are undecided. */
const refusals = ({ steps }: AttestationVerdict): string[] =>
  steps
    .filter(({ status }) => status !== 'passed')
    .map(({ step, status, code }) => `${step} ${code}${status === 'failed' ? '' : '?'}`)
    .sort();

export const passed = ({ steps }: AttestationVerdict): string[] =>
  steps.filter(({ status }) => status === 'passed').map(({ step, code }) => `${step} ${code}`);

export type Outcome = readonly string[] | 'malformed';

/** What is refused, or that the evidence is malformed. */
export function outcomeOf(evidence: Uint8Array, options: VerificationOptions): Outcome {
  try {
    return refusals(sevSnpVerifier.verify(evidence, options));
  } catch (error) {
    if ((error as { code?: string }).code === 'ERR_TEE_EVIDENCE_MALFORMED') return 'malformed';
    throw error;
  }
}

export function flipped(bytes: Uint8Array, at: number, mask = 0x01): Uint8Array {
  const copy = bytes.slice();
  copy[at] = copy[at]! ^ mask;
  return copy;
}
