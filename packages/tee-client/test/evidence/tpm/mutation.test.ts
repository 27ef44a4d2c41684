import { SmError } from '@cssi/sm-core';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  decodeTpmEvidence,
  parseImaLog,
  parseTpmPublicArea,
  parseTpmQuote,
  parseTpmSignature,
  type TpmEvidence,
  tpmVerifier,
} from '../../../src/evidence/tpm/index.ts';
import { anchored, changed, machine, NONCE, withFiles } from './support.ts';

const SEED = Number(process.env.CSSI_SEED ?? 20_261_201);

/** xorshift32 */
function random(seed: number): (below: number) => number {
  let state = seed >>> 0 || 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

function mutate(bytes: Uint8Array, next: (below: number) => number): Uint8Array {
  const out = Uint8Array.from(bytes);
  for (let count = 1 + next(3); count > 0; count--)
    out[next(out.length)] = next(2) === 0 ? next(256) : 255 * next(2);
  return next(4) === 0 ? out.subarray(0, next(out.length)) : out;
}

function codedOrNothing(run: () => unknown): void {
  try {
    run();
  } catch (error) {
    if (!(error instanceof SmError) || error.code !== 'ERR_TEE_EVIDENCE_MALFORMED') throw error;
  }
}

describe(`mutated input, seed ${SEED}`, () => {
  let parts: TpmEvidence;
  let evidence: Uint8Array;
  let options: ReturnType<typeof anchored>;
  beforeAll(async () => {
    const tpm = withFiles(await machine());
    evidence = tpm.evidence(NONCE);
    parts = decodeTpmEvidence(evidence);
    options = anchored(tpm);
  });

  it('[part of CC-006] parsers: a value or the one error', () => {
    const next = random(SEED);
    for (let round = 0; round < 2000; round++) {
      codedOrNothing(() => parseTpmQuote(mutate(parts.quote, next)));
      codedOrNothing(() => parseTpmSignature(mutate(parts.signature, next)));
      codedOrNothing(() => parseTpmPublicArea(mutate(parts.publicArea!, next)));
      codedOrNothing(() => parseImaLog(mutate(parts.imaLog!.log, next)));
      codedOrNothing(() => decodeTpmEvidence(mutate(evidence, next)));
    }
  });

  it('[part of CC-006] a mutated part is refused, whichever it is', () => {
    const next = random(SEED + 1);
    const fields = ['quote', 'signature', 'publicArea'] as const;
    for (let round = 0; round < 600; round++) {
      const field = fields[round % fields.length]!;
      const value = mutate(parts[field]!, next);
      if (value.length === 0 || Buffer.compare(value, parts[field]!) === 0) continue;
      codedOrNothing(() => {
        const verdict = tpmVerifier.verify(
          changed(evidence, () => ({ [field]: value })),
          options,
        );
        const failed = verdict.steps.filter(({ status }) => status === 'failed');
        expect(failed, `${field} round ${round}`).not.toEqual([]);
        // Another public area breaks the name in the quote or the key; the rest breaks the signature.
        if (field !== 'publicArea') expect(verdict.integrity.status, `round ${round}`).toBe('failed');
      });
    }
  });
});
