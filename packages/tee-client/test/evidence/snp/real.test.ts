import { type Certificate, certificatesFromPem, parseCertificate } from '@cssi/pki';
import { isAccepted, toHex } from '@cssi/sm-core';
import { describe, expect, it } from 'vitest';
import { parseSnpReport, sevSnpVerifier } from '../../../src/evidence/snp/index.ts';
import type { VerificationOptions } from '../../../src/spec/v1/attestation.ts';
import { NOW } from '../../basics.ts';
import { seeded } from '../../domain/seeded.ts';
import { sample, samplePresent, sampleText } from '../samples.ts';
import { flipped, type Outcome, outcomeOf, passed, syntheticSnp } from './support.ts';

const PRESENT = samplePresent('test-report.bin', 'test-vcek.der', 'milan.pem');

interface Milan {
  readonly report: Uint8Array;
  readonly vcekDer: Uint8Array;
  readonly vcek: Certificate;
  readonly ask: Certificate;
  readonly ark: Certificate;
  readonly asvk: Certificate;
  readonly options: VerificationOptions;
}

let loaded: Milan | undefined;

function milan(): Milan {
  if (loaded !== undefined) return loaded;
  const [ask, ark, asvk] = certificatesFromPem(sampleText('milan.pem')) as readonly Certificate[] as [
    Certificate,
    Certificate,
    Certificate,
  ];
  const vcekDer = sample('test-vcek.der');
  const vcek = parseCertificate(vcekDer);
  const report = sample('test-report.bin');
  const reportData = report.slice(0x50, 0x90);
  const options: VerificationOptions = {
    time: NOW,
    anchors: { certificates: [ark] },
    endorsements: { certificates: [vcek, ask] },
    reportData,
  };
  loaded = { report, vcekDer, vcek, ask, ark, asvk, options };
  return loaded;
}

const SIGNATURE: Outcome = ['signature EVIDENCE_SIGNATURE_WRONG'];

/** A flipped bit of every signed field, and what besides the signature notices it. */
const FIELDS: readonly (readonly [field: string, at: number, outcome: Outcome])[] = [
  ['version (to 3: it would be of no processor)', 0x00, ['certificates PRODUCT_MISMATCH', ...SIGNATURE]],
  ['guest SVN', 0x04, SIGNATURE],
  ['ABI minor of the policy', 0x08, SIGNATURE],
  ['ABI major of the policy', 0x09, SIGNATURE],
  ['SMT of the policy', 0x0a, SIGNATURE],
  ['family id', 0x10, SIGNATURE],
  ['image id', 0x20, SIGNATURE],
  ['VMPL', 0x30, SIGNATURE],
  ['signature algorithm (to 0)', 0x34, SIGNATURE],
  ['current TCB', 0x38, [...SIGNATURE, 'tcb TCB_INCONSISTENT']],
  ['current microcode', 0x3f, SIGNATURE],
  ['platform info', 0x40, SIGNATURE],
  ['author key flag', 0x48, SIGNATURE],
  ['report data', 0x50, ['freshness NONCE_MISMATCH', ...SIGNATURE]],
  ['last byte of the report data', 0x8f, ['freshness NONCE_MISMATCH', ...SIGNATURE]],
  ['measurement', 0x90, SIGNATURE],
  ['host data', 0xc0, SIGNATURE],
  ['ID key digest', 0xe0, SIGNATURE],
  ['author key digest', 0x110, SIGNATURE],
  ['report id', 0x140, SIGNATURE],
  ['report id of the migration agent', 0x160, SIGNATURE],
  ['reported bootloader', 0x180, [...SIGNATURE, 'tcb TCB_NOT_CERTIFIED']],
  ['reported SNP firmware', 0x186, [...SIGNATURE, 'tcb TCB_INCONSISTENT', 'tcb TCB_NOT_CERTIFIED']],
  ['reported microcode', 0x187, [...SIGNATURE, 'tcb TCB_NOT_CERTIFIED']],
  ['reserved bytes behind the reported TCB', 0x18b, SIGNATURE],
  ['chip id', 0x1a0, ['certificates CHIP_ID_MISMATCH', ...SIGNATURE]],
  ['last byte of the chip id', 0x1df, ['certificates CHIP_ID_MISMATCH', ...SIGNATURE]],
  ['committed TCB', 0x1e0, SIGNATURE],
  ['firmware build', 0x1e8, SIGNATURE],
  ['committed firmware', 0x1ec, SIGNATURE],
  ['launch TCB', 0x1f0, SIGNATURE],
  ['last signed byte', 0x29f, SIGNATURE],
  ['r', 0x2a0, SIGNATURE],
  ['last byte of r', 0x2cf, SIGNATURE],
  ['s', 0x2e8, SIGNATURE],
  ['last byte of s', 0x317, SIGNATURE],
  ['what is above r', 0x2d0, 'malformed'],
  ['what is above s', 0x32f, 'malformed'],
  ['what is behind the signature', 0x330, 'malformed'],
  ['the last byte', 0x49f, 'malformed'],
];

describe.skipIf(!PRESENT)('a report of a real Milan processor', () => {
  it('is accepted by VCEK, ASK and ARK [part of CC-006, CC-009]', () => {
    const { report, options } = milan();
    expect(sevSnpVerifier.recognises(report)).toBe(true);
    const verdict = sevSnpVerifier.verify(report, options);
    expect(outcomeOf(report, options)).toEqual([]);
    // The challenge it was asked with had 32 bytes; the field has zeros behind.
    expect(outcomeOf(report, { ...options, reportData: options.reportData!.slice(0, 32) })).toEqual([]);
    expect(isAccepted(verdict)).toBe(true);
    expect(passed(verdict)).toEqual(
      expect.arrayContaining([
        'certificates SIGNING_KEY_KIND_RIGHT',
        'certificates CHIP_ID_MATCHES',
        'chain PATH_TO_ANCHOR',
        'signature EVIDENCE_SIGNATURE_RIGHT',
        'freshness NONCE_MATCHES',
        'tcb TCB_CERTIFIED',
      ]),
    );
  });

  it('gives what the report states [part of CC-020, CC-046]', () => {
    const { report, options } = milan();
    const { claims } = sevSnpVerifier.verify(report, options);
    expect(claims).toMatchObject({
      type: 'sev-snp',
      format: 'sev-snp-report/2',
      deployment: 'virtual-machine',
      emulated: false,
      memoryEncryption: 'active',
      debug: 'disabled',
      migration: 'disabled',
    });
    const versions = Object.fromEntries(claims.versions.map(({ name, value }) => [name, value]));
    expect(versions).toMatchObject({
      bootloader: 3,
      tee: 0,
      snp: 8,
      microcode: 115,
      'current-microcode': 206,
      'committed-microcode': 115,
      'launch-snp': 8,
      firmware: 0x01_34_04,
      'guest-svn': 4,
    });
    expect(toHex(claims.device!)).toMatch(/^c38427a30d4c7af9/);
    expect(claims.measurements.map(({ name }) => name)).toEqual(['launch', 'host-data', 'id-key']);
    expect(toHex(claims.measurements[0]!.value)).toMatch(/^a1f393041324/);
    expect(claims.details).toMatchObject({
      firmware: '1.52.4',
      signingKey: 'vcek',
      product: 'Milan-B0',
      policy: { smtAllowed: true, abiMinor: 31, debugAllowed: false },
      platform: { smtEnabled: true, tsmeEnabled: false },
    });
    expect(claims.untrustedSoftware).toContain('hypervisor');
    expect(claims.trustedSoftware).not.toContain('hypervisor');
  });

  it.each(FIELDS)('with a flipped bit: %s [part of CC-006]', (_, at, outcome) => {
    const { report, options } = milan();
    expect(outcomeOf(flipped(report, at), options)).toEqual(outcome);
  });

  it.each<readonly [string, number]>([
    ['another version', 0x01],
    ['a policy with bits above 32', 0x0c],
    ['a signature algorithm that is none', 0x35],
    ['a VMPL that is none', 0x31],
    ['reserved bits of the flags', 0x4c],
  ])('is malformed with %s', (_, at) => {
    const { report, options } = milan();
    expect(outcomeOf(flipped(report, at), options)).toBe('malformed');
  });

  it('is malformed when cut short or grown, at every length near its own', () => {
    const { report, options } = milan();
    for (const length of [0, 1, 3, 4, 671, 672, 1183]) {
      expect(outcomeOf(report.subarray(0, length), options)).toBe('malformed');
      expect(sevSnpVerifier.recognises(report.subarray(0, length))).toBe(false);
    }
    for (const more of [1, 23, 100_000]) {
      const grown = new Uint8Array(report.length + more).fill(1);
      grown.set(report);
      expect(outcomeOf(grown, options)).toBe('malformed');
      expect(sevSnpVerifier.recognises(grown)).toBe(false);
    }
  });

  it.each<readonly [string, Outcome, (given: Milan) => Partial<VerificationOptions>]>([
    ['another challenge', ['freshness NONCE_MISMATCH'], () => ({ reportData: new Uint8Array(64).fill(1) })],
    [
      'a part of the challenge',
      ['freshness NONCE_MISMATCH'],
      ({ options }) => ({ reportData: options.reportData!.slice(0, 31) }),
    ],
    [
      'a time before the VCEK',
      ['validity CERTIFICATE_NOT_YET_VALID'],
      () => ({ time: new Date('2022-01-01T00:00:00Z') }),
    ],
    [
      'a time after the VCEK',
      ['validity CERTIFICATE_EXPIRED'],
      () => ({ time: new Date('2031-01-01T00:00:00Z') }),
    ],
    [
      'the issuer of leased keys in place of the ASK',
      ['chain ISSUER_UNKNOWN', 'chain NO_PATH_TO_ANCHOR'],
      ({ vcek, asvk }) => ({ endorsements: { certificates: [vcek, asvk] } }),
    ],
    [
      'no ASK',
      ['chain ISSUER_UNKNOWN', 'chain NO_PATH_TO_ANCHOR'],
      ({ vcek }) => ({ endorsements: { certificates: [vcek] } }),
    ],
    [
      'no VCEK',
      ['certificates ENDORSEMENT_MISSING?', 'signature EVIDENCE_SIGNATURE_NOT_JUDGED?'],
      ({ ask }) => ({ endorsements: { certificates: [ask] } }),
    ],
    [
      'no endorsements',
      ['certificates ENDORSEMENT_MISSING?', 'signature EVIDENCE_SIGNATURE_NOT_JUDGED?'],
      () => ({ endorsements: {} }),
    ],
    [
      'the other issuer as anchor',
      ['chain ISSUER_UNKNOWN', 'chain NO_PATH_TO_ANCHOR'],
      ({ asvk }) => ({ anchors: { certificates: [asvk] } }),
    ],
    ['no anchor', ['chain ISSUER_UNKNOWN?', 'chain NO_ANCHOR_GIVEN?'], () => ({ anchors: {} })],
  ])('with %s', (_, outcome, change) => {
    const given = milan();
    expect(outcomeOf(given.report, { ...given.options, ...change(given) })).toEqual(outcome);
  });

  it('is not accepted under another root of the same name, nor with another chip’s key', () => {
    const { report, vcek, ask, options } = milan();
    const amd = syntheticSnp();
    const anchors = { certificates: [parseCertificate(amd.ark)] };
    expect(outcomeOf(report, { ...options, anchors })).toEqual([
      'chain ISSUER_UNKNOWN',
      'chain NO_PATH_TO_ANCHOR',
    ]);
    const other = amd.endorse({
      chipId: report.slice(0x1a0, 0x1e0),
      tcb: { bootloader: 3, snp: 8, microcode: 115 },
    });
    const spliced = outcomeOf(report, {
      ...options,
      endorsements: { certificates: [parseCertificate(other.certificate), ask] },
    });
    expect(spliced).toEqual([
      'chain ISSUER_UNKNOWN',
      'chain NO_PATH_TO_ANCHOR',
      'signature EVIDENCE_SIGNATURE_WRONG',
    ]);
    // A genuine VCEK under a report of somebody else's making.
    const forged = amd.report(other, { version: 2, reportData: options.reportData! });
    expect(outcomeOf(forged, { ...options, endorsements: { certificates: [vcek, ask] } })).toEqual(SIGNATURE);
  });

  it('is never accepted with a changed VCEK, at 400 bytes of it', () => {
    const { report, vcekDer, ask, options } = milan();
    const random = seeded('real VCEK');
    let judged = 0;
    for (let round = 0; round < 400; round++) {
      const der = flipped(vcekDer, random.below(vcekDer.length), 1 + random.below(255));
      let vcek: Certificate;
      try {
        vcek = parseCertificate(der);
      } catch {
        continue;
      }
      const outcome = outcomeOf(report, { ...options, endorsements: { certificates: [vcek, ask] } });
      expect(outcome).not.toEqual([]);
      judged++;
    }
    expect(judged).toBeGreaterThan(100);
  });

  it('is never accepted nor breaks with any flipped bit', () => {
    const { report, options } = milan();
    const random = seeded('real SNP report');
    for (let at = 0; at < report.length; at += 3) {
      expect(outcomeOf(flipped(report, at, 1 << random.below(8)), options)).not.toEqual([]);
    }
  });

  it('is taken apart as it stands', () => {
    const report = parseSnpReport(milan().report);
    expect(report).toMatchObject({ version: 2, vmpl: 0, signingKey: 'vcek', product: undefined });
    expect(report.cpu).toBeUndefined();
    expect(report.mitigations).toBeUndefined();
  });
});
