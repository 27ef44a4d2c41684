import { derElement, SmError, sm3, toHex, utf8 } from '@cssi/sm-core';
import { SignedData } from '@peculiar/asn1-cms';
import { AsnConvert } from '@peculiar/asn1-schema';
import { TimeStampResp, TSTInfo } from '@peculiar/asn1-tsp';
import { beforeAll, describe, expect, it } from 'vitest';
import { boolean, integer, octets, oid, sequence } from '../src/internal/write.ts';
import {
  createTimeStampAuthority,
  createTimeStampRequest,
  parseTimeStampRequest,
  parseTimeStampResponse,
  parseTimeStampToken,
  TIMESTAMP_OIDS,
  type TimeStampAuthorityOptions,
} from '../src/timestamp/index.ts';
import { day, NOW, newSigner, under } from './support/authority.ts';
import { codeOf } from './support/codes.ts';
import { POLICY, type StampingSite, stampingSite, tokenFor, tsaOptions } from './support/timestamp.ts';

const CONTENT = utf8('被盖时间戳的内容');
let site: StampingSite;
beforeAll(async () => {
  site = await stampingSite();
});

const answer = async (request: Uint8Array, changes: Partial<TimeStampAuthorityOptions> = {}) =>
  parseTimeStampResponse(await createTimeStampAuthority(tsaOptions(site.tsa, changes)).reply(request));

describe('createTimeStampAuthority', () => {
  it('[part of SEAL-016] [part of TCCIA-024] stamps: SM3 imprint, SM2 signature, nonce, certificate', async () => {
    const request = createTimeStampRequest({ content: CONTENT, nonce: 42n });
    const options = { accuracy: { seconds: 1, millis: 500 }, ordering: true, includeName: true };
    const token = parseTimeStampToken(await tokenFor(site.tsa, request, options), { policy: 'strict' });
    expect(token.info).toMatchObject({
      version: 1,
      policy: POLICY,
      nonce: 42n,
      time: NOW,
      ...{ ordering: true },
    });
    expect(token.info.imprint).toEqual({ hash: 'sm3', digest: sm3(CONTENT) });
    expect(token.info.accuracy).toEqual({ seconds: 1, millis: 500 });
    expect(token.message.certificates.map(({ fingerprint }) => fingerprint)).toEqual([
      site.tsa.certificate.fingerprint,
    ]);
    expect(token.message.signers[0]).toMatchObject({
      digestAlgorithm: { name: 'sm3' },
      signatureAlgorithm: { name: 'sm2-sm3', oid: '1.2.156.10197.1.501' },
    });
    expect(token.signingCertificates).toMatchObject([{ hash: 'sm3', digest: sm3(site.tsa.certificate.raw) }]);
    expect(token.findings).toEqual([]);
  });

  it('[part of SEAL-016] is read by an independent reader', async () => {
    const authority = createTimeStampAuthority(tsaOptions(site.tsa, { accuracy: { micros: 5 } }));
    const response = AsnConvert.parse(
      await authority.reply(createTimeStampRequest({ content: CONTENT })),
      TimeStampResp,
    );
    expect(response.status.status).toBe(0);
    const signed = AsnConvert.parse(response.timeStampToken!.content, SignedData);
    expect(signed.version).toBe(3);
    expect(signed.encapContentInfo.eContentType).toBe(TIMESTAMP_OIDS.tstInfo);
    const info = AsnConvert.parse(signed.encapContentInfo.eContent!.single!, TSTInfo);
    expect(toHex(new Uint8Array(info.messageImprint.hashedMessage.buffer))).toBe(toHex(sm3(CONTENT)));
    expect(info.genTime).toEqual(NOW);
    expect(info.accuracy?.micros).toBe(5);
    const attributes = signed.signerInfos[0]!.signedAttrs!.map(({ attrType }) => attrType);
    expect(attributes).toContain(TIMESTAMP_OIDS.signingCertificateV2);
  });

  it('stamps in the syntax of GB/T 35275', async () => {
    const token = parseTimeStampToken(await tokenFor(site.tsa, { content: CONTENT }, { syntax: 'gbt35275' }));
    expect(token.message.syntax).toBe('gbt35275');
    expect(token.message.signers[0]!.signatureAlgorithm.oid).toBe('1.2.156.10197.1.301.1');
    expect(token.info.time).toEqual(NOW);
    expect(token.findings).toEqual([]);
  });

  it('sends certificates only when asked for, and the chain along with its own', async () => {
    const bare = parseTimeStampToken(await tokenFor(site.tsa, { content: CONTENT, certReq: false }));
    expect(bare.message.certificates).toEqual([]);
    const chain = [site.ca.certificate];
    const full = parseTimeStampToken(await tokenFor(site.tsa, { content: CONTENT }, { chain }));
    expect(full.message.certificates).toHaveLength(2);
  });

  it('stamps under a policy that it was asked for', async () => {
    const changes = { acceptedPolicies: ['1.2.3.4'] };
    const token = await tokenFor(site.tsa, { content: CONTENT, policy: '1.2.3.4' }, changes);
    expect(parseTimeStampToken(token).info.policy).toBe('1.2.3.4');
  });

  it('gives every token its own time when it orders them', async () => {
    const options = { ordering: true, accuracy: { millis: 4 } };
    const authority = createTimeStampAuthority(tsaOptions(site.tsa, options));
    const request = createTimeStampRequest({ content: CONTENT });
    const replies = await Promise.all(Array.from({ length: 5 }, () => authority.reply(request)));
    const times = replies.map((der) =>
      parseTimeStampToken(parseTimeStampResponse(der).token!).info.time.getTime(),
    );
    expect(times.sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4].map((ms) => NOW.getTime() + ms));
  });

  it('does not stamp when its clock was set back while it orders tokens', async () => {
    let now = NOW;
    const authority = createTimeStampAuthority(tsaOptions(site.tsa, { ordering: true, clock: () => now }));
    const request = createTimeStampRequest({ content: CONTENT });
    expect(parseTimeStampResponse(await authority.reply(request)).status).toBe('granted');
    now = new Date(NOW.getTime() - 5000);
    expect(parseTimeStampResponse(await authority.reply(request)).failures).toEqual(['timeNotAvailable']);
    now = new Date(NOW.getTime() + 1);
    expect(parseTimeStampResponse(await authority.reply(request)).status).toBe('granted');
  });
});

describe('an authority that rejects', () => {
  const imprint = (digest: Uint8Array, hash = '1.2.156.10197.1.401') =>
    sequence(sequence(oid(hash)), octets(digest));
  const good = imprint(new Uint8Array(32));
  const extension = sequence(oid('1.2.3.4'), octets(Uint8Array.of(5, 0)));
  const withExtension = sequence(integer(1), good, derElement(0xa0, extension));
  const REQUESTS = [
    ['three bytes of junk', Uint8Array.of(1, 2, 3), 'badDataFormat'],
    ['nothing', new Uint8Array(0), 'badDataFormat'],
    ['a string', 'request' as never, 'badDataFormat'],
    ['undefined', undefined as never, 'badDataFormat'],
    ['what is too long', new Uint8Array(20_000), 'badDataFormat'],
    ['a digest of the wrong length', sequence(integer(1), imprint(new Uint8Array(20))), 'badDataFormat'],
    ['version 2', sequence(integer(2), good), 'badRequest'],
    ['SHA-1', sequence(integer(1), imprint(new Uint8Array(20), '1.3.14.3.2.26')), 'badAlg'],
    ['an unknown hash', sequence(integer(1), imprint(new Uint8Array(20), '1.2.3')), 'badAlg'],
    ['another policy', sequence(integer(1), good, oid('1.2.3')), 'unacceptedPolicy'],
    ['an extension', withExtension, 'unacceptedExtension'],
  ] as const;
  it.each(REQUESTS)('[part of TCCIA-024] answers %s', async (_, request, failure) => {
    const response = await answer(request);
    expect(response).toMatchObject({ status: 'rejection', failures: [failure] });
    expect(response.token).toBeUndefined();
  });

  it('really holds an extension in its test', () => {
    expect(parseTimeStampRequest(withExtension).extensions).toHaveLength(1);
  });

  it('answers a hash that it knows and does not accept', async () => {
    const request = createTimeStampRequest({ content: CONTENT, hash: 'sha256' });
    expect((await answer(request, { hashes: ['sm3'] })).failures).toEqual(['badAlg']);
    expect((await answer(request)).status).toBe('granted');
  });

  const fail = () => {
    throw new Error('out of order');
  };
  const FAILING: readonly (readonly [string, Partial<TimeStampAuthorityOptions>, string])[] = [
    ['its clock throws', { clock: fail }, 'timeNotAvailable'],
    ['its clock shows no time', { clock: () => new Date(Number.NaN) }, 'timeNotAvailable'],
    ['its clock gives no date', { clock: () => 5 as never }, 'timeNotAvailable'],
    ['its certificate has expired', { clock: () => day(366) }, 'systemFailure'],
    ['its certificate is not valid yet', { clock: () => day(-11) }, 'systemFailure'],
    ['no serial number is to be had', { serial: fail }, 'systemFailure'],
    ['the serial number is zero', { serial: () => new Uint8Array(8) }, 'systemFailure'],
    ['the serial number is too long', { serial: () => new Uint8Array(21).fill(1) }, 'systemFailure'],
    ['the serial number is empty', { serial: () => new Uint8Array(0) }, 'systemFailure'],
  ];
  it.each(FAILING)('answers when %s, and tells the operator', async (_, changes, failure) => {
    const told: unknown[] = [];
    const response = await answer(createTimeStampRequest({ content: CONTENT }), {
      ...changes,
      onFailure: (error) => void told.push(error),
    });
    expect(response).toMatchObject({ status: 'rejection', failures: [failure] });
    expect(told).toHaveLength(1);
  });

  it('answers when its signer fails, and when the observer fails too', async () => {
    const { signer } = site.tsa;
    const wrong = { ...signer, sign: async (message: Uint8Array) => signer.sign(message.subarray(1)) };
    const told: unknown[] = [];
    const request = createTimeStampRequest({ content: CONTENT });
    const response = await answer(request, { signer: wrong, onFailure: (error) => void told.push(error) });
    expect(response.failures).toEqual(['systemFailure']);
    expect(told[0]).toBeInstanceOf(SmError);
    expect((told[0] as SmError).code).toBe('ERR_PKI_SIGNING_FAILED');
    expect((await answer(request, { serial: fail, onFailure: fail })).failures).toEqual(['systemFailure']);
  });

  it('says nothing about its inside', async () => {
    const response = await answer(createTimeStampRequest({ content: CONTENT }), { serial: fail });
    expect(response.statusText.join()).not.toContain('out of order');
  });

  it('answers every mutation of a request with a response, and lives', async () => {
    const authority = createTimeStampAuthority(tsaOptions(site.tsa));
    const request = createTimeStampRequest({ content: CONTENT, nonce: 99n, policy: POLICY });
    for (let at = 0; at < request.length; at++) {
      const changed = Uint8Array.from(request);
      changed[at]! ^= 0x21;
      expect(parseTimeStampResponse(await authority.reply(changed)).status).toMatch(/^(granted|rejection)$/);
      const cut = parseTimeStampResponse(await authority.reply(request.subarray(0, at)));
      expect(cut.failures).toEqual(['badDataFormat']);
    }
    expect(parseTimeStampResponse(await authority.reply(request)).status).toBe('granted');
  });
});

describe('the certificate of an authority', () => {
  const make = (changes: Partial<TimeStampAuthorityOptions>) =>
    codeOf(() => createTimeStampAuthority(tsaOptions(site.tsa, changes)));

  it('[part of SEAL-016] must be for time stamping', async () => {
    const person = await under(site.ca, '某人', { profile: 'person' });
    expect(make(person)).toBe('ERR_PKI_TIMESTAMP_OPTIONS');
    expect(make(site.ca)).toBe('ERR_PKI_TIMESTAMP_OPTIONS');
    expect(make({})).toBe('nothing was thrown');
  });

  it('must say so critically, for nothing else, and allow signatures', () => {
    const { certificate } = site.tsa;
    const uncritical = certificate.extensions.map((entry) => ({ ...entry, critical: false }));
    expect(make({ certificate: { ...certificate, extensions: uncritical } })).toBe(
      'ERR_PKI_TIMESTAMP_OPTIONS',
    );
    const two = [...certificate.extendedKeyUsage!, '1.3.6.1.5.5.7.3.1'];
    expect(make({ certificate: { ...certificate, extendedKeyUsage: two } })).toBe(
      'ERR_PKI_TIMESTAMP_OPTIONS',
    );
    const keyUsage = new Set(['keyEncipherment'] as const);
    expect(make({ certificate: { ...certificate, keyUsage } })).toBe('ERR_PKI_TIMESTAMP_OPTIONS');
  });

  it('must be for the key of the signer', () => {
    expect(make({ signer: newSigner() })).toBe('ERR_PKI_TIMESTAMP_OPTIONS');
  });

  const BAD_OPTIONS: readonly (readonly [string, Partial<TimeStampAuthorityOptions>])[] = [
    ['no policy', { policy: '' }],
    ['a policy that is no OID', { acceptedPolicies: ['policy'] }],
    ['an accuracy of nothing', { accuracy: { millis: 0 } }],
    ['an accuracy beyond its unit', { accuracy: { micros: 1000 } }],
    ['a broken accuracy', { accuracy: { seconds: 0.5 } }],
    ['an unknown hash', { hashes: ['md5' as never] }],
    ['no hash', { hashes: [] }],
    ['no clock', { clock: NOW as never }],
    ['a last time that is none', { ordering: true, lastTime: new Date(Number.NaN) }],
    ['no source of serial numbers', { serial: 1 as never }],
  ];
  it.each(BAD_OPTIONS)('is not enough with %s', (_, changes) => {
    expect(make(changes)).toBe('ERR_PKI_TIMESTAMP_OPTIONS');
  });

  it('is unused by a request that says certReq FALSE in full', async () => {
    const written = sequence(
      integer(1),
      sequence(sequence(oid('1.2.156.10197.1.401')), octets(sm3(CONTENT))),
      boolean(false),
    );
    expect((await answer(written)).status).toBe('granted');
  });
});
