import { concatBytes, toHex, utf8 } from '@cssi/sm-core';
import { describe, expect, it } from 'vitest';
import { csvVerifier } from '../../../src/evidence/csv/index.ts';
import { createSyntheticHygon } from '../../../src/synthetic/csv.ts';
import {
  chip,
  doubts,
  failures,
  flip,
  NONCE,
  outcome,
  pair,
  put,
  TIME,
  trusting,
  withPek,
} from './support.ts';

const DEFAULT_ID = utf8('1234567812345678');

describe('the chain HRK, HSK, CEK, PEK', () => {
  it.each<[signer: 'hrk' | 'hsk' | 'cek' | 'pek', expected: string[]]>([
    ['hrk', ['chain CSV_HRK_SIGNATURE_WRONG']],
    ['hsk', ['chain CSV_CEK_SIGNATURE_WRONG']],
    ['cek', ['chain CSV_PEK_SIGNATURE_WRONG']],
    ['pek', ['signature EVIDENCE_SIGNATURE_WRONG']],
  ])('[part of CC-006] takes the Z of the signer: %s with the default ID is refused', (signer, expected) => {
    for (const id of [DEFAULT_ID, new Uint8Array(0), utf8('HYGON-SSD-PEKX')]) {
      const wrong = createSyntheticHygon({ wrongIds: { [signer]: id } });
      const report = wrong.report({ reportData: NONCE, withChain: true });
      expect(outcome(report, trusting(wrong))).toEqual(expected);
    }
  });

  it('does not take the Z of the subject for the Z of the signer', () => {
    const wrong = createSyntheticHygon({
      uidPrefix: 'X-',
      wrongIds: { cek: utf8('X-PEK'), hsk: utf8('X-CEK') },
    });
    const report = wrong.report({ reportData: NONCE, withChain: true });
    expect(outcome(report, trusting(wrong))).toEqual(['chain CSV_PEK_SIGNATURE_WRONG']);
  });

  it('is emulated only where its signer ids say so', () => {
    const plain = createSyntheticHygon({ uidPrefix: 'ACME-' });
    const { claims } = csvVerifier.verify(plain.report({ reportData: NONCE }), trusting(plain));
    expect([claims.emulated, claims.details.pekId]).toEqual([false, 'ACME-PEK']);
  });

  const other = createSyntheticHygon({ serialNumber: 'SYNTHETIC0002' });
  const report = chip().report({ reportData: NONCE });

  it.each<[name: string, hygon: () => Uint8Array[], expected: string[]]>([
    ['the CEK of another chip', () => [chip().hsk, other.cek], ['chain CSV_PEK_SIGNATURE_WRONG']],
    ['the HSK of another maker', () => [other.hsk, chip().cek], ['certificates CSV_KEY_ID_MISMATCH']],
    ['the PEK as CEK', () => [chip().hsk, chip().pek], ['doubt chain CSV_ENDORSEMENT_MISSING']],
    ['the HRK as HSK', () => [chip().hrk, chip().cek], ['doubt chain CSV_ENDORSEMENT_MISSING']],
    [
      'a CEK that calls itself PEK',
      () => [chip().hsk, flip(chip().cek, 8, 6)],
      ['doubt chain CSV_ENDORSEMENT_MISSING'],
    ],
    [
      'another HSK with the right key id',
      () => [put(other.hsk, 4, chip().hsk.subarray(4, 36)), chip().cek],
      ['chain CSV_CEK_SIGNATURE_WRONG'],
    ],
    ['CEK algorithm', () => [chip().hsk, flip(chip().cek, 12)], ['certificates CSV_KEY_USAGE_WRONG']],
    [
      'CEK slot of the owner',
      () => [chip().hsk, put(chip().cek, 1044, Uint8Array.of(1, 0x10))],
      ['certificates CSV_SIGNATURE_SLOT_WRONG'],
    ],
    [
      'CEK without a slot',
      () => [chip().hsk, put(chip().cek, 1044, Uint8Array.of(0, 0x10))],
      ['certificates CSV_SIGNATURE_SLOT_WRONG'],
    ],
  ])('[part of CC-006] is refused with %s', (_name, hygon, expected) => {
    const verdict = csvVerifier.verify(report, trusting(chip(), hygon()));
    expect([...failures(verdict), ...doubts(verdict).map((text) => `doubt ${text}`)]).toEqual(expected);
    expect(verdict.trust.status).not.toBe('passed');
    expect(verdict.integrity.status).toBe('passed');
  });

  it('[part of CC-006] is refused from end to end of another maker', () => {
    const foreign = other.report({ reportData: NONCE, withChain: true });
    expect(outcome(foreign, trusting(chip()))).toEqual(['chain NO_PATH_TO_ANCHOR']);
    // An HRK with the id of the trusted one is another HRK.
    const alike = put(other.hrk, 4, chip().hrk.subarray(4, 36));
    expect(outcome(report, trusting(chip(), [chip().hskCek], { anchors: { hygonRoots: [alike] } }))).toEqual([
      'chain CSV_HRK_SIGNATURE_WRONG',
    ]);
  });

  it('goes by signature, not by order, where many chips were endorsed', () => {
    const third = createSyntheticHygon();
    const hygon = [other.hskCek, third.hskCek, flip(chip().cek, 700), chip().hskCek];
    const anchors = { hygonRoots: [other.hrk, third.hrk, chip().hrk] };
    expect(outcome(report, trusting(chip(), hygon, { anchors }))).toEqual([]);
    expect(outcome(other.report({ reportData: NONCE }), trusting(chip(), hygon, { anchors }))).toEqual([]);
  });

  it('reads the owner where the owner is given', () => {
    const verify = (hygon: Uint8Array[]) => csvVerifier.verify(report, trusting(chip(), hygon));
    const good = verify([chip().hskCek, chip().oca]);
    expect(failures(good)).toEqual([]);
    expect(good.steps.map(({ code }) => code)).toContain('CSV_OCA_SIGNATURE_RIGHT');
    expect(failures(verify([chip().hskCek, other.oca]))).toEqual(['chain CSV_OCA_SIGNATURE_WRONG']);
    // The owner's signature is no way round the chip's.
    const own = put(chip().pek, 1044, chip().pek.subarray(1564));
    expect(outcome(withPek(report, own), trusting(chip(), [chip().hskCek, chip().oca]))).toEqual([
      'certificates CSV_SIGNATURE_SLOT_WRONG',
    ]);
  });

  it('takes no owner for given that came with the evidence', () => {
    const evidence = concatBytes(report, chip().hsk, chip().oca);
    const codes = (hygon: Uint8Array[]) =>
      csvVerifier.verify(evidence, trusting(chip(), hygon)).steps.map(({ code }) => code);
    expect(codes([chip().hskCek]).filter((code) => code.startsWith('CSV_OCA'))).toEqual([]);
    // The owner who is given did not sign; the one that came along did, and is nobody.
    expect(codes([chip().hskCek, other.oca])).toContain('CSV_OCA_SIGNATURE_WRONG');
    expect(codes([chip().hskCek, other.oca])).not.toContain('CSV_OCA_SIGNATURE_RIGHT');
  });

  it('[part of CC-006] is not stopped by a key that is no point of the curve, and does not take it for one', () => {
    const [hsk, cek, oca] = [flip(chip().hsk, 68), flip(chip().cek, 20), flip(chip().oca, 20)];
    expect(outcome(report, trusting(chip(), [hsk, cek, chip().hskCek]))).toEqual([]);
    expect(outcome(report, trusting(chip(), [chip().hsk, cek]))).toEqual(['chain CSV_PEK_SIGNATURE_WRONG']);
    expect(outcome(report, trusting(chip(), [hsk, chip().cek]))).toEqual(['chain CSV_CEK_SIGNATURE_WRONG']);
    expect(outcome(report, trusting(chip(), [chip().hskCek, oca]))).toEqual([
      'chain CSV_OCA_SIGNATURE_WRONG',
    ]);
    const hrk = flip(chip().hrk, 68);
    const anchored = (...hygonRoots: Uint8Array[]) =>
      outcome(report, trusting(chip(), [chip().hskCek], { anchors: { hygonRoots } }));
    expect(anchored(hrk)).toEqual(['chain CSV_HRK_SIGNATURE_WRONG']);
    expect(anchored(hrk, chip().hrk)).toEqual([]);
  });

  it('reads a Buffer as what it is and leaves it as it was', () => {
    for (const version of [1, 2] as const) {
      const evidence = Buffer.from(chip().report({ version, reportData: NONCE, withChain: true }));
      const before = Uint8Array.from(evidence);
      const anchors = { hygonRoots: [Buffer.from(chip().hrk)] };
      const verdict = csvVerifier.verify(evidence, { ...trusting(chip()), anchors });
      expect(failures(verdict)).toEqual([]);
      expect(Uint8Array.from(evidence)).toEqual(before);
      const { measurements, reportData } = verdict.claims;
      const claimed = [reportData, ...measurements.map(({ value }) => value)].map((value) => toHex(value));
      evidence.fill(0xff);
      expect([reportData, ...measurements.map(({ value }) => value)].map((value) => toHex(value))).toEqual(
        claimed,
      );
    }
  });

  it('is made of fields that fit', () => {
    const made = [
      { reportData: new Uint8Array(65) },
      { reportData: NONCE, measurement: new Uint8Array(33) },
      { reportData: NONCE, measurement: new Uint8Array(31) },
      { reportData: NONCE, mnonce: new Uint8Array(15) },
      { reportData: NONCE, rtmrs: [new Uint8Array(48)] },
      { reportData: NONCE, rtmrs: Array.from({ length: 5 }, () => new Uint8Array(32)) },
    ];
    const invalid = expect.objectContaining({ code: 'ERR_TEE_OPTION_INVALID' });
    for (const options of made) expect(() => chip().report(options)).toThrow(invalid);
    expect(() => createSyntheticHygon({ serialNumber: 'N'.repeat(65) })).toThrow(invalid);
  });

  it('takes the chip signature from either slot and no slot twice', () => {
    const [first, second] = [chip().pek.subarray(1044, 1564), chip().pek.subarray(1564)];
    const swapped = concatBytes(chip().pek.subarray(0, 1044), second, first);
    expect(outcome(withPek(report, swapped), trusting(chip(), [chip().hskCek]))).toEqual([]);
    const doubled = concatBytes(chip().pek.subarray(0, 1044), first, flip(first, 8));
    expect(outcome(withPek(report, doubled), trusting(chip(), [chip().hskCek]))).toEqual([
      'chain CSV_PEK_SIGNATURE_WRONG',
    ]);
  });

  it('names files of the caller that are none', () => {
    const failing = [
      { anchors: { hygonRoots: [chip().cek] } },
      { anchors: { hygonRoots: [chip().hrk.subarray(1)] } },
      { anchors: { hygonRoots: Array.from({ length: 65 }, () => chip().hrk) } },
      { endorsements: { hygon: [utf8('no certificate')] } },
      { endorsements: { hygon: [put(chip().hsk, 64, Uint8Array.of(1))] } },
    ];
    for (const more of failing) {
      expect(() =>
        csvVerifier.verify(report, { ...trusting(chip(), [pair(chip().hsk, chip().cek)]), ...more }),
      ).toThrow(expect.objectContaining({ code: 'ERR_TEE_OPTION_INVALID' }));
    }
    expect(csvVerifier.verify(report, { time: TIME, anchors: {} }).trust.status).toBe('indeterminate');
  });
});
