import { type Certificate, parseCertificate, pemDecode, pemEncode } from '@cssi/pki';
import { fromUtf8, isAccepted, utf8 } from '@cssi/sm-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { type AppraisalPolicy, appraise } from '../../../src/evidence/appraisal/index.ts';
import { sgxVerifier, tdxVerifier } from '../../../src/evidence/intel/index.ts';
import { keepChain, keptChain } from '../../../src/evidence/intel/kept-chains.ts';
import type { IntelCollateral, VerificationOptions } from '../../../src/spec/v1/attestation.ts';
import {
  createSyntheticIntelPlatform,
  type SyntheticHolder,
  type SyntheticIntelVendor,
  signSyntheticStatement,
  syntheticIntelCollateral,
  syntheticIntelCrls,
  syntheticQeIdentity,
  syntheticTcbInfo,
} from '../../../src/synthetic/intel/index.ts';
import { newHolder } from '../../../src/synthetic/intel/vendor.ts';
import { createWorld, FMSPC, ISSUED, NEXT, NONCE, type World } from './collateral-support.ts';
import { doubts, failures, flipped, outcome, placeOf, TIME, withCertificate } from './support.ts';

const SPEC = { tee: 'sgx', fmspc: FMSPC, issueDate: ISSUED, nextUpdate: NEXT } as const;
const FACTS = { fmspc: FMSPC, components: [4, 4, 3], pceSvn: 11 };
const PATH_WRONG = 'certificates:PCK_CHAIN_WRONG';
const SIGNER_WRONG = 'collateral:COLLATERAL_SIGNER_WRONG';

let world: World;
let dates: Pick<SyntheticIntelVendor, 'notBefore' | 'notAfter'>;
/** An anchor for evidence of another kind, which its owner's certificates lead to. */
let company: SyntheticHolder;

const authority = (name: string, issuer: SyntheticHolder, pathLength = 0): Promise<SyntheticHolder> =>
  newHolder(name, issuer, { ...dates, profile: 'sub-ca', pathLength });
const signing = (issuer: SyntheticHolder): Promise<SyntheticHolder> =>
  newHolder('Intel SGX TCB Signing', issuer, { ...dates, profile: 'device-signing' });

beforeAll(async () => {
  world = await createWorld();
  const { notBefore, notAfter } = world.vendor;
  dates = { notBefore, notAfter };
  company = await newHolder('Company Root CA', 'self', { ...dates, profile: 'root-ca' });
});

/** Accepts every enclave, of a platform whose versions nobody judged too. */
const POLICY: AppraisalPolicy = {
  format: 'cssi-appraisal-policy/1',
  name: 'any enclave',
  types: ['sgx'],
  deployments: ['enclave'],
  requireMemoryEncryption: true,
  allowDebug: false,
  migration: 'disabled',
  allowEmulated: true,
  allowUnjudgedTcb: true,
  minimumVersions: [],
  measurements: [{ by: 'name', of: 'mrenclave', accept: [`sha256:${'00'.repeat(32)}`] }],
  untrustedSoftware: [],
  maxAgeSeconds: null,
  deployment: null,
};

/** Both kinds of anchor given, as somebody does who verifies evidence of several TEEs. */
const bothAnchors = (): Pick<VerificationOptions, 'anchors'> => ({
  anchors: { certificates: [world.vendor.root.certificate, company.certificate] },
});

describe('which authorities certify platforms', () => {
  /** A platform with a PCK certificate of the right shape, of an authority below `root`. */
  async function judgedBelow(root: SyntheticHolder, options: Partial<VerificationOptions>) {
    const platformCa = await authority('Intel SGX PCK Platform CA', root);
    const platform = await createSyntheticIntelPlatform({ ...world.vendor, root, platformCa }, FACTS);
    const quote = platform.sgxQuote({ reportData: NONCE });
    return sgxVerifier.verify(quote, {
      ...world.options([], options),
      endorsements: { certificates: [root.certificate] },
    });
  }

  it('[part of CC-006] an anchor of another kind has none', async () => {
    const verdict = await judgedBelow(company, bothAnchors());
    expect(failures(verdict)).toEqual([PATH_WRONG]);
    expect(verdict.trust.status).toBe('failed');
  });

  it("[part of CC-006] nor has an authority below it that took the root's name", async () => {
    const impostor = await authority('Intel SGX Root CA', company, 1);
    expect(failures(await judgedBelow(impostor, bothAnchors()))).toEqual([PATH_WRONG]);
  });

  it('[part of CC-006] an authority that is an anchor itself is trusted as it is', () => {
    const anchors = { certificates: [world.vendor.platformCa.certificate] };
    const verdict = sgxVerifier.verify(world.sgx, { ...world.options([]), anchors, endorsements: {} });
    expect(failures(verdict)).toEqual([]);
    expect(doubts(verdict).filter((one) => one.startsWith('chain:'))).toEqual([]);
  });
});

describe('an authority that was seen before', () => {
  const verify = (quote: Uint8Array, more: Partial<VerificationOptions> = {}) =>
    sgxVerifier.verify(quote, world.options([world.statements({})], more));

  it('[part of CC-006] is judged again with every quote', async () => {
    const { vendor } = world;
    expect(isAccepted(verify(world.sgx))).toBe(true);
    const other = (await createWorld()).vendor.root.certificate;
    expect(failures(verify(world.sgx, { anchors: { certificates: [other] } }))).toContain(
      'chain:NO_PATH_TO_ANCHOR',
    );
    const time = new Date(vendor.notAfter.getTime() + 2000);
    expect(failures(verify(world.sgx, { time }))).toContain('validity:CERTIFICATE_EXPIRED');
    const lists = { thisUpdate: ISSUED, nextUpdate: NEXT, revoked: [vendor.platformCa.certificate] };
    const crls = await syntheticIntelCrls(vendor, lists);
    const intel = [world.statements({})];
    expect(failures(verify(world.sgx, { endorsements: { crls, intel } }))).toEqual([
      'revocation:CERTIFICATE_REVOKED',
    ]);
    expect(isAccepted(verify(world.sgx))).toBe(true);
  });

  it('[part of CC-006] does not stand in for one that differs in a bit', () => {
    expect(isAccepted(verify(world.sgx))).toBe(true);
    const { signature, serial } = world.vendor.platformCa.certificate;
    for (const part of [signature, serial]) {
      const edited = withCertificate(world.sgx, 3, 1, (der) => flipped(der, placeOf(der, part) + 9));
      expect(failures(verify(edited))).toContain('chain:CERTIFICATE_SIGNATURE_WRONG');
    }
    const { serial: own } = world.platform.pck.certificate;
    const edited = withCertificate(world.sgx, 3, 0, (der) => flipped(der, placeOf(der, own) + 9));
    expect(failures(verify(edited))).toContain('chain:CERTIFICATE_SIGNATURE_WRONG');
  });

  it('[part of CC-006] is not kept when it led to no anchor', async () => {
    const stranger = await createWorld();
    for (let round = 0; round < 2; round++) {
      const verdict = sgxVerifier.verify(stranger.sgx, world.options([]));
      expect(failures(verdict)).toContain('chain:NO_PATH_TO_ANCHOR');
    }
    expect(keptChain(fromUtf8(stranger.platform.chainPem))).toBeUndefined();
    expect(isAccepted(verify(world.sgx))).toBe(true);
    expect(keptChain(fromUtf8(world.platform.chainPem))?.leaf.raw).toEqual(
      world.platform.pck.certificate.raw,
    );
  });

  it('[part of CC-006] makes room for others when too many are kept', () => {
    expect(isAccepted(verify(world.sgx))).toBe(true);
    const chain = keptChain(fromUtf8(world.platform.chainPem))!;
    for (let number = 0; number < 200; number++) keepChain({ ...chain, text: `${number}` });
    expect(keptChain('71')).toBeUndefined();
    expect(keptChain('72')).toBeDefined();
    expect(keptChain(chain.text)).toBeUndefined();
    expect(isAccepted(verify(world.sgx))).toBe(true);
  });

  it('[part of CC-006] the anchors of the verifier count, whatever root a quote brings', () => {
    const { root, platformCa } = world.vendor;
    const own = parseCertificate(root.certificate.raw);
    expect(isAccepted(verify(world.sgx, { anchors: { certificates: [own] } }))).toBe(true);
    const chain: readonly Certificate[] = [world.platform.pck.certificate, platformCa.certificate];
    const pem = chain.map(({ raw }) => pemEncode('CERTIFICATE', raw)).join('');
    expect(pemDecode(pem, 'CERTIFICATE').length).toBe(2);
    const rootless = world.platform.sgxQuote({ reportData: NONCE }, { certificationData: utf8(pem) });
    expect(isAccepted(verify(rootless))).toBe(true);
    expect(outcome(() => verify(rootless, { anchors: {} }))).toEqual([]);
    expect(isAccepted(verify(rootless, { anchors: {} }))).toBe(false);
  });
});

describe('which keys sign statements', () => {
  const signedBy = (signer: SyntheticHolder, issuers: readonly SyntheticHolder[]): IntelCollateral => ({
    tcbInfo: signSyntheticStatement('tcbInfo', syntheticTcbInfo(SPEC), signer),
    qeIdentity: signSyntheticStatement('enclaveIdentity', syntheticQeIdentity(SPEC), signer),
    issuers: [signer, ...issuers].map(({ certificate }) => certificate),
  });
  const judge = (intel: readonly IntelCollateral[]) =>
    sgxVerifier.verify(world.sgx, world.options(intel, bothAnchors()));

  it('[part of CC-006] none that the authority for platforms certified', async () => {
    const { platformCa, root } = world.vendor;
    const signer = await signing(platformCa);
    expect(failures(judge([signedBy(signer, [platformCa, root])]))).toEqual([SIGNER_WRONG]);
  });

  it('[part of CC-006] none of another anchor, and none of an impostor below it', async () => {
    expect(failures(judge([signedBy(await signing(company), [company])]))).toEqual([SIGNER_WRONG]);
    const impostor = await authority('Intel SGX Root CA', company, 1);
    const verdict = judge([signedBy(await signing(impostor), [impostor, company])]);
    expect(failures(verdict)).toEqual([SIGNER_WRONG]);
    expect(doubts(verdict)).toContain('tcb:TCB_NOT_JUDGED');
  });

  it('[part of CC-006] without an anchor nobody vouches for statements, so that they are not used', () => {
    const good = world.statements({});
    for (const levels of [undefined, [{ status: 'Revoked' }] as const]) {
      const set = levels === undefined ? good : world.statements({ levels });
      const verdict = sgxVerifier.verify(world.sgx, world.options([set], { anchors: {} }));
      expect(failures(verdict)).toEqual([]);
      expect(doubts(verdict)).toContain('tcb:TCB_NOT_JUDGED');
      expect(verdict.claims.details.tcbStatus).toBeNull();
    }
  });

  it('[part of CC-006] statements nobody vouches for do not stand in the way of genuine ones', async () => {
    const { notBefore } = world.vendor;
    const root = await newHolder('Intel SGX Root CA', 'self', { ...dates, profile: 'root-ca' });
    const forger = { ...world.vendor, root, tcbSigning: await signing(root), notBefore };
    const forged = syntheticIntelCollateral(forger, { ...SPEC, evaluationNumber: 99 });
    const genuine = world.statements({ evaluationNumber: 5 });
    const verdict = judge([forged, genuine]);
    expect(isAccepted(verdict)).toBe(true);
    expect(verdict.claims.versions).toContainEqual({ name: 'tcb-evaluation', value: 5 });
  });
});

describe('statements of several ages', () => {
  it('[part of CC-007] an old identity of the quoting enclave does not come in beside newer statements', () => {
    const current = world.statements({
      evaluationNumber: 18,
      qeLevels: [
        { isvSvn: 9, status: 'UpToDate' },
        { isvSvn: 8, status: 'OutOfDate' },
      ],
    });
    // In force still: TCB information served a day later, with the identity of the recovery before.
    const later = { evaluationNumber: 18, issueDate: new Date('2026-11-21T00:00:00Z') };
    const { tcbInfo, issuers } = world.statements(later);
    const { qeIdentity } = world.statements({ evaluationNumber: 17 });
    for (const sets of [
      [current, { tcbInfo, qeIdentity, issuers }],
      [{ tcbInfo, qeIdentity, issuers }, current],
    ]) {
      const verdict = sgxVerifier.verify(world.sgx, world.options(sets));
      expect(failures(verdict)).toEqual(['tcb:TCB_TOO_OLD']);
      expect(verdict.claims.versions).toContainEqual({ name: 'tcb-evaluation', value: 18 });
    }
  });

  it('[part of CC-006] findings about a signer are entered once, and for each statement one', () => {
    const verdict = sgxVerifier.verify(world.sgx, world.options([world.statements({})]));
    const codes = verdict.steps.filter(({ step }) => step === 'collateral').map(({ code }) => code);
    expect(codes).toEqual([
      'COLLATERAL_SIGNER_RIGHT',
      'COLLATERAL_SIGNATURE_RIGHT',
      'COLLATERAL_SIGNATURE_RIGHT',
      'QE_IDENTITY_RIGHT',
    ]);
  });
});

describe('who made a quote, when the vendor says nothing', () => {
  it('[part of CC-006] a policy that lets versions go unjudged does not accept whoever made it', () => {
    const { crls } = world;
    const verdict = sgxVerifier.verify(world.sgx, { ...world.options([]), endorsements: { crls } });
    const judged = appraise(verdict, { time: TIME, policy: POLICY });
    expect(judged.steps.filter(({ step }) => step === 'tcb').map(({ status }) => status)).toEqual(['passed']);
    expect(judged.trust.status).toBe('indeterminate');
    const stated = sgxVerifier.verify(world.sgx, world.options([world.statements({})]));
    expect(isAccepted(appraise(stated, { time: TIME, policy: POLICY }))).toBe(true);
  });

  it('[part of CC-006] is open apart from the versions', () => {
    const open = (tee: 'sgx' | 'tdx') => {
      const verifier = tee === 'sgx' ? sgxVerifier : tdxVerifier;
      const { crls } = world;
      return doubts(verifier.verify(world[tee], { ...world.options([]), endorsements: { crls } }));
    };
    expect(open('sgx')).toEqual(['collateral:QE_IDENTITY_NOT_JUDGED', 'tcb:TCB_NOT_JUDGED']);
    expect(open('tdx')).toEqual([
      'collateral:QE_IDENTITY_NOT_JUDGED',
      'collateral:TDX_MODULE_NOT_JUDGED',
      'tcb:TCB_NOT_JUDGED',
    ]);
  });
});
