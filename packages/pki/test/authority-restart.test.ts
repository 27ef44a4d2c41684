import { sm2, toHex } from '@cssi/sm-core';
import { describe, expect, it } from 'vitest';
import { memoryAuthorityStore } from '../src/adapters/memory-authority-store.ts';
import { createAuthority } from '../src/authority/index.ts';
import { parseCertificate } from '../src/index.ts';
import { createCertificateRequest } from '../src/request/index.ts';
import type { AuthorityStore } from '../src/spec/v1/authority.ts';
import { NOW, newSigner, root, under } from './support/authority.ts';
import { approved, newRequest, person, reasonOf, scene } from './support/authority-scene.ts';
import { codeOfAsync } from './support/codes.ts';
import { craft } from './support/craft.ts';

/** A store whose process is killed at the n-th writing call: before it, or after it and before the answer. */
function dying(good: AuthorityStore, at: number, when: 'before' | 'after'): AuthorityStore {
  let calls = 0;
  const guard =
    <A extends unknown[], T>(call: (...args: A) => Promise<T>) =>
    async (...args: A): Promise<T> => {
      calls++;
      if (calls > at || (calls === at && when === 'before')) throw new Error('killed');
      const result = await call(...args);
      if (calls === at) throw new Error('killed');
      return result;
    };
  return {
    ...good,
    reserveSerial: guard(good.reserveSerial),
    replaceApplication: guard(good.replaceApplication),
    insertCertificates: guard(good.insertCertificates),
  };
}

/** Certificates that the store has of the application's serial numbers. */
async function countOf(store: AuthorityStore, id: string): Promise<number> {
  const serials = (await store.findApplication(id))?.serials ?? [];
  const found = await Promise.all(serials.map((serial) => store.findCertificate(serial)));
  return found.filter((record) => record !== undefined).length;
}

describe('an authority that is killed while it issues', () => {
  it('goes on after a restart and makes no certificate twice [part of TCCIA-021]', async () => {
    let killed = 0;
    for (const pair of [false, true]) {
      for (const when of ['before', 'after'] as const) {
        for (let at = 1; at <= 6; at++) {
          const inserted: string[] = [];
          const good = memoryAuthorityStore();
          const watched: AuthorityStore = {
            ...good,
            insertCertificates: async (records) => {
              const result = await good.insertCertificates(records);
              if (result === 'inserted') inserted.push(...records.map(({ serial }) => toHex(serial)));
              return result;
            },
          };
          const here = await scene({ store: watched });
          const { csr } = await newRequest('张三');
          const id = await approved(here.authority, { csr, profile: 'person', pair });
          const first = await here.again({ store: dying(watched, at, when) });
          const cut = await first.issue(id).catch((error: Error) => error.message);
          if (cut === 'killed') killed++;

          const issued =
            (await good.findApplication(id))?.state === 'issued'
              ? await here.authority.collect(id)
              : await here.authority.issue(id);
          expect(parseCertificate(issued.certificate).subject.commonName).toBe('张三');
          expect(issued.encryption === undefined).toBe(!pair);
          expect(inserted).toHaveLength(pair ? 2 : 1);
          expect(await countOf(good, id)).toBe(pair ? 2 : 1);
          expect((await here.authority.collect(id)).certificate).toEqual(issued.certificate);
        }
      }
    }
    expect(killed).toBeGreaterThan(12);
  });

  it('keeps serial numbers and validity that it drew before', async () => {
    const here = await scene();
    const { csr } = await newRequest('张三');
    const id = await approved(here.authority, { csr, profile: 'person' });
    const first = await here.again({ store: dying(here.store, 3, 'before') });
    await expect(first.issue(id)).rejects.toThrow('killed');
    const begun = await here.store.findApplication(id);
    expect(begun?.state).toBe('issuing');
    here.clock.advance(3600);
    const { certificate } = await here.authority.issue(id);
    const { serial, notBefore } = parseCertificate(certificate);
    expect([serial, notBefore.toISOString()]).toEqual([begun?.serials[0], begun?.notBefore]);
  });
});

describe('an authority that was killed after it had issued', () => {
  it('draws no second encryption key', async () => {
    let drawn = 0;
    const keyCentre = async () => {
      drawn++;
      return sm2.generateKeyPair();
    };
    const here = await scene({ keyCentre });
    const { csr } = await newRequest('张三');
    const id = await approved(here.authority, { csr, profile: 'person', pair: true });
    // Two serial numbers, the state, the certificates.
    const first = await here.again({ store: dying(here.store, 4, 'after') });
    await expect(first.issue(id)).rejects.toThrow('killed');
    await here.authority.issue(id);
    expect(drawn).toBe(1);
  });
});

describe('two authorities on one store', () => {
  it('give one key to one holder, whoever comes first', async () => {
    const here = await scene();
    const other = await here.again();
    const { signer } = await newRequest('张三');
    const request = async (commonName: string) => {
      const csr = await createCertificateRequest({ subject: { commonName } }, signer);
      return approved(here.authority, { csr, profile: 'person' });
    };
    const [one, two] = [await request('张三'), await request('李四')];
    const results = await Promise.allSettled([here.authority.issue(one), other.issue(two)]);
    const lost = results.filter((result) => result.status === 'rejected');
    expect(lost.map(({ reason }) => [reason.code, reason.message.includes('key-in-use')])).toEqual([
      ['ERR_PKI_AUTHORITY_REFUSED', true],
    ]);
  });

  it('draw different serial numbers', async () => {
    const here = await scene();
    const other = await here.again();
    const all = await Promise.all(
      Array.from({ length: 40 }, (_, i) => person(i % 2 === 0 ? here.authority : other, `用户${i}`)),
    );
    const serials = all.map(({ serial }) => toHex(serial));
    expect(new Set(serials).size).toBe(40);
    expect(serials.every((serial) => /^[4-7][0-9a-f]{31}$/.test(serial))).toBe(true);
  });

  it('draw again when a number is taken, and give up when all are', async () => {
    const here = await scene();
    let refusals = 3;
    const reserveSerial: AuthorityStore['reserveSerial'] = async (serial) =>
      refusals-- > 0 ? false : here.store.reserveSerial(serial);
    const unlucky = await here.again({ store: { ...here.store, reserveSerial } });
    expect((await person(unlucky)).serial).toHaveLength(16);
    expect(refusals).toBeLessThan(0);
    const full = await here.again({ store: { ...here.store, reserveSerial: async () => false } });
    const { csr } = await newRequest('李四');
    const id = await approved(full, { csr, profile: 'person' });
    expect(await reasonOf(() => full.issue(id))).toBe('serial');
    expect((await here.store.findApplication(id))?.state).toBe('approved');
  });
});

describe('what an authority is not made of', () => {
  it('a certificate that is no CA, another key, a store of another authority, odd options', async () => {
    const ca = await root();
    const leaf = await under(ca, '张三');
    const store = memoryAuthorityStore();
    const options = { certificate: ca.certificate.raw, signer: ca.signer, store, clock: () => NOW };
    const make = (changes: object) => reasonOf(() => createAuthority({ ...options, ...changes }));
    expect(await make({ certificate: leaf.certificate.raw, signer: leaf.signer })).toBe('certificate');
    // No key usage that would say so, and no CA either.
    expect(await make({ certificate: craft() })).toBe('certificate');
    expect(await make({ signer: newSigner() })).toBe('signer');
    expect(await codeOfAsync(() => createAuthority({ ...options, certificate: new Uint8Array(4) }))).toBe(
      'ERR_PKI_CERTIFICATE_MALFORMED',
    );
    expect(await make({ clock: NOW })).toBe('clock');
    expect(await make({ policy: { reviewsNeeded: 3 } })).toBe('reviewsNeeded');
    expect(await make({ policy: { crlPeriodSeconds: 0 } })).toBe('crlPeriodSeconds');
    expect(await make({ policy: { ocspPeriodSeconds: Number.NaN } })).toBe('ocspPeriodSeconds');
    expect(await make({ policy: { requestSignerIds: [] } })).toBe('requestSignerIds');
    expect(await make({ policy: { keepExpiredRevocations: 'no' } })).toBe('keepExpiredRevocations');
    const profile = { kind: 'person', certificate: 'person', days: 10 };
    const odd = [
      { ...profile, certificate: 'root-ca' },
      { ...profile, certificate: 'sub-ca' },
      { ...profile, certificate: 'toString' },
      { ...profile, days: 0 },
      { ...profile, kind: 'king' },
      { ...profile, keys: [] },
      { ...profile, pair: { signing: 'person', encryption: 'root-ca' } },
    ];
    for (const item of odd) expect(await make({ policy: { profiles: { item } } })).toBe('profiles');
    expect(await make({})).toBe('nothing was thrown');
    const other = await root();
    expect(await make({ certificate: other.certificate.raw, signer: other.signer })).toBe('store-of-another');
  });

  it('a CA outside of its validity issues nothing', async () => {
    const { authority, root: own, clock } = await scene();
    const { csr } = await newRequest('张三');
    const id = await approved(authority, { csr, profile: 'person' });
    for (const time of [own.notBefore.getTime() - 1000, own.notAfter.getTime() + 1000]) {
      clock.now = new Date(time);
      expect(await reasonOf(() => authority.issue(id))).toBe('authority-not-valid');
      const next = await newRequest('李四');
      const input = { csr: next.csr, profile: 'person', applicant: 'li.si' };
      expect(await reasonOf(() => authority.apply(input))).toBe('authority-not-valid');
    }
  });

  it('nothing outlives the authority, and no CA goes below one that allows none', async () => {
    const here = await scene();
    const key = newSigner();
    const lower = (pathLength?: number) =>
      here.authority.issueCertificate({
        subject: { commonName: '下级机构' },
        publicKeyInfo: key.publicKeyInfo,
        profile: 'sub-ca',
        notAfter: here.root.notAfter,
        ...(pathLength === undefined ? {} : { pathLength }),
      });
    const certificate = await lower();
    const store = memoryAuthorityStore();
    const below = await createAuthority({ certificate, signer: key, store, clock: () => here.clock.now });
    const parsed = await person(below);
    expect(parsed.notAfter).toEqual(here.root.notAfter);
    const asked = {
      subject: { commonName: '再下级' },
      publicKeyInfo: newSigner().publicKeyInfo,
      profile: 'sub-ca',
      notAfter: here.root.notAfter,
    } as const;
    expect(await reasonOf(() => below.issueCertificate(asked))).toBe('path-length');
    const one = await createAuthority({
      certificate: await lower(1),
      signer: key,
      store,
      clock: () => here.clock.now,
    });
    expect(await reasonOf(() => one.issueCertificate({ ...asked, pathLength: 1 }))).toBe('path-length');
    expect(await reasonOf(() => one.issueCertificate({ ...asked, profile: 'root-ca' }))).toBe('path-length');
    expect(await reasonOf(() => one.issueCertificate(asked))).toBe('nothing was thrown');
  });

  it('a signer that signs something else: nothing leaves', async () => {
    const here = await scene();
    const stranger = newSigner();
    const lying = await here.again({ signer: { ...here.signer, sign: stranger.sign } });
    const { csr } = await newRequest('张三');
    const id = await approved(here.authority, { csr, profile: 'person' });
    expect(await codeOfAsync(() => lying.issue(id))).toBe('ERR_PKI_SIGNING_FAILED');
    expect(await codeOfAsync(() => lying.crl())).toBe('ERR_PKI_SIGNING_FAILED');
    expect(await here.store.latestCrl('complete')).toBeUndefined();
    expect((await here.authority.issue(id)).certificate.length).toBeGreaterThan(300);
  });
});
