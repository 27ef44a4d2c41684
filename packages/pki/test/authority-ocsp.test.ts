import { fromHex, sm2, toHex } from '@cssi/sm-core';
import { describe, expect, it } from 'vitest';
import { sm2SoftwareSigner } from '../src/adapters/software.ts';
import { parseCertificate } from '../src/index.ts';
import { createOcspRequest, parseOcspResponse, verifyOcspResponse } from '../src/revocation/index.ts';
import { root } from './support/authority.ts';
import { newRequest, person, reasonOf, type Scene, scene } from './support/authority-scene.ts';

const ask = async (
  { authority, root: issuer, clock }: Scene,
  serial: Uint8Array,
  hash: 'sm3' | 'sha1' | 'sha256' = 'sm3',
) => {
  const nonce = Uint8Array.from({ length: 32 }, (_, i) => i + 1);
  const der = await authority.answerOcsp(createOcspRequest({ certificate: { serial }, issuer, hash, nonce }));
  const response = parseOcspResponse(der);
  const answer = response.basic?.responses[0];
  expect(toHex(response.basic?.nonce ?? new Uint8Array(0))).toBe(toHex(nonce));
  expect(answer?.thisUpdate).toEqual(clock.now);
  return { response, answer, nonce };
};

async function withResponder(here: Scene) {
  const pair = sm2.generateKeyPair();
  const signer = sm2SoftwareSigner(pair);
  const certificate = await here.authority.issueCertificate({
    subject: { commonName: 'OCSP 响应者' },
    publicKeyInfo: signer.publicKeyInfo,
    profile: 'ocsp-responder',
    notAfter: here.root.notAfter,
  });
  const authority = await here.again({ responder: { certificate, signer } });
  return { ...here, authority, responder: { certificate, signer } };
}

describe('OCSP answers', () => {
  it('say good, revoked, on hold, released and unknown, by the CA and by its responder [part of TCCIA-021] [part of SEAL-015]', async () => {
    const plain = await scene();
    for (const here of [plain, await withResponder(plain)]) {
      const { authority, root: issuer, clock } = here;
      const certificate = await person(authority);
      const { serial } = certificate;
      const judge = async (hash: 'sm3' | 'sha1' | 'sha256' = 'sm3') => {
        const { response, answer, nonce } = await ask(here, serial, hash);
        const report = verifyOcspResponse(response, { certificate, issuer, time: clock.now, nonce });
        expect(report.status).toBe(answer?.status);
        return `${answer?.status} ${answer?.revocation?.reason ?? ''}`;
      };
      expect([await judge('sm3'), await judge('sha1'), await judge('sha256')]).toEqual([
        'good ',
        'good ',
        'good ',
      ]);
      await authority.hold(serial);
      expect(await judge()).toBe('revoked certificateHold');
      await authority.release(serial);
      expect(await judge()).toBe('good ');
      const { revokedAt } = await authority.revoke(serial, { reason: 'keyCompromise' });
      clock.advance(60);
      expect(await judge()).toBe('revoked keyCompromise');
      const { answer } = await ask(here, serial);
      expect(answer?.revocation?.revocationDate.toISOString()).toBe(revokedAt);
      // No certificate has this number: not to be listed is not to be good.
      expect((await ask(here, Uint8Array.of(0x11, 0x22))).answer?.status).toBe('unknown');
      expect((await ask(here, new Uint8Array(40).fill(1))).answer?.status).toBe('unknown');
    }
  });

  it('know nothing of the certificates of another CA', async () => {
    const here = await scene();
    const { serial } = await person(here.authority);
    const stranger = await root();
    const other = { ...here, root: stranger.certificate };
    expect((await ask(other, serial)).answer?.status).toBe('unknown');
  });

  it('come without a nonce when none was sent, and refuse one that is too long', async () => {
    const { authority, root: issuer } = await scene();
    const certificate = await person(authority);
    const request = createOcspRequest({ certificate, issuer });
    expect(parseOcspResponse(await authority.answerOcsp(request)).basic?.nonce).toBeUndefined();
    const nonce = new Uint8Array(128).fill(0x5a);
    const long = Buffer.from(createOcspRequest({ certificate, issuer, nonce })).toString('hex');
    expect(parseOcspResponse(await authority.answerOcsp(fromHex(long))).status).toBe('successful');
  });

  it('are an error response for whatever is no request, and never an exception', async () => {
    const { authority, root: issuer } = await scene();
    const certificate = await person(authority);
    const good = createOcspRequest({ certificate, issuer });
    const odd: unknown[] = [
      new Uint8Array(0),
      new Uint8Array(70_000),
      'text',
      undefined,
      null,
      {},
      fromHex('3000'),
    ];
    for (let length = 0; length < good.length; length++) odd.push(good.subarray(0, length));
    for (const request of odd) {
      const response = parseOcspResponse(await authority.answerOcsp(request as Uint8Array));
      expect(response.status).toBe('malformedRequest');
      expect(response.basic).toBeUndefined();
    }
    for (let at = 0; at < good.length; at++) {
      const changed = Uint8Array.from(good);
      changed[at]! ^= 1 << (at % 8);
      const { status } = parseOcspResponse(await authority.answerOcsp(changed));
      expect(['malformedRequest', 'successful']).toContain(status);
    }
  });

  it('are an error response when the authority itself cannot', async () => {
    const { authority, root: issuer, clock, store } = await scene();
    const certificate = await person(authority);
    const request = createOcspRequest({ certificate, issuer });
    clock.now = new Date(issuer.notAfter.getTime() + 1000);
    expect(parseOcspResponse(await authority.answerOcsp(request)).status).toBe('internalError');
    clock.now = issuer.notBefore;
    await store.close();
    expect(parseOcspResponse(await authority.answerOcsp(request)).status).toBe('internalError');
  });
});

describe('what is no responder of this CA', () => {
  it('is refused', async () => {
    const here = await scene();
    const { responder } = await withResponder(here);
    const stranger = await withResponder(await scene());
    const pair = await newRequest('x');
    const noPurpose = await here.authority.issueCertificate({
      subject: { commonName: 'x' },
      publicKeyInfo: pair.signer.publicKeyInfo,
      profile: 'person',
      notAfter: here.root.notAfter,
    });
    const wrong = [
      stranger.responder,
      { certificate: responder.certificate, signer: pair.signer },
      { certificate: noPurpose, signer: pair.signer },
    ];
    for (const item of wrong) {
      expect(await reasonOf(() => here.again({ responder: item }))).toBe('responder');
    }
    expect(parseCertificate(responder.certificate).isCa).toBe(false);
  });
});
