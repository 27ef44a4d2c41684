import { parseCertificate } from '@cssi/pki';
import { concatBytes, isAccepted } from '@cssi/sm-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { MAX_SNP_EVIDENCE_BYTES, sevSnpVerifier } from '../../../src/evidence/snp/index.ts';
import { encodeSnpTable, parseSnpTable } from '../../../src/evidence/snp/table.ts';
import type { VerificationOptions } from '../../../src/spec/v1/attestation.ts';
import type { SyntheticEndorsement, SyntheticSnp } from '../../../src/synthetic/snp.ts';
import { NOW } from '../../basics.ts';
import { seeded } from '../../domain/seeded.ts';
import { CHALLENGE, outcomeOf, syntheticSnp } from './support.ts';

let amd: SyntheticSnp;
let vcek: SyntheticEndorsement;
let options: VerificationOptions;
let evidence: Uint8Array;

beforeAll(() => {
  amd = syntheticSnp();
  vcek = amd.endorse();
  options = { time: NOW, anchors: { certificates: [parseCertificate(amd.ark)] }, reportData: CHALLENGE };
  evidence = amd.extendedReport(vcek, { reportData: CHALLENGE });
});

const REPORT = 1184;
const ENTRY = 24;

/** The evidence with its table edited in place. */
function edited(edit: (table: DataView, bytes: Uint8Array) => void): Uint8Array {
  const copy = evidence.slice();
  const table = copy.subarray(REPORT);
  edit(new DataView(table.buffer, table.byteOffset), table);
  return copy;
}

describe('an extended report with the host’s certificate table', () => {
  it('needs the anchor and nothing else [part of CC-006]', () => {
    expect(sevSnpVerifier.recognises(evidence)).toBe(true);
    expect(isAccepted(sevSnpVerifier.verify(evidence, options))).toBe(true);
    const vlek = amd.endorse({ kind: 'vlek' });
    expect(outcomeOf(amd.extendedReport(vlek, { reportData: CHALLENGE }), options)).toEqual([]);
  });

  it('does not make the root of its table an anchor', () => {
    const other = syntheticSnp();
    const foreign = other.extendedReport(other.endorse(), { reportData: CHALLENGE });
    expect(outcomeOf(foreign, options)).toEqual([
      'chain CERTIFICATE_SIGNATURE_WRONG',
      'chain NO_PATH_TO_ANCHOR',
    ]);
    expect(outcomeOf(evidence, { ...options, anchors: {} })).toEqual([
      'chain NO_ANCHOR_GIVEN?',
      'chain SELF_SIGNED_NOT_TRUSTED?',
    ]);
  });

  it('judges a list of the root in the table', () => {
    const crl = amd.crl(['ask'], new Date('2026-11-20T00:00:00Z'));
    const revoked = amd.extendedReport(vcek, { reportData: CHALLENGE }, [['crl', crl]]);
    expect(outcomeOf(revoked, options)).toEqual(['revocation CERTIFICATE_REVOKED']);
  });

  it('leaves entries of other names alone, and an empty table is no table', () => {
    const report = amd.report(vcek, { reportData: CHALLENGE });
    const unknown = edited((_, bytes) => bytes.fill(0xee, 0, 16));
    expect(outcomeOf(unknown, options)).toEqual([
      'certificates ENDORSEMENT_MISSING?',
      'signature EVIDENCE_SIGNATURE_NOT_JUDGED?',
    ]);
    const empty = concatBytes(report, new Uint8Array(ENTRY));
    const endorsements = { certificates: [vcek.certificate, amd.ask].map((der) => parseCertificate(der)) };
    expect(outcomeOf(empty, { ...options, endorsements })).toEqual([]);
    expect(sevSnpVerifier.recognises(empty)).toBe(true);
  });

  it.each<readonly [string, () => Uint8Array]>([
    ['an offset behind the end', () => edited((table) => table.setUint32(16, 0xffff_ffff, true))],
    ['a length behind the end', () => edited((table) => table.setUint32(20, 0xffff_ffff, true))],
    ['an offset into its own header', () => edited((table) => table.setUint32(16, 0, true))],
    ['a length of nothing', () => edited((table) => table.setUint32(20, 0, true))],
    [
      'an entry of another name behind the end',
      () =>
        edited((table, bytes) => {
          bytes.fill(0xee, 0, 16);
          table.setUint32(20, 0xffff, true);
        }),
    ],
    [
      'an entry of another name in the header',
      () =>
        edited((table, bytes) => {
          bytes.fill(0xee, 0, 16);
          table.setUint32(16, ENTRY, true);
        }),
    ],
    ['an end that is no end', () => edited((table) => table.setUint32(3 * ENTRY + 16, 1, true))],
    ['the same name twice', () => edited((_, bytes) => bytes.copyWithin(ENTRY, 0, 16))],
    ['a certificate that is none', () => edited((table) => table.setUint8(table.getUint32(16, true), 0))],
    [
      'a certificate cut short',
      () => edited((table) => table.setUint32(20, table.getUint32(20, true) - 1, true)),
    ],
    ['no end', () => evidence.subarray(0, REPORT + ENTRY)],
    ['a list that is none', () => amd.extendedReport(vcek, {}, [['crl', new Uint8Array(9)]])],
    ['more entries than there may be', () => concatBytes(evidence.subarray(0, REPORT), manyEntries())],
    ['more than the longest table', () => new Uint8Array(MAX_SNP_EVIDENCE_BYTES + 1)],
  ])('is malformed with %s', (_, make) => {
    expect(outcomeOf(make(), options)).toBe('malformed');
  });

  it('is read as it was written', () => {
    const table = encodeSnpTable([
      ['vcek', vcek.certificate],
      ['ask', amd.ask],
      ['crl', amd.crl([], NOW)],
    ]);
    const read = parseSnpTable(table);
    expect(read.certificates.map(({ raw }) => raw)).toEqual([vcek.certificate, amd.ask]);
    expect(read.crls).toHaveLength(1);
  });

  it('never breaks at changed bytes', () => {
    const random = seeded('SNP table');
    for (let round = 0; round < 400; round++) {
      const bytes = evidence.slice(0, random.below(10) === 0 ? random.below(evidence.length) : undefined);
      for (let n = 0; n < 3; n++) bytes[random.below(bytes.length)] = random.below(256);
      sevSnpVerifier.recognises(bytes);
      outcomeOf(bytes, options);
    }
  });
});

/** Seventeen entries of unknown names. */
function manyEntries(): Uint8Array {
  const table = new Uint8Array(18 * ENTRY);
  const view = new DataView(table.buffer);
  for (let index = 0; index < 17; index++) {
    table[index * ENTRY] = index + 1;
    view.setUint32(index * ENTRY + 16, table.length, true);
  }
  return table;
}
