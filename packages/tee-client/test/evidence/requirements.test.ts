import { parseCertificate } from '@cssi/pki';
import { isAccepted, toHex } from '@cssi/sm-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  APPRAISAL_POLICY_FORMAT,
  type AppraisalPolicy,
  type AttestationOptions,
  type AttestationVerdict,
  attesterOf,
  EVIDENCE_TYPES,
  EVIDENCE_VERIFIERS,
  type EvidenceType,
  recogniseEvidence,
  verifyAttestation,
} from '../../src/evidence/index.ts';
import { openRootKeyService } from '../../src/index.ts';
import { createSyntheticAttester, SYNTHETIC_KINDS } from '../../src/synthetic/index.ts';
import { clock, startTeeFor } from '../support.ts';

const TIME = clock();
const CHALLENGE = new Uint8Array(32).fill(0x42);

interface Case {
  readonly name: string;
  readonly type: EvidenceType;
  readonly evidence: Uint8Array;
  readonly options: AttestationOptions;
}

/** Demands the measurements that the evidence has, and nothing else. */
const policyFor = (
  { claims }: AttestationVerdict,
  change: Partial<AppraisalPolicy> = {},
): AppraisalPolicy => ({
  format: APPRAISAL_POLICY_FORMAT,
  name: 'requirement tests',
  types: EVIDENCE_TYPES,
  deployments: ['trusted-application', 'enclave', 'virtual-machine', 'container', 'platform'],
  requireMemoryEncryption: false,
  allowDebug: true,
  migration: 'unrestricted',
  allowEmulated: true,
  allowUnjudgedTcb: false,
  minimumVersions: [],
  measurements: claims.measurements.slice(0, 1).map(({ name, algorithm, value }) => ({
    by: 'name',
    of: name,
    accept: [`${algorithm}:${toHex(value)}`],
  })),
  untrustedSoftware: [],
  maxAgeSeconds: null,
  deployment: null,
  ...change,
});

let cases: readonly Case[];
let stop: () => Promise<void>;

beforeAll(async () => {
  const started = await startTeeFor({ mode: 'in-process' });
  stop = started.stop;
  const { tee } = started;
  const service = await openRootKeyService(tee);
  const software: Case = {
    name: 'software',
    type: 'software',
    evidence: await attesterOf(service).evidence(CHALLENGE),
    options: {
      time: TIME,
      anchors: { certificates: [parseCertificate(tee.rootCertificate)] },
      reportData: CHALLENGE,
    },
  };
  const synthetic = SYNTHETIC_KINDS.map(async (kind): Promise<Case> => {
    const { attester, options } = await createSyntheticAttester(kind, TIME);
    return {
      name: kind,
      type: attester.type,
      evidence: await attester.evidence(CHALLENGE),
      options: { ...options, reportData: CHALLENGE },
    };
  });
  cases = [software, ...(await Promise.all(synthetic))];
}, 120_000);
afterAll(() => stop());

const judged = ({ evidence, options }: Case, change: Partial<AppraisalPolicy> = {}): AttestationVerdict =>
  verifyAttestation(evidence, {
    ...options,
    policy: policyFor(verifyAttestation(evidence, options), change),
  });
const failures = ({ steps }: AttestationVerdict): string[] =>
  steps.filter(({ status }) => status === 'failed').map(({ code }) => code);

describe('evidence of every type', () => {
  it('is told apart, verified and accepted, and refused for another challenge [CC-006]', () => {
    const verifiable = EVIDENCE_TYPES.filter((type) => type !== 'event-log');
    expect([...new Set(cases.map(({ type }) => type))].sort()).toEqual([...verifiable].sort());
    for (const one of cases) {
      const recognising = EVIDENCE_VERIFIERS.filter((verifier) => verifier.recognises(one.evidence));
      expect(
        recognising.map(({ type }) => type),
        one.name,
      ).toEqual([one.type]);
      expect(recogniseEvidence(one.evidence)?.type).toBe(one.type);
      expect(failures(judged(one)), one.name).toEqual([]);
      expect(isAccepted(judged(one)), one.name).toBe(true);
      const stale = { ...one.options, reportData: CHALLENGE.map((byte) => byte ^ 1) };
      expect(failures(verifyAttestation(one.evidence, stale)).length, one.name).toBeGreaterThan(0);
      const strange = { ...one.options, anchors: {} };
      expect(isAccepted(verifyAttestation(one.evidence, strange)), one.name).toBe(false);
    }
  });

  it('says which software is trusted, and what is kept out; a policy demands it [CC-020]', () => {
    const isolating: readonly EvidenceType[] = ['sgx', 'tdx', 'sev-snp', 'cca', 'nitro'];
    for (const one of cases) {
      const { trustedSoftware, untrustedSoftware } = judged(one).claims;
      expect(trustedSoftware.length, one.name).toBeGreaterThan(0);
      if (isolating.includes(one.type)) expect(untrustedSoftware.length, one.name).toBeGreaterThan(0);
      const [first] = untrustedSoftware;
      if (first !== undefined)
        expect(isAccepted(judged(one, { untrustedSoftware: [first] })), one.name).toBe(true);
      const unmet = judged(one, { untrustedSoftware: ['administrator of the world'] });
      expect(failures(unmet), one.name).toEqual(['SOFTWARE_NOT_EXCLUDED']);
    }
    // Where nothing isolates, the evidence says so: the host is among what has to be trusted.
    const software = judged(cases[0]!).claims;
    expect(software.emulated).toBe(true);
    expect(software.trustedSoftware).toContain('host operating system');
  });

  it('states whether memory encryption is active; a policy demands it [CC-046]', () => {
    const stated = new Set<string>();
    for (const one of cases) {
      const { memoryEncryption } = judged(one).claims;
      stated.add(memoryEncryption);
      const demanded = judged(one, { requireMemoryEncryption: true });
      expect(isAccepted(demanded), one.name).toBe(memoryEncryption === 'active');
      if (memoryEncryption === 'none') expect(failures(demanded), one.name).toEqual(['MEMORY_NOT_ENCRYPTED']);
      if (memoryEncryption === 'unknown') {
        expect(failures(demanded), one.name).toEqual(['MEMORY_ENCRYPTION_NOT_STATED']);
      }
    }
    expect([...stated].sort()).toEqual(['active', 'none', 'unknown']);
  });
});
