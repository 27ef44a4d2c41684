import { equalBytes, isAccepted, Secret, type Sm2KeyPair, sm2, toHex } from '@cssi/sm-core';
import { describe, expect, it } from 'vitest';
import { sm2SoftwareDecipherer, sm2SoftwareSigner } from '../src/adapters/software.ts';
import type { IssuedCertificates } from '../src/authority/index.ts';
import { decodeSm2PrivateKey, parseCertificate } from '../src/index.ts';
import { decryptAndVerifyMessage, parseMessage } from '../src/messages/index.ts';
import { validateCertificatePath } from '../src/path/index.ts';
import { approved, dnsProof, newRequest, reasonOf, type Scene, scene } from './support/authority-scene.ts';
import { codeOf } from './support/codes.ts';

const ENCRYPTION = ['dataEncipherment', 'keyAgreement', 'keyEncipherment'];

/** Both certificates, read, and judged to be good. */
function bothOf({ root, clock }: Scene, { certificate, encryption }: IssuedCertificates) {
  if (encryption === undefined) throw new Error('no pair');
  const both = [parseCertificate(certificate), parseCertificate(encryption.certificate)] as const;
  for (const each of both) {
    const { verdict } = validateCertificatePath(each, { anchors: [root], time: clock.now });
    expect(isAccepted(verdict)).toBe(true);
  }
  return { signing: both[0], encryption: both[1], delivery: encryption.delivery };
}

/** A key centre whose pairs a test can look at. */
function watchedCentre(): { readonly pairs: Sm2KeyPair[]; readonly keyCentre: () => Promise<Sm2KeyPair> } {
  const pairs: Sm2KeyPair[] = [];
  const keyCentre = async () => {
    const pair = sm2.generateKeyPair();
    pairs.push(pair);
    return pair;
  };
  return { pairs, keyCentre };
}

async function deliveryHelper(here: Scene) {
  const signer = sm2SoftwareSigner(sm2.generateKeyPair());
  const certificate = await here.authority.issueCertificate({
    subject: { commonName: '密钥下发' },
    publicKeyInfo: signer.publicKeyInfo,
    profile: 'organization',
    notAfter: here.root.notAfter,
  });
  return { certificate, signer };
}

describe('pairs of certificates', () => {
  it('come with an encryption key that the holder of the signing key opens, and nobody else [part of TCCIA-021] [part of SEAL-015]', async () => {
    const { pairs, keyCentre } = watchedCentre();
    const here = await scene({ keyCentre });
    const kinds = [
      { profile: 'person', name: '张三', dnsNames: [], proofs: [] },
      { profile: 'device', name: 'edge-0001', dnsNames: [], proofs: [] },
      {
        profile: 'domain',
        name: 'www.example.cn',
        dnsNames: ['www.example.cn'],
        proofs: [dnsProof('example.cn')],
      },
    ];
    for (const { profile, name, dnsNames, proofs } of kinds) {
      const { csr, pair } = await newRequest(name);
      const id = await approved(here.authority, { csr, profile, pair: true, dnsNames }, proofs);
      const issued = await here.authority.issue(id);
      const { signing, encryption, delivery } = bothOf(here, issued);
      expect(toHex(signing.sm2PublicKey ?? csr)).toBe(toHex(pair.publicKey));
      expect(encryption.subjectRaw).toEqual(signing.subjectRaw);
      expect(encryption.dnsNames).toEqual(signing.dnsNames);
      expect(encryption.serial).not.toEqual(signing.serial);
      expect(signing.keyUsage?.has('digitalSignature')).toBe(true);
      expect(signing.keyUsage?.has('keyEncipherment')).toBe(false);
      expect([...(encryption.keyUsage ?? [])].sort()).toEqual(ENCRYPTION);

      expect(delivery.format).toBe('sm2-enveloped-key');
      const opened = sm2.openEnvelopedKey(pair.privateKey, delivery.bytes);
      expect(toHex(opened.publicKey)).toBe(toHex(encryption.sm2PublicKey ?? csr));
      const text = Uint8Array.of(1, 2, 3);
      const cipher = sm2.encrypt(encryption.sm2PublicKey ?? csr, text);
      expect(sm2.decrypt(opened.privateKey, cipher)).toEqual(text);
      const stranger = sm2.generateKeyPair().privateKey;
      expect(codeOf(() => sm2.openEnvelopedKey(stranger, delivery.bytes))).toBe('ERR_DECRYPT_FAILED');
      expect((await here.authority.collect(id)).encryption?.delivery).toEqual(delivery);
    }
    expect(pairs).toHaveLength(3);
    expect(pairs.every(({ privateKey }) => privateKey.destroyed)).toBe(true);
  });

  it('are delivered as signed and enveloped message too', async () => {
    const here = await scene();
    const helper = await deliveryHelper(here);
    const authority = await here.again({ deliverySigner: helper });
    const { csr, pair } = await newRequest('张三');
    const issued = await authority.issuePair({ csr, profile: 'person', delivery: 'signed-and-enveloped' });
    const { signing, encryption, delivery } = bothOf(here, issued);
    const message = parseMessage(delivery.bytes);
    if (message.kind !== 'signedAndEnvelopedData') throw new Error(message.kind);
    const { content, report } = await decryptAndVerifyMessage(message, {
      decipherer: sm2SoftwareDecipherer(pair),
      certificate: signing,
      path: { anchors: [here.root], time: here.clock.now },
    });
    if (content === undefined) throw new Error('no content');
    expect(isAccepted(report.verdict)).toBe(true);
    expect(toHex(decodeSm2PrivateKey(content).publicKey)).toBe(toHex(encryption.sm2PublicKey ?? csr));
    expect(toHex(delivery.bytes)).not.toContain(toHex(content.subarray(36, 68)));
  });

  it('are not delivered by a signer that may not sign data', async () => {
    const here = await scene();
    const { csr } = await newRequest('张三');
    const asked = { csr, profile: 'person', delivery: 'signed-and-enveloped' } as const;
    expect(await reasonOf(() => here.authority.issuePair(asked))).toBe('delivery-signer');
    const odd = { ...asked, delivery: 'by-mail' as never };
    expect(await reasonOf(() => here.authority.issuePair(odd))).toBe('delivery');
    const helper = await deliveryHelper(here);
    const wrong = [
      { certificate: here.root.raw, signer: here.signer },
      { certificate: helper.certificate, signer: here.signer },
    ];
    for (const deliverySigner of wrong) {
      expect(await reasonOf(() => here.again({ deliverySigner }))).toBe('deliverySigner');
    }
  });

  it('leave a copy with the escrow when there is one, and nothing when it fails', async () => {
    const { pairs, keyCentre } = watchedCentre();
    const kept: { readonly pair: Sm2KeyPair; readonly serial: Uint8Array }[] = [];
    const here = await scene({
      keyCentre,
      escrow: async (pair, { serial }) => {
        kept.push({ pair, serial });
        if (kept.length > 1) throw new Error('escrow full');
      },
    });
    const one = await newRequest('张三');
    const { encryption } = bothOf(here, await here.authority.issuePair({ csr: one.csr, profile: 'person' }));
    expect(kept[0]?.serial).toEqual(encryption.serial);
    const cipher = sm2.encrypt(encryption.sm2PublicKey ?? one.csr, Uint8Array.of(7));
    expect(sm2.decrypt(kept[0]!.pair.privateKey, cipher)).toEqual(Uint8Array.of(7));
    expect(pairs[0]?.privateKey.destroyed).toBe(true);

    const two = await newRequest('李四');
    expect(await reasonOf(() => here.authority.issuePair({ csr: two.csr, profile: 'person' }))).toBe(
      'escrow',
    );
    expect(pairs[1]?.privateKey.destroyed).toBe(true);
    expect(await here.store.findCertificate(kept[1]!.serial)).toBeUndefined();
  });

  it('are not made with a key centre that gives wrong, old or known keys', async () => {
    const good = sm2.generateKeyPair();
    const copyOf = ({ publicKey, privateKey }: Sm2KeyPair): Sm2KeyPair => ({
      publicKey,
      privateKey: privateKey.use((bytes) => Secret.copy(bytes)),
    });
    const mine = await newRequest('张三');
    const centres: (() => Promise<Sm2KeyPair>)[] = [
      async () => ({ ...copyOf(good), publicKey: sm2.generateKeyPair().publicKey }),
      async () => ({ ...good, privateKey: Secret.copy(new Uint8Array(32)) }),
      async () => ({}) as Sm2KeyPair,
      async () => undefined as unknown as Sm2KeyPair,
      // The signing key once more: then it would be no secret of the authority's.
      async () => copyOf(mine.pair),
    ];
    for (const keyCentre of centres) {
      const { authority } = await scene({ keyCentre });
      expect(await reasonOf(() => authority.issuePair({ csr: mine.csr, profile: 'person' }))).toBe(
        'key-centre',
      );
    }
    const { authority } = await scene({ keyCentre: async () => copyOf(good) });
    await authority.issuePair({ csr: mine.csr, profile: 'person' });
    const next = await newRequest('李四');
    expect(await reasonOf(() => authority.issuePair({ csr: next.csr, profile: 'person' }))).toBe(
      'key-centre',
    );
    expect(equalBytes(good.publicKey, mine.pair.publicKey)).toBe(false);
  });
});
