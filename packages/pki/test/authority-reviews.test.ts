import { toHex } from '@cssi/sm-core';
import { describe, expect, it } from 'vitest';
import { dnsProof, newRequest, person, reasonOf, scene } from './support/authority-scene.ts';

const by = (applicant: string) => ({ applicant, profile: 'person' });

describe('what a review is refused for', () => {
  it('the applicant as reviewer, also in other letters [part of TCCIA-021]', async () => {
    const { authority } = await scene();
    const { csr } = await newRequest('张三');
    const { id } = await authority.apply({ csr, ...by('zhang.san') });
    for (const reviewer of ['zhang.san', 'Zhang.San', 'ZHANG.SAN']) {
      for (const decision of ['approve', 'reject'] as const) {
        expect(await reasonOf(() => authority.review(id, { decision, reviewer }))).toBe(
          'reviewer-is-applicant',
        );
      }
    }
    const odd = [
      ['reviewer', { decision: 'approve', reviewer: 'zhang.san ' }],
      ['decision', { decision: 'maybe', reviewer: 'li.si' }],
      ['note', { decision: 'approve', reviewer: 'li.si', note: 'x'.repeat(1001) }],
      ['note', { decision: 'approve', reviewer: 'li.si', note: 'a\nb' }],
    ] as const;
    for (const [field, input] of odd) {
      expect(await reasonOf(() => authority.review(id, input as never))).toBe(field);
    }
    expect((await authority.findApplication(id))?.state).toBe('submitted');
  });

  it('a state in which there is nothing to review', async () => {
    const { authority } = await scene();
    const { csr } = await newRequest('张三');
    const { id } = await authority.apply({ csr, ...by('zhang.san') });
    await authority.review(id, { decision: 'reject', reviewer: 'li.si', note: '照片不清' });
    expect(await reasonOf(() => authority.issue(id))).toBe('application-rejected');
    const again = () => authority.review(id, { decision: 'approve', reviewer: 'wang.wu' });
    expect(await reasonOf(again)).toBe('application-rejected');
    expect((await authority.findApplication(id))?.steps.at(-1)?.note).toBe('照片不清');
    const unknown = '0'.repeat(32);
    expect(await reasonOf(() => authority.issue(unknown))).toBe('application-unknown');
    expect(await reasonOf(() => authority.issue('../x'))).toBe('id');
    expect(await reasonOf(() => authority.collect(id))).toBe('application-rejected');
  });

  it('the same reviewer twice under the four-eyes rule', async () => {
    const { authority } = await scene({ policy: { reviewsNeeded: 2 } });
    const { csr } = await newRequest('张三');
    const { id } = await authority.apply({ csr, ...by('zhang.san') });
    const agree = (reviewer: string) => authority.review(id, { decision: 'approve', reviewer });
    expect((await agree('li.si')).state).toBe('submitted');
    expect(await reasonOf(() => agree('LI.SI'))).toBe('reviewed-before');
    expect(await reasonOf(() => authority.issue(id))).toBe('application-submitted');
    expect((await agree('wang.wu')).state).toBe('approved');
    expect((await authority.issue(id)).certificate.length).toBeGreaterThan(300);
  });

  it('two reviews at once: one is told to look again', async () => {
    const { authority } = await scene();
    const { csr } = await newRequest('张三');
    const { id } = await authority.apply({ csr, ...by('zhang.san') });
    const both = await Promise.allSettled([
      authority.review(id, { decision: 'approve', reviewer: 'li.si' }),
      authority.review(id, { decision: 'reject', reviewer: 'wang.wu' }),
    ]);
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect((await authority.findApplication(id))?.steps).toHaveLength(2);
  });

  it('domain names whose control was not proven [part of TCCIA-021]', async () => {
    const { authority, clock } = await scene();
    const { csr } = await newRequest('www.example.cn');
    const dnsNames = ['www.example.cn', '*.api.example.cn'];
    const { id } = await authority.apply({ csr, profile: 'domain', applicant: 'zhang.san', dnsNames });
    const reviewing = (...domainProofs: readonly ReturnType<typeof dnsProof>[]) =>
      reasonOf(() => authority.review(id, { decision: 'approve', reviewer: 'li.si', domainProofs }));
    expect(await reviewing()).toBe('domain-control');
    expect(await reviewing(dnsProof('www.example.cn'))).toBe('domain-control');
    expect(await reviewing(dnsProof('xample.cn'), dnsProof('ple.cn'))).toBe('domain-control');
    expect(await reviewing(dnsProof('example.cn', { method: 'http' }))).toBe('domain-control');
    expect(await reviewing(dnsProof('example.com.cn'))).toBe('domain-control');
    expect(await reviewing(dnsProof('*.example.cn'))).toBe('domainProofs');
    expect(await reviewing(dnsProof('cn'))).toBe('dns-names');
    expect(await reviewing(dnsProof('example.cn', { provenAt: new Date(clock.now.getTime() + 1000) }))).toBe(
      'domainProofs',
    );
    const old = new Date(clock.now.getTime() - 31 * 86_400_000);
    expect(await reviewing(dnsProof('example.cn', { provenAt: old }))).toBe('domain-control');
    expect(await reviewing(dnsProof('example.cn', { method: 'guess' as never }))).toBe('domainProofs');
    const parts = [dnsProof('www.example.cn', { method: 'http' }), dnsProof('api.example.cn')];
    expect(await reviewing(...parts)).toBe('nothing was thrown');
  });
});

describe('what programs are refused', () => {
  it('keys that are in use, validity beyond the authority, CAs that do not fit below it', async () => {
    const { authority, root } = await scene();
    const { signer } = await newRequest('tsa');
    const good = {
      subject: { commonName: '时间戳' },
      publicKeyInfo: signer.publicKeyInfo,
      profile: 'tsa',
      notAfter: root.notAfter,
    } as const;
    const before = new Date(root.notBefore.getTime() - 1000);
    const behind = new Date(root.notAfter.getTime() + 1000);
    const issue = (changes: object) => reasonOf(() => authority.issueCertificate({ ...good, ...changes }));
    expect(await issue({ notAfter: behind })).toBe('validity');
    expect(await issue({ notBefore: before })).toBe('validity');
    expect(await issue({ notAfter: 'tomorrow' })).toBe('validity');
    expect(await issue({ profile: 'constructor' })).toBe('profile');
    expect(await issue({ publicKeyInfo: root.publicKeyInfo })).toBe('key-of-the-authority');
    expect(await issue({ subject: { raw: root.subjectRaw } })).toBe('subject');
    expect(await issue({ publicKeyInfo: new Uint8Array(3) })).not.toBe('nothing was thrown');
    expect(await issue({})).toBe('nothing was thrown');
    expect(await issue({ subject: { commonName: '别人' } })).toBe('key-in-use');
    expect(await person(authority).then(({ serial }) => toHex(serial).length)).toBe(32);
  });
});
