import { fromHex, isAccepted, toHex, utf8 } from '@cssi/sm-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTimeStampAuthority } from '../src/timestamp/authority.ts';
import { createTimeStampRequest, parseTimeStampRequest } from '../src/timestamp/request.ts';
import { grantedToken, parseTimeStampResponse } from '../src/timestamp/response.ts';
import { verifyTimeStampToken } from '../src/timestamp/verify.ts';
import { type Holder, NOW, root, under } from './support/authority.ts';
import { BouncyCastle, bytesOf, hasBouncyCastle } from './support/bouncycastle.ts';
import { type ForeignPki, foreignPki } from './support/bouncycastle-pki.ts';
import { altered } from './support/interop.ts';

const CONTENT = utf8('待加盖时间戳');
const OTHER = utf8('其他内容');
const SERIAL = fromHex('0a0b0c');

describe.skipIf(!hasBouncyCastle)('time stamps between us and BouncyCastle', () => {
  let castle: BouncyCastle;
  let pki: ForeignPki;
  let tsa: Holder;
  beforeAll(async () => {
    castle = new BouncyCastle();
    pki = await foreignPki(castle);
    tsa = await under(await root(), 'TSA', { profile: 'tsa' });
  });
  afterAll(() => castle.close());

  const authority = (syntax: 'rfc5652' | 'gbt35275' = 'rfc5652') =>
    createTimeStampAuthority({
      ...tsa,
      policy: '1.2.3.4.1',
      accuracy: { seconds: 1 },
      clock: () => NOW,
      serial: () => SERIAL,
      syntax,
    });

  it('it reads our request [part of SEAL-017]', async () => {
    const request = createTimeStampRequest({ content: CONTENT });
    const [algorithm, imprint] = await castle.does('read-tst-request', request);
    expect(algorithm).toBe('1.2.156.10197.1.401');
    expect(bytesOf(imprint)).toEqual(parseTimeStampRequest(request).imprint.digest);
  });

  it('it accepts our answer to its request and to ours [part of SEAL-017]', async () => {
    const theirs = await castle.makes('make-tst-request', CONTENT, '1234abcd');
    for (const request of [theirs, createTimeStampRequest({ content: CONTENT })]) {
      const response = await authority().reply(request);
      const { raw } = tsa.certificate;
      const [serial, time] = await castle.does('verify-tst', 'response', response, request, CONTENT, raw);
      expect(serial).toBe('a0b0c');
      expect(Number(time)).toBe(NOW.getTime());
      const token = grantedToken(parseTimeStampResponse(response));
      await castle.does('verify-tst', 'token', token, undefined, CONTENT, raw);
      expect(await castle.refusal('verify-tst', 'token', token, undefined, OTHER, raw)).toBe('imprint');
    }
  });

  it('it refuses our answer for other content, another request, another certificate, and altered', async () => {
    const request = createTimeStampRequest({ content: CONTENT });
    const response = await authority().reply(request);
    const { raw } = tsa.certificate;
    const refusal = (...fields: readonly [Uint8Array, Uint8Array, Uint8Array, Uint8Array]) =>
      castle.refusal('verify-tst', 'response', ...fields);
    expect(await refusal(response, request, OTHER, raw)).toBe('imprint');
    const again = createTimeStampRequest({ content: CONTENT });
    expect(await refusal(response, again, CONTENT, raw)).toContain('nonce');
    const stranger = await under(await root(), 'TSA', { profile: 'tsa' });
    expect(await refusal(response, request, CONTENT, stranger.certificate.raw)).not.toBe('accepted');
    expect(await refusal(altered(response, -1), request, CONTENT, raw)).not.toBe('accepted');
    const text = altered(response, Buffer.from(response).indexOf('20261201'));
    expect(await refusal(text, request, CONTENT, raw)).not.toBe('accepted');
  });

  it('it sees that we refuse a request that is none', async () => {
    const response = await authority().reply(utf8('no request'));
    const refusal = await castle.refusal('verify-tst', 'response', response, undefined, CONTENT, undefined);
    expect(refusal).toBe('status 2');
  });

  it('we accept its answer [part of SEAL-017]', async () => {
    const request = createTimeStampRequest({ content: CONTENT });
    const made = ['make-tst', NOW, '77', request, pki.tsa.certificate.raw, pki.tsa.key] as const;
    const token = grantedToken(parseTimeStampResponse(await castle.makes(...made)));
    const path = { anchors: [pki.root.certificate], intermediates: [pki.sub.certificate] };
    const judge = (bytes: Uint8Array, content = CONTENT, asked = request) =>
      verifyTimeStampToken(bytes, { content, request: parseTimeStampRequest(asked), path });
    const { verdict, info } = judge(token);
    expect(isAccepted(verdict)).toBe(true);
    expect([toHex(info.serial), info.time, info.accuracy]).toEqual(['77', NOW, { seconds: 1 }]);
    const other = createTimeStampRequest({ content: OTHER });
    expect(isAccepted(judge(token, OTHER, other).verdict)).toBe(false);
    const again = createTimeStampRequest({ content: CONTENT });
    expect(isAccepted(judge(token, CONTENT, again).verdict)).toBe(false);
    const time = altered(token, Buffer.from(token).indexOf('20261201'));
    expect(judge(time).verdict.integrity.status).toBe('failed');
  });

  it('we refuse its stamp with a certificate that is not for time stamps', async () => {
    const request = createTimeStampRequest({ content: CONTENT });
    const made = ['make-tst', NOW, '78', request, pki.sign.certificate.raw, pki.sign.key] as const;
    // BouncyCastle refuses to make one.
    expect(await castle.refusal(...made)).toContain('ExtendedKeyUsage');
  });
});
