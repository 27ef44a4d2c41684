import { sm2, utf8 } from '@cssi/sm-core';
import { afterAll, describe, expect, it } from 'vitest';
import { sm2SoftwareSigner } from '../src/adapters/software.ts';
import { encodeSm2PrivateKey, pemEncode } from '../src/index.ts';
import { encryptMessage } from '../src/messages/encrypt-message.ts';
import { signMessage } from '../src/messages/sign-message.ts';
import { signAndEncryptMessage } from '../src/messages/signed-enveloped.ts';
import { NOW, root, under } from './support/authority.ts';
import { hasOpenssl, Openssl } from './support/openssl.ts';

const CONTENT = utf8('content for openssl');

describe.skipIf(!hasOpenssl)('messages between us and OpenSSL', () => {
  const openssl = new Openssl();
  afterAll(() => openssl.close());

  const holder = async () => {
    const pair = sm2.generateKeyPair();
    const signer = sm2SoftwareSigner(pair);
    const top = await root();
    const { certificate } = await under(top, 'signer', { publicKeyInfo: signer.publicKeyInfo });
    openssl.file('signer.key', pemEncode('PRIVATE KEY', encodeSm2PrivateKey(pair)));
    openssl.file('signer.pem', pemEncode('CERTIFICATE', certificate.raw));
    return { top, signer, certificate };
  };

  it('cms -cmsout prints our signed message with its parts [part of SEAL-016]', async () => {
    const { signer, certificate } = await holder();
    const signers = [{ signer, certificate, signingTime: NOW }];
    openssl.file('ours.p7s', await signMessage(CONTENT, { syntax: 'rfc5652', signers }));
    const text = openssl.says('cms', '-cmsout', '-print', '-inform', 'DER', '-in', 'ours.p7s', '-noout');
    expect(text).toContain('pkcs7-signedData');
    expect(text).toContain('algorithm: sm3');
    expect(text).toMatch(/signingTime[\s\S]+Dec\s+1 00:00:00 2026/);
    expect(text).toContain('messageDigest');
    openssl.file('cut.p7s', openssl.read('ours.p7s').subarray(0, -1));
    expect(openssl.run('cms', '-cmsout', '-inform', 'DER', '-in', 'cut.p7s', '-noout').status).not.toBe(0);
  });

  it('asn1parse walks through our message of GB/T 35275 [part of SEAL-016]', async () => {
    const { signer, certificate } = await holder();
    const der = await signMessage(CONTENT, { syntax: 'gbt35275', signers: [{ signer, certificate }] });
    openssl.file('gm.p7s', der);
    const text = openssl.says('asn1parse', '-inform', 'DER', '-in', 'gm.p7s');
    expect(text).toContain('1.2.156.10197.6.1.4.2.2');
    expect(text).toContain('1.2.156.10197.6.1.4.2.1');
    expect(text).toContain('1.2.156.10197.1.301.1');
  });

  it('cms -cmsout prints our enveloped message, and asn1parse walks through the others [part of SEAL-016]', async () => {
    const { signer, certificate } = await holder();
    const encryption = await under(await root(), 'recipient', { keyUsage: ['keyEncipherment'] });
    const recipients = [encryption];
    openssl.file('ours.p7m', await encryptMessage(CONTENT, { syntax: 'rfc5652', recipients }));
    const text = openssl.says('cms', '-cmsout', '-print', '-inform', 'DER', '-in', 'ours.p7m', '-noout');
    expect(text).toContain('pkcs7-envelopedData');
    expect(text).toMatch(/sm4-cbc/i);
    const parse = (name: string) => openssl.says('asn1parse', '-inform', 'DER', '-in', name);
    openssl.file('gm.p7m', await encryptMessage(CONTENT, { syntax: 'gbt35275', recipients }));
    expect(parse('gm.p7m')).toContain('1.2.156.10197.6.1.4.2.3');
    const both = { syntax: 'gbt35275' as const, recipients, signers: [{ signer, certificate }] };
    openssl.file('both.p7m', await signAndEncryptMessage(CONTENT, both));
    const parts = parse('both.p7m');
    expect(parts).toContain('1.2.156.10197.6.1.4.2.4');
    expect(parts).toContain('1.2.156.10197.1.301.3');
  });

  it('cms -verify cannot check SM2 with the signer ID, and refuses all such messages', async () => {
    // A known limit of OpenSSL 3.0: no option reaches the signature inside of a message.
    const { signer, certificate } = await holder();
    openssl.file(
      'ours.p7s',
      await signMessage(CONTENT, { syntax: 'rfc5652', signers: [{ signer, certificate }] }),
    );
    const { status, text } = openssl.run(
      ...['cms', '-verify', '-noverify', '-inform', 'DER', '-in', 'ours.p7s', '-certfile', 'signer.pem'],
    );
    expect(status).not.toBe(0);
    expect(text).toMatch(/verification failure|digest failure|bad signature/i);
  });

  it('cms -sign makes no message with an SM2 key, so there is none to accept', async () => {
    // A known limit of OpenSSL 3.0: it knows no signature algorithm for SM2 in a message. When this
    // fails, a newer OpenSSL can do it: then its messages belong into a test of their own.
    await holder();
    openssl.file('content', CONTENT);
    const args = [
      'cms',
      '-sign',
      '-binary',
      '-in',
      'content',
      '-signer',
      'signer.pem',
      '-inkey',
      'signer.key',
    ];
    const { status, text } = openssl.run(
      ...args,
      '-md',
      'sm3',
      '-outform',
      'DER',
      '-nodetach',
      '-out',
      'its.p7s',
    );
    expect(status).not.toBe(0);
    expect(text).toContain('Error writing CMS output');
  });
});
