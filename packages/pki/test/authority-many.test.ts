import { sm2, toHex } from '@cssi/sm-core';
import { describe, expect, it } from 'vitest';
import { memoryAuthorityStore } from '../src/adapters/memory-authority-store.ts';
import { sm2SoftwareSigner } from '../src/adapters/software.ts';
import { OrderedIds } from '../src/authority/ordered-ids.ts';
import { stateProblem } from '../src/authority/records.ts';
import { StoreState } from '../src/authority/store-state.ts';
import { application } from '../src/conformance/authority-store-support.ts';
import { parseCertificate } from '../src/index.ts';
import { createOcspRequest, parseOcspResponse } from '../src/revocation/index.ts';
import { AUTHORITY_MAX_LIST, type AuthorityStore } from '../src/spec/v1/authority.ts';
import { NOW } from './support/authority.ts';
import { approved, newRequest, reasonOf, scene } from './support/authority-scene.ts';

const context = { seed: '', now: NOW, bytes: (_: string, length: number) => new Uint8Array(length) };

describe('many applications', () => {
  it('are listed in pages without sorting all for each', () => {
    const state = new StoreState();
    const ids: string[] = [];
    for (let i = 0; i < 20_000; i++) {
      const record = application(context, i % 4 === 0 ? { state: 'expired' } : {});
      ids.push(record.id);
      state.apply({ kind: 'application', record });
    }
    const started = performance.now();
    const found: string[] = [];
    for (let after = ''; ; after = found.at(-1) ?? '') {
      const page = state.listApplications({ limit: 100, after }).result;
      found.push(...page.map(({ id }) => id));
      if (page.length < 100) break;
    }
    expect(found).toEqual(ids.sort());
    for (let i = 0; i < 300; i++) state.listApplications({ state: 'expired', limit: 1 });
    // Sorting for each page takes some 5 seconds.
    expect(performance.now() - started).toBeLessThan(1500);
  });

  it('keep their order while they come and go', () => {
    const ids = new OrderedIds();
    let truth: string[] = [];
    let seed = 7;
    const random = (below: number) => {
      seed = (seed * 48_271) % 2_147_483_647;
      return seed % below;
    };
    for (let i = 0; i < 3000; i++) {
      const id = `id-${random(200)}`;
      if (truth.includes(id)) {
        truth = truth.filter((item) => item !== id);
        ids.remove(id);
      } else {
        truth = [...truth, id].sort();
        ids.add(id);
      }
      const after = `id-${random(200)}`;
      const expected = truth.filter((item) => item > after).slice(0, 5);
      if (i % 3 === 0) expect(ids.page(after, 5)).toEqual(expected);
    }
  });

  it('are swept by state, in the largest pages', async () => {
    const queries: string[] = [];
    const good = memoryAuthorityStore();
    const watched: AuthorityStore = {
      ...good,
      listApplications: (query) => {
        queries.push(`${query.state} ${query.limit}`);
        return good.listApplications(query);
      },
    };
    const { authority } = await scene({ store: watched });
    expect(await authority.expireApplications()).toBe(0);
    const states = ['submitted', 'approved', 'issuing'];
    expect(queries).toEqual(states.map((state) => `${state} ${AUTHORITY_MAX_LIST}`));
  });
});

describe('applications past their time', () => {
  it('show as expired before anybody has ended them', async () => {
    const { authority, clock, store } = await scene({ policy: { applicationSeconds: 3600 } });
    const [one, two] = [await newRequest('张三'), await newRequest('李四')];
    const first = await approved(authority, { csr: one.csr, profile: 'person' });
    clock.advance(1800);
    const second = await approved(authority, { csr: two.csr, profile: 'person' });
    clock.advance(1800);
    const idsIn = async (state?: 'approved' | 'expired') => {
      const query = { limit: 10, ...(state === undefined ? {} : { state }) };
      return (await authority.listApplications(query)).map((item) => `${item.id} ${item.state}`);
    };
    expect((await authority.findApplication(first))?.state).toBe('expired');
    expect(await idsIn('expired')).toEqual([`${first} expired`]);
    expect(await idsIn('approved')).toEqual([`${second} approved`]);
    expect(await idsIn()).toEqual([`${first} expired`, `${second} approved`].sort());
    // A look changes nothing.
    expect((await store.findApplication(first))?.state).toBe('approved');
    const limited = await authority.listApplications({ state: 'approved', limit: 1 });
    expect(limited.map(({ id }) => id)).toEqual([second]);
  });

  it('are not passed over when the store fails; a conflict is', async () => {
    const here = await scene({ policy: { applicationSeconds: 3600 } });
    const { csr } = await newRequest('张三');
    await here.authority.apply({ csr, profile: 'person', applicant: 'a' });
    here.clock.advance(3600);
    const failing = (replaceApplication: AuthorityStore['replaceApplication']) =>
      here.again({ store: { ...here.store, replaceApplication } });
    const broken = await failing(async () => {
      throw stateProblem('store-unavailable');
    });
    expect(await reasonOf(() => broken.expireApplications())).toBe('store-unavailable');
    const busy = await failing(async () => false);
    expect(await busy.expireApplications()).toBe(0);
    expect(await here.authority.expireApplications()).toBe(1);
  });
});

describe('a responder that was revoked', () => {
  it('is refused at the creation and answers nothing any more', async () => {
    const here = await scene();
    const signer = sm2SoftwareSigner(sm2.generateKeyPair());
    const certificate = await here.authority.issueCertificate({
      subject: { commonName: 'OCSP 响应者' },
      publicKeyInfo: signer.publicKeyInfo,
      profile: 'ocsp-responder',
      notAfter: here.root.notAfter,
    });
    const responder = { certificate, signer };
    const authority = await here.again({ responder });
    const { serial } = parseCertificate(certificate);
    const request = createOcspRequest({ certificate: { serial }, issuer: here.root });
    const status = async () => parseOcspResponse(await authority.answerOcsp(request)).status;
    expect(await status()).toBe('successful');
    await authority.hold(serial);
    expect(await status()).toBe('internalError');
    await authority.release(serial);
    expect(await status()).toBe('successful');
    await authority.revoke(serial, { reason: 'keyCompromise' });
    expect([await status(), toHex(serial).length]).toEqual(['internalError', 32]);
    expect(await reasonOf(() => here.again({ responder }))).toBe('responder-revoked');
  });
});
