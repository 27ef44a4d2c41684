import { parseCertificate, parseCrl } from '@cssi/pki';
import { beforeAll, describe, expect, it } from 'vitest';
import { SNP_OIDS } from '../../../src/evidence/snp/certificate.ts';
import { sevSnpVerifier } from '../../../src/evidence/snp/index.ts';
import type { SyntheticEndorsement, SyntheticSnp } from '../../../src/synthetic/snp.ts';
import { CHALLENGE, type Outcome, optionsFor, outcomeOf, passed, syntheticSnp } from './support.ts';

let amd: SyntheticSnp;
let turin: SyntheticSnp;

beforeAll(() => {
  amd = syntheticSnp();
  turin = syntheticSnp({ product: 'Turin' });
});

/** Outcome for an ordinary report of this key. */
const outcomeWith = (endorsement: SyntheticEndorsement): Outcome =>
  outcomeOf(amd.report(endorsement, { reportData: CHALLENGE }), optionsFor(amd, endorsement));

describe('endorsement keys of SEV-SNP', () => {
  it('refuses extensions that are missing or not as specified', () => {
    const value = (oid: string, bytes: readonly number[] | undefined): Outcome => {
      const extensions = { [oid]: bytes === undefined ? undefined : Uint8Array.from(bytes) };
      return outcomeWith(amd.endorse({ extensions }));
    };
    const unusable = ['certificates ENDORSEMENT_UNUSABLE', 'signature EVIDENCE_SIGNATURE_NOT_JUDGED?'];
    for (const [oid, bytes] of [
      [SNP_OIDS.productName, undefined],
      [SNP_OIDS.productName, [0x16, 0x02, 0x41]],
      [SNP_OIDS.productName, [0x0c, 0x01, 0x41]],
      [SNP_OIDS.productName, [0x16, 0x01, 0x07]],
      [SNP_OIDS.productName, [0x16, 0x01, 0x41, 0x41]],
      [SNP_OIDS.structVersion, undefined],
      [SNP_OIDS.snp, [0x02, 0x02, 0x00, 0x17]],
      [SNP_OIDS.snp, [0x02, 0x01, 0x97]],
      [SNP_OIDS.snp, [0x02, 0x03, 0x00, 0x80, 0x00]],
      [SNP_OIDS.snp, [0x04, 0x01, 0x17]],
      [SNP_OIDS.snp, [0x02, 0x01, 0x17, 0x00]],
      [SNP_OIDS.snp, []],
      [SNP_OIDS.hwId, undefined],
      [SNP_OIDS.hwId, [1, 2, 3]],
      [SNP_OIDS.cspId, [0x16, 0x01, 0x41]],
    ] as const) {
      expect(value(oid, bytes)).toEqual(unusable);
    }
    expect(value(SNP_OIDS.snp, undefined)).toEqual(['tcb TCB_NOT_CERTIFIED']);
    expect(value(SNP_OIDS.productName, [0x16, 0x01, 0x41])).toEqual(['certificates PRODUCT_UNKNOWN']);
    const wrapped = Uint8Array.from([0x04, 0x40, ...amd.endorse().chipId]);
    expect(value(SNP_OIDS.hwId, [...wrapped])).toEqual([]);
  });

  it('finds the fitting key among many, in any order', () => {
    const right = amd.endorse();
    const others = [
      amd.endorse({ kind: 'vlek' }),
      amd.endorse({ chipId: new Uint8Array(64).fill(3) }),
      amd.endorse({ tcb: { bootloader: 4, tee: 1, snp: 22, microcode: 213 } }),
    ].map(({ certificate }) => parseCertificate(certificate));
    const options = optionsFor(amd, right);
    const given = options.endorsements?.certificates ?? [];
    const report = amd.report(right, { reportData: CHALLENGE });
    for (const certificates of [
      [...others, ...given],
      [...given, ...others],
    ]) {
      expect(outcomeOf(report, { ...options, endorsements: { certificates } })).toEqual([]);
    }
  });

  it('does not take a leased key for the chip’s, nor a key of another maker’s chain', () => {
    const other = syntheticSnp();
    const foreign = other.endorse();
    const options = optionsFor(amd, foreign);
    const report = other.report(foreign, { reportData: CHALLENGE });
    expect(outcomeOf(report, options)).toEqual([
      'chain CERTIFICATE_SIGNATURE_WRONG',
      'chain NO_PATH_TO_ANCHOR',
    ]);
    const vlek = amd.endorse({ kind: 'vlek' });
    const lied = amd.report(vlek, { reportData: CHALLENGE, signingKey: 0 });
    expect(outcomeOf(lied, optionsFor(amd, vlek))).toEqual(['certificates SIGNING_KEY_KIND_WRONG']);
  });

  it('knows the products it reads TCB versions of, also where the report names none', () => {
    const judge = (product: string, version: number): Outcome => {
      const endorsement = amd.endorse({ productName: product });
      const report = amd.report(endorsement, { version, reportData: CHALLENGE });
      return outcomeOf(report, optionsFor(amd, endorsement));
    };
    expect(judge('Milan', 2)).toEqual([]);
    expect(judge('Venice-A0', 2)).toEqual(['certificates PRODUCT_UNKNOWN']);
    expect(judge('Milan2', 2)).toEqual(['certificates PRODUCT_UNKNOWN']);
    expect(judge('Genoa-B1', 2)).toEqual(['certificates ENDORSEMENT_ISSUER_WRONG']);
    expect(judge('Genoa-B1', 3)).toEqual([
      'certificates ENDORSEMENT_ISSUER_WRONG',
      'certificates PRODUCT_MISMATCH',
    ]);
  });

  it('takes chips’ keys of their issuer only, and leased ones of theirs', () => {
    const lease = { [SNP_OIDS.hwId]: undefined, [SNP_OIDS.cspId]: Uint8Array.of(0x16, 0x01, 0x41) };
    const leased = amd.endorse({ extensions: lease });
    const asVlek = amd.report(leased, { reportData: CHALLENGE, signingKey: 1 });
    expect(outcomeOf(asVlek, optionsFor(amd, leased))).toEqual(['certificates ENDORSEMENT_ISSUER_WRONG']);
    const { chipId } = amd.endorse();
    const own = { [SNP_OIDS.hwId]: chipId, [SNP_OIDS.cspId]: undefined };
    const chips = amd.endorse({ kind: 'vlek', extensions: own });
    const asVcek = amd.report(chips, { reportData: CHALLENGE, signingKey: 0 });
    expect(outcomeOf(asVcek, optionsFor(amd, chips))).toEqual(['certificates ENDORSEMENT_ISSUER_WRONG']);
  });

  it.each(['vlek', 'vcek'] as const)('finds the %s that signed among equals', (kind) => {
    const keys = [1, 2, 3].map((chip) => amd.endorse({ kind, chipId: new Uint8Array(64).fill(chip) }));
    const certificates = [...keys.map(({ certificate }) => certificate), amd.ask, amd.asvk].map((der) =>
      parseCertificate(der),
    );
    for (const key of keys) {
      const report = amd.report(key, { reportData: CHALLENGE, chipId: new Uint8Array(64) });
      const options = { ...optionsFor(amd, key), endorsements: { certificates } };
      expect(outcomeOf(report, options)).toEqual([]);
      const { certificate: _, ...stranger } = amd.endorse({ kind });
      const foreign = amd.report({ ...key, ...stranger, chipId: key.chipId }, { reportData: CHALLENGE });
      expect(outcomeOf(foreign, options)).toContain('signature EVIDENCE_SIGNATURE_WRONG');
    }
  });

  it('judges the issuer by lists of the root, and only by them', () => {
    const endorsement = amd.endorse();
    const options = optionsFor(amd, endorsement);
    const report = amd.report(endorsement, { reportData: CHALLENGE });
    const before = new Date('2026-11-20T00:00:00Z');
    const withList = (der: Uint8Array): Outcome =>
      outcomeOf(report, { ...options, endorsements: { ...options.endorsements, crls: [parseCrl(der)] } });
    expect(withList(amd.crl([], before))).toEqual([]);
    expect(withList(amd.crl(['asvk'], before))).toEqual([]);
    expect(withList(amd.crl(['ask'], before))).toEqual(['revocation CERTIFICATE_REVOKED']);
    expect(withList(amd.crl([], before, new Date('2026-11-25T00:00:00Z')))).toContain(
      'revocation REVOCATION_EVIDENCE_STALE?',
    );
    expect(withList(turin.crl(['ask'], before))).toEqual([]);
    // The most there may be, and one more of the host's, which has to stay out.
    const full = Array.from({ length: 64 }, () => parseCrl(amd.crl([], before)));
    const extended = amd.extendedReport(endorsement, { reportData: CHALLENGE }, [
      ['crl', amd.crl([], before)],
    ]);
    expect(
      outcomeOf(extended, { ...options, endorsements: { ...options.endorsements, crls: full } }),
    ).toEqual([]);
    const good = sevSnpVerifier.verify(report, {
      ...options,
      endorsements: { ...options.endorsements, crls: [parseCrl(amd.crl([], before))] },
    });
    expect(passed(good)).toContain('revocation NOT_REVOKED');
  });
});
