import { canonicalJson, type JsonValue, SmError } from '@cssi/sm-core';
import { TEEC_ORIGINS, TEEC_RESULTS } from '../../../spec/v1/results.ts';
import type { DomainAnswer } from '../domain-protocol.ts';
import { plainAnswer } from '../link/codec.ts';

/** The answer of a control request that worked. */
export const partsAnswer = (...parts: readonly Uint8Array[]): DomainAnswer => ({
  ...plainAnswer(TEEC_RESULTS.SUCCESS, TEEC_ORIGINS.TEE),
  parts,
});

export const jsonAnswer = (value: JsonValue): DomainAnswer => partsAnswer(canonicalJson(value));

/** Runs a control request; a coded error becomes the answer's, any other its bare name. */
export function control(action: () => DomainAnswer): DomainAnswer {
  try {
    return action();
  } catch (error) {
    const coded = error instanceof SmError ? error : undefined;
    return {
      ...plainAnswer(TEEC_RESULTS.GENERIC, TEEC_ORIGINS.TEE),
      error: { code: coded?.code ?? 'ERR_TEE_START_FAILED', detail: coded?.detail ?? '' },
    };
  }
}
