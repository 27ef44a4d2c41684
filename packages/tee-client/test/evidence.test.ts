import { parseCertificate } from '@cssi/pki';
import {
  canonicalJson,
  fromUtf8,
  isAccepted,
  type JsonValue,
  parseJson,
  sm2,
  toBase64,
  utf8,
} from '@cssi/sm-core';
import { describe, expect, it } from 'vitest';
import {
  type DeviceIdentity,
  decodeDevice,
  encodeDevice,
  makeDevice,
  reprovision,
} from '../src/adapters/software/core/device-identity.ts';
import {
  type BootEvent,
  codeMeasurement,
  decodeReport,
  EVIDENCE_FORMAT,
  type Evidence,
  type EvidenceClaims,
  type EvidenceVerdict,
  encodeReport,
  evidenceSigningInput,
  extendRegister,
  ROOT_KEY_SERVICE_UUID,
  replayEvents,
  type VerifyEvidenceOptions,
  verifyEvidence,
} from '../src/index.ts';
import { NOW } from './support.ts';

const nonce = new Uint8Array(32).fill(7);
const EVENTS: readonly BootEvent[] = [
  { stage: 'runtime', name: 'node v20', digest: '11'.repeat(32) },
  { stage: 'adapter', name: 'software', digest: '22'.repeat(32) },
  { stage: 'library', name: '@cssi/sm-core 0.1.0', digest: '33'.repeat(32) },
  { stage: 'worker', name: 'worker', digest: '44'.repeat(32) },
  { stage: 'ta', name: 'root-key-service', digest: '55'.repeat(32) },
];
const MEASUREMENT = codeMeasurement(EVENTS);
const TCB = 4;
const device: DeviceIdentity = makeDevice(NOW, TCB);
const anchors = [parseCertificate(device.rootCertificate)];

const CLAIMS: EvidenceClaims = {
  platform: 'software',
  emulated: true,
  memoryEncryption: 'none',
  nonce,
  userData: utf8('bound'),
  ta: { uuid: ROOT_KEY_SERVICE_UUID, version: 3, measurement: MEASUREMENT },
  boot: { events: EVENTS, register: replayEvents(EVENTS) },
  tcbVersion: TCB,
  starts: 1,
  issuedAt: NOW,
};

const sign = (input: Uint8Array) => sm2.signWith(device.attestation, input, { format: 'raw' });

function evidenceOf(changes: Partial<EvidenceClaims> = {}, signer = sign): Evidence {
  return {
    format: EVIDENCE_FORMAT,
    report: encodeReport({ ...CLAIMS, ...changes }, signer),
    certificates: [device.attestationCertificate],
  };
}

function judge(evidence: Evidence, changes: Partial<VerifyEvidenceOptions> = {}): EvidenceVerdict {
  return verifyEvidence(evidence, {
    nonce,
    anchors,
    time: NOW,
    reference: { taMeasurement: MEASUREMENT, minimumVersion: 3 },
    ...changes,
  });
}

/** Reasons of the aspects that did not pass. */
const failures = (verdict: EvidenceVerdict): string[] =>
  [verdict.integrity, verdict.trust, verdict.time]
    .filter((aspect) => aspect.status !== 'passed')
    .flatMap((aspect) => aspect.reasons.map((reason) => reason.code));

/** A report signed by the right key over a payload the encoder would not write. */
function reportOf(edit: (payload: Record<string, JsonValue>) => JsonValue): Uint8Array {
  const envelope = parseJson(encodeReport(CLAIMS, sign), 65_536) as { payload: string };
  const payload = JSON.parse(Buffer.from(envelope.payload, 'base64').toString()) as Record<string, JsonValue>;
  return signedReport(canonicalJson(edit(payload)));
}

function signedReport(payload: Uint8Array): Uint8Array {
  return canonicalJson({
    algorithm: 'sm2-sm3',
    payload: toBase64(payload),
    signature: toBase64(sign(evidenceSigningInput(payload))),
  });
}

describe('evidence that is as it should be', () => {
  it('is accepted, with its claims [part of CC-006]', () => {
    const verdict = judge(evidenceOf());
    expect(failures(verdict)).toEqual([]);
    expect(isAccepted(verdict)).toBe(true);
    expect(verdict.claims).toEqual(CLAIMS);
  });

  it('is accepted at the edges of its time', () => {
    const at = (seconds: number) => new Date(NOW.getTime() + seconds * 1000);
    expect(isAccepted(judge(evidenceOf(), { time: at(300) }))).toBe(true);
    expect(isAccepted(judge(evidenceOf(), { time: at(-60) }))).toBe(true);
    expect(isAccepted(judge(evidenceOf(), { time: at(10), maxAgeSeconds: 10 }))).toBe(true);
  });

  it('without a reference measurement is not accepted, only undecided', () => {
    const verdict = judge(evidenceOf(), { reference: {} });
    expect(verdict.trust.status).toBe('indeterminate');
    expect(failures(verdict)).toContain('TA_MEASUREMENT_NOT_COMPARED');
  });
});

describe('evidence that is refused, each for its own reason', () => {
  const cases: readonly (readonly [string, string, () => EvidenceVerdict])[] = [
    ['another nonce', 'NONCE_MISMATCH', () => judge(evidenceOf({ nonce: new Uint8Array(32) }))],
    [
      'a nonce that only starts alike',
      'NONCE_MISMATCH',
      () => judge(evidenceOf({ nonce: nonce.slice(0, 16) })),
    ],
    [
      'a report signed by another key',
      'EVIDENCE_SIGNATURE_WRONG',
      () => judge(evidenceOf({}, (input) => sm2.signWith(sm2.generateKeyPair(), input, { format: 'raw' }))),
    ],
    [
      'a signature over the payload alone',
      'EVIDENCE_SIGNATURE_WRONG',
      () => judge(evidenceOf({}, (input) => sign(input.slice(EVIDENCE_FORMAT.length + 1)))),
    ],
    [
      'a measurement that is not the expected one',
      'TA_MEASUREMENT_MISMATCH',
      () => judge(evidenceOf(), { reference: { taMeasurement: 'ab'.repeat(32) } }),
    ],
    [
      'a measurement that is not in the log',
      'MEASUREMENT_NOT_IN_LOG',
      () =>
        judge(evidenceOf({ ta: { ...CLAIMS.ta, measurement: 'ab'.repeat(32) } }), {
          reference: { taMeasurement: 'ab'.repeat(32) },
        }),
    ],
    [
      'a log with a changed digest',
      'EVENT_LOG_MISMATCH',
      () =>
        judge(
          evidenceOf({
            boot: {
              ...CLAIMS.boot,
              events: EVENTS.map((e, i) => (i === 1 ? { ...e, digest: '00'.repeat(32) } : e)),
            },
          }),
        ),
    ],
    [
      'a log without a stage',
      'EVENT_LOG_MISMATCH',
      () => judge(evidenceOf({ boot: { ...CLAIMS.boot, events: EVENTS.slice(1) } })),
    ],
    [
      'a log in another order',
      'EVENT_LOG_MISMATCH',
      () => judge(evidenceOf({ boot: { ...CLAIMS.boot, events: [...EVENTS].reverse() } })),
    ],
    [
      'a log with a renamed stage',
      'EVENT_LOG_MISMATCH',
      () =>
        judge(
          evidenceOf({
            boot: { ...CLAIMS.boot, events: EVENTS.map((e, i) => (i === 0 ? { ...e, name: 'x' } : e)) },
          }),
        ),
    ],
    [
      'a version below the minimum',
      'TA_VERSION_TOO_OLD',
      () => judge(evidenceOf({ ta: { ...CLAIMS.ta, version: 2 } })),
    ],
    [
      'another application',
      'TA_UNEXPECTED',
      () => judge(evidenceOf({ ta: { ...CLAIMS.ta, uuid: '00000000-0000-4000-8000-000000000000' } })),
    ],
    [
      'evidence that is too old',
      'EVIDENCE_TOO_OLD',
      () => judge(evidenceOf(), { time: new Date(NOW.getTime() + 300_001) }),
    ],
    [
      'evidence from the future',
      'EVIDENCE_FROM_FUTURE',
      () => judge(evidenceOf({ issuedAt: new Date(NOW.getTime() + 60_001) })),
    ],
    [
      'an emulated TEE where none is allowed',
      'PLATFORM_EMULATED',
      () => judge(evidenceOf(), { reference: { taMeasurement: MEASUREMENT, refuseEmulated: true } }),
    ],
  ];

  it.each(cases)('%s: %s [part of CC-006]', (_, reason, verdict) => {
    expect(failures(verdict())).toContain(reason);
    expect(isAccepted(verdict())).toBe(false);
  });

  it('memory that is not encrypted, where the policy asks for it [part of CC-046]', () => {
    const reference = { taMeasurement: MEASUREMENT, requireMemoryEncryption: true };
    expect(failures(judge(evidenceOf(), { reference }))).toContain('MEMORY_NOT_ENCRYPTED');
    expect(failures(judge(evidenceOf({ memoryEncryption: 'active' }), { reference }))).toEqual([]);
  });

  it('a device root that is not trusted', () => {
    const other = makeDevice(NOW, TCB);
    const verdict = judge(evidenceOf(), { anchors: [parseCertificate(other.rootCertificate)] });
    expect(verdict.trust.status).not.toBe('passed');
    expect(verdict.integrity.status).not.toBe('failed');
    expect(judge(evidenceOf(), { anchors: [] }).trust.status).not.toBe('passed');
  });

  it('another certificate of the same root', () => {
    // The device root signs a report itself: right chain, wrong kind of certificate.
    const verdict = judge({
      ...evidenceOf({}, (input) => sm2.signWith(device.root, input, { format: 'raw' })),
      certificates: [device.rootCertificate],
    });
    expect(isAccepted(verdict)).toBe(false);
  });

  it('a certificate that has ended', () => {
    const time = new Date('2037-01-01T00:00:00Z');
    const verdict = judge(evidenceOf({ issuedAt: time }), { time });
    expect(verdict.time.status).toBe('failed');
  });

  it('any flipped bit of the report', () => {
    const evidence = evidenceOf();
    let judged = 0;
    for (let at = 0; at < evidence.report.length; at += 7) {
      const report = evidence.report.slice();
      report[at]! ^= 0x02;
      try {
        expect(isAccepted(judge({ ...evidence, report }))).toBe(false);
        judged++;
      } catch (error) {
        expect(error).toMatchObject({ code: 'ERR_TEE_EVIDENCE_MALFORMED' });
      }
    }
    expect(judged).toBeGreaterThan(0);
  });
});

describe('the TCB version [part of CC-045]', () => {
  const reference = { taMeasurement: MEASUREMENT, minimumTcb: TCB };

  it('is accepted at the minimum and above', () => {
    expect(isAccepted(judge(evidenceOf(), { reference }))).toBe(true);
    expect(isAccepted(judge(evidenceOf(), { reference: { ...reference, minimumTcb: TCB - 1 } }))).toBe(true);
  });

  it('is refused below the minimum', () => {
    expect(failures(judge(evidenceOf(), { reference: { ...reference, minimumTcb: TCB + 1 } }))).toContain(
      'TCB_TOO_OLD',
    );
    expect(failures(judge(evidenceOf({ tcbVersion: TCB - 1 }), { reference }))).toContain('TCB_TOO_OLD');
  });

  it('cannot be stated higher than the certificate of the key names, minimum or not', () => {
    const higher = evidenceOf({ tcbVersion: TCB + 1 });
    expect(failures(judge(higher))).toContain('TCB_NOT_CERTIFIED');
    expect(isAccepted(judge(higher))).toBe(false);
    expect(failures(judge(higher, { reference: { ...reference, minimumTcb: TCB + 1 } }))).toContain(
      'TCB_NOT_CERTIFIED',
    );
  });

  it('of a key that was left behind by an update does not serve the new one', () => {
    const updated = reprovision(makeDevice(NOW, TCB), NOW, TCB + 1);
    expect(updated.attestation.publicKey).not.toEqual(device.attestation.publicKey);
    const { subject } = parseCertificate(updated.attestationCertificate);
    expect(subject.commonName).toMatch(/ tcb 5$/);
  });
});

describe('evidence that is malformed', () => {
  const good = encodeReport(CLAIMS, sign);
  const envelope = parseJson(good, 65_536) as Record<string, JsonValue>;
  const payloadText = Buffer.from(envelope.payload as string, 'base64').toString();
  const reports: readonly (readonly [string, Uint8Array])[] = [
    ['nothing', new Uint8Array(0)],
    ['no JSON', utf8('report')],
    ['JSON of another kind', utf8('[]')],
    ['null', utf8('null')],
    ['white space', utf8(` ${fromUtf8(good)}`)],
    ['cut short', good.subarray(0, good.length - 1)],
    ['too long', new Uint8Array(65_537)],
    ['not UTF-8', Uint8Array.of(0xff, 0xfe)],
    ['another algorithm', canonicalJson({ ...envelope, algorithm: 'none' })],
    ['an extra member', canonicalJson({ ...envelope, extra: 1 })],
    ['a missing signature', canonicalJson({ algorithm: 'sm2-sm3', payload: envelope.payload! })],
    ['a short signature', canonicalJson({ ...envelope, signature: toBase64(new Uint8Array(63)) })],
    ['a signature that is no base64', canonicalJson({ ...envelope, signature: '*' })],
    ['a payload that is no text', canonicalJson({ ...envelope, payload: 5 })],
    ['a payload with members in another order', signedReport(utf8(`${payloadText.slice(0, -1)},"a":1}`))],
    ['a payload with a member twice', signedReport(utf8(payloadText.replace('{', '{"platform":"x",')))],
    ['another format', reportOf((p) => ({ ...p, format: 'x' }))],
    ['an emulated flag that is no flag', reportOf((p) => ({ ...p, emulated: 'no' }))],
    ['another word for memory encryption', reportOf((p) => ({ ...p, memoryEncryption: 'some' }))],
    ['a nonce of 8 bytes', reportOf((p) => ({ ...p, nonce: toBase64(new Uint8Array(8)) }))],
    ['user data of 65 bytes', reportOf((p) => ({ ...p, userData: toBase64(new Uint8Array(65)) }))],
    ['a time that is none', reportOf((p) => ({ ...p, issuedAt: '2026-13-01T00:00:00.000Z' }))],
    ['a time in another form', reportOf((p) => ({ ...p, issuedAt: '2026-12-01' }))],
    ['a TCB version that is no number', reportOf((p) => ({ ...p, tcbVersion: '4' }))],
    ['a negative TCB version', reportOf((p) => ({ ...p, tcbVersion: -1 }))],
    ['no TCB version', reportOf(({ tcbVersion: _, ...p }) => p)],
    ['a negative start count', reportOf((p) => ({ ...p, starts: -1 }))],
    [
      'a UUID in upper case',
      reportOf((p) => ({ ...p, ta: { ...CLAIMS.ta, uuid: CLAIMS.ta.uuid.toUpperCase() } })),
    ],
    ['a UUID that is none', reportOf((p) => ({ ...p, ta: { ...CLAIMS.ta, uuid: 'x' } }))],
    [
      'a measurement in upper case',
      reportOf((p) => ({ ...p, ta: { ...CLAIMS.ta, measurement: 'AB'.repeat(32) } })),
    ],
    ['events that are no list', reportOf((p) => ({ ...p, boot: { events: {}, register: '00'.repeat(32) } }))],
    [
      'an unknown stage',
      reportOf((p) => ({
        ...p,
        boot: { register: '00'.repeat(32), events: [{ stage: 'x', name: 'x', digest: '00'.repeat(32) }] },
      })),
    ],
    [
      'too many events',
      reportOf((p) => ({
        ...p,
        boot: {
          register: '00'.repeat(32),
          events: Array.from({ length: 65 }, () => ({ stage: 'ta', name: 'x', digest: '00'.repeat(32) })),
        },
      })),
    ],
  ];

  it.each(reports)('report: %s', (_, report) => {
    expect(() => judge({ ...evidenceOf(), report })).toThrowError(
      expect.objectContaining({ code: 'ERR_TEE_EVIDENCE_MALFORMED' }),
    );
  });

  it('the editing itself changes nothing else', () => {
    expect(isAccepted(judge({ ...evidenceOf(), report: reportOf((p) => p) }))).toBe(true);
  });

  it.each([
    ['another format', { format: 'cssi-tee-evidence/2' }],
    ['no certificate', { certificates: [] }],
    ['a certificate that is none', { certificates: [Uint8Array.of(0x30, 0x00)] }],
    ['an empty certificate', { certificates: [new Uint8Array(0)] }],
    ['a certificate cut short', { certificates: [device.attestationCertificate.subarray(0, 100)] }],
    [
      'too many certificates',
      { certificates: Array.from({ length: 9 }, () => device.attestationCertificate) },
    ],
    ['certificates of another type', { certificates: 'x' as unknown as Uint8Array[] }],
    ['a certificate of another type', { certificates: ['x' as unknown as Uint8Array] }],
  ])('evidence: %s', (_, changes) => {
    expect(() => judge({ ...evidenceOf(), ...changes })).toThrowError(
      expect.objectContaining({ code: 'ERR_TEE_EVIDENCE_MALFORMED' }),
    );
  });

  it.each([
    ['a nonce of 15 bytes', { nonce: new Uint8Array(15) }, 'ERR_INPUT_LENGTH'],
    ['a time that is none', { time: new Date(Number.NaN) }, 'ERR_TEE_OPTION_INVALID'],
    ['a negative age', { maxAgeSeconds: -1 }, 'ERR_TEE_OPTION_INVALID'],
    ['an age that is no number', { maxAgeSeconds: Number.NaN }, 'ERR_TEE_OPTION_INVALID'],
    [
      'a reference in upper case',
      { reference: { taMeasurement: 'AB'.repeat(32) } },
      'ERR_TEE_OPTION_INVALID',
    ],
    ['a TCB version that is no number', { reference: { minimumTcb: 1.5 } }, 'ERR_TEE_OPTION_INVALID'],
    ['a misspelt rule', { reference: { minimumTCB: 9 } as object }, 'ERR_TEE_OPTION_INVALID'],
    ['a flag that is none', { reference: { refuseEmulated: 'yes' as never } }, 'ERR_TEE_OPTION_INVALID'],
    [
      'another flag that is none',
      { reference: { requireMemoryEncryption: 1 as never } },
      'ERR_TEE_OPTION_INVALID',
    ],
    ['a version that is no number', { reference: { minimumVersion: Number.NaN } }, 'ERR_TEE_OPTION_INVALID'],
  ])('option: %s', (_, changes, code) => {
    expect(() => judge(evidenceOf(), changes)).toThrowError(expect.objectContaining({ code }));
  });
});

describe('event log', () => {
  it('starts from zero and extends by SM3', () => {
    expect(replayEvents([])).toBe('00'.repeat(32));
    expect(replayEvents(EVENTS.slice(0, 1))).toBe(
      Buffer.from(extendRegister(new Uint8Array(32), EVENTS[0]!)).toString('hex'),
    );
  });

  it('the measurement depends on the trusted stages only', () => {
    const otherHost = EVENTS.map((e) =>
      e.stage === 'adapter' || e.stage === 'runtime' ? { ...e, name: 'x' } : e,
    );
    expect(codeMeasurement(otherHost)).toBe(MEASUREMENT);
    for (const stage of ['library', 'worker', 'ta']) {
      const altered = EVENTS.map((e) => (e.stage === stage ? { ...e, digest: '00'.repeat(32) } : e));
      expect(codeMeasurement(altered)).not.toBe(MEASUREMENT);
    }
  });

  it('the decoder gives the bytes that were signed', () => {
    const { signingInput, signature } = decodeReport(encodeReport(CLAIMS, sign));
    expect(sm2.verify(device.attestation.publicKey, signingInput, signature, { format: 'raw' })).toBe(true);
  });
});

describe('device state', () => {
  it('reads back what it wrote', () => {
    const again = decodeDevice(encodeDevice(device));
    expect(again.attestation.publicKey).toEqual(device.attestation.publicKey);
    expect(again.root.publicKey).toEqual(device.root.publicKey);
    expect(again.rootCertificate).toEqual(device.rootCertificate);
    expect(again.bundle.publicKey).toEqual(device.bundle.publicKey);
    expect(again.bundleCertificate).toEqual(device.bundleCertificate);
    expect(again.tcbVersion).toBe(TCB);
    expect(again.attestationCertificate).toEqual(device.attestationCertificate);
  });

  it('refuses any other length', () => {
    const encoded = encodeDevice(device).use((bytes) => bytes.slice());
    for (const length of [0, 1, 100, 101, 102, 105, 106, encoded.length - 1]) {
      const cut = { use: <T>(reader: (bytes: Uint8Array) => T): T => reader(encoded.subarray(0, length)) };
      expect(() => decodeDevice(cut as Parameters<typeof decodeDevice>[0])).toThrowError(
        expect.objectContaining({ code: 'ERR_TEE_SEAL_INTEGRITY' }),
      );
    }
  });
});
