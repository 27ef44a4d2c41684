import { parseCertificate } from '@cssi/pki';
import { isAccepted, sm2, sm3, toHex } from '@cssi/sm-core';
import { describe, expect, it } from 'vitest';
import { makeDevice } from '../../../src/adapters/software/core/device-identity.ts';
import { issueNow } from '../../../src/adapters/software/core/issue-now.ts';
import {
  createSoftwareVerifier,
  encodeEvidence,
  softwareVerifier,
} from '../../../src/evidence/software/index.ts';
import type { AttestationVerdict } from '../../../src/spec/v1/attestation.ts';
import { codeMeasurement } from '../../../src/spec/v1/evidence.ts';
import { NOW } from '../../basics.ts';
import { seeded } from '../../domain/seeded.ts';
import {
  bytesOf,
  CLAIMS,
  device,
  EVENTS,
  evidenceOf,
  judge,
  NONCE,
  OPTIONS,
  refusals,
  root,
  sign,
  TCB,
} from './support.ts';

const later = (ms: number): Date => new Date(NOW.getTime() + ms);
const bare = 'CSSI software TEE attestation';

/** Evidence under a certificate of the same root that is not as the device issues it. */
function underCertificate(changes: Partial<Parameters<typeof issueNow>[0]>): Uint8Array {
  const { subjectRaw } = root;
  const leaf = parseCertificate(device.attestationCertificate);
  const certificate = issueNow(
    {
      subject: { commonName: `${bare} tcb ${TCB}` },
      issuer: { raw: subjectRaw },
      publicKeyInfo: leaf.publicKeyInfo,
      profile: 'tee-attestation',
      notBefore: leaf.notBefore,
      notAfter: leaf.notAfter,
      issuerPublicKeyInfo: root.publicKeyInfo,
      ...changes,
    },
    device.root,
  );
  return encodeEvidence({ ...evidenceOf(), certificates: [certificate] });
}

describe('the verifier of software evidence', () => {
  it('accepts what is as it should be, every step named [part of CC-006, CC-009]', () => {
    const verdict = judge(bytesOf());
    expect(refusals(verdict)).toEqual([]);
    expect(isAccepted(verdict)).toBe(true);
    const steps = new Set(verdict.steps.map(({ step }) => step));
    expect([...steps]).toEqual([
      'format',
      'certificates',
      'chain',
      'signature',
      'binding',
      'event-log',
      'freshness',
      'validity',
      'tcb',
    ]);
  });

  it('gives the claims of the report [part of CC-020, CC-046]', () => {
    const { claims } = judge(bytesOf());
    expect(claims).toMatchObject({
      type: 'software',
      format: 'cssi-tee-evidence/1',
      deployment: 'trusted-application',
      emulated: true,
      memoryEncryption: 'none',
      debug: 'unknown',
      migration: 'unknown',
      versions: [
        { name: 'tcb', value: TCB },
        { name: 'ta', value: 3 },
      ],
      details: { uuid: CLAIMS.ta.uuid, userData: toHex(CLAIMS.userData), starts: 1 },
    });
    expect(claims.reportData).toEqual(NONCE);
    expect(claims.issuedAt).toEqual(NOW);
    expect(claims.device).toEqual(sm3(device.root.publicKey));
    expect(claims.measurements.map(({ name, value }) => [name, toHex(value)])).toEqual([
      ['ta', CLAIMS.ta.measurement],
      ['register', CLAIMS.boot.register],
    ]);
    expect(claims.trustedSoftware).toContain('host operating system');
    expect(claims.untrustedSoftware).toEqual([]);
    const { claims: hardware } = judge(bytesOf({ emulated: false, memoryEncryption: 'active' }));
    expect(hardware.memoryEncryption).toBe('active');
    expect(hardware.trustedSoftware).toEqual(['@cssi/sm-core 0.1.0', 'application']);
    expect(hardware.untrustedSoftware).toEqual(['node v20', 'software']);
  });

  it('keeps to its limits at the edges of time', () => {
    expect(isAccepted(judge(bytesOf(), { time: later(300_000) }))).toBe(true);
    expect(isAccepted(judge(bytesOf(), { time: later(-60_000) }))).toBe(true);
    const { verify } = createSoftwareVerifier(Number.POSITIVE_INFINITY);
    expect(isAccepted(verify(bytesOf(), { ...OPTIONS, time: later(86_400_000) }))).toBe(true);
    const strict = createSoftwareVerifier(0).verify(bytesOf(), { ...OPTIONS, time: later(1) });
    expect(refusals(strict)).toEqual(['validity EVIDENCE_TOO_OLD']);
    for (const wrong of [-1, Number.NaN]) {
      expect(() => createSoftwareVerifier(wrong)).toThrow(
        expect.objectContaining({ code: 'ERR_TEE_OPTION_INVALID' }),
      );
    }
  });

  const other = makeDevice(NOW, TCB);
  const otherRoot = parseCertificate(other.rootCertificate);
  const changed = EVENTS.map((event, index) => (index === 3 ? { ...event, digest: '00'.repeat(32) } : event));
  const cases: readonly (readonly [string, string[], () => AttestationVerdict])[] = [
    [
      'a report signed by another key',
      ['signature EVIDENCE_SIGNATURE_WRONG'],
      () => judge(bytesOf({}, (input) => sm2.signWith(other.attestation, input, { format: 'raw' }))),
    ],
    [
      'a report spliced to the certificate of another device',
      ['chain ISSUER_UNKNOWN', 'chain NO_PATH_TO_ANCHOR', 'signature EVIDENCE_SIGNATURE_WRONG'],
      () => judge(encodeEvidence({ ...evidenceOf(), certificates: [other.attestationCertificate] })),
    ],
    [
      'a signature of another report',
      ['signature EVIDENCE_SIGNATURE_WRONG'],
      () => judge(bytesOf({}, () => sign(new Uint8Array(1)))),
    ],
    [
      'another challenge',
      ['freshness NONCE_MISMATCH'],
      () => judge(bytesOf(), { reportData: new Uint8Array(32) }),
    ],
    [
      'a challenge that only starts alike',
      ['freshness NONCE_MISMATCH'],
      () => judge(bytesOf(), { reportData: NONCE.slice(0, 16) }),
    ],
    [
      'a challenge that is longer',
      ['freshness NONCE_MISMATCH'],
      () => judge(bytesOf(), { reportData: new Uint8Array(33).fill(7) }),
    ],
    [
      'no challenge',
      ['freshness NONCE_NOT_COMPARED?'],
      () => softwareVerifier.verify(bytesOf(), { time: NOW, anchors: OPTIONS.anchors }),
    ],
    [
      'evidence that is too old',
      ['validity EVIDENCE_TOO_OLD'],
      () => judge(bytesOf(), { time: later(300_001) }),
    ],
    [
      'evidence from the future',
      ['validity EVIDENCE_FROM_FUTURE'],
      () => judge(bytesOf(), { time: later(-60_001) }),
    ],
    [
      'a root that is no anchor',
      ['chain ISSUER_UNKNOWN', 'chain NO_PATH_TO_ANCHOR'],
      () => judge(bytesOf(), { anchors: { certificates: [otherRoot] } }),
    ],
    [
      'a log with a changed digest',
      ['binding MEASUREMENT_NOT_IN_LOG', 'event-log EVENT_LOG_MISMATCH'],
      () => judge(bytesOf({ boot: { ...CLAIMS.boot, events: changed } })),
    ],
    [
      'a log whose host part was changed',
      ['event-log EVENT_LOG_MISMATCH'],
      () => judge(bytesOf({ boot: { ...CLAIMS.boot, events: EVENTS.slice(1) } })),
    ],
    [
      'a register that the log does not lead to',
      ['event-log EVENT_LOG_MISMATCH'],
      () => judge(bytesOf({ boot: { ...CLAIMS.boot, register: 'ab'.repeat(32) } })),
    ],
    [
      'a measurement of another log',
      ['binding MEASUREMENT_NOT_IN_LOG'],
      () => judge(bytesOf({ ta: { ...CLAIMS.ta, measurement: codeMeasurement(changed) } })),
    ],
    [
      'a TCB version above the certified',
      ['tcb TCB_NOT_CERTIFIED'],
      () => judge(bytesOf({ tcbVersion: TCB + 1 })),
    ],
    [
      'a certificate without a TCB version',
      ['tcb TCB_NOT_JUDGED?'],
      () => judge(underCertificate({ subject: { commonName: bare } })),
    ],
    [
      'a certificate for another purpose',
      ['certificates EXTENDED_KEY_USAGE_WRONG'],
      () => judge(underCertificate({ profile: 'device-signing' })),
    ],
    [
      'a certificate that may not sign',
      ['certificates KEY_USAGE_WRONG'],
      () => judge(underCertificate({ keyUsage: ['nonRepudiation'] })),
    ],
    [
      'a certificate that has ended',
      ['validity CERTIFICATE_EXPIRED'],
      () => judge(underCertificate({ notAfter: later(-1000) })),
    ],
    [
      'a certificate that is not valid yet',
      ['validity CERTIFICATE_NOT_YET_VALID'],
      () => judge(underCertificate({ notBefore: later(1000) })),
    ],
    [
      'the root itself as attestation key',
      ['certificates EXTENDED_KEY_USAGE_WRONG', 'certificates KEY_USAGE_WRONG', 'tcb TCB_NOT_JUDGED?'],
      () =>
        judge(
          encodeEvidence({
            ...evidenceOf({}, (input) => sm2.signWith(device.root, input, { format: 'raw' })),
            certificates: [device.rootCertificate],
          }),
        ),
    ],
  ];

  it.each(cases)('names the step for %s [part of CC-006]', (_, expected, run) => {
    const verdict = run();
    expect(refusals(verdict)).toEqual(expected);
    expect(isAccepted(verdict)).toBe(false);
  });

  it('without anchors is undecided', () => {
    const verdict = judge(bytesOf(), { anchors: {} });
    expect(verdict.trust.status).toBe('indeterminate');
    expect(verdict.integrity.status).not.toBe('failed');
    expect(verdict.claims.device).toBeUndefined();
  });

  it('refuses options that judge nothing', () => {
    const invalid = expect.objectContaining({ code: 'ERR_TEE_OPTION_INVALID' });
    expect(() => judge(bytesOf(), { time: new Date(Number.NaN) })).toThrow(invalid);
    const many = Array.from({ length: 257 }, () => root);
    expect(() => judge(bytesOf(), { anchors: { certificates: many } })).toThrow(invalid);
  });

  it('never accepts nor breaks at changed bytes [part of CC-006]', () => {
    const random = seeded('software evidence');
    const evidence = evidenceOf();
    const good = encodeEvidence(evidence);
    let [refused, malformed] = [0, 0];
    const attempt = (make: () => Uint8Array) => {
      try {
        expect(isAccepted(judge(make()))).toBe(false);
        refused++;
      } catch (error) {
        expect(error).toMatchObject({ code: 'ERR_TEE_EVIDENCE_MALFORMED' });
        malformed++;
      }
    };
    for (let round = 0; round < 300; round++) {
      attempt(() => {
        const bytes = good.slice();
        const at = random.below(bytes.length);
        bytes[at] = bytes[at]! ^ (1 + random.below(255));
        return bytes;
      });
      attempt(() => {
        const certificate = device.attestationCertificate.slice();
        const at = random.below(certificate.length);
        certificate[at] = certificate[at]! ^ (1 + random.below(255));
        return encodeEvidence({ ...evidence, certificates: [certificate] });
      });
    }
    expect(refused).toBeGreaterThan(20);
    expect(malformed).toBeGreaterThan(20);
  });
});
