import { isAccepted, utf8 } from '@cssi/sm-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseMessage } from '../src/messages/parse-message.ts';
import { signMessage } from '../src/messages/sign-message.ts';
import { verifySignedMessage } from '../src/messages/verify-message.ts';
import type { SignedMessage } from '../src/spec/v1/message.ts';
import { type Holder, NOW, root, under } from './support/authority.ts';
import { BouncyCastle, bytesOf, hasBouncyCastle } from './support/bouncycastle.ts';
import { type ForeignPki, foreignPki } from './support/bouncycastle-pki.ts';
import { codeOf } from './support/codes.ts';
import { altered } from './support/interop.ts';

const CONTENT = utf8('内容 content');
const OTHER = utf8('内容 c0ntent');

const SHAPES = [
  { syntax: 'rfc5652', detached: false, attributes: 'standard', count: '2' },
  { syntax: 'rfc5652', detached: true, attributes: 'standard', count: '2' },
  { syntax: 'rfc5652', detached: false, attributes: 'none', count: '0' },
  { syntax: 'rfc5652', detached: true, attributes: 'none', count: '0' },
  { syntax: 'gbt35275', detached: false, attributes: 'none', count: '0' },
  { syntax: 'gbt35275', detached: true, attributes: 'none', count: '0' },
  { syntax: 'gbt35275', detached: true, attributes: 'standard', count: '2' },
] as const;

const THEIRS = [
  ['attached', 'attributes'],
  ['attached', 'plain'],
  ['detached', 'attributes'],
  ['detached', 'plain'],
] as const;

describe.skipIf(!hasBouncyCastle)('signed messages between us and BouncyCastle', () => {
  let castle: BouncyCastle;
  let pki: ForeignPki;
  let holder: Holder;
  beforeAll(async () => {
    castle = new BouncyCastle();
    pki = await foreignPki(castle);
    holder = await under(await root(), 'signer');
  });
  afterAll(() => castle.close());

  it.each(SHAPES)(
    'it accepts ours: $syntax, detached $detached, attributes $attributes [part of SEAL-016]',
    async ({ syntax, detached, attributes, count }) => {
      const signers = [{ ...holder, attributes }];
      const message = await signMessage(CONTENT, { syntax, detached, signers });
      const beside = detached ? CONTENT : undefined;
      const [content, signed] = await castle.does('verify-cms', message, beside, undefined);
      expect(bytesOf(content)).toEqual(CONTENT);
      expect(signed).toBe(count);
      expect(await castle.refusal('verify-cms', altered(message, -1), beside, undefined)).not.toBe(
        'accepted',
      );
      if (detached) {
        expect(await castle.refusal('verify-cms', message, OTHER, undefined)).toMatch(/signature|digest/i);
        expect(await castle.refusal('verify-cms', message, undefined, undefined)).toBe('no content');
      } else {
        const inside = altered(message, Buffer.from(message).indexOf('content'));
        expect(await castle.refusal('verify-cms', inside, undefined, undefined)).toMatch(/signature|digest/i);
      }
    },
  );

  it('it accepts two signers, one by key identifier, with the certificates beside [part of SEAL-016]', async () => {
    const second = await under(await root(), 'second');
    const message = await signMessage(CONTENT, {
      syntax: 'rfc5652',
      signers: [
        { ...holder, signingTime: NOW },
        { ...second, identifiedBy: 'keyIdentifier' },
      ],
    });
    const [content, ...counts] = await castle.does('verify-cms', message, undefined, undefined);
    expect(bytesOf(content)).toEqual(CONTENT);
    expect(counts.sort()).toEqual(['2', '3']);
    const bare = await signMessage(CONTENT, {
      syntax: 'rfc5652',
      signers: [holder],
      withoutSignerCertificates: true,
    });
    await castle.does('verify-cms', bare, undefined, holder.certificate.raw);
    expect(await castle.refusal('verify-cms', bare, undefined, undefined)).toBe('no certificate');
    expect(await castle.refusal('verify-cms', bare, undefined, second.certificate.raw)).not.toBe('accepted');
  });

  it.each(THEIRS)('we accept its message, %s, %s [part of SEAL-016]', async (where, how) => {
    const { key, certificate } = pki.sign;
    const der = await castle.makes('make-cms', where, how, CONTENT, certificate.raw, key);
    const path = {
      anchors: [pki.root.certificate],
      intermediates: [pki.sub.certificate],
      time: NOW,
    };
    const judge = (bytes: Uint8Array, content?: Uint8Array) => {
      const message = parseMessage(bytes) as SignedMessage;
      return verifySignedMessage(message, { path, ...(content === undefined ? {} : { content }) }).verdict;
    };
    const beside = where === 'detached' ? CONTENT : undefined;
    expect(isAccepted(judge(der, beside))).toBe(true);
    const { signers, findings } = parseMessage(der) as SignedMessage;
    const end = Buffer.from(der).indexOf(signers[0]!.signature) + signers[0]!.signature.length - 1;
    expect(judge(altered(der, end), beside).integrity.status).toBe('failed');
    // BouncyCastle writes indefinite lengths, which the standard allows and a strict reader does not.
    expect(findings.map(({ code }) => code)).toContain('BER_ENCODING');
    expect(codeOf(() => parseMessage(der, { policy: 'strict' }))).toBe('ERR_PKI_DEVIATION_REFUSED');
    if (where === 'detached') {
      expect(judge(der, OTHER).integrity.status).toBe('failed');
      expect(judge(der).integrity.status).toBe('indeterminate');
    } else {
      const inside = altered(der, Buffer.from(der).indexOf('content'));
      expect(judge(inside).integrity.status).toBe('failed');
    }
  });
});
