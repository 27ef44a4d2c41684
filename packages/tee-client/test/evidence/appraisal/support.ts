import { sm2SoftwareSigner } from '@cssi/pki/adapters/software';
import { sm2 } from '@cssi/sm-core';
import {
  APPRAISAL_POLICY_FORMAT,
  type AppraisalPolicy,
  openReferenceStore,
  type ReferenceStore,
  type ReferenceValues,
  signReferenceValues,
} from '../../../src/evidence/appraisal/index.ts';
import { ReportBuilder } from '../../../src/evidence/report-builder.ts';
import type {
  AttestationClaims,
  AttestationStep,
  AttestationVerdict,
  Measurement,
} from '../../../src/spec/v1/attestation.ts';

export const TIME = new Date('2026-12-01T00:00:00Z');
const LAUNCH = new Uint8Array(32).fill(0x11);
export const OTHER = new Uint8Array(32).fill(0x22);
export const launch: Measurement = { name: 'launch', role: 'workload', algorithm: 'sm3', value: LAUNCH };

/** What a good guest states. */
export const CLAIMS: AttestationClaims = {
  type: 'csv',
  format: 'csv-report/2',
  deployment: 'virtual-machine',
  emulated: false,
  reportData: new Uint8Array(64),
  device: new Uint8Array(64).fill(7),
  memoryEncryption: 'active',
  debug: 'disabled',
  migration: 'disabled',
  versions: [
    { name: 'firmware', value: 5 },
    { name: 'build', value: 10 },
  ],
  measurements: [launch],
  trustedSoftware: ['guest'],
  untrustedSoftware: ['hypervisor', 'host operating system'],
  details: {},
};

/** A verdict on genuine, fresh evidence. */
export function genuine(changes: Partial<AttestationClaims> = {}, fresh = true): AttestationVerdict {
  const report = new ReportBuilder()
    .pass('signature', ['EVIDENCE_SIGNATURE_RIGHT', 'Right.', '正确。'])
    .pass('chain', ['CHAIN_RIGHT', 'Right.', '正确。']);
  if (fresh) report.pass('freshness', ['NONCE_MATCHES', 'Matches.', '相符。']);
  return report.build({ ...CLAIMS, ...changes });
}

export const POLICY: AppraisalPolicy = {
  format: APPRAISAL_POLICY_FORMAT,
  name: 'guests',
  types: ['csv', 'sev-snp'],
  deployments: ['virtual-machine'],
  requireMemoryEncryption: true,
  allowDebug: false,
  migration: 'attested',
  allowEmulated: false,
  allowUnjudgedTcb: false,
  minimumVersions: [{ component: 'firmware', minimum: 5 }],
  measurements: [{ by: 'name', of: 'launch', accept: [`sm3:${'11'.repeat(32)}`] }],
  untrustedSoftware: ['hypervisor'],
  maxAgeSeconds: null,
  deployment: null,
};

/** `step/CODE` of the steps with a status. */
export const found = (
  { steps }: { readonly steps: readonly AttestationStep[] },
  status: AttestationStep['status'] = 'failed',
): readonly string[] =>
  steps.filter((one) => one.status === status).map(({ step, code }) => `${step}/${code}`);

const issuerPair = sm2.generateKeyPair();
export const issuerSigner = sm2SoftwareSigner(issuerPair);

/** Contents of a set of reference values that are in force all of December 2026. */
export const contents = (
  changes: Partial<ReferenceValues> = {},
): Omit<ReferenceValues, 'format' | 'issuer'> => ({
  sequence: 1,
  notBefore: '2026-11-01T00:00:00.000Z',
  notAfter: '2026-12-31T00:00:00.000Z',
  measurements: [
    { type: 'csv', by: 'name', of: 'launch', label: 'guest 1', values: [`sm3:${'11'.repeat(32)}`] },
  ],
  versions: [{ type: 'csv', component: 'firmware', minimum: 5 }],
  revoked: [],
  ...changes,
});

/** A store with one set. */
export async function storeOf(changes: Partial<ReferenceValues> = {}): Promise<ReferenceStore> {
  const store = openReferenceStore({ issuers: [{ publicKeyInfo: issuerSigner.publicKeyInfo }] });
  store.add(await signReferenceValues(contents(changes), issuerSigner), TIME);
  return store;
}
