import { sm3, utf8 } from '@cssi/sm-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { sequence, utf8String } from '../src/internal/write.ts';
import { addUnsignedAttribute } from '../src/messages/change-message.ts';
import { parseMessage } from '../src/messages/parse-message.ts';
import { signMessage } from '../src/messages/sign-message.ts';
import { writeArbitrationRecord } from '../src/reliable/arbitration-record.ts';
import {
  ARBITRATION_RECORD_OID,
  type ArbitrationVerifyOptions,
  type ReliableSigner,
  signReliably,
  verifyArbitrationRecord,
} from '../src/reliable/index.ts';
import type { SignedMessage } from '../src/spec/v1/message.ts';
import { createTimeStampAuthority } from '../src/timestamp/index.ts';
import { day, type Holder, NOW, under } from './support/authority.ts';
import { codeOf, statuses } from './support/codes.ts';
import { crlOf, type StampingSite, stampingSite, tsaOptions } from './support/timestamp.ts';

const SENT = utf8('订单一号');
const GOOD = 'passed passed passed';
const delivery = { time: NOW, channel: '挂号信', proof: utf8('回执') };
let site: StampingSite;
let [sender, receiver, arbiter, stranger]: Holder[] = [];
beforeAll(async () => {
  site = await stampingSite();
  [sender, receiver, arbiter, stranger] = await Promise.all(
    ['发送方', '接收方', '仲裁方', '他人'].map((name) => under(site.ca, name)),
  );
});

const signed = (holder: Holder | undefined) =>
  signMessage(SENT, {
    syntax: 'gbt35275',
    detached: true,
    signers: [{ ...holder!, attributes: 'standard' }],
  });
const digest = (holder: Holder | undefined) => sm3(holder!.certificate.raw);
type Fields = Parameters<typeof writeArbitrationRecord>[0];

/** A record as an arbiter would make it that checks nothing: one signature and a proof of delivery. */
async function record(changes: Partial<Fields>, by: Partial<ReliableSigner> = {}): Promise<Uint8Array> {
  const fields: Fields = {
    exchange: utf8('exchange-0001'),
    time: NOW,
    sender: { role: 'sender', name: '甲', certificateDigest: digest(sender) },
    receiver: { role: 'receiver', name: '乙', certificateDigest: digest(receiver) },
    sentDigest: sm3(SENT),
    receivedDigest: sm3(SENT),
    delivery,
    ...changes,
  };
  return signReliably(writeArbitrationRecord(fields), {
    ...arbiter!,
    anchors: [site.ca.certificate],
    stamp: (request) => createTimeStampAuthority(tsaOptions(site.tsa)).reply(request),
    collect: async () => ({ crls: [await crlOf(site.ca, [], day(-1))] }),
    clock: () => NOW,
    ...by,
    contentType: ARBITRATION_RECORD_OID,
  });
}
const verify = (message: Uint8Array, changes: Partial<ArbitrationVerifyOptions> = {}) =>
  verifyArbitrationRecord(message, {
    arbiter: { anchors: [site.ca.certificate], time: day(400) },
    parties: { anchors: [site.ca.certificate], revocation: 'none' },
    sender: { certificates: [sender!.certificate] },
    receiver: { certificates: [receiver!.certificate] },
    sent: SENT,
    ...changes,
  });
const codes = ({ steps }: ReturnType<typeof verify>) => steps.map(({ code }) => code);
const named = (holder: Holder | undefined) => ({ subjects: [holder!.certificate.subjectRaw] });
const of = (holder: Holder | undefined) => ({ certificates: [holder!.certificate] });

describe('a side that did not sign', () => {
  it('[part of TCCIA-113] is the one whose certificate the record names, and nobody else', async () => {
    const sent = await record({ senderSignature: await signed(sender) });
    const report = verify(sent);
    expect(statuses(report.verdict)).toBe(GOOD);
    expect(codes(report)).toContain('RECORD_PARTY_NAMED');
    const other = verify(sent, { receiver: of(stranger) });
    expect(statuses(other.verdict)).toBe('passed failed passed');
    expect(codes(other)).toContain('RECORD_PARTY_WRONG');
    const received = await record({ receiverSignature: await signed(receiver) });
    expect(statuses(verify(received).verdict)).toBe(GOOD);
    expect(verify(received, { sender: of(stranger) }).verdict.trust.status).toBe('failed');
  });

  it('is in doubt when it is known by its name alone', async () => {
    const sent = await record({ senderSignature: await signed(sender) });
    for (const party of [named(receiver), named(stranger), { ...named(receiver), ...of(stranger) }]) {
      const report = verify(sent, { receiver: party });
      expect(statuses(report.verdict)).toBe('passed indeterminate passed');
      expect(codes(report)).toContain('RECORD_PARTY_UNPROVEN');
    }
    expect(statuses(verify(sent, { receiver: { ...named(stranger), ...of(receiver) } }).verdict)).toBe(GOOD);
  });

  it('[part of TCCIA-113] is not the other side', async () => {
    const both = { role: 'receiver', name: '乙', certificateDigest: digest(sender) } as const;
    const message = await record({ senderSignature: await signed(sender), receiver: both });
    const report = verify(message, { receiver: of(sender) });
    expect(report.verdict.trust.status).toBe('failed');
    expect(codes(report)).toContain('PARTY_AMBIGUOUS');
    expect(verify(message, { receiver: named(receiver) }).verdict.trust.status).toBe('failed');
    // Another certificate of the same holder.
    const again = await under(site.ca, '发送方');
    const twin = { ...both, certificateDigest: digest(again) };
    const disguised = await record({ senderSignature: await signed(sender), receiver: twin });
    expect(codes(verify(disguised, { receiver: of(again) }))).toContain('PARTY_AMBIGUOUS');
  });
});

describe('the arbiter of a record', () => {
  it('[part of TCCIA-113] is nobody who signed as a party, however the parties are named', async () => {
    // The sender under another certificate and name of its key, known to the verifier by name.
    const { certificate } = await under(site.ca, '另一名称', { publicKeyInfo: sender!.signer.publicKeyInfo });
    const signatures = { senderSignature: await signed(sender), receiverSignature: await signed(receiver) };
    const message = await record(signatures, { signer: sender!.signer, certificate });
    const report = verify(message, { sender: named(sender), receiver: named(receiver) });
    expect(report.verdict.trust.status).toBe('failed');
    expect(codes(report)).toContain('ARBITER_IS_PARTY');
    const third = verify(await record(signatures), { sender: named(sender), receiver: named(receiver) });
    expect(statuses(third.verdict)).toBe(GOOD);
  });
});

describe('the strict policy', () => {
  it('is for the messages of the parties too', async () => {
    const message = parseMessage(await signed(sender)) as SignedMessage;
    // A set in pieces of the indefinite form: BER.
    const plain = addUnsignedAttribute(message, 0, { oid: '1.2.3.4', values: [sequence(utf8String('x'))] });
    const length = plain[1]! & 0x7f;
    const ber = Uint8Array.of(0x30, 0x80, ...plain.subarray(2 + length), 0, 0);
    const report = await record({ senderSignature: ber });
    expect(statuses(verify(report).verdict)).toBe(GOOD);
    const arbiterOptions = { anchors: [site.ca.certificate], time: day(400), policy: 'strict' } as const;
    const REFUSED = 'ERR_PKI_DEVIATION_REFUSED';
    expect(codeOf(() => verify(report, { arbiter: arbiterOptions }))).toBe(REFUSED);
    const parties = { anchors: [site.ca.certificate], revocation: 'none', policy: 'strict' } as const;
    expect(codeOf(() => verify(report, { parties }))).toBe(REFUSED);
    const strict = await record({ senderSignature: plain });
    expect(statuses(verify(strict, { arbiter: arbiterOptions, parties }).verdict)).toBe(GOOD);
  });
});
