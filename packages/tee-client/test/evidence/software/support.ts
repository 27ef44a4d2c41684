import { parseCertificate } from '@cssi/pki';
import { sm2, utf8 } from '@cssi/sm-core';
import { type DeviceIdentity, makeDevice } from '../../../src/adapters/software/core/device-identity.ts';
import { encodeEvidence, softwareVerifier } from '../../../src/evidence/software/index.ts';
import type { AttestationVerdict, VerificationOptions } from '../../../src/spec/v1/attestation.ts';
import {
  type BootEvent,
  codeMeasurement,
  EVIDENCE_FORMAT,
  type EvidenceClaims,
  replayEvents,
} from '../../../src/spec/v1/evidence.ts';
import { encodeReport } from '../../../src/spec/v1/evidence-codec.ts';
import type { Evidence } from '../../../src/spec/v1/root-key-service.ts';
import { NOW } from '../../basics.ts';

export const NONCE = new Uint8Array(32).fill(7);
export const TCB = 4;
export const device: DeviceIdentity = makeDevice(NOW, TCB);
export const root = parseCertificate(device.rootCertificate);

export const EVENTS: readonly BootEvent[] = [
  { stage: 'runtime', name: 'node v20', digest: '11'.repeat(32) },
  { stage: 'adapter', name: 'software', digest: '22'.repeat(32) },
  { stage: 'library', name: '@cssi/sm-core 0.1.0', digest: '33'.repeat(32) },
  { stage: 'ta', name: 'application', digest: '55'.repeat(32) },
];

export const CLAIMS: EvidenceClaims = {
  platform: 'software',
  emulated: true,
  memoryEncryption: 'none',
  nonce: NONCE,
  userData: utf8('bound'),
  ta: { uuid: '11111111-2222-4333-8444-555555555555', version: 3, measurement: codeMeasurement(EVENTS) },
  boot: { events: EVENTS, register: replayEvents(EVENTS) },
  tcbVersion: TCB,
  starts: 1,
  issuedAt: NOW,
};

export type Sign = (input: Uint8Array) => Uint8Array;
export const sign: Sign = (input) => sm2.signWith(device.attestation, input, { format: 'raw' });

export function evidenceOf(changes: Partial<EvidenceClaims> = {}, signer: Sign = sign): Evidence {
  return {
    format: EVIDENCE_FORMAT,
    report: encodeReport({ ...CLAIMS, ...changes }, signer),
    certificates: [device.attestationCertificate],
  };
}

export const bytesOf = (changes: Partial<EvidenceClaims> = {}, signer: Sign = sign): Uint8Array =>
  encodeEvidence(evidenceOf(changes, signer));

export const OPTIONS: VerificationOptions = {
  time: NOW,
  anchors: { certificates: [root] },
  reportData: NONCE,
};

export const judge = (bytes: Uint8Array, changes: Partial<VerificationOptions> = {}): AttestationVerdict =>
  softwareVerifier.verify(bytes, { ...OPTIONS, ...changes });

/** `step CODE` of every step that did not pass, sorted. */
export const refusals = ({ steps }: AttestationVerdict): string[] =>
  steps
    .filter(({ status }) => status !== 'passed')
    .map(({ step, status, code }) => `${step} ${code}${status === 'failed' ? '' : '?'}`)
    .sort();
