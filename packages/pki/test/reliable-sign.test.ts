import { equalBytes, utf8 } from '@cssi/sm-core';
import { ContentInfo, SignedData } from '@peculiar/asn1-cms';
import { AsnConvert } from '@peculiar/asn1-schema';
import { beforeAll, describe, expect, it } from 'vitest';
import { addUnsignedAttribute } from '../src/messages/change-message.ts';
import { parseMessage } from '../src/messages/parse-message.ts';
import { signMessage } from '../src/messages/sign-message.ts';
import {
  type ReliableSigner,
  type ReliableVerifyOptions,
  signReliably,
  verifyReliably,
} from '../src/reliable/index.ts';
import { createOcspRequest, parseOcspRequest } from '../src/revocation/ocsp-request.ts';
import { createOcspResponse } from '../src/revocation/ocsp-response.ts';
import { parseCrl } from '../src/revocation/parse-crl.ts';
import type { SignedMessage } from '../src/spec/v1/message.ts';
import { createTimeStampAuthority, TIMESTAMP_OIDS } from '../src/timestamp/index.ts';
import { day, type Holder, NOW, root, under } from './support/authority.ts';
import { codeOf, codeOfAsync, statuses } from './support/codes.ts';
import { crlOf, type StampingSite, stampingSite, tokenBy, tsaOptions } from './support/timestamp.ts';

const CONTENT = utf8('可靠电子签名的原文');
const GOOD = 'passed passed passed';
let site: StampingSite;
let person: Holder;
let emptyCrl: Uint8Array;
beforeAll(async () => {
  site = await stampingSite();
  person = await under(site.ca, '签名人', { notBefore: day(-5), notAfter: day(30) });
  emptyCrl = await crlOf(site.ca, [], day(-1));
});

const by = (changes: Partial<ReliableSigner> = {}): ReliableSigner => ({
  ...person,
  anchors: [site.ca.certificate],
  stamp: (request) =>
    createTimeStampAuthority(tsaOptions(site.tsa, { accuracy: { seconds: 1 } })).reply(request),
  collect: () => ({ crls: [emptyCrl] }),
  clock: () => NOW,
  ...changes,
});
const verify = (message: Uint8Array, changes: Partial<ReliableVerifyOptions> = {}) =>
  verifyReliably(message, { anchors: [site.ca.certificate], time: day(1), ...changes });
const read = (message: Uint8Array) => parseMessage(message) as SignedMessage;
const steps = (report: ReturnType<typeof verify>) =>
  report.signatures[0]!.steps.map(({ step, status, code }) => `${step} ${status} ${code}`);

describe('signReliably and verifyReliably', () => {
  it('[SEAL-020] signs with stamp and evidence; verifies certificate, time and revocation at the time of the stamp', async () => {
    const message = await signReliably(CONTENT, by());
    const report = verify(message, { policy: 'strict' });
    expect(statuses(report.verdict)).toBe(GOOD);
    expect(report.content).toEqual(CONTENT);
    expect(report.signatures[0]).toMatchObject({ stampedBy: new Date(NOW.getTime() + 1000), index: 0 });
    expect(steps(report)).toEqual([
      'signature passed SIGNATURE_RIGHT',
      'time-stamp passed STAMP_ACCEPTED',
      'signer-certificate passed SIGNER_CERTIFICATE_BOUND',
      'signer-certificate passed SIGNER_KEY_USAGE_RIGHT',
      expect.stringMatching(/^certificate-path passed/),
      expect.stringMatching(/^certificate-path passed/),
      'certificate-path passed CERTIFICATE_IN_VALIDITY',
      'revocation passed REVOCATION_EVIDENCE_GOOD',
    ]);
    // Long after the certificate of the signer, the list and the stamp have expired.
    const later = verify(message, { time: day(300) });
    expect(statuses(later.verdict)).toBe(GOOD);
    // Revoked after the stamp, and before it.
    const revoked = async (days: number) =>
      parseCrl(await crlOf(site.ca, [{ certificate: person.certificate, date: day(days) }], day(3)));
    const after = verify(message, { time: day(4), crls: [await revoked(2)] });
    expect(statuses(after.verdict)).toBe(GOOD);
    expect(steps(after)).toContain('revocation passed STAMP_BEFORE_REVOCATION');
    const before = verify(message, { time: day(4), crls: [await revoked(-1)] });
    expect(statuses(before.verdict)).toBe('passed failed passed');
    expect(steps(before)).toContain('revocation failed STAMP_AFTER_REVOCATION');
  });

  it('counts the accuracy of the stamp against the signer: revoked within it is revoked', async () => {
    const message = await signReliably(CONTENT, by());
    const date = new Date(NOW.getTime() + 1000);
    const crl = await crlOf(site.ca, [{ certificate: person.certificate, date }], day(3));
    expect(verify(message, { time: day(4), crls: [parseCrl(crl)] }).verdict.trust.status).toBe('failed');
  });

  it('works in RFC 5652, detached, and with OCSP', async () => {
    const { ca, tsa } = site;
    const answer = async (certificate: Holder['certificate']) => {
      const request = createOcspRequest({ certificate, issuer: ca.certificate });
      const { certIds } = parseOcspRequest(request);
      const answers = certIds.map((certId) => ({
        certId,
        status: 'good' as const,
        thisUpdate: day(-1),
        nextUpdate: day(2),
      }));
      return createOcspResponse({ responder: ca.certificate, producedAt: day(-1), answers }, ca.signer);
    };
    const ocspResponses = await Promise.all([answer(person.certificate), answer(tsa.certificate)]);
    const options = {
      ...by({ collect: () => ({ ocspResponses }) }),
      syntax: 'rfc5652',
      detached: true,
    } as const;
    const message = await signReliably(CONTENT, options);
    expect(statuses(verify(message, { content: CONTENT }).verdict)).toBe(GOOD);
    expect(statuses(verify(message, { content: utf8('x') }).verdict)).toBe('failed passed passed');
    expect(verify(message).verdict.integrity.status).toBe('indeterminate');
    const peer = AsnConvert.parse(AsnConvert.parse(message, ContentInfo).content, SignedData);
    const unsigned = peer.signerInfos[0]!.unsignedAttrs!.map(({ attrType }) => attrType);
    expect(unsigned.sort()).toEqual(
      [TIMESTAMP_OIDS.signatureTimeStamp, TIMESTAMP_OIDS.revocationValues].sort(),
    );
  });

  it('[part of SEAL-020] asks for evidence on every certificate of a longer chain', async () => {
    const sub = await under(site.ca, '下级机构', { profile: 'sub-ca' });
    const holder = await under(sub, '签名人');
    const crls = [emptyCrl, await crlOf(sub, [], day(-1))];
    const chain = [sub.certificate];
    const message = await signReliably(CONTENT, by({ ...holder, chain, collect: () => ({ crls }) }));
    expect(statuses(verify(message).verdict)).toBe(GOOD);
    const some = (list: Uint8Array[]) =>
      codeOfAsync(() => signReliably(CONTENT, by({ ...holder, chain, collect: () => ({ crls: list }) })));
    expect(await some(crls.slice(1))).toBe('ERR_PKI_MESSAGE_OPTIONS');
    expect(await some(crls.slice(0, 1))).toBe('ERR_PKI_MESSAGE_OPTIONS');
    const revoked = await crlOf(
      site.ca,
      [{ certificate: sub.certificate, date: day(-1), reason: 'cACompromise' }],
      day(2),
    );
    expect(verify(message, { time: day(3), crls: [parseCrl(revoked)] }).verdict.trust.status).toBe('failed');
  });

  it('asks the collector about the signer and about the authority', async () => {
    const asked: string[][] = [];
    await signReliably(
      CONTENT,
      by({
        collect: (certificates) => {
          asked.push(certificates.map(({ fingerprint }) => fingerprint));
          return { crls: [emptyCrl] };
        },
      }),
    );
    expect(asked[0]![0]).toBe(person.certificate.fingerprint);
    expect(asked[1]![0]).toBe(site.tsa.certificate.fingerprint);
  });
});

describe('signReliably refuses', () => {
  const sign = (changes: Partial<ReliableSigner>) => codeOfAsync(() => signReliably(CONTENT, by(changes)));
  const REFUSED = 'ERR_PKI_MESSAGE_OPTIONS';

  it('[part of SEAL-020] a certificate that is expired, revoked, unknown, for another use, or without evidence', async () => {
    const expired = await under(site.ca, '过期', { notBefore: day(-5), notAfter: day(-1) });
    const early = await under(site.ca, '未到', { notBefore: day(1), notAfter: day(5) });
    const encryption = await under(site.ca, '加密', { keyUsage: ['keyEncipherment'] });
    const stranger = await under(await root(), '他人');
    const revoked = [await crlOf(site.ca, [{ certificate: person.certificate, date: day(-2) }], day(-1))];
    const stale = [await crlOf(site.ca, [], day(-20))];
    let signed = 0;
    const count = (holder: Holder): Partial<ReliableSigner> => ({
      ...holder,
      signer: {
        ...holder.signer,
        sign: async (message) => {
          signed++;
          return holder.signer.sign(message);
        },
      },
    });
    for (const holder of [expired, early, encryption, stranger])
      expect(await sign(count(holder))).toBe(REFUSED);
    for (const crls of [revoked, stale, []]) {
      expect(await sign({ ...count(person), collect: () => ({ crls }) })).toBe(REFUSED);
    }
    expect(await sign({ ...count(person), keyUsage: ['keyAgreement'] })).toBe(REFUSED);
    expect(await sign({ ...count(person), anchors: [] })).toBe(REFUSED);
    expect(signed).toBe(0);
    expect(await sign(count(person))).toBe('nothing was thrown');
    expect(signed).toBe(1);
  });

  it('a stamp that is junk, a rejection, over something else, from the past, or of an unknown authority', async () => {
    const tsa = () => createTimeStampAuthority(tsaOptions(site.tsa));
    expect(await sign({ stamp: async () => Uint8Array.of(1, 2, 3) })).toBe('ERR_PKI_TIMESTAMP_MALFORMED');
    expect(await sign({ stamp: async () => tsa().reply(Uint8Array.of(1)) })).toBe(
      'ERR_PKI_TIMESTAMP_OPTIONS',
    );
    const earlier: Uint8Array[] = [];
    const keeping = async (request: Uint8Array) => {
      earlier.push(await tsa().reply(request));
      return earlier[0]!;
    };
    await signReliably(CONTENT, by({ stamp: keeping }));
    expect(await sign({ stamp: async () => earlier[0]! })).toBe('ERR_PKI_TIMESTAMP_OPTIONS');
    const slow = createTimeStampAuthority(tsaOptions(site.tsa, { clock: () => day(-1) }));
    expect(await sign({ stamp: (request) => slow.reply(request) })).toBe('ERR_PKI_TIMESTAMP_OPTIONS');
    expect(await sign({ tsaAnchors: [(await root()).certificate] })).toBe('ERR_PKI_TIMESTAMP_OPTIONS');
    const failing = async () => {
      throw new Error('no network');
    };
    await expect(signReliably(CONTENT, by({ stamp: failing }))).rejects.toThrow('no network');
    expect(await sign({ stamp: undefined as never })).toBe(REFUSED);
    expect(await sign({ clock: () => new Date(Number.NaN) })).toBe(REFUSED);
  });

  it('evidence that is junk', async () => {
    expect(await sign({ collect: () => ({ crls: ['text' as never] }) })).toBe(REFUSED);
    expect(await sign({ collect: () => ({ ocspResponses: [[1, 2] as never] }) })).toBe(REFUSED);
    expect(await sign({ collect: () => ({ crls: [Uint8Array.of(1)] }) })).toBe('ERR_PKI_CRL_MALFORMED');
    expect(await sign({ collect: () => ({ ocspResponses: [Uint8Array.of(1)] }) })).toBe(
      'ERR_PKI_OCSP_MALFORMED',
    );
  });
});

describe('verifyReliably does not accept', () => {
  const plain = () =>
    signMessage(CONTENT, { syntax: 'gbt35275', signers: [{ ...person, attributes: 'standard' }] });
  const stamped = async (token: (signature: Uint8Array) => Promise<Uint8Array>) => {
    const message = read(await plain());
    const values = [await token(message.signers[0]!.signature)];
    return addUnsignedAttribute(message, 0, { oid: TIMESTAMP_OIDS.signatureTimeStamp, values });
  };
  const crls = () => [parseCrl(emptyCrl)];

  it('[part of SEAL-020] a signature without a stamp: time is indeterminate', async () => {
    const report = verify(await plain(), { crls: crls() });
    expect(statuses(report.verdict)).toBe('passed passed indeterminate');
    expect(steps(report)).toContain('time-stamp indeterminate STAMP_MISSING');
  });

  it('[part of SEAL-020] a signature without evidence on revocation: trust is indeterminate', async () => {
    const report = verify(await stamped((signature) => tokenBy(site.tsa, signature)));
    expect(statuses(report.verdict)).toBe('passed indeterminate passed');
    expect(steps(report)).toContain('revocation indeterminate REVOCATION_EVIDENCE_MISSING');
  });

  it('a stamp over another signature, by no authority, from the future, or of three bytes', async () => {
    const other = await stamped(() => tokenBy(site.tsa, CONTENT));
    expect(statuses(verify(other, { crls: crls() }).verdict)).toBe('passed passed failed');
    const nobody = await stamped((signature) => tokenBy(person, signature));
    expect(verify(nobody, { crls: crls() }).verdict.time.status).toBe('failed');
    const future = await stamped((signature) => tokenBy(site.tsa, signature, { time: day(2) }));
    expect(verify(future, { crls: crls() }).verdict.time.status).toBe('failed');
    const junk = await stamped(async () => Uint8Array.of(4, 1, 0));
    const report = verify(junk, { crls: crls() });
    expect(steps(report)).toContain('time-stamp failed STAMP_MALFORMED');
  });

  it('a certificate that had expired by the stamp, or was not valid yet', async () => {
    for (const time of [day(31), day(-6)]) {
      const message = await stamped((signature) => tokenBy(site.tsa, signature, { time }));
      const crl = parseCrl(await crlOf(site.ca, [], time));
      expect(verify(message, { time: day(40), crls: [crl] }).verdict.time.status).toBe('failed');
    }
  });

  it('an authority whose anchor was not given: the time stays in doubt', async () => {
    const message = await stamped((signature) => tokenBy(site.tsa, signature));
    const report = verify(message, { crls: crls(), tsaAnchors: [] });
    expect(report.verdict.time.status).toBe('indeterminate');
  });

  it('a message without signatures, and what is none', async () => {
    const message = read(await plain());
    expect(statuses(verifyReliably({ ...message, signers: [] }, { anchors: [], time: NOW }).verdict)).toBe(
      'indeterminate indeterminate indeterminate',
    );
    expect(codeOf(() => verify(Uint8Array.of(1, 2, 3)))).toBe('ERR_PKI_MESSAGE_MALFORMED');
    expect(codeOf(() => verify(new Uint8Array(0)))).toBe('ERR_PKI_MESSAGE_MALFORMED');
    expect(codeOf(() => verifyReliably(message, { anchors: [], time: new Date(Number.NaN) }))).toBe(
      'ERR_PKI_MESSAGE_OPTIONS',
    );
  });

  it('changed bytes of the content, the signature or the stamp', async () => {
    const message = await signReliably(CONTENT, by());
    const parsed = read(message);
    const [signer] = parsed.signers;
    const stamp = signer!.unsignedAttributes.find(({ oid }) => oid === TIMESTAMP_OIDS.signatureTimeStamp)!;
    const [tokenStart] = stamp.values;
    for (const part of [parsed.content!, signer!.signature, tokenStart!.subarray(60, 160)]) {
      const at = Buffer.from(message).indexOf(Buffer.from(part));
      for (const offset of [3, part.length - 1]) {
        const changed = Uint8Array.from(message);
        changed[at + offset]! ^= 4;
        expect(equalBytes(changed, message)).toBe(false);
        const code = codeOf(() => {
          if (statuses(verify(changed).verdict) === GOOD) throw new Error(`accepted ${offset}`);
        });
        expect(code).toMatch(/^(nothing was thrown|ERR_PKI_MESSAGE_MALFORMED)$/);
      }
    }
  });
});
