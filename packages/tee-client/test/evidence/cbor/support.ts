import { fromHex, SmError } from '@cssi/sm-core';
import { expect } from 'vitest';
import type { AttestationVerdict } from '../../../src/spec/v1/attestation.ts';

const SEED: number = Number.parseInt(process.env.CSSI_TEST_SEED ?? '20261201', 10) >>> 0;

/** Reproducible whole numbers below `below`. */
export function seeded(label: string): (below: number) => number {
  console.info(`seed of ${label}: ${SEED}`);
  let state = SEED;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

export const hex = (text: string): Uint8Array => fromHex(text.replaceAll(' ', ''));

/** The reason of a refusal as malformed; anything else thrown fails the test. */
export function refusal(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    expect(error).toBeInstanceOf(SmError);
    expect((error as SmError).code).toBe('ERR_TEE_EVIDENCE_MALFORMED');
    return /reason=([^ ]*)/.exec((error as SmError).detail ?? '')?.[1] ?? '';
  }
  throw new Error('nothing was refused');
}

/** `step CODE` of every step that failed, sorted, each once. */
export const failedSteps = ({ steps }: AttestationVerdict): readonly string[] =>
  [
    ...new Set(steps.filter(({ status }) => status === 'failed').map(({ step, code }) => `${step} ${code}`)),
  ].sort();

export const statusOf = ({ integrity, trust, time }: AttestationVerdict): string =>
  [integrity, trust, time].map(({ status }) => status).join(' ');

/** A copy with one bit changed. */
export function flipped(bytes: Uint8Array, at: number, bit = 0): Uint8Array {
  const copy = bytes.slice();
  copy[at]! ^= 1 << bit;
  return copy;
}

/** Where `part` stands in `whole`; it has to. */
export function indexOf(whole: Uint8Array, part: Uint8Array): number {
  const at = Buffer.from(whole).indexOf(part);
  if (at < 0) throw new Error('the part is not there');
  return at;
}

/** `whole` with `part` replaced by as many other bytes. */
export function replaced(whole: Uint8Array, part: Uint8Array, by: Uint8Array): Uint8Array {
  const copy = whole.slice();
  copy.set(by, indexOf(whole, part));
  return copy;
}
