import { parseCertificate } from '@cssi/pki';
import { SmError, sm3, utf8 } from '@cssi/sm-core';
import { expect } from 'vitest';
import {
  decodeTpmEvidence,
  encodeTpmEvidence,
  type TpmEvidence,
  tcmVerifier,
  tpmVerifier,
} from '../../../src/evidence/tpm/index.ts';
import type { AttestationVerdict, VerificationOptions } from '../../../src/spec/v1/attestation.ts';
import { SyntheticTpm, type SyntheticTpmOptions } from '../../../src/synthetic/tpm.ts';

export const NOW: Date = new Date('2026-12-01T00:00:00Z');
export const NONCE: Uint8Array = sm3(utf8('challenge'));

/** A TPM that booted something and ran two programs. */
export async function machine(options: Partial<SyntheticTpmOptions> = {}): Promise<SyntheticTpm> {
  const tpm = await SyntheticTpm.create({ time: NOW, ...options });
  for (const index of [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]) tpm.extend(index, utf8(`event ${index}`));
  return tpm;
}

export function withFiles(tpm: SyntheticTpm, bank: 'sm3' | 'sha256' = 'sm3'): SyntheticTpm {
  tpm.measure(tpm.bootAggregate(tpm.pcrs.has(bank) ? bank : 'sha1'));
  tpm.measure({ path: '/usr/bin/service', algorithm: bank, digest: sm3(utf8('service')) });
  tpm.measure({ path: '/usr/bin/qemu-system-x86_64', algorithm: bank, digest: sm3(utf8('qemu')) });
  return tpm;
}

export const anchored = (tpm: SyntheticTpm): VerificationOptions => ({
  time: NOW,
  anchors: { certificates: [parseCertificate(tpm.root)] },
  reportData: NONCE,
});

export function verify(evidence: Uint8Array, options: VerificationOptions): AttestationVerdict {
  return (tcmVerifier.recognises(evidence) ? tcmVerifier : tpmVerifier).verify(evidence, options);
}

/** `step:code` of every finding of a status. */
export const found = (verdict: AttestationVerdict, status: string = 'failed'): string[] =>
  verdict.steps.filter((one) => one.status === status).map(({ step, code }) => `${step}:${code}`);

/** Evidence of the same format with other parts. */
export function changed(
  evidence: Uint8Array,
  change: (parts: TpmEvidence) => Partial<TpmEvidence>,
): Uint8Array {
  const parts = decodeTpmEvidence(evidence);
  const next: Record<string, unknown> = { ...parts, ...change(parts) };
  for (const name of Object.keys(next)) if (next[name] === undefined) delete next[name];
  return encodeTpmEvidence(next as unknown as TpmEvidence);
}

export function without(evidence: Uint8Array, ...names: (keyof TpmEvidence)[]): Uint8Array {
  const parts: Partial<Record<keyof TpmEvidence, unknown>> = { ...decodeTpmEvidence(evidence) };
  for (const name of names) delete parts[name];
  return encodeTpmEvidence(parts as unknown as TpmEvidence);
}

export function flip(bytes: Uint8Array, at: number, mask = 1): Uint8Array {
  const out = Uint8Array.from(bytes);
  const index = at < 0 ? out.length + at : at;
  out[index] = out[index]! ^ mask;
  return out;
}

/** The reason of the error that `run` throws, which must be the one for malformed evidence. */
export function malformation(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    expect(error).toBeInstanceOf(SmError);
    const { code, detail } = error as SmError;
    expect(code).toBe('ERR_TEE_EVIDENCE_MALFORMED');
    return (detail ?? '').replace('reason=', '');
  }
  throw new Error('nothing was thrown');
}
