import { parseCertificate } from '@cssi/pki';
import { isAccepted } from '@cssi/sm-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { parseSnpReport, type SnpProduct, sevSnpVerifier } from '../../../src/evidence/snp/index.ts';
import type { VerificationOptions } from '../../../src/spec/v1/attestation.ts';
import type { SyntheticEndorsement, SyntheticSnp, SyntheticSnpReport } from '../../../src/synthetic/snp.ts';
import { createSyntheticSnp, signSnpReport } from '../../../src/synthetic/snp.ts';
import { NOW } from '../../basics.ts';
import { CHALLENGE, flipped, type Outcome, optionsFor, outcomeOf, syntheticSnp } from './support.ts';

const amds = {} as Record<SnpProduct, SyntheticSnp>;

beforeAll(() => {
  for (const product of ['Milan', 'Genoa', 'Turin'] as const) amds[product] = syntheticSnp({ product });
});

/** Outcome for a report of Milan's own key with these fields. */
function outcomeWith(
  fields: SyntheticSnpReport,
  change: (options: VerificationOptions) => Partial<VerificationOptions> = () => ({}),
  endorsement: SyntheticEndorsement = amds.Milan.endorse(),
): Outcome {
  const options = optionsFor(amds.Milan, endorsement);
  const report = amds.Milan.report(endorsement, { reportData: CHALLENGE, ...fields });
  return outcomeOf(report, { ...options, ...change(options) });
}

describe('synthetic SEV-SNP reports', () => {
  it.each([
    ['Milan', 2],
    ['Milan', 3],
    ['Milan', 5],
    ['Genoa', 2],
    ['Genoa', 3],
    ['Genoa', 5],
    ['Turin', 2],
    ['Turin', 3],
    ['Turin', 4],
    ['Turin', 5],
  ] as const)('of %s, version %i, by VCEK and by VLEK [part of CC-006]', (product, version) => {
    const amd = amds[product];
    for (const kind of ['vcek', 'vlek'] as const) {
      const endorsement = amd.endorse({ kind });
      const report = amd.report(endorsement, { version, reportData: CHALLENGE });
      expect(sevSnpVerifier.recognises(report)).toBe(true);
      const options = optionsFor(amd, endorsement);
      expect(outcomeOf(report, options)).toEqual([]);
      const verdict = sevSnpVerifier.verify(report, options);
      expect(isAccepted(verdict)).toBe(true);
      expect(verdict.claims.format).toBe(`sev-snp-report/${version}`);
      const names = verdict.claims.versions.map(({ name }) => name);
      expect(names.includes('fmc')).toBe(product === 'Turin');
      expect(verdict.claims.versions).toContainEqual({ name: 'microcode', value: 213 });
      expect(verdict.claims.versions).toContainEqual({ name: 'bootloader', value: 4 });
      expect(verdict.claims.details.provider).toBe(kind === 'vlek' ? 'synthetic provider' : undefined);
    }
  });

  it('says what a host may do, whichever bit allows it [part of CC-022, CC-036]', () => {
    const endorsement = amds.Milan.endorse();
    const options = optionsFor(amds.Milan, endorsement);
    const claimsOf = (policy: number, fields: SyntheticSnpReport = {}) =>
      sevSnpVerifier.verify(
        amds.Milan.report(endorsement, { reportData: CHALLENGE, policy: 0x2_0000 | policy, ...fields }),
        options,
      ).claims;
    expect(claimsOf(0)).toMatchObject({ debug: 'disabled', migration: 'disabled' });
    expect(claimsOf(1 << 19)).toMatchObject({ debug: 'enabled', migration: 'disabled' });
    expect(claimsOf(1 << 19).trustedSoftware).toContain('hypervisor');
    expect(claimsOf(1 << 18)).toMatchObject({ debug: 'disabled', migration: 'attested' });
    const bits = [
      [16, 'smtAllowed'],
      [18, 'migrationAgentAllowed'],
      [19, 'debugAllowed'],
      [20, 'singleSocket'],
      [21, 'cxlAllowed'],
      [22, 'aes256XtsRequired'],
      [23, 'raplDisabled'],
      [24, 'ciphertextHidingRequired'],
      [25, 'pageSwapDisabled'],
    ] as const;
    for (const [bit, name] of bits) {
      const policy = claimsOf(1 << bit).details.policy as Record<string, unknown>;
      expect(Object.keys(policy).filter((key) => policy[key] === true)).toEqual([name]);
    }
    const states = [
      [0, 'smtEnabled'],
      [1, 'tsmeEnabled'],
      [2, 'eccEnabled'],
      [3, 'raplDisabled'],
      [4, 'ciphertextHidingEnabled'],
      [5, 'aliasCheckComplete'],
      [7, 'tioEnabled'],
    ] as const;
    for (const [bit, name] of states) {
      const platform = claimsOf(0, { platform: 1 << bit }).details.platform as Record<string, unknown>;
      expect(Object.keys(platform).filter((key) => platform[key] === true)).toEqual([name]);
    }
    expect(claimsOf(0, { vmpl: 2 }).trustedSoftware).toContain('services at more privileged VMPLs');
  });

  it('reads mitigation vectors from version 5 on', () => {
    const endorsement = amds.Turin.endorse();
    const read = (version: number) =>
      parseSnpReport(amds.Turin.report(endorsement, { version, mitigations: [3, 7] })).mitigations;
    expect(read(3)).toBeUndefined();
    expect([read(5)?.launch[0], read(5)?.current[0]]).toEqual([3, 7]);
  });

  it.each<readonly [string, Outcome, () => Outcome]>([
    [
      'another chip',
      ['certificates CHIP_ID_MISMATCH'],
      () => outcomeWith({ chipId: new Uint8Array(64).fill(9) }),
    ],
    ['a hidden chip', [], () => outcomeWith({ chipId: new Uint8Array(64) })],
    [
      'an older reported TCB',
      ['tcb TCB_NOT_CERTIFIED'],
      () => outcomeWith({ reportedTcb: { bootloader: 4, tee: 1, snp: 22, microcode: 213 } }),
    ],
    [
      'a reported TCB above the current one',
      ['tcb TCB_INCONSISTENT'],
      () => outcomeWith({ currentTcb: { bootloader: 4, tee: 1, snp: 22, microcode: 213 } }),
    ],
    [
      'a committed TCB above the current one',
      ['tcb TCB_INCONSISTENT'],
      () => outcomeWith({ committedTcb: { bootloader: 5, tee: 1, snp: 23, microcode: 213 } }),
    ],
    ['another processor', ['certificates PRODUCT_MISMATCH'], () => outcomeWith({ cpu: [0x19, 0x11, 0] })],
    ['an unknown processor', ['certificates PRODUCT_MISMATCH'], () => outcomeWith({ cpu: [0x19, 0x50, 0] })],
    [
      'a key of the kind the report does not name',
      ['certificates SIGNING_KEY_KIND_WRONG'],
      () => outcomeWith({ signingKey: 1 }),
    ],
    ['no key named', ['certificates SIGNING_KEY_KIND_WRONG'], () => outcomeWith({ signingKey: 7, flags: 2 })],
    [
      'a signature algorithm of none',
      ['signature EVIDENCE_SIGNATURE_WRONG'],
      () => outcomeWith({ signatureAlgorithm: 0 }),
    ],
    [
      'no signature and no certificate',
      ['certificates ENDORSEMENT_MISSING?', 'signature EVIDENCE_NOT_SIGNED'],
      () => outcomeWith({ signingKey: 7 }, () => ({ endorsements: {} })),
    ],
    [
      'a report the host asked for',
      ['binding REPORT_NOT_FROM_GUEST'],
      () => outcomeWith({ vmpl: 0xffff_ffff }),
    ],
    [
      'a key of an ended certificate',
      ['validity CERTIFICATE_EXPIRED'],
      () => outcomeWith({}, undefined, amds.Milan.endorse({ notAfter: new Date('2026-11-30T00:00:00Z') })),
    ],
    [
      'a shorter challenge than it answers',
      ['freshness NONCE_MISMATCH'],
      () => outcomeWith({}, () => ({ reportData: CHALLENGE.slice(0, 63) })),
    ],
    [
      'a challenge filled up',
      [],
      () =>
        outcomeWith({ reportData: CHALLENGE.slice(0, 32) }, () => ({ reportData: CHALLENGE.slice(0, 32) })),
    ],
    ['version 1', 'malformed', () => outcomeWith({ version: 1 })],
    ['version 6', 'malformed', () => outcomeWith({ version: 6 })],
    ['a policy without the bit that is always one', 'malformed', () => outcomeWith({ policy: 0x1_0000 })],
    ['a policy bit of later firmware', 'malformed', () => outcomeWith({ policy: 0x403_0000 })],
    ['the highest policy bit', 'malformed', () => outcomeWith({ policy: 0x8003_0000 })],
    ['VMPL 4', 'malformed', () => outcomeWith({ vmpl: 4 })],
    ['signature algorithm 2', 'malformed', () => outcomeWith({ signatureAlgorithm: 2 })],
  ])('with %s', (_, expected, run) => {
    expect(run()).toEqual(expected);
  });

  it('of Turin compares the chip by its first eight bytes, the rest zero', () => {
    const amd = amds.Turin;
    const endorsement = amd.endorse();
    const options = optionsFor(amd, endorsement);
    const judge = (chipId: Uint8Array) =>
      outcomeOf(amd.report(endorsement, { reportData: CHALLENGE, chipId }), options);
    expect(judge(endorsement.chipId)).toEqual([]);
    expect(judge(flipped(endorsement.chipId, 7))).toEqual(['certificates CHIP_ID_MISMATCH']);
    expect(judge(flipped(endorsement.chipId, 8))).toEqual(['certificates CHIP_ID_MISMATCH']);
    const fmc = { fmc: 2, bootloader: 4, tee: 1, snp: 23, microcode: 213 };
    const newer = amd.report(endorsement, { reportData: CHALLENGE, reportedTcb: fmc, currentTcb: fmc });
    expect(outcomeOf(newer, options)).toEqual(['tcb TCB_NOT_CERTIFIED']);
  });

  it('refuses a report spliced of two genuine ones, and one signed anew by another key', () => {
    const amd = amds.Milan;
    const endorsement = amd.endorse();
    const options = optionsFor(amd, endorsement);
    const one = amd.report(endorsement, { reportData: CHALLENGE, measurement: new Uint8Array(48).fill(1) });
    const two = amd.report(endorsement, { reportData: CHALLENGE, measurement: new Uint8Array(48).fill(2) });
    const spliced = one.slice();
    spliced.set(two.subarray(0x2a0), 0x2a0);
    expect(outcomeOf(spliced, options)).toEqual(['signature EVIDENCE_SIGNATURE_WRONG']);
    const again = signSnpReport(one, amd.endorse().privateKey);
    expect(outcomeOf(again, options)).toEqual(['signature EVIDENCE_SIGNATURE_WRONG']);
    expect(outcomeOf(signSnpReport(one, endorsement.privateKey), options)).toEqual([]);
    const zeros = one.slice();
    zeros.fill(0, 0x2a0);
    expect(outcomeOf(zeros, options)).toEqual(['signature EVIDENCE_SIGNATURE_WRONG']);
  });

  it('has one form: nothing but zeros above r and s and behind them', () => {
    const amd = amds.Milan;
    const endorsement = amd.endorse();
    const options = optionsFor(amd, endorsement);
    const report = amd.report(endorsement, { reportData: CHALLENGE });
    for (let at = 0x2a0; at < report.length; at++) {
      const inNumber = at < 0x2d0 || (at >= 0x2e8 && at < 0x318);
      const outcome = outcomeOf(flipped(report, at, 0x80), options);
      expect(outcome, `byte ${at}`).toEqual(inNumber ? ['signature EVIDENCE_SIGNATURE_WRONG'] : 'malformed');
    }
  });

  it('has keys of the length of AMD’s where nobody asks for others', () => {
    const amd = createSyntheticSnp({ product: 'Genoa' });
    const endorsement = amd.endorse();
    expect(parseCertificate(amd.ark).publicKeyInfo.length).toBeGreaterThan(512);
    const report = amd.report(endorsement, { reportData: CHALLENGE });
    expect(outcomeOf(report, { ...optionsFor(amd, endorsement), time: NOW })).toEqual([]);
    expect(parseCertificate(amd.ark).subject.organization).toContain('synthetic');
  }, 60_000);
});
