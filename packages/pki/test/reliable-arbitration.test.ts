import { sm3, utf8 } from '@cssi/sm-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { signMessage } from '../src/messages/sign-message.ts';
import { writeArbitrationRecord } from '../src/reliable/arbitration-record.ts';
import {
  ARBITRATION_RECORD_OID,
  type ArbitrationVerifyOptions,
  createArbitrationRecord,
  type Exchange,
  parseArbitrationRecord,
  type ReliableSigner,
  signReliably,
  verifyArbitrationRecord,
} from '../src/reliable/index.ts';
import { createTimeStampAuthority } from '../src/timestamp/index.ts';
import { day, type Holder, NOW, under } from './support/authority.ts';
import { codeOf, codeOfAsync, statuses } from './support/codes.ts';
import { crlOf, type StampingSite, stampingSite, tsaOptions } from './support/timestamp.ts';

const SENT = utf8('订单一号');
const GOOD = 'passed passed passed';
let site: StampingSite;
let [sender, receiver, arbiter]: Holder[] = [];
let signatures: { sender: Uint8Array; receiver: Uint8Array };
beforeAll(async () => {
  site = await stampingSite();
  [sender, receiver, arbiter] = await Promise.all(
    ['发送方', '接收方', '仲裁方'].map((name) => under(site.ca, name)),
  );
  signatures = { sender: await signed(sender, SENT), receiver: await signed(receiver, SENT) };
});

const signed = (holder: Holder | undefined, content: Uint8Array) =>
  signMessage(content, {
    syntax: 'gbt35275',
    detached: true,
    signers: [{ ...holder!, attributes: 'standard' }],
  });
const arbitrator = (changes: Partial<ReliableSigner> = {}): ReliableSigner => ({
  ...arbiter!,
  anchors: [site.ca.certificate],
  stamp: (request) => createTimeStampAuthority(tsaOptions(site.tsa)).reply(request),
  collect: async () => ({ crls: [await crlOf(site.ca, [], day(-1))] }),
  clock: () => NOW,
  ...changes,
});
const exchange = (changes: Partial<Exchange> = {}): Exchange => ({
  exchange: utf8('exchange-0001'),
  sender: { name: '甲公司', certificate: sender!.certificate, content: SENT, signature: signatures.sender },
  receiver: {
    name: '乙公司',
    certificate: receiver!.certificate,
    content: SENT,
    signature: signatures.receiver,
  },
  ...changes,
});
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
const delivery = { time: NOW, channel: '挂号信', proof: utf8('回执') };
const withoutSignature = ({ signature: _, ...side }: Exchange['sender']) => side;

describe('an arbitration record', () => {
  it('[part of TCCIA-113] with both signatures is verified offline, long after', async () => {
    const report = verify(await createArbitrationRecord(exchange(), arbitrator()));
    expect(statuses(report.verdict)).toBe(GOOD);
    expect(report.record).toMatchObject({
      version: 1,
      time: NOW,
      sender: { role: 'sender', name: '甲公司', certificateDigest: sm3(sender!.certificate.raw) },
      receiver: { role: 'receiver', name: '乙公司' },
      sentDigest: sm3(SENT),
      receivedDigest: sm3(SENT),
    });
    expect(report.sender).toMatchObject({ judgedAt: NOW });
    expect(report.arbiter.signatures[0]!.stampedBy).toEqual(NOW);
  });

  it('[part of TCCIA-113] with one signature and a proof of delivery', async () => {
    const one = exchange({ receiver: withoutSignature(exchange().receiver), delivery });
    const report = verify(await createArbitrationRecord(one, arbitrator()));
    expect(statuses(report.verdict)).toBe(GOOD);
    expect(report.record.delivery).toEqual(delivery);
    expect(codes(report)).toContain('RECORD_DELIVERY_PROVEN');
    expect(report.receiver).toBeUndefined();
  });

  it('is in doubt without the message that its detached signatures are over', async () => {
    const message = await createArbitrationRecord(exchange(), arbitrator());
    const report = verifyArbitrationRecord(message, {
      arbiter: { anchors: [site.ca.certificate], time: day(1), revocation: 'none' },
      sender: { certificates: [sender!.certificate] },
      receiver: { certificates: [receiver!.certificate] },
    });
    expect(statuses(report.verdict)).toBe('indeterminate passed passed');
  });

  it('is refused for another content, other parties, and an unknown arbiter', async () => {
    const message = await createArbitrationRecord(exchange(), arbitrator());
    const content = verify(message, { sent: utf8('订单二号') });
    expect(content.verdict.integrity.status).toBe('failed');
    expect(codes(content)).toContain('RECORD_CONTENT_WRONG');
    const swapped = verify(message, { sender: { certificates: [receiver!.certificate] } });
    expect(swapped.verdict.trust.status).toBe('failed');
    const own = verify(message, { sender: { certificates: [arbiter!.certificate] } });
    expect(codes(own)).toContain('ARBITER_IS_PARTY');
    const stranger = { anchors: [(await stampingSite()).ca.certificate], time: day(1) };
    expect(verify(message, { arbiter: stranger }).verdict.trust.status).toBe('failed');
  });

  it('says when what was received is not what was sent', async () => {
    const other = utf8('订单二号');
    const differs = exchange({
      receiver: { ...exchange().receiver, content: other, signature: await signed(receiver, other) },
    });
    const report = verify(await createArbitrationRecord(differs, arbitrator()), { received: other });
    expect(report.verdict.integrity.status).toBe('failed');
    expect(codes(report)).toContain('RECORD_DIGESTS_DIFFER');
  });

  it('is never accepted when a byte of the record or of its signature is changed', async () => {
    const message = await createArbitrationRecord(exchange(), arbitrator());
    const { raw } = verify(message).record;
    const start = Buffer.from(message).indexOf(Buffer.from(raw));
    expect(start).toBeGreaterThan(0);
    for (let at = start; at < start + raw.length; at += 7) {
      const changed = Uint8Array.from(message);
      changed[at]! ^= 1 << (at % 8);
      const code = codeOf(() => {
        if (statuses(verify(changed).verdict) === GOOD) throw new Error(`byte ${at}`);
      });
      expect(code).toMatch(/^(nothing was thrown|ERR_PKI_(MESSAGE_MALFORMED|DEVIATION_REFUSED))$/);
    }
  });

  it('is not made of what is not so', async () => {
    const make = (changes: Partial<Exchange>, by: Partial<ReliableSigner> = {}) =>
      codeOfAsync(() => createArbitrationRecord(exchange(changes), arbitrator(by)));
    const side = exchange().receiver;
    const REFUSED = 'ERR_PKI_MESSAGE_OPTIONS';
    expect(await make({ receiver: { ...side, content: utf8('别的') } })).toBe(REFUSED);
    expect(await make({ receiver: { ...side, signature: signatures.sender } })).toBe(REFUSED);
    expect(await make({ receiver: withoutSignature(side) })).toBe(REFUSED);
    expect(
      await make({ receiver: withoutSignature(side), sender: withoutSignature(exchange().sender), delivery }),
    ).toBe(REFUSED);
    expect(await make({ receiver: { ...side, name: '' } })).toBe(REFUSED);
    expect(await make({ receiver: { ...side, name: '甲\u202e乙' } })).toBe(REFUSED);
    expect(await make({ exchange: new Uint8Array(4) })).toBe(REFUSED);
    expect(await make({ delivery: { ...delivery, proof: new Uint8Array(0) } })).toBe(REFUSED);
    expect(await make({}, { ...sender! })).toBe(REFUSED);
    expect(
      await make({ receiver: { ...side, certificate: sender!.certificate, signature: signatures.sender } }),
    ).toBe(REFUSED);
    expect(await make({})).toBe('nothing was thrown');
  });
});

describe('a record made by a careless arbiter', () => {
  const fields = () =>
    ({
      exchange: utf8('exchange-0001'),
      time: NOW,
      sender: { role: 'sender', name: '甲', certificateDigest: sm3(sender!.certificate.raw) },
      receiver: { role: 'receiver', name: '乙', certificateDigest: sm3(receiver!.certificate.raw) },
      sentDigest: sm3(SENT),
      receivedDigest: sm3(SENT),
      senderSignature: signatures.sender,
      receiverSignature: signatures.receiver,
    }) as const;
  const careless = async (changes: Partial<Parameters<typeof writeArbitrationRecord>[0]>) =>
    signReliably(writeArbitrationRecord({ ...fields(), ...changes }), {
      ...arbitrator(),
      contentType: ARBITRATION_RECORD_OID,
    });

  it('is accepted as it stands', async () => {
    expect(statuses(verify(await careless({})).verdict)).toBe(GOOD);
  });

  it('[part of TCCIA-113] is refused with the signature of one party for both', async () => {
    const report = verify(await careless({ receiverSignature: signatures.sender }));
    expect(report.verdict.trust.status).toBe('failed');
    const told = verify(
      await careless({
        receiverSignature: signatures.sender,
        receiver: { ...fields().receiver, certificateDigest: sm3(sender!.certificate.raw) },
      }),
      {
        receiver: { certificates: [sender!.certificate] },
      },
    );
    expect(codes(told)).toContain('PARTY_AMBIGUOUS');
  });

  it('is refused with junk for a signature, one over something else, or a time to come', async () => {
    expect(codes(verify(await careless({ senderSignature: Uint8Array.of(1) })))).toContain(
      'RECORD_SIGNATURE_MALFORMED',
    );
    const other = await signMessage(utf8('别的'), {
      syntax: 'gbt35275',
      signers: [{ ...sender!, attributes: 'standard' }],
    });
    expect(codes(verify(await careless({ senderSignature: other })))).toContain(
      'RECORD_SIGNATURE_OVER_OTHER',
    );
    expect(verify(await careless({ time: day(1) })).verdict.time.status).toBe('failed');
    expect(verify(await careless({ delivery: { ...delivery, time: day(1) } })).verdict.time.status).toBe(
      'failed',
    );
    const digest = sm3(arbiter!.certificate.raw);
    expect(
      codes(verify(await careless({ sender: { ...fields().sender, certificateDigest: digest } }))),
    ).toContain('RECORD_CERTIFICATE_WRONG');
  });

  it('is no record when it is of another type, or is none', async () => {
    const plain = await signReliably(writeArbitrationRecord(fields()), arbitrator());
    expect(codeOf(() => verify(plain))).toBe('ERR_PKI_MESSAGE_MALFORMED');
    const junk = await signReliably(utf8('no record'), {
      ...arbitrator(),
      contentType: ARBITRATION_RECORD_OID,
    });
    expect(codeOf(() => verify(junk))).toBe('ERR_PKI_MESSAGE_MALFORMED');
    expect(codeOf(() => parseArbitrationRecord(Uint8Array.of(0x30, 0)))).toBe('ERR_PKI_MESSAGE_MALFORMED');
    const raw = writeArbitrationRecord(fields());
    for (let at = 0; at < raw.length; at += 3) {
      const changed = Uint8Array.from(raw);
      changed[at]! ^= 0x11;
      expect(codeOf(() => parseArbitrationRecord(changed))).toMatch(
        /^(nothing was thrown|ERR_PKI_(MESSAGE_MALFORMED|DEVIATION_REFUSED))$/,
      );
      expect(codeOf(() => parseArbitrationRecord(raw.subarray(0, at)))).toBe('ERR_PKI_MESSAGE_MALFORMED');
    }
  });
});
