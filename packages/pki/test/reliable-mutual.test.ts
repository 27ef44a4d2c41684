import { utf8 } from '@cssi/sm-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { addSignature } from '../src/messages/change-message.ts';
import { parseMessage } from '../src/messages/parse-message.ts';
import {
  countersign,
  createMutualEvidence,
  type MutualVerifyOptions,
  type PartySigner,
  signReliably,
  verifyMutualEvidence,
} from '../src/reliable/index.ts';
import type { SignedMessage } from '../src/spec/v1/message.ts';
import { createTimeStampAuthority } from '../src/timestamp/index.ts';
import { day, type Holder, NOW, under } from './support/authority.ts';
import { codeOf, codeOfAsync, statuses } from './support/codes.ts';
import { crlOf, type StampingSite, stampingSite, tsaOptions } from './support/timestamp.ts';

const CONTENT = utf8('双方约定的内容');
const GOOD = 'passed passed passed';
let site: StampingSite;
let [alice, bob, carol]: Holder[] = [];
let aliceAgain: Holder;
let crl: Uint8Array;
beforeAll(async () => {
  site = await stampingSite();
  [alice, bob, carol] = await Promise.all(['甲方', '乙方', '丙方'].map((name) => under(site.ca, name)));
  aliceAgain = await under(site.ca, '甲方');
  crl = await crlOf(site.ca, [], day(-1));
});

const party = (holder: Holder | undefined, changes: Partial<PartySigner> = {}): PartySigner => ({
  ...holder!,
  anchors: [site.ca.certificate],
  clock: () => NOW,
  revocation: 'none',
  ...changes,
});
const of = (holder: Holder | undefined) => ({ certificates: [holder!.certificate] });
const named = (holder: Holder | undefined) => ({ subjects: [holder!.certificate.subjectRaw] });
const verify = (message: Uint8Array, changes: Partial<MutualVerifyOptions> = {}) =>
  verifyMutualEvidence(message, {
    anchors: [site.ca.certificate],
    time: day(1),
    revocation: 'none',
    parties: [of(alice), of(bob)],
    ...changes,
  });
const both = async (): Promise<Uint8Array> =>
  countersign(await createMutualEvidence(CONTENT, party(alice)), party(bob));
const partySteps = ({ steps }: ReturnType<typeof verify>) =>
  steps.map(({ status, code }) => `${status} ${code}`);

describe('mutual evidence', () => {
  it('[part of TCCIA-113] is accepted with a signature of each party over one content, in either order', async () => {
    const message = await both();
    const report = verify(message, { policy: 'strict' });
    expect(statuses(report.verdict)).toBe(GOOD);
    expect(report.content).toEqual(CONTENT);
    const [a, b] = report.parties.map(({ signature }) => signature!.certificate!.fingerprint);
    expect([a, b]).toEqual([alice!.certificate.fingerprint, bob!.certificate.fingerprint]);
    expect(statuses(verify(message, { parties: [named(bob), named(alice)] }).verdict)).toBe(GOOD);
  });

  it('[part of TCCIA-113] carries stamps and evidence of both, and is then judged at their times', async () => {
    const stamping = (holder: Holder | undefined) =>
      party(holder, {
        stamp: (request) => createTimeStampAuthority(tsaOptions(site.tsa)).reply(request),
        collect: () => ({ crls: [crl] }),
        revocation: 'all',
      });
    const message = await countersign(await createMutualEvidence(CONTENT, stamping(alice)), stamping(bob));
    const options = { stampRequired: true, revocation: 'all', time: day(500) } as const;
    const report = verify(message, options);
    expect(statuses(report.verdict)).toBe(GOOD);
    expect(report.parties.map(({ signature }) => signature!.stampedBy)).toEqual([NOW, NOW]);
    // Without stamps the same does not hold for ever.
    expect(verify(await both(), { time: day(500) }).verdict.time.status).toBe('failed');
    expect(verify(await both(), { stampRequired: true }).verdict.time.status).toBe('indeterminate');
  });

  it('works detached, when the content is brought along', async () => {
    const first = await createMutualEvidence(CONTENT, { ...party(alice), detached: true, syntax: 'rfc5652' });
    const message = await countersign(first, { ...party(bob), content: CONTENT });
    expect(statuses(verify(message, { content: CONTENT }).verdict)).toBe(GOOD);
    expect(verify(message, { content: utf8('x') }).verdict.integrity.status).toBe('failed');
    expect(verify(message).verdict.integrity.status).toBe('indeterminate');
    expect(await codeOfAsync(() => countersign(first, { ...party(bob), content: utf8('x') }))).toBe(
      'ERR_PKI_MESSAGE_OPTIONS',
    );
  });

  it('[part of TCCIA-113] is not accepted with one signature', async () => {
    const report = verify(await createMutualEvidence(CONTENT, party(alice)));
    expect(report.verdict.trust.status).toBe('failed');
    expect(partySteps(report)).toEqual(['passed PARTY_SIGNED', 'failed PARTY_NOT_SIGNED']);
  });

  /** A second signature as nobody should add it. */
  const force = async (message: Uint8Array, holder: Holder) =>
    addSignature(parseMessage(message) as SignedMessage, { ...holder, attributes: 'standard' });

  it('[part of TCCIA-113] is never accepted with two signatures of one party', async () => {
    const first = await createMutualEvidence(CONTENT, party(alice));
    const twice = await force(first, alice!);
    expect(verify(twice).verdict.trust.status).toBe('failed');
    // Whoever the verifier names: the same certificate, the same name, the same key for both sides.
    for (const parties of [
      [of(alice), of(alice)],
      [named(alice), named(alice)],
      [of(alice), named(alice)],
    ] as const) {
      expect(verify(twice, { parties }).verdict.trust.status).toBe('failed');
    }
    const other = await force(first, aliceAgain);
    expect(verify(other, { parties: [of(alice), of(aliceAgain)] }).verdict.trust.status).toBe('failed');
    expect(verify(other, { parties: [named(alice), of(bob)] }).verdict.trust.status).toBe('failed');
    // Her key under another name.
    const { publicKeyInfo } = alice!.signer;
    const { certificate } = await under(site.ca, '乙方', { publicKeyInfo });
    const disguised = await force(first, { signer: alice!.signer, certificate });
    const report = verify(disguised, { parties: [of(alice), { certificates: [certificate] }] });
    expect(report.verdict.trust.status).toBe('failed');
    expect(partySteps(report)).toContain('failed PARTY_AMBIGUOUS');
  });

  it('is not accepted when a certificate stands for both parties', async () => {
    const pair = { certificates: [alice!.certificate, bob!.certificate] };
    const message = await both();
    for (const parties of [
      [of(alice), pair],
      [of(bob), pair],
      [pair, of(alice)],
      [pair, of(bob)],
    ] as const) {
      const report = verify(message, { parties });
      expect(report.verdict.trust.status).toBe('failed');
      expect(partySteps(report)).toContain('failed PARTY_AMBIGUOUS');
    }
  });

  it('is not accepted with the signature of somebody else, nor harmed by it', async () => {
    const strange = await force(await createMutualEvidence(CONTENT, party(alice)), carol!);
    const report = verify(strange);
    expect(report.verdict.trust.status).toBe('failed');
    expect(partySteps(report)).toContain('passed PARTY_UNKNOWN');
    expect(statuses(verify(await force(await both(), carol!)).verdict)).toBe(GOOD);
  });

  it('is not accepted with a wrong signature, or changed content', async () => {
    const message = await both();
    const parsed = parseMessage(message) as SignedMessage;
    for (const part of [parsed.content!, parsed.signers[0]!.signature, parsed.signers[1]!.signature]) {
      const changed = Uint8Array.from(message);
      changed[Buffer.from(message).indexOf(Buffer.from(part)) + part.length - 1]! ^= 1;
      expect(verify(changed).verdict.integrity.status).toBe('failed');
    }
  });

  it('is not accepted when a party is under another root', async () => {
    const { certificate } = (await stampingSite()).ca;
    expect(verify(await both(), { anchors: [certificate] }).verdict.trust.status).toBe('failed');
  });

  it('is not countersigned by the same party, over a wrong signature, or by a bad certificate', async () => {
    const first = await createMutualEvidence(CONTENT, party(alice));
    const refused = (holder: Holder | undefined, message = first, changes: Partial<PartySigner> = {}) =>
      codeOfAsync(() => countersign(message, party(holder, changes)));
    expect(await refused(alice)).toBe('ERR_PKI_MESSAGE_OPTIONS');
    expect(await refused(aliceAgain)).toBe('ERR_PKI_MESSAGE_OPTIONS');
    const wrong = Uint8Array.from(first);
    wrong[wrong.length - 1]! ^= 1;
    expect(await refused(bob, wrong)).toBe('ERR_PKI_MESSAGE_OPTIONS');
    expect(await refused(bob, first, { clock: () => day(999) })).toBe('ERR_PKI_MESSAGE_OPTIONS');
    expect(await refused(bob, Uint8Array.of(1, 2))).toBe('ERR_PKI_MESSAGE_MALFORMED');
    expect(await refused(bob)).toBe('nothing was thrown');
  });

  it('needs two parties that somebody can be', async () => {
    const message = await both();
    for (const parties of [[of(alice)], [of(alice), {}], [{ certificates: [] }, of(bob)], 'both']) {
      expect(codeOf(() => verify(message, { parties: parties as never }))).toBe('ERR_PKI_MESSAGE_OPTIONS');
    }
  });

  it('is not spoiled by a forged certificate with the name of a party', async () => {
    const stranger = await under((await stampingSite()).ca, '甲方');
    const forged = await force(await both(), stranger);
    const parties = [named(alice), named(bob)] as const;
    expect(statuses(verify(forged, { parties }).verdict)).toBe(GOOD);
    // What is in doubt stays in doubt, in whatever order the signatures are.
    for (let round = 0; round < 4; round++) {
      const message = await force(await both(), await under((await stampingSite()).ca, '甲方'));
      const report = verify(message, { parties, stampRequired: true });
      expect(statuses(report.verdict)).toBe('passed passed indeterminate');
    }
  });

  it('carries the chain of the second signer too', async () => {
    const sub = await under(site.ca, '下级机构', { profile: 'sub-ca' });
    const dave = await under(sub, '丁方');
    const first = await createMutualEvidence(CONTENT, party(alice));
    const message = await countersign(first, party(dave, { chain: [sub.certificate] }));
    const report = verify(message, { parties: [of(alice), of(dave)], policy: 'strict' });
    expect(statuses(report.verdict)).toBe(GOOD);
  });

  it('is not made of what is no byte array', async () => {
    const first = await createMutualEvidence(CONTENT, { ...party(alice), detached: true });
    for (const content of ['text', 5, null, [1, 2], new ArrayBuffer(2)] as never[]) {
      expect(await codeOfAsync(() => createMutualEvidence(content, party(alice)))).toBe(
        'ERR_PKI_MESSAGE_OPTIONS',
      );
      expect(await codeOfAsync(() => countersign(first, { ...party(bob), content }))).toBe(
        'ERR_PKI_MESSAGE_OPTIONS',
      );
      const stamp = (request: Uint8Array) => createTimeStampAuthority(tsaOptions(site.tsa)).reply(request);
      const reliable = { ...party(alice), stamp, collect: () => ({ crls: [crl] }) };
      expect(await codeOfAsync(() => signReliably(content, reliable))).toBe('ERR_PKI_MESSAGE_OPTIONS');
    }
    const parties = [of(alice), { subjects: ['CN=乙方'] }] as never;
    const message = await both();
    expect(codeOf(() => verify(message, { parties }))).toBe('ERR_PKI_MESSAGE_OPTIONS');
  });
});
