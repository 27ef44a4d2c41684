import {
  type AttestationVerdict,
  EVIDENCE_VERIFIERS,
  type EvidenceVerifier,
  type VerificationOptions,
} from '@cssi/tee-client/evidence';
import { createSyntheticAttester, SYNTHETIC_KINDS, type SyntheticKind } from '@cssi/tee-client/synthetic';
import type { BenchRow } from '../../area.ts';
import { agree } from '../agree.ts';
import { rate } from '../sm-core-sm2.ts';
import { recordChecks } from './recorded-checks.ts';

/** The clock of all evidence. */
export const TIME: Date = new Date('2026-12-01T00:00:00Z');
/** Evidence of each kind: goes round, so that no cache of one is measured. */
const COPIES = 16;
/** At most one and a half times the signature checks alone. */
const AT_MOST_A_HALF = 2 / 3;

/** Signature checks in evidence of each kind, at least: what a verification may not leave out. */
const CHECKS: Readonly<Record<SyntheticKind, number>> = {
  'csv-v1': 5,
  'csv-v2': 5,
  'sgx-v3': 7,
  'tdx-v4': 7,
  'tdx-v5': 7,
  'sev-snp-vcek': 3,
  'sev-snp-vlek': 3,
  cca: 2,
  'cca-sm': 2,
  nitro: 4,
  'tpm-ecdsa': 3,
  'tpm-rsa': 3,
  'tpm-sm2': 3,
  tcm: 3,
};

interface Case {
  readonly evidence: Uint8Array;
  readonly options: VerificationOptions;
}

function turning<T>(items: readonly T[]): () => T {
  let at = 0;
  return () => items[at++ % items.length]!;
}

/** Accepted but for measurements, which a verifier compares with nothing (CSV of version 1 says so). */
const verifies = ({ steps }: AttestationVerdict): boolean =>
  steps.every(({ step, status }) => status === 'passed' || (step === 'reference' && status !== 'failed'));

/** A whole verification against its signature checks alone. */
function verifyRow(kind: SyntheticKind, verifier: EvidenceVerifier, cases: readonly Case[]): BenchRow {
  const verify = ({ evidence, options }: Case) => verifier.verify(evidence, options);
  const bare = cases.map((one) => recordChecks(() => agree(verifies(verify(one)), `${kind} verifies`)));
  for (const checks of bare) {
    agree(
      checks.length >= CHECKS[kind],
      `${kind}: ${checks.length} signature checks, fewer than ${CHECKS[kind]}`,
    );
    agree(
      checks.every((check) => check()),
      `the checks of ${kind}`,
    );
  }
  const next = turning(cases);
  const nextBare = turning(bare);
  return {
    ...rate,
    id: `verify.${kind}`,
    aims: [{ peer: 'its signature checks alone', value: AT_MOST_A_HALF }],
    ours: () => verifies(verify(next())),
    peers: { 'its signature checks alone': () => nextBare().every((check) => check()) },
  };
}

/** One row for each kind of evidence. */
export async function verifyRows(): Promise<BenchRow[]> {
  const rows: BenchRow[] = [];
  for (const kind of SYNTHETIC_KINDS) {
    const { attester, options } = await createSyntheticAttester(kind, TIME);
    const verifier = EVIDENCE_VERIFIERS.find(({ type }) => type === attester.type)!;
    const cases: Case[] = [];
    for (let i = 0; i < COPIES; i++) {
      const reportData = new Uint8Array(32).fill(i);
      cases.push({ evidence: await attester.evidence(reportData), options: { ...options, reportData } });
    }
    rows.push(verifyRow(kind, verifier, cases));
  }
  return rows;
}
