import { concatBytes, toHex, utf8 } from '@cssi/sm-core';
import { describe, expect, it } from 'vitest';
import { csvVerifier, parseCsvReport } from '../../../src/evidence/csv/index.ts';
import type { VerificationOptions } from '../../../src/spec/v1/attestation.ts';
import { shiftCsvMask } from '../../../src/synthetic/csv.ts';
import { sample, samplePresent } from '../samples.ts';
import { chip, doubts, failures, flip, outcome, put, TIME, V1 } from './support.ts';

const present = samplePresent('report.cert', 'hrk.cert', 'hsk.cert', 'cek.cert', 'hsk_cek.cert');
const REPORT_DATA = utf8('user data');
/** Said of every report of version 1 until an appraisal has compared its measurement. */
const LAUNCH = 'reference CSV_LAUNCH_NOT_COMPARED';
const report = (): Uint8Array => sample('report.cert');

const genuine = (more: Partial<VerificationOptions> = {}): VerificationOptions => ({
  time: TIME,
  anchors: { hygonRoots: [sample('hrk.cert')] },
  endorsements: { hygon: [sample('hsk_cek.cert')] },
  reportData: REPORT_DATA,
  ...more,
});
const endorsed = (...hygon: Uint8Array[]): VerificationOptions => genuine({ endorsements: { hygon } });

describe.skipIf(!present)('a CSV report of real hardware', () => {
  it('[part of CC-006] verifies through HRK, HSK, CEK and PEK', () => {
    const verdict = csvVerifier.verify(report(), genuine());
    expect(failures(verdict)).toEqual([]);
    expect(verdict).toMatchObject({
      integrity: { status: 'passed' },
      // Of version 1 the launch measurement has to be compared too: see v1-mask.test.ts.
      trust: { status: 'indeterminate' },
      time: { status: 'passed' },
    });
    expect(verdict.steps.map(({ step, code }) => `${step} ${code}`)).toEqual([
      'format EVIDENCE_READ',
      'certificates CSV_CERTIFICATES_RIGHT',
      'chain PATH_TO_ANCHOR',
      'signature EVIDENCE_SIGNATURE_RIGHT',
      'binding CSV_SIGNER_MAC_RIGHT',
      'freshness NONCE_MATCHES',
      'reference CSV_LAUNCH_NOT_COMPARED',
    ]);
  });

  it('[part of CC-006] states what is under the mask', () => {
    const { claims } = csvVerifier.verify(report(), genuine());
    expect(claims).toMatchObject({
      type: 'csv',
      format: 'csv-report/1',
      deployment: 'virtual-machine',
      emulated: false,
      memoryEncryption: 'active',
      debug: 'disabled',
      migration: 'unrestricted',
      details: {
        serialNumber: 'NZA9T14052605',
        generation: 'CSV',
        pekId: 'HYGON-SSD-PEK',
        mnonce: '67c6697351ff4aec29cdbaabf2fbe346',
        policy: { bits: 0x4000_0001, noDebug: true, apiMinor: 0x40 },
        unsigned: ['anonce', 'serialNumber'],
      },
    });
    expect(claims.measurements.map(({ name, value }) => [name, toHex(value)])).toEqual([
      ['launch', '1178dadbf826ec7a07444ba358376d81c312cb53d703f9da83b26c1eee2ea052'],
    ]);
    expect(claims.device).toHaveLength(32);
    expect(claims.versions).toContainEqual({ name: 'pek-firmware', value: 0x103 });
  });

  it('takes HSK and CEK apart, together, behind the report and behind its padding', () => {
    const [hsk, cek, both] = [sample('hsk.cert'), sample('cek.cert'), sample('hsk_cek.cert')];
    expect(outcome(report(), endorsed(cek, hsk))).toEqual([]);
    expect(outcome(concatBytes(report(), both), endorsed())).toEqual([]);
    const padded = concatBytes(report(), new Uint8Array(4096 - 2548));
    expect(outcome(padded, genuine())).toEqual([]);
    expect(outcome(concatBytes(padded, both), endorsed())).toEqual([]);
  });

  it('is trusted by nobody without an anchor, and no further than its endorsements reach', () => {
    const bare = csvVerifier.verify(report(), genuine({ anchors: {} }));
    expect([bare.integrity.status, bare.trust.status]).toEqual(['passed', 'indeterminate']);
    expect(doubts(bare)).toEqual(['chain NO_ANCHOR_GIVEN', LAUNCH]);
    for (const given of [[], [sample('hsk.cert')], [sample('cek.cert')]]) {
      const verdict = csvVerifier.verify(report(), endorsed(...given));
      expect(doubts(verdict)).toEqual(['chain CSV_ENDORSEMENT_MISSING', LAUNCH]);
      expect(verdict.trust.status).toBe('indeterminate');
    }
  });

  it('does not take a root for an anchor because somebody endorsed with it', () => {
    const options = genuine({
      anchors: {},
      endorsements: { hygon: [sample('hsk_cek.cert'), sample('hrk.cert')] },
    });
    expect(csvVerifier.verify(report(), options).trust.status).toBe('indeterminate');
  });

  const SIGNATURE = 'signature EVIDENCE_SIGNATURE_WRONG';
  const FRESHNESS = 'freshness NONCE_MISMATCH';
  const MAC = 'binding CSV_SIGNER_MAC_WRONG';
  const PEK = 'chain CSV_PEK_SIGNATURE_WRONG';

  it.each<[name: string, change: (bytes: Uint8Array) => Uint8Array, expected: string[]]>([
    ['user key digest', (b) => flip(b, 0x00), [SIGNATURE]],
    ['vm id', (b) => flip(b, 0x20), [SIGNATURE]],
    ['vm version', (b) => flip(b, 0x30), [SIGNATURE]],
    ['report data, first byte', (b) => flip(b, 0x40), [SIGNATURE, FRESHNESS]],
    ['report data, last byte', (b) => flip(b, 0x7f), [SIGNATURE, FRESHNESS]],
    ['mnonce', (b) => flip(b, 0x80), [SIGNATURE, MAC]],
    ['measurement, first byte', (b) => flip(b, 0x90), [SIGNATURE]],
    ['measurement, last byte', (b) => flip(b, 0xaf, 0x80), [SIGNATURE]],
    ['policy, debug', (b) => flip(b, 0xb0), [SIGNATURE]],
    ['policy, no send', (b) => flip(b, 0xb0, 8), [SIGNATURE]],
    ['policy, last byte', (b) => flip(b, 0xb3), [SIGNATURE]],
    ['signer usage', (b) => flip(b, 0xb4), ['malformed csv-report-signer']],
    ['signer algorithm', (b) => flip(b, 0xb8), ['malformed csv-report-signer']],
    ['mask alone', (b) => flip(b, 0xbc), ['malformed csv-report-signer']],
    ['signature r', (b) => flip(b, V1.signature), [SIGNATURE]],
    ['signature s', (b) => flip(b, V1.signature + 72), [SIGNATURE]],
    ['above signature r', (b) => flip(b, V1.signature + 32), ['malformed csv-number']],
    ['above signature s', (b) => flip(b, V1.signature + 72 + 71), ['malformed csv-number']],
    ['r of zeros', (b) => put(b, V1.signature, new Uint8Array(32)), [SIGNATURE]],
    ['s of ones', (b) => put(b, V1.signature + 72, new Uint8Array(32).fill(0xff)), [SIGNATURE]],
    ['PEK version', (b) => flip(b, V1.pek, 4), ['malformed csv-certificate-version']],
    ['PEK firmware', (b) => flip(b, V1.pek + 4), [PEK, MAC]],
    ['PEK usage', (b) => flip(b, V1.pek + 8), ['certificates CSV_KEY_USAGE_WRONG', MAC]],
    ['PEK algorithm', (b) => flip(b, V1.pek + 12), ['certificates CSV_KEY_USAGE_WRONG', MAC]],
    ['PEK curve', (b) => flip(b, V1.pek + 16), ['malformed csv-curve']],
    ['PEK point', (b) => flip(b, V1.pek + 20), ['malformed public-key']],
    ['PEK uid', (b) => flip(b, V1.pek + 166), [PEK, SIGNATURE, MAC]],
    ['PEK uid length', (b) => flip(b, V1.pek + 164), [PEK, SIGNATURE, MAC]],
    ['PEK uid too long', (b) => flip(b, V1.pek + 165), ['malformed csv-uid']],
    ['PEK reserved', (b) => flip(b, V1.pek + 700), [PEK, MAC]],
    ['PEK signature of CEK', (b) => flip(b, V1.pek + 1044 + 8), [PEK, MAC]],
    ['PEK slot of CEK', (b) => flip(b, V1.pek + 1044), ['certificates CSV_SIGNATURE_SLOT_WRONG', MAC]],
    ['PEK slot algorithm', (b) => flip(b, V1.pek + 1048), ['certificates CSV_SIGNATURE_SLOT_WRONG', MAC]],
    ['PEK signature of the owner', (b) => flip(b, V1.pek + 1564 + 8), [MAC]],
    ['behind the PEK signature', (b) => flip(b, V1.pek + 1044 + 152), ['malformed csv-reserved']],
    ['serial number', (b) => flip(b, V1.serial), [MAC]],
    [
      'serial number with a sign of an address',
      (b) => flip(b, V1.serial, 0x68),
      ['malformed csv-serial-number'],
    ],
    ['behind the serial number', (b) => flip(b, V1.serial + 63), ['malformed csv-serial-number']],
    ['reserved under the MAC', (b) => flip(b, V1.serial + 64), [MAC]],
    ['MAC', (b) => flip(b, V1.mac + 31), [MAC]],
    ['shorter by one', (b) => b.subarray(0, -1), ['malformed csv-report-length']],
    ['longer by one', (b) => concatBytes(b, Uint8Array.of(0)), ['malformed csv-report-length']],
    ['only the fields', (b) => b.subarray(0, V1.pek), ['malformed csv-report-length']],
    ['nothing', () => new Uint8Array(0), ['malformed csv-report-length']],
    [
      'padding with something in it',
      (b) => put(new Uint8Array(4096).fill(1), 0, b),
      ['malformed csv-report-length'],
    ],
  ])('[part of CC-006] is refused when tampered with: %s', (_name, change, expected) => {
    expect(outcome(change(report()), genuine())).toEqual(expected);
  });

  it.each<[name: string, options: () => VerificationOptions, expected: string[]]>([
    ['another challenge', () => genuine({ reportData: utf8('user dat') }), [FRESHNESS]],
    ['a longer challenge', () => genuine({ reportData: utf8('user data.') }), [FRESHNESS]],
    ['a challenge longer than the field', () => genuine({ reportData: new Uint8Array(65) }), [FRESHNESS]],
    ['an empty challenge', () => genuine({ reportData: new Uint8Array(0) }), [FRESHNESS]],
    [
      'the root of another hierarchy',
      () => genuine({ anchors: { hygonRoots: [chip().hrk] } }),
      ['chain NO_PATH_TO_ANCHOR'],
    ],
    [
      'the HSK as an anchor',
      () => genuine({ anchors: { hygonRoots: [sample('hsk.cert')] } }),
      ['chain NO_PATH_TO_ANCHOR'],
    ],
    ['the CEK of another chip', () => endorsed(sample('hsk.cert'), chip().cek), [PEK]],
    [
      'the HSK of another hierarchy',
      () => endorsed(chip().hsk, sample('cek.cert')),
      ['certificates CSV_KEY_ID_MISMATCH'],
    ],
    [
      'HSK version',
      () => endorsed(flip(sample('hsk.cert'), 0, 3), sample('cek.cert')),
      ['chain CSV_HSK_SIGNATURE_WRONG'],
    ],
    [
      'HSK reserved',
      () => endorsed(flip(sample('hsk.cert'), 500), sample('cek.cert')),
      ['chain CSV_HSK_SIGNATURE_WRONG'],
    ],
    [
      'HSK signature',
      () => endorsed(flip(sample('hsk.cert'), 576), sample('cek.cert')),
      ['chain CSV_HSK_SIGNATURE_WRONG'],
    ],
    [
      'HSK key id',
      () => endorsed(flip(sample('hsk.cert'), 4), sample('cek.cert')),
      ['certificates CSV_KEY_ID_MISMATCH'],
    ],
    [
      'HSK issuer',
      () => endorsed(flip(sample('hsk.cert'), 20), sample('cek.cert')),
      ['chain NO_PATH_TO_ANCHOR'],
    ],
    [
      'HSK uid',
      () => endorsed(flip(sample('hsk.cert'), 214), sample('cek.cert')),
      ['chain CSV_CEK_SIGNATURE_WRONG'],
    ],
    [
      'CEK firmware',
      () => endorsed(sample('hsk.cert'), flip(sample('cek.cert'), 4)),
      ['chain CSV_CEK_SIGNATURE_WRONG'],
    ],
    [
      'CEK issuer',
      () => endorsed(sample('hsk.cert'), flip(sample('cek.cert'), 420)),
      ['certificates CSV_KEY_ID_MISMATCH'],
    ],
    ['CEK uid', () => endorsed(sample('hsk.cert'), flip(sample('cek.cert'), 166)), [PEK]],
    [
      'CEK signature',
      () => endorsed(sample('hsk.cert'), flip(sample('cek.cert'), 1044 + 8)),
      ['chain CSV_CEK_SIGNATURE_WRONG'],
    ],
    [
      'CEK slot',
      () => endorsed(sample('hsk.cert'), flip(sample('cek.cert'), 1044)),
      ['certificates CSV_SIGNATURE_SLOT_WRONG'],
    ],
    [
      'CEK second slot',
      () => endorsed(sample('hsk.cert'), flip(sample('cek.cert'), 1564)),
      ['certificates CSV_SIGNATURE_SLOT_WRONG'],
    ],
    [
      'CEK second signature',
      () => endorsed(sample('hsk.cert'), flip(sample('cek.cert'), 1564 + 8)),
      ['certificates CSV_SIGNATURE_SLOT_WRONG'],
    ],
    [
      'HRK signature',
      () => genuine({ anchors: { hygonRoots: [flip(sample('hrk.cert'), 576)] } }),
      ['chain CSV_HRK_SIGNATURE_WRONG'],
    ],
    [
      'HRK reserved',
      () => genuine({ anchors: { hygonRoots: [flip(sample('hrk.cert'), 500)] } }),
      ['chain CSV_HRK_SIGNATURE_WRONG'],
    ],
  ])('[part of CC-006] is refused under other circumstances: %s', (_name, options, expected) => {
    expect(outcome(report(), options())).toEqual(expected);
  });

  it('finds the right chain among many', () => {
    const other = chip();
    const anchors = { hygonRoots: [other.hrk, sample('hrk.cert')] };
    const hygon = [other.hskCek, flip(sample('cek.cert'), 166), sample('hsk_cek.cert')];
    expect(outcome(report(), genuine({ anchors, endorsements: { hygon } }))).toEqual([]);
  });

  it('[part of CC-006] shows by the challenge alone that the mask was changed', () => {
    const shifted = shiftCsvMask(report(), 1);
    expect(shifted).not.toEqual(report());
    const verdict = csvVerifier.verify(shifted, genuine());
    expect(failures(verdict)).toEqual([FRESHNESS]);
    expect(verdict.claims.debug).toBe('enabled');
    expect(parseCsvReport(shifted).policy.bits).toBe(0x4000_0000);
    // Nobody compares: the same lie, and nothing but the demand for a challenge stands against it.
    const { reportData: _, ...blind } = genuine();
    expect(failures(csvVerifier.verify(shifted, blind))).toEqual(['freshness REPORT_DATA_REQUIRED']);
    expect(failures(csvVerifier.verify(report(), blind))).toEqual(['freshness REPORT_DATA_REQUIRED']);
  });
});
