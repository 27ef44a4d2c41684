import { isAccepted, utf8 } from '@cssi/sm-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { sgxVerifier, tdxVerifier } from '../../../src/evidence/intel/index.ts';
import type { IntelCollateral, VerificationOptions } from '../../../src/spec/v1/attestation.ts';
import {
  createSyntheticIntelVendor,
  signSyntheticStatement,
  syntheticIntelCollateral,
  syntheticIntelCrls,
  syntheticQeIdentity,
  syntheticTcbInfo,
} from '../../../src/synthetic/intel/index.ts';
import { createWorld, FMSPC, ISSUED, NEXT, type World } from './collateral-support.ts';
import { doubts, failures, flipped, otherDigit, placeOf } from './support.ts';

let world: World;
beforeAll(async () => {
  world = await createWorld();
});

const SPEC = { tee: 'sgx', fmspc: FMSPC, issueDate: ISSUED, nextUpdate: NEXT } as const;
const judge = (intel: readonly IntelCollateral[], more: Partial<VerificationOptions> = {}) =>
  sgxVerifier.verify(world.sgx, world.options(intel, more));
const fails = (intel: readonly IntelCollateral[], more: Partial<VerificationOptions> = {}) =>
  failures(judge(intel, more));
const UNSIGNED = 'collateral:COLLATERAL_SIGNATURE_WRONG';

describe('who states something about a platform', () => {
  it('[part of CC-006] a changed byte of a statement, or of its signature', () => {
    const good = world.statements({});
    expect(fails([good])).toEqual([]);
    const text = (part: string) => placeOf(good.tcbInfo, utf8(part));
    // The number of the recovery, a version, a digit of the signature: all remain JSON.
    const changed = [
      flipped(good.tcbInfo, text('DataNumber":1') + 12),
      flipped(good.tcbInfo, text('"pcesvn":0') + 9),
      otherDigit(good.tcbInfo, good.tcbInfo.length - 3),
    ];
    for (const tcbInfo of changed) expect(fails([{ ...good, tcbInfo }])).toEqual([UNSIGNED]);
    const qeIdentity = flipped(good.qeIdentity, placeOf(good.qeIdentity, utf8('"isvsvn":0')) + 9);
    expect(fails([{ ...good, qeIdentity }])).toEqual([UNSIGNED]);
  });

  it('[part of CC-006] statements that failed are not used: the TCB stays open', () => {
    const good = world.statements({ levels: [{ status: 'Revoked' }] });
    expect(fails([good])).toEqual(['tcb:TCB_REVOKED']);
    const verdict = judge([{ ...good, tcbInfo: otherDigit(good.tcbInfo, good.tcbInfo.length - 3) }]);
    expect(failures(verdict)).toEqual([UNSIGNED]);
    expect(doubts(verdict)).toEqual(['collateral:QE_IDENTITY_NOT_JUDGED', 'tcb:TCB_NOT_JUDGED']);
    expect(verdict.claims.details.tcbStatus).toBeNull();
  });

  it('[part of CC-006] the signature is over the bytes as sent, blanks and order included', () => {
    const { tcbSigning } = world.vendor;
    const good = world.statements({});
    const spaced = JSON.stringify(JSON.parse(syntheticTcbInfo(SPEC)), undefined, 1);
    const tcbInfo = signSyntheticStatement('tcbInfo', spaced, tcbSigning);
    expect(fails([{ ...good, tcbInfo }])).toEqual([]);
    // The same members written anew are other bytes.
    const { signature } = JSON.parse(Buffer.from(tcbInfo).toString()) as { signature: string };
    const written = utf8(`{"tcbInfo":${syntheticTcbInfo(SPEC)},"signature":"${signature}"}`);
    expect(fails([{ ...good, tcbInfo: written }])).toEqual([UNSIGNED]);
    const reordered = utf8(`\n { "signature" : "${signature}" , "tcbInfo" : ${spaced} } \n`);
    expect(fails([{ ...good, tcbInfo: reordered }])).toEqual([]);
  });

  it('[part of CC-006] other certificates under the same root sign no statements', () => {
    const { platform, vendor } = world;
    for (const holder of [platform.pck, vendor.platformCa, vendor.root]) {
      const issuers = [holder.certificate, vendor.platformCa.certificate, vendor.root.certificate];
      const forged = {
        tcbInfo: signSyntheticStatement('tcbInfo', syntheticTcbInfo(SPEC), holder),
        qeIdentity: signSyntheticStatement('enclaveIdentity', syntheticQeIdentity(SPEC), holder),
        issuers,
      };
      expect(fails([forged])).toEqual(['collateral:COLLATERAL_SIGNER_WRONG']);
    }
    expect(fails([{ ...world.statements({}), issuers: [] }])).toEqual(['collateral:COLLATERAL_SIGNER_WRONG']);
  });

  it('[part of CC-006] a signer of that name under another root', async () => {
    const stranger = await createSyntheticIntelVendor(new Date('2026-01-01T00:00:00Z'));
    const forged = syntheticIntelCollateral(stranger, SPEC);
    // Its root has the same name, so it is the signature that tells them apart.
    expect(fails([forged])).toEqual([
      'collateral:CERTIFICATE_SIGNATURE_WRONG',
      'collateral:NO_PATH_TO_ANCHOR',
    ]);
    const { issuers } = world.statements({});
    expect(fails([{ ...forged, issuers }])).toEqual([UNSIGNED, UNSIGNED]);
  });

  it('[part of CC-006] statements of each kind must have a signature of their own', () => {
    const good = world.statements({});
    const signature = (bytes: Uint8Array) =>
      (JSON.parse(Buffer.from(bytes).toString()) as { signature: string }).signature;
    const swapped = Buffer.from(good.tcbInfo)
      .toString()
      .replace(signature(good.tcbInfo), signature(good.qeIdentity));
    expect(fails([{ ...good, tcbInfo: utf8(swapped) }])).toEqual([UNSIGNED]);
  });
});

describe('when statements hold', () => {
  it.each([
    ['the moment of issue', ISSUED, []],
    ['the moment the next is due', NEXT, []],
    ['a second before the issue', new Date(ISSUED.getTime() - 1000), ['validity:COLLATERAL_NOT_YET_VALID']],
    ['a second after the next was due', new Date(NEXT.getTime() + 1000), ['validity:COLLATERAL_EXPIRED']],
  ] as const)('[part of CC-006] at %s', (_, time, expected) => {
    const { vendor } = world;
    const wide = {
      issueDate: new Date('2026-02-01T00:00:00Z'),
      nextUpdate: new Date('2027-12-01T00:00:00Z'),
    };
    const { tcbSigning } = vendor;
    const whole = world.statements(wide);
    const tcbInfo = signSyntheticStatement('tcbInfo', syntheticTcbInfo(SPEC), tcbSigning);
    const qeIdentity = signSyntheticStatement('enclaveIdentity', syntheticQeIdentity(SPEC), tcbSigning);
    // Without lists, which hold for the same days here.
    const judged = (one: IntelCollateral) => fails([one], { time, endorsements: { intel: [one] } });
    expect(judged({ ...whole, tcbInfo })).toEqual(expected);
    expect(judged({ ...whole, qeIdentity })).toEqual(expected);
  });

  it('[part of CC-006] the newest statements in force are used, whatever their order', () => {
    const old = world.statements({ evaluationNumber: 17 });
    const current = world.statements({ evaluationNumber: 18, levels: [{ status: 'OutOfDate' }] });
    const future = world.statements({
      evaluationNumber: 19,
      issueDate: new Date('2027-01-01T00:00:00Z'),
      nextUpdate: new Date('2027-02-01T00:00:00Z'),
    });
    for (const sets of [
      [old, current, future],
      [future, current, old],
    ]) {
      expect(fails(sets)).toEqual(['tcb:TCB_TOO_OLD']);
    }
    // One that nobody signed does not stand in the way of a genuine one.
    const forged = { ...future, tcbInfo: otherDigit(future.tcbInfo, future.tcbInfo.length - 3) };
    expect(fails([forged, current])).toEqual(['tcb:TCB_TOO_OLD']);
    expect(fails([forged])).toContain(UNSIGNED);
  });
});

describe('what statements are about', () => {
  it.each([
    ['another kind of platform', { fmspc: Uint8Array.of(1, 2, 3, 4, 5, 6) }],
    ['another provisioning enclave', { pceId: Uint8Array.of(1, 0) }],
    ['the other TEE', { tee: 'tdx' }],
  ] as const)('[part of CC-006] %s: the TCB stays open', (_, spec) => {
    const verdict = judge([world.statements(spec)]);
    expect(failures(verdict)).toEqual([]);
    expect(doubts(verdict)).toEqual([
      'collateral:COLLATERAL_OTHER_PLATFORM',
      'collateral:QE_IDENTITY_NOT_JUDGED',
      'tcb:TCB_NOT_JUDGED',
    ]);
    expect(verdict.trust.status).toBe('indeterminate');
    expect(isAccepted(judge([world.statements(spec), world.statements({})]))).toBe(true);
  });

  it('[part of CC-006] the identity of the other quoting enclave beside the right TCB information', () => {
    const good = world.statements({});
    const { qeIdentity } = world.statements({ tee: 'tdx' });
    expect(doubts(judge([{ ...good, qeIdentity }]))).toContain('collateral:COLLATERAL_OTHER_PLATFORM');
  });

  it('[part of CC-006] statements about SGX say nothing about a trust domain', () => {
    const verdict = tdxVerifier.verify(world.tdx, world.options([world.statements({})]));
    expect(doubts(verdict)).toEqual([
      'collateral:COLLATERAL_OTHER_PLATFORM',
      'collateral:QE_IDENTITY_NOT_JUDGED',
      'collateral:TDX_MODULE_NOT_JUDGED',
      'tcb:TCB_NOT_JUDGED',
    ]);
  });
});

describe('revocation on the way to a platform', () => {
  const lists = { thisUpdate: ISSUED, nextUpdate: NEXT };

  it.each(['pck', 'platformCa', 'tcbSigning'] as const)('[part of CC-006] revoked: %s', async (which) => {
    const { vendor, platform } = world;
    const { certificate } = which === 'pck' ? platform.pck : vendor[which];
    const crls = await syntheticIntelCrls(vendor, { ...lists, revoked: [certificate] });
    const intel = [world.statements({})];
    const verdict = judge(intel, { endorsements: { intel, crls } });
    expect(failures(verdict)).toEqual(['revocation:CERTIFICATE_REVOKED']);
    expect(verdict.trust.status).toBe('failed');
    expect(verdict.integrity.status).toBe('passed');
  });

  it('[part of CC-006] without lists, or with one of two, nobody knows', () => {
    const intel = [world.statements({})];
    const without = judge(intel, { endorsements: { intel } });
    expect(doubts(without)).toEqual(['revocation:REVOCATION_NOT_JUDGED']);
    expect(isAccepted(without)).toBe(false);
    for (const one of world.crls) {
      const verdict = judge(intel, { endorsements: { intel, crls: [one] } });
      expect(failures(verdict)).toEqual([]);
      expect(verdict.trust.status).toBe('indeterminate');
    }
  });

  it('[part of CC-006] lists of another vendor and lists out of date say nothing', async () => {
    const intel = [world.statements({})];
    const stranger = await createSyntheticIntelVendor(new Date('2026-01-01T00:00:00Z'));
    const foreign = await syntheticIntelCrls(stranger, lists);
    const stale = await syntheticIntelCrls(world.vendor, {
      thisUpdate: new Date('2026-09-01T00:00:00Z'),
      nextUpdate: new Date('2026-10-01T00:00:00Z'),
    });
    for (const crls of [foreign, stale]) {
      const verdict = judge(intel, { endorsements: { intel, crls } });
      expect(isAccepted(verdict)).toBe(false);
      expect(verdict.trust.status).not.toBe('passed');
    }
  });
});
