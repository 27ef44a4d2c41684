import { isAccepted, sm2, sm3, toHex } from '@cssi/sm-core';
import { describe, expect, it } from 'vitest';
import { sm2SoftwareSigner } from '../src/adapters/software.ts';
import { OIDS, parseCertificate, verifyCertificatePath } from '../src/index.ts';
import { oid, sequence, set, utf8String } from '../src/internal/write.ts';
import { createCertificateRequest } from '../src/request/index.ts';
import { judgeRevocation, parseCrl } from '../src/revocation/index.ts';
import { approved, dnsProof, newRequest, reasonOf, type Scene, scene } from './support/authority-scene.ts';
import { codeOfAsync } from './support/codes.ts';

/** Two common names: reading by kind would keep one of them. */
const doubled = sequence(...['a', 'b'].map((name) => set(sequence(oid(OIDS.commonName), utf8String(name)))));

async function expectGood({ authority, root, clock }: Scene, der: Uint8Array): Promise<void> {
  const certificate = parseCertificate(der);
  const crls = [parseCrl(await authority.crl())];
  const verdict = verifyCertificatePath(certificate, { anchors: [root], time: clock.now, crls });
  expect(isAccepted(verdict)).toBe(true);
  expect(JSON.stringify(verdict)).not.toContain('REVOCATION_NOT_CHECKED');
  expect(judgeRevocation(certificate, root, { time: clock.now, crls }).status).toBe('good');
}

describe('application, review and issuing', () => {
  it('takes a person, a device and a domain from application to an accepted path [part of TCCIA-021] [part of SEAL-015]', async () => {
    const here = await scene();
    const { authority, clock } = here;
    const items = [
      {
        profile: 'person',
        commonName: '张三',
        dnsNames: [],
        proofs: [],
        identity: { person: '11010119900101001X' },
      },
      { profile: 'device', commonName: 'edge-0001', dnsNames: [], proofs: [], identity: undefined },
      {
        profile: 'domain',
        commonName: 'www.example.cn',
        dnsNames: ['www.example.cn', '*.api.example.cn'],
        proofs: [dnsProof('example.cn')],
        identity: undefined,
      },
    ];
    for (const { profile, commonName, dnsNames, proofs, identity } of items) {
      const { csr, signer } = await newRequest(commonName);
      const evidence = sm3(csr);
      const input = { csr, profile, dnsNames, applicant: 'zhang.san', evidence };
      const submitted = await authority.apply(identity === undefined ? input : { ...input, identity });
      expect(submitted.state).toBe('submitted');
      expect(await reasonOf(() => authority.issue(submitted.id))).toBe('application-submitted');
      clock.advance(60);
      const provenProofs = proofs.map((proof) => ({ ...proof, provenAt: clock.now }));
      const reviewed = await authority.review(submitted.id, {
        decision: 'approve',
        reviewer: 'li.si',
        note: '材料齐全',
        domainProofs: provenProofs,
      });
      expect(reviewed.state).toBe('approved');
      clock.advance(60);
      const { certificate, encryption } = await authority.issue(submitted.id, { operator: 'wang.wu' });
      expect(encryption).toBeUndefined();
      const parsed = parseCertificate(certificate);
      expect(toHex(parsed.publicKeyInfo)).toBe(toHex(signer.publicKeyInfo));
      expect(parsed.subject.commonName).toBe(commonName);
      expect(parsed.dnsNames).toEqual(dnsNames);
      expect(parsed.identity.map(({ kind, value }) => [kind, value])).toEqual(
        identity === undefined ? [] : [['person', identity.person]],
      );
      expect(parsed.isCa).toBe(false);
      await expectGood(here, certificate);

      const done = await authority.findApplication(submitted.id);
      expect(done?.state).toBe('issued');
      const steps = done?.steps.map(({ step, by }) => `${step} ${by}`);
      expect(steps).toEqual(['apply zhang.san', 'approve li.si', 'issuing wang.wu', 'issue wang.wu']);
      const times = done?.steps.map(({ at }) => at) ?? [];
      expect([...times].sort()).toEqual(times);
      expect(new Set(times).size).toBe(3);
      expect(done?.steps[1]?.domainProofs?.map(({ dnsName }) => dnsName) ?? []).toEqual(
        proofs.map(({ dnsName }) => dnsName),
      );
      expect((await authority.collect(submitted.id)).certificate).toEqual(certificate);
      await expect(authority.issue(submitted.id)).rejects.toThrow('application-issued');
    }
    const all = await authority.listApplications({ state: 'issued', limit: 10 });
    expect(all).toHaveLength(3);
  });

  it('grants what the profile says and nothing that a request asks for [part of TCCIA-021]', async () => {
    const { authority } = await scene();
    const { csr } = await newRequest('张三', {
      keyUsage: ['keyCertSign', 'cRLSign', 'digitalSignature'],
      extendedKeyUsage: ['1.3.6.1.5.5.7.3.1'],
      dnsNames: ['www.bank.cn'],
      ipAddresses: ['10.0.0.1'],
      emails: ['ceo@bank.cn'],
      identity: { person: '11010119900101001X' },
      extensions: [
        // basicConstraints with cA TRUE
        { oid: '2.5.29.19', critical: true, value: Uint8Array.of(0x30, 3, 1, 1, 0xff) },
        { oid: '1.2.3.4', critical: true, value: Uint8Array.of(5, 0) },
      ],
    });
    const { certificate } = await authority.issue(await approved(authority, { csr, profile: 'person' }));
    const parsed = parseCertificate(certificate);
    expect(parsed.isCa).toBe(false);
    expect([...(parsed.keyUsage ?? [])].sort()).toEqual(['digitalSignature', 'nonRepudiation']);
    expect(parsed.extendedKeyUsage).toBeUndefined();
    expect(parsed.subjectAltNames).toEqual([]);
    expect(parsed.identity).toEqual([]);
    expect(parsed.extensions.map((item) => item.oid)).not.toContain('1.2.3.4');
  });

  it('takes the subject of the application over that of the request, and refuses names it would lose', async () => {
    const { authority, root } = await scene();
    const { csr } = await newRequest('随便');
    const subject = { commonName: '张三', organization: '示例机构', country: 'CN' };
    const id = await approved(authority, { csr, profile: 'person', subject });
    const { certificate } = await authority.issue(id);
    expect(parseCertificate(certificate).subject).toEqual(subject);

    const signer = sm2SoftwareSigner(sm2.generateKeyPair());
    const twice = await createCertificateRequest({ subject: { raw: doubled } }, signer);
    const input = { csr: twice, profile: 'person', applicant: 'zhang.san' };
    expect(await reasonOf(() => authority.apply(input))).toBe('subject');
    const own = { commonName: '测试根', organization: '测试机构', country: 'CN' };
    expect(root.subject).toEqual(own);
    expect(await reasonOf(() => authority.apply({ ...input, subject: own }))).toBe('subject');
    expect(await codeOfAsync(() => authority.apply({ ...input, subject: { commonName: 'a\u202eb' } }))).toBe(
      'ERR_PKI_NAME_INVALID',
    );
  });

  it('issues once, whoever asks how often at once', async () => {
    const { authority, store, again } = await scene();
    const other = await again();
    const { csr } = await newRequest('张三');
    const id = await approved(authority, { csr, profile: 'person', pair: true });
    const calls = Array.from({ length: 6 }, (_, i) => (i % 2 === 0 ? authority : other).issue(id));
    const results = await Promise.allSettled(calls);
    const good = results.filter((result) => result.status === 'fulfilled').map(({ value }) => value);
    expect(good.length).toBeGreaterThan(0);
    expect(new Set(good.map(({ certificate }) => toHex(certificate))).size).toBe(1);
    expect(new Set(good.map(({ encryption }) => toHex(encryption?.delivery.bytes ?? csr))).size).toBe(1);
    const record = await store.findApplication(id);
    expect(record?.state).toBe('issued');
    expect(record?.serials).toHaveLength(2);
  });
});
