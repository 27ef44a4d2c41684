import { concatBytes, randomBytes, SmError, sm2, sm3, toHex } from '@cssi/sm-core';
import { describe, expect, it } from 'vitest';
import {
  CORE_UUID,
  coreEvidence,
  coreMeasurement,
  type ExpectedCore,
  judgeCore,
} from '../../src/adapters/software/core/core-evidence.ts';
import { type DeviceIdentity, makeDevice } from '../../src/adapters/software/core/device-identity.ts';
import type { EvidenceContext } from '../../src/adapters/software/core/evidence-maker.ts';
import { codeMeasurement, replayEvents } from '../../src/spec/v1/evidence.ts';
import { encodeReport } from '../../src/spec/v1/evidence-codec.ts';
import { lengthPrefixed } from '../../src/spec/v1/parts.ts';
import { codeOf, EVENTS, TA_UUID, TIME } from '../core/core-support.ts';

const time = new Date(TIME);
const device = makeDevice(time, 2);
const other = makeDevice(time, 2);
const REPORT_DATA = randomBytes(32);
const contextOf = (of: DeviceIdentity, change: Partial<EvidenceContext> = {}): EvidenceContext => ({
  device: of,
  tcbVersion: 2,
  events: EVENTS,
  starts: 1,
  time,
  ...change,
});
const context = contextOf(device);
const nameOf = ({ root }: DeviceIdentity): string => toHex(sm3(root.publicKey));
const expected: ExpectedCore = {
  device: nameOf(device),
  measurements: ['00'.repeat(32), coreMeasurement(context)],
  minimumTcb: 2,
  time,
};
const judged = (evidence: Uint8Array, change: Partial<ExpectedCore> = {}, data: Uint8Array = REPORT_DATA) =>
  codeOf(() => judgeCore(evidence, data, { ...expected, ...change }));
const pack = (...parts: readonly Uint8Array[]): Uint8Array => concatBytes(...parts.map(lengthPrefixed));

/** A report with claims of one's own, signed by the right key. */
function reportOf(uuid: string, change: { readonly tcbVersion?: number } = {}): Uint8Array {
  return encodeReport(
    {
      platform: 'software',
      emulated: true,
      memoryEncryption: 'none',
      nonce: REPORT_DATA,
      userData: new Uint8Array(0),
      ta: { uuid, version: 1, measurement: codeMeasurement(EVENTS) },
      boot: { events: EVENTS, register: replayEvents(EVENTS) },
      tcbVersion: 2,
      starts: 1,
      issuedAt: time,
      ...change,
    },
    (input) => sm2.signWith(device.attestation, input, { format: 'raw' }),
  );
}

describe('evidence of another core [part of CC-024]', () => {
  it('is accepted when it is fresh, of the device that was named, and of code that is listed', () => {
    expect(judged(coreEvidence(context, REPORT_DATA))).toBe('succeeded');
    expect(judged(pack(reportOf(CORE_UUID), device.attestationCertificate, device.rootCertificate))).toBe(
      'succeeded',
    );
  });

  it('of a device that made itself, with everything else right, is refused', () => {
    // Anybody can make keys and certificates, and state the right measurement.
    const forged = coreEvidence(contextOf(other), REPORT_DATA);
    expect(judged(forged)).toBe('ERR_TEE_MIGRATION_REFUSED reason=device');
    expect(judged(forged, { device: nameOf(other) })).toBe('succeeded');
    // Nor with the named device's root beside it.
    const report = coreEvidence(contextOf(other), REPORT_DATA).subarray(4);
    const length = new DataView(forged.buffer, forged.byteOffset).getUint32(0);
    const mixed = pack(report.subarray(0, length), other.attestationCertificate, device.rootCertificate);
    expect(judged(mixed)).toMatch(/^ERR_TEE_MIGRATION_REFUSED reason=(?!device)/);
    const swapped = pack(report.subarray(0, length), device.attestationCertificate, device.rootCertificate);
    expect(judged(swapped)).toMatch(/^ERR_TEE_MIGRATION_REFUSED reason=EVIDENCE_SIGNATURE_WRONG/);
  });

  it.each([
    ['another challenge', {}, randomBytes(32), /NONCE_MISMATCH/],
    ['code that is not listed', { measurements: ['00'.repeat(32)] }, REPORT_DATA, /reason=measurement/],
    ['an older TCB', { minimumTcb: 3 }, REPORT_DATA, /TCB_TOO_OLD/],
    ['an hour ago', { time: new Date(TIME + 3_600_000) }, REPORT_DATA, /EVIDENCE_TOO_OLD/],
    ['the future', { time: new Date(TIME - 600_000) }, REPORT_DATA, /EVIDENCE_FROM_FUTURE/],
    [
      'a device of twenty years ago',
      { time: new Date(TIME + 21 * 365 * 86_400_000) },
      REPORT_DATA,
      /reason=/,
    ],
  ] as const)('of %s is refused', (_, change, data, reason) => {
    const said = judged(coreEvidence(context, REPORT_DATA), change, data);
    expect(said).toMatch(/^ERR_TEE_MIGRATION_REFUSED/);
    expect(said).toMatch(reason);
  });

  it('of an application is not the core’s', () => {
    const { attestationCertificate, rootCertificate } = device;
    expect(judged(pack(reportOf(TA_UUID), attestationCertificate, rootCertificate))).toMatch(
      /^ERR_TEE_MIGRATION_REFUSED reason=.*TA_UNEXPECTED/,
    );
  });

  it('that states a newer TCB than its key was made for is refused', () => {
    const { attestationCertificate, rootCertificate } = device;
    const report = reportOf(CORE_UUID, { tcbVersion: 3 });
    expect(judged(pack(report, attestationCertificate, rootCertificate), { minimumTcb: 3 })).toMatch(
      /^ERR_TEE_MIGRATION_REFUSED reason=.*TCB_NOT_CERTIFIED/,
    );
  });

  it('altered, cut or extended is refused with one code', () => {
    const evidence = coreEvidence(context, REPORT_DATA);
    for (let at = 0; at < evidence.length; at += 5) {
      const altered = Uint8Array.from(evidence);
      altered[at] = (altered[at] ?? 0) ^ 0x20;
      expect(judged(altered), `at=${at}`).toMatch(/^ERR_TEE_MIGRATION_REFUSED/);
    }
    for (let length = 0; length < evidence.length; length += 97) {
      expect(judged(evidence.subarray(0, length))).toMatch(/^ERR_TEE_MIGRATION_REFUSED/);
    }
    expect(judged(concatBytes(evidence, Uint8Array.of(0)))).toBe('ERR_TEE_MIGRATION_REFUSED reason=evidence');
    expect(() => judgeCore(evidence.subarray(1), REPORT_DATA, expected)).toThrow(SmError);
  });
});
