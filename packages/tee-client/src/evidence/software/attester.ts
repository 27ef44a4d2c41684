import { checkBytes } from '@cssi/sm-core';
import { TEE_CLIENT_ERRORS } from '../../errors.ts';
import type { Attester } from '../../spec/v1/attestation.ts';
import type { Enclave } from '../../spec/v1/enclave.ts';
import { ROOT_KEY_LIMITS } from '../../spec/v1/root-key-service.ts';
import { encodeEvidence } from './codec.ts';

/**
 * Report data as a nonce: what is shorter than a nonce may be is filled up with zeros to the longest
 * one, as every format with a longer field does.
 */
function nonceOf(reportData: Uint8Array): Uint8Array {
  if (reportData.length >= ROOT_KEY_LIMITS.nonceMin) return reportData;
  const nonce = new Uint8Array(ROOT_KEY_LIMITS.nonceMax);
  nonce.set(reportData);
  return nonce;
}

/**
 * An attester (证明者) over an enclave: its evidence, encoded for {@link softwareVerifier}.
 *
 * `evidence` rejects with ERR_TEE_ATTESTER where the enclave gives none (the cause says why) and with
 * ERR_INPUT_LENGTH for report data of 0 or more than 64 bytes.
 *
 * @example
 * ```ts
 * const bytes = await attesterOf(enclave).evidence(challenge);
 * ```
 * @group Attestation
 */
export function attesterOf(enclave: Pick<Enclave, 'evidence'>): Attester {
  return {
    specVersion: '1',
    type: 'software',
    maxReportData: ROOT_KEY_LIMITS.nonceMax,
    evidence: async (reportData) => {
      const nonce = nonceOf(checkBytes(reportData, 'reportData', 1, ROOT_KEY_LIMITS.nonceMax));
      try {
        return encodeEvidence(await enclave.evidence(nonce));
      } catch (cause) {
        throw TEE_CLIENT_ERRORS.create('ERR_TEE_ATTESTER', { cause });
      }
    },
  };
}
