import { fromHex, isAccepted, sm2, sm3, utf8 } from '@cssi/sm-core';
import { afterAll, describe, expect, it } from 'vitest';
import { sm2SoftwareSigner } from '../src/adapters/software.ts';
import { createTimeStampAuthority } from '../src/timestamp/authority.ts';
import { createTimeStampRequest, parseTimeStampRequest } from '../src/timestamp/request.ts';
import { grantedToken, parseTimeStampResponse } from '../src/timestamp/response.ts';
import { verifyTimeStampToken } from '../src/timestamp/verify.ts';
import { NOW, root, under } from './support/authority.ts';
import { hasOpenssl, Openssl } from './support/openssl.ts';

const CONTENT = utf8('content to be stamped');

describe.skipIf(!hasOpenssl)('time stamps between us and OpenSSL', () => {
  const openssl = new Openssl();
  afterAll(() => openssl.close());

  it('ts -query prints our request, and we read its own [part of SEAL-017]', () => {
    openssl.file('ours.tsq', createTimeStampRequest({ content: CONTENT, nonce: 0x1234n, policy: '1.2.3.4' }));
    const text = openssl.says('ts', '-query', '-in', 'ours.tsq', '-text');
    expect(text).toContain('Hash Algorithm: sm3');
    expect(text).toContain('Policy OID: 1.2.3.4');
    expect(text).toContain('Nonce: 0x1234');
    expect(text).toContain('Certificate required: yes');
    openssl.file('content', CONTENT);
    const request = parseTimeStampRequest(openssl.makes('ts', '-query', '-data', 'content', '-sm3', '-cert'));
    expect(request.imprint).toEqual({ hash: 'sm3', digest: sm3(CONTENT) });
    expect(request.certReq).toBe(true);
    expect(request.nonce).toBeGreaterThan(0n);
  });

  it('ts -reply -text prints our answer to its request, and we accept it [part of SEAL-017]', async () => {
    const top = await root();
    const signer = sm2SoftwareSigner(sm2.generateKeyPair());
    const { certificate } = await under(top, 'TSA', { profile: 'tsa', publicKeyInfo: signer.publicKeyInfo });
    const authority = createTimeStampAuthority({
      signer,
      certificate,
      policy: '1.2.3.4.77',
      accuracy: { seconds: 1, millis: 500 },
      clock: () => NOW,
      serial: () => fromHex('0102'),
    });
    openssl.file('content', CONTENT);
    const asked = openssl.makes('ts', '-query', '-data', 'content', '-sm3', '-cert');
    const response = await authority.reply(asked);
    openssl.file('ours.tsr', response);
    const text = openssl.says('ts', '-reply', '-in', 'ours.tsr', '-text');
    expect(text).toContain('Status: Granted.');
    expect(text).toContain('Hash Algorithm: sm3');
    expect(text).toContain('Serial number: 0x0102');
    expect(text).toContain('Time stamp: Dec  1 00:00:00 2026 GMT');
    expect(text).toContain('Accuracy: 0x01 seconds, 0x01F4 millis');
    expect(text).toContain('Policy OID: 1.2.3.4.77');
    const nonce = parseTimeStampRequest(asked).nonce!;
    expect(text.toLowerCase()).toContain(nonce.toString(16));
    const token = grantedToken(parseTimeStampResponse(response));
    const request = parseTimeStampRequest(asked);
    const { verdict } = verifyTimeStampToken(token, {
      content: CONTENT,
      request,
      path: { anchors: [top.certificate] },
    });
    expect(isAccepted(verdict)).toBe(true);
    openssl.file('token.der', token);
    const parts = openssl.says('ts', '-reply', '-token_in', '-in', 'token.der', '-text');
    expect(parts).toContain('Serial number: 0x0102');
  });

  it('ts -reply prints why we refused, and refuses an answer that is cut off', async () => {
    const signer = sm2SoftwareSigner(sm2.generateKeyPair());
    const options = { profile: 'tsa', publicKeyInfo: signer.publicKeyInfo } as const;
    const { certificate } = await under(await root(), 'TSA', options);
    const serial = () => fromHex('03');
    const authority = createTimeStampAuthority({
      signer,
      certificate,
      policy: '1.2.3.4',
      clock: () => NOW,
      serial,
    });
    openssl.file(
      'no.tsr',
      await authority.reply(createTimeStampRequest({ content: CONTENT, policy: '1.2.9' })),
    );
    const text = openssl.says('ts', '-reply', '-in', 'no.tsr', '-text');
    expect(text).toContain('Status: Rejected.');
    expect(text).toContain('the requested TSA policy is not supported by the TSA');
    const whole = await authority.reply(createTimeStampRequest({ content: CONTENT }));
    openssl.file('cut.tsr', whole.subarray(0, -1));
    expect(openssl.run('ts', '-reply', '-in', 'cut.tsr', '-text').status).not.toBe(0);
  });
});
