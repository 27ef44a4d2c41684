import { concatBytes, hmacSm3, utf8 } from '@cssi/sm-core';
import { expect } from 'vitest';
import { csvVerifier } from '../../../src/evidence/csv/index.ts';
import type { AttestationVerdict, VerificationOptions } from '../../../src/spec/v1/attestation.ts';
import { createSyntheticHygon, type SyntheticHygon } from '../../../src/synthetic/csv.ts';

export const TIME = new Date('2026-12-01T00:00:00Z');

/** Steps that failed, as `step CODE`, sorted. */
export const failures = ({ steps }: AttestationVerdict): string[] =>
  steps.filter(({ status }) => status === 'failed').map(({ step, code }) => `${step} ${code}`);

export const doubts = ({ steps }: AttestationVerdict): string[] =>
  steps.filter(({ status }) => status === 'indeterminate').map(({ step, code }) => `${step} ${code}`);

/** The bytes with the bits of `mask` changed at `at`. */
export function flip(bytes: Uint8Array, at: number, mask = 1): Uint8Array {
  const changed = bytes.slice();
  changed[at]! ^= mask;
  return changed;
}

/** `bytes` with `part` at `at`. */
export function put(bytes: Uint8Array, at: number, part: Uint8Array): Uint8Array {
  const changed = bytes.slice();
  changed.set(part, at);
  return changed;
}

/** What a verification came to: the failed steps, or the reason for which it was refused as malformed. */
export function outcome(evidence: Uint8Array, options: VerificationOptions): string[] {
  try {
    return failures(csvVerifier.verify(evidence, options));
  } catch (error) {
    expect(error).toMatchObject({ code: 'ERR_TEE_EVIDENCE_MALFORMED' });
    return [`malformed ${/reason=([\w-]+)/.exec(String((error as Error).message))?.[1]}`];
  }
}

/** Offsets of what only one version has. */
export const V1 = { signature: 0xc0, pek: 0x150, serial: 0x974, mac: 0x9d4 } as const;
export const V2 = { signature: 0x400, pek: 0x490, serial: 0xcb4, mac: 0xd14 } as const;

/** The MAC of a report made anew, as anybody can whose mnonce is in plain (version 2). */
export function withMac(report: Uint8Array): Uint8Array {
  const mac = hmacSm3(report.subarray(0x80, 0x90), report.subarray(V2.pek, V2.mac));
  return put(report, V2.mac, mac);
}

/** A report of version 2 with another signing certificate, and the MAC for it. */
export const withPek = (report: Uint8Array, pek: Uint8Array): Uint8Array => withMac(put(report, V2.pek, pek));

export const NONCE: Uint8Array = utf8('a challenge of thirty-two bytes!');

let shared: SyntheticHygon | undefined;
/** One hierarchy for the tests that only need any. */
export function chip(): SyntheticHygon {
  shared ??= createSyntheticHygon();
  return shared;
}

export const trusting = (
  { hrk }: SyntheticHygon,
  hygon: readonly Uint8Array[] = [],
  more: Partial<VerificationOptions> = {},
): VerificationOptions => ({
  time: TIME,
  anchors: { hygonRoots: [hrk] },
  endorsements: { hygon },
  reportData: NONCE,
  ...more,
});

/** HSK and CEK in one file, put together anew. */
export const pair = (hsk: Uint8Array, cek: Uint8Array): Uint8Array => concatBytes(hsk, cek);
