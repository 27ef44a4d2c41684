import { generateKeyPairSync } from 'node:crypto';
import { sm2, sm3 } from '@cssi/sm-core';
import { describe, expect, it } from 'vitest';
import { ecdsaP256SoftwareSigner, nodeSoftwareSigner, sm2SoftwareSigner } from '../src/adapters/software.ts';
import { type ApplicationInput, DEFAULT_APPLICATION_PROFILES } from '../src/authority/index.ts';
import { OIDS, parseCertificate } from '../src/index.ts';
import { readAll, readOne } from '../src/internal/tlv.ts';
import { bits, oid, sequence } from '../src/internal/write.ts';
import { createCertificateRequest } from '../src/request/index.ts';
import { approved, newRequest, reasonOf, scene } from './support/authority-scene.ts';
import { codeOfAsync } from './support/codes.ts';

const by = (applicant: string) => ({ applicant, profile: 'person' });

describe('what an application is refused for', () => {
  it('a request that came before, or was altered [part of TCCIA-021]', async () => {
    const { authority, store } = await scene();
    const { csr } = await newRequest('张三');
    const { id } = await authority.apply({ csr, ...by('zhang.san') });
    const replay = { csr, ...by('mallory') };
    expect(await reasonOf(() => authority.apply(replay))).toBe('csr-used-before');
    await authority.review(id, { decision: 'reject', reviewer: 'li.si' });
    expect(await reasonOf(() => authority.apply(replay))).toBe('csr-used-before');

    const fresh = await newRequest('张三');
    let refusals = 0;
    for (let at = 0; at < fresh.csr.length; at++) {
      const altered = Uint8Array.from(fresh.csr);
      altered[at]! ^= 1 << (at % 8);
      const code = await codeOfAsync(() => authority.apply({ ...by('zhang.san'), csr: altered }));
      expect(code).toMatch(/^ERR_PKI_(CSR_MALFORMED|AUTHORITY_REFUSED|NAME_INVALID)$/);
      refusals++;
    }
    expect(refusals).toBe(fresh.csr.length);
    expect(await store.listApplications({ limit: 10 })).toHaveLength(1);
  });

  it('a request that another key has signed', async () => {
    const { authority } = await scene();
    // Taken over: the request of somebody else, signed anew with the own key.
    const { csr } = await newRequest('张三');
    const [info, algorithm] = readAll(readOne(csr, 0x30).value);
    const signature = sm2.signWith(sm2.generateKeyPair(), info!.raw);
    const stolen = sequence(info!.raw, algorithm!.raw, bits(signature));
    expect(await reasonOf(() => authority.apply({ csr: stolen, ...by('mallory') }))).toBe(
      'proof-of-possession',
    );
    // Signed with another signer ID than a request has.
    const pair = sm2.generateKeyPair();
    const odd = { ...sm2SoftwareSigner(pair) };
    const good = await createCertificateRequest({ subject: { commonName: '张三' } }, odd);
    const [body] = readAll(readOne(good, 0x30).value);
    const other = sm2.signWith(pair, body!.raw, { id: new Uint8Array(0) });
    const empty = sequence(body!.raw, algorithm!.raw, bits(other));
    expect(await reasonOf(() => authority.apply({ csr: empty, ...by('mallory') }))).toBe(
      'proof-of-possession',
    );
    expect(await reasonOf(() => authority.apply({ csr: good, ...by('zhang.san') }))).toBe(
      'nothing was thrown',
    );
  });

  it('a key that belongs to somebody else, is the authority itself, or was lost', async () => {
    const { authority, signer } = await scene();
    const { csr, signer: own } = await newRequest('张三');
    const id = await approved(authority, { csr, profile: 'person' });
    const second = await createCertificateRequest({ subject: { commonName: '李四' } }, own);
    // Both are under way; the one that is issued first has the key.
    const rival = await approved(authority, { csr: second, profile: 'person' });
    const { certificate } = await authority.issue(id);
    expect(await reasonOf(() => authority.issue(rival))).toBe('key-in-use');
    const again = await createCertificateRequest({ subject: { commonName: '王五' } }, own);
    expect(await reasonOf(() => authority.apply({ csr: again, ...by('wang.wu') }))).toBe('key-in-use');

    const ca = await createCertificateRequest({ subject: { commonName: '王五' } }, signer);
    expect(await reasonOf(() => authority.apply({ csr: ca, ...by('wang.wu') }))).toBe('key-of-the-authority');

    const anew = (email: string) =>
      createCertificateRequest({ subject: { commonName: '张三' }, emails: [email] }, own);
    const [renewal, third] = [await anew('1@example.cn'), await anew('2@example.cn')];
    await authority.apply({ csr: renewal, ...by('zhang.san') });
    await authority.revoke(parseCertificate(certificate).serial, { reason: 'keyCompromise' });
    expect(await reasonOf(() => authority.apply({ csr: third, ...by('zhang.san') }))).toBe('key-compromised');
  });

  it('a key that belongs to somebody else in another encoding', async () => {
    const { authority, signer } = await scene();
    const { csr, signer: own, pair } = await newRequest('张三');
    const { certificate } = await authority.issue(await approved(authority, { csr, profile: 'person' }));
    // The curve in place of the kind of key, as some software writes it.
    const otherForm = (key: Uint8Array) =>
      sequence(sequence(oid(OIDS.sm2Curve), oid(OIDS.sm2Curve)), bits(key.slice(-65)));
    const same = { ...own, publicKeyInfo: otherForm(own.publicKeyInfo) };
    const asked = async (commonName: string, holder: typeof same) => ({
      csr: await createCertificateRequest({ subject: { commonName } }, holder),
      ...by('mallory'),
    });
    const foreign = await asked('李四', same);
    expect(await reasonOf(() => authority.apply(foreign))).toBe('key-in-use');
    const ca = await asked('李四', { ...signer, publicKeyInfo: otherForm(signer.publicKeyInfo) });
    expect(await reasonOf(() => authority.apply(ca))).toBe('key-of-the-authority');
    // The holder may have another certificate, with the key as everybody writes it.
    const renewal = await asked('张三', same);
    const { id } = await authority.apply(renewal);
    await authority.review(id, { decision: 'approve', reviewer: 'li.si' });
    const renewed = parseCertificate((await authority.issue(id)).certificate);
    expect(renewed.publicKeyInfo).toEqual(parseCertificate(certificate).publicKeyInfo);
    expect(renewed.sm2PublicKey).toEqual(pair.publicKey);
  });

  it('kinds of keys that the profile does not have, and weak keys', async () => {
    const profiles = {
      ...DEFAULT_APPLICATION_PROFILES,
      legacy: { kind: 'person', certificate: 'person', days: 30, keys: ['p256', 'p384', 'rsa'] },
    } as const;
    const { authority } = await scene({ policy: { profiles } });
    const subject = { commonName: '张三' };
    const p256 = ecdsaP256SoftwareSigner(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey);
    const csr = await createCertificateRequest({ subject }, p256);
    expect(await reasonOf(() => authority.apply({ csr, ...by('zhang.san') }))).toBe('key-kind');
    expect((await authority.apply({ csr, ...by('zhang.san'), profile: 'legacy' })).state).toBe('submitted');
    const { csr: sm2Request } = await newRequest('张三');
    const legacy = { csr: sm2Request, ...by('zhang.san'), profile: 'legacy' };
    expect(await reasonOf(() => authority.apply(legacy))).toBe('key-kind');
    const odd = generateKeyPairSync('rsa', { modulusLength: 2048, publicExponent: 3 });
    // Such a key signs nothing that verifies: put in the place of another one.
    const [info, ...signed] = readAll(readOne(csr, 0x30).value);
    const [version, name, , attributes] = readAll(info!.value);
    const { publicKeyInfo } = nodeSoftwareSigner(odd.privateKey);
    const body = sequence(version!.raw, name!.raw, publicKeyInfo, attributes!.raw);
    const weak = sequence(body, ...signed.map(({ raw }) => raw));
    expect(await reasonOf(() => authority.apply({ ...legacy, csr: weak }))).toBe('key-weak');
    expect(await reasonOf(() => authority.apply({ ...legacy, pair: true }))).toBe('profile-without-pair');
  });

  it('names and fields that do not fit', async () => {
    const { authority } = await scene();
    const { csr } = await newRequest('www.example.cn');
    const domain: ApplicationInput = {
      csr,
      profile: 'domain',
      applicant: 'zhang.san',
      dnsNames: ['www.example.cn'],
    };
    const wrong: readonly (readonly [string, Partial<Record<keyof ApplicationInput, unknown>>])[] = [
      ['profile', { profile: 'root-ca' }],
      ['profile', { profile: '__proto__' }],
      ['profile', { profile: 7 }],
      ['dns-names', { dnsNames: [] }],
      ['dns-names', { profile: 'person' }],
      ['dns-names', { dnsNames: ['www.example.cn', 'WWW.example.cn'] }],
      ['dns-names', { dnsNames: ['www.example.cn', '*.cn'] }],
      ['dns-names', { dnsNames: ['www.example.cn', 'a.*.cn'] }],
      ['dns-names', { dnsNames: ['www.example.cn', '10.0.0.1'] }],
      ['dns-names', { dnsNames: ['www.example.cn', 'a b.cn'] }],
      ['dns-names', { dnsNames: ['www.example.cn', 'localhost'] }],
      ['dns-names', { dnsNames: ['www.example.cn', 5] }],
      ['dns-names', { dnsNames: 'www.example.cn' }],
      ['dns-names', { dnsNames: Array.from({ length: 65 }, (_, i) => `a${i}.example.cn`) }],
      ['common-name', { dnsNames: ['api.example.cn'] }],
      ['applicant', { applicant: '' }],
      ['applicant', { applicant: 'zhang san' }],
      ['applicant', { applicant: undefined }],
      ['pair', { pair: 'yes' }],
      ['evidence', { evidence: new Uint8Array(31) }],
      ['identity', { identity: 'person' }],
      ['subject', { subject: null }],
      ['type', { csr: 'text' }],
    ];
    for (const [reason, change] of wrong) {
      const input = { ...domain, ...change } as ApplicationInput;
      expect([reason, await reasonOf(() => authority.apply(input))]).toEqual([reason, reason]);
    }
    const items = { ...domain, identity: { person: 'x\u0000' } };
    expect(await codeOfAsync(() => authority.apply(items))).toBe('ERR_PKI_REQUEST_INVALID');
    expect((await authority.apply({ ...domain, evidence: sm3(csr) })).state).toBe('submitted');
  });

  it('its age, when nobody has issued it in time', async () => {
    const { authority, clock } = await scene({ policy: { applicationSeconds: 3600 } });
    const [one, two] = [await newRequest('张三'), await newRequest('李四')];
    const first = await approved(authority, { csr: one.csr, profile: 'person' });
    const second = (await authority.apply({ csr: two.csr, ...by('li.si') })).id;
    clock.advance(3599);
    expect(await authority.expireApplications()).toBe(0);
    clock.advance(1);
    expect(await reasonOf(() => authority.issue(first))).toBe('application-expired');
    expect((await authority.findApplication(first))?.steps.at(-1)?.step).toBe('expire');
    expect(await authority.expireApplications()).toBe(1);
    expect((await authority.findApplication(second))?.state).toBe('expired');
    const late = () => authority.review(second, { decision: 'approve', reviewer: 'wang.wu' });
    expect(await reasonOf(late)).toBe('application-expired');
  });
});
