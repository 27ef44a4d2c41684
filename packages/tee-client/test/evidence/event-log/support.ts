import { createHash } from 'node:crypto';
import { expect } from 'vitest';
import { eventLogVerifier, type LogAlgorithm } from '../../../src/evidence/event-log/index.ts';
import {
  type JudgedEventLog,
  judgeEventLog,
  type SignedRegister,
} from '../../../src/evidence/event-log/judge.ts';
import { ReportBuilder } from '../../../src/evidence/report-builder.ts';
import type { AttestationStep, AttestationVerdict } from '../../../src/spec/v1/attestation.ts';
import { synthesizeEventLog } from '../../../src/synthetic/event-log.ts';

const TIME = new Date('2026-12-01T00:00:00Z');

export const verify = (log: Uint8Array): AttestationVerdict =>
  eventLogVerifier.verify(log, { time: TIME, anchors: {} });

/** Digest by OpenSSL, which knows SM3 too: another implementation than the one under test. */
export const digest = (algorithm: LogAlgorithm, ...parts: readonly Uint8Array[]): Uint8Array => {
  const hash = createHash(algorithm);
  for (const part of parts) hash.update(part);
  return Uint8Array.from(hash.digest());
};

const { claims } = verify(synthesizeEventLog({ events: [] }).log);

/** The steps a comparison enters, and what it gives. */
export function judge(
  log: Uint8Array,
  registers: readonly SignedRegister[],
): { steps: string[]; found: readonly AttestationStep[]; judged: JudgedEventLog } {
  const report = new ReportBuilder();
  const judged = judgeEventLog(report, log, registers);
  const found = report.build(claims).steps;
  return {
    steps: found.map(({ status, code, detail }) => `${status} ${code} ${detail ?? ''}`.trim()),
    found,
    judged,
  };
}

/** Why a log was refused as malformed. */
export function reason(read: () => unknown): string | undefined {
  try {
    read();
  } catch (error) {
    expect(error).toMatchObject({ code: 'ERR_TEE_EVIDENCE_MALFORMED' });
    return /reason=([\w-]+)/.exec(String((error as Error).message))?.[1];
  }
  return undefined;
}

export const pcr = (
  register: number,
  value: Uint8Array,
  algorithm: LogAlgorithm = 'sm3',
): SignedRegister => ({
  name: `pcr${register}`,
  register,
  algorithm,
  value,
});
