import { SmError, sm2 } from '@cssi/sm-core';
import { describe, expect, it } from 'vitest';
import { fileAuthorityStore } from '../src/adapters/file-authority-store.ts';
import { memoryAuthorityStore } from '../src/adapters/memory-authority-store.ts';
import { checkDnsNames } from '../src/authority/domain-names.ts';
import { type Authority, createAuthority } from '../src/authority/index.ts';
import { sameName } from '../src/authority/same-name.ts';
import { OIDS } from '../src/index.ts';
import { oid, printableString, sequence, set, utf8String } from '../src/internal/write.ts';
import { NOW, root } from './support/authority.ts';
import { approved, newRequest, person, reasonOf, scene } from './support/authority-scene.ts';

const ODD: readonly unknown[] = [undefined, null, 5, 'text', true, [], {}, [null], Symbol('odd'), () => 5];

/** The thrown value is one of ours, or nothing was thrown. */
async function expectCoded(what: string, action: () => Promise<unknown>): Promise<void> {
  const error = await action().then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error !== undefined && !(error instanceof SmError)) expect(`${what}: ${String(error)}`).toBe('coded');
}

describe('whatever a method of an authority is given', () => {
  it('is a coded error and never a TypeError', async () => {
    const { authority } = await scene();
    const { serial } = await person(authority);
    const id = '0'.repeat(32);
    const methods: Readonly<Record<string, (odd: never) => Promise<unknown>>> = {
      apply: (odd) => authority.apply(odd),
      review: (odd) => authority.review(id, odd),
      'review of': (odd) => authority.review(odd, { decision: 'approve', reviewer: 'li.si' }),
      issue: (odd) => authority.issue(id, odd),
      'issue of': (odd) => authority.issue(odd),
      collect: (odd) => authority.collect(odd),
      find: (odd) => authority.findApplication(odd),
      list: (odd) => authority.listApplications(odd),
      direct: (odd) => authority.issueCertificate(odd),
      pair: (odd) => authority.issuePair(odd),
      revoke: (odd) => authority.revoke(serial, odd),
      'revoke of': (odd) => authority.revoke(odd, { reason: 'superseded' }),
      hold: (odd) => authority.hold(odd),
      release: (odd) => authority.release(odd),
    };
    for (const [name, method] of Object.entries(methods)) {
      for (const odd of ODD) await expectCoded(`${name} ${String(odd)}`, () => method(odd as never));
    }
    for (const input of [undefined, null, 5]) {
      expect(await reasonOf(() => authority.apply(input as never))).toBe('input');
      expect(await reasonOf(() => authority.revoke(serial, input as never))).toBe('input');
      expect(await reasonOf(() => authority.listApplications(input as never))).toBe('query');
    }
    expect(await reasonOf(() => authority.listApplications({ limit: 1, after: 5 as never }))).toBe('after');
    expect(await reasonOf(() => authority.listApplications({ limit: 1, state: 'toString' as never }))).toBe(
      'state',
    );
  });

  it('is one in each field too', async () => {
    const { authority, root: ca } = await scene();
    const { csr, signer } = await newRequest('www.example.cn');
    const fields: Readonly<Record<string, [object, (input: never) => Promise<unknown>]>> = {
      apply: [
        {
          csr,
          profile: 'domain',
          applicant: 'a',
          dnsNames: ['www.example.cn'],
          subject: {},
          identity: {},
          evidence: csr,
          pair: true,
        },
        (input) => authority.apply(input),
      ],
      direct: [
        {
          subject: { commonName: 'x' },
          publicKeyInfo: signer.publicKeyInfo,
          profile: 'tsa',
          notBefore: NOW,
          notAfter: ca.notAfter,
        },
        (input) => authority.issueCertificate(input),
      ],
      pair: [
        { csr, profile: 'domain', dnsNames: ['www.example.cn'], notAfter: ca.notAfter, delivery: 'x' },
        (input) => authority.issuePair(input),
      ],
      review: [
        { decision: 'approve', reviewer: 'b', note: '', domainProofs: [] },
        (input) => authority.review(id, input),
      ],
      revoke: [
        { reason: 'superseded', time: NOW, invalidityDate: NOW },
        (input) => authority.revoke(ca.serial, input),
      ],
    };
    const { id } = await authority.apply({
      csr,
      profile: 'domain',
      applicant: 'a',
      dnsNames: ['www.example.cn'],
    });
    for (const [name, [good, call]] of Object.entries(fields)) {
      for (const field of Object.keys(good)) {
        for (const odd of [...ODD, new Date(Number.NaN)]) {
          const input = { ...good, [field]: odd };
          await expectCoded(`${name} ${field} ${String(odd)}`, () => call(input as never));
        }
      }
    }
  });
});

describe('what an authority is not made of either', () => {
  it('odd parts, at its creation', async () => {
    const ca = await root();
    const options = {
      certificate: ca.certificate.raw,
      signer: ca.signer,
      store: memoryAuthorityStore(),
      clock: () => NOW,
    };
    const make = (changes: object) => reasonOf(() => createAuthority({ ...options, ...changes }));
    for (const field of [
      'signer',
      'store',
      'policy',
      'urls',
      'keyCentre',
      'escrow',
      'responder',
      'deliverySigner',
    ]) {
      for (const odd of [null, 5, 'text']) expect(await make({ [field]: odd })).toBe(field);
    }
    expect(await make({ signer: {} })).toBe('signer');
    expect(await make({ responder: { certificate: ca.certificate.raw } })).toBe('responder');
    expect(await make({ policy: { profiles: null } })).toBe('profiles');
    expect(await make({ policy: { profiles: { item: null } } })).toBe('profiles');
    for (const id of [5, 'x', null, new Uint8Array(8192)]) {
      expect(await make({ policy: { requestSignerIds: [id] } })).toBe('requestSignerIds');
    }
    expect(await make({ policy: { requestSignerIds: ['plain-sm3', new Uint8Array(0)] } })).toBe(
      'nothing was thrown',
    );
    expect(await reasonOf(() => createAuthority(undefined as never))).toBe('options');
    for (const odd of ODD) {
      await expectCoded(String(odd), async () => {
        const authority: Authority = await createAuthority(odd as never);
        return authority.crl();
      });
    }
    for (const options of [{ maxStaleLines: -1 }, { maxStaleLines: Number.NaN }, { maxStaleBytes: 0 }]) {
      const [field] = Object.keys(options);
      expect(await reasonOf(() => fileAuthorityStore('/nowhere/x', options))).toBe(field);
    }
  });

  it('a key centre or an escrow that rejects is a coded error with its cause', async () => {
    const offline = async () => {
      throw new TypeError('offline');
    };
    const parts = [
      ['key-centre', { keyCentre: offline }],
      ['escrow', { escrow: offline }],
    ] as const;
    for (const [reason, part] of parts) {
      const { authority } = await scene(part);
      const { csr } = await newRequest('张三');
      const error = await authority.issuePair({ csr, profile: 'person' }).catch((thrown: Error) => thrown);
      expect(String(error)).toContain(`reason=${reason}`);
      expect(String((error as Error).cause)).toContain('offline');
    }
  });
});

describe('names that look like others', () => {
  it("the authority's own name in another string type, case or spacing is refused", async () => {
    const name = sequence(
      set(sequence(oid(OIDS.country), printableString('CN'))),
      set(sequence(oid(OIDS.commonName), printableString('Test  Root'))),
    );
    const here = await scene({ ...(await rootNamed(name)) });
    const { csr, signer } = await newRequest('x');
    const direct = {
      publicKeyInfo: signer.publicKeyInfo,
      profile: 'person',
      notAfter: new Date(NOW.getTime() + 86_400_000),
    } as const;
    for (const commonName of ['Test Root', 'test root', 'TEST\u3000ROOT', 'Ｔest root']) {
      const subject = { country: 'CN', commonName };
      const apply = () => here.authority.apply({ csr, profile: 'person', applicant: 'a', subject });
      expect(await reasonOf(apply)).toBe('subject');
      expect(await reasonOf(() => here.authority.issueCertificate({ ...direct, subject }))).toBe('subject');
    }
    const subject = { country: 'CN', commonName: 'TestRoot' };
    expect(await reasonOf(() => here.authority.issueCertificate({ ...direct, subject }))).toBe(
      'nothing was thrown',
    );
  });

  it('are told apart by more than their letters', () => {
    const named = (text: string, type: string = OIDS.commonName) =>
      sequence(set(sequence(oid(type), utf8String(text))));
    expect(sameName(named('Straße'), named('STRASSE'))).toBe(true);
    expect(sameName(named('K'), named('\u212a'))).toBe(true);
    expect(sameName(named('a'), named('b'))).toBe(false);
    expect(sameName(named('a'), named('a', OIDS.organization))).toBe(false);
    expect(sameName(named('ab'), named('a b'))).toBe(false);
  });

  it('characters whose small letters are of ASCII are no domain name', async () => {
    expect(await reasonOf(async () => checkDnsNames(['\u212aiwi.cn']))).toBe('dns-names');
    const { authority } = await scene();
    const { csr } = await newRequest('\u212aiwi.cn');
    const input = { csr, profile: 'domain', applicant: 'a', dnsNames: ['kiwi.cn'] };
    expect(await reasonOf(() => authority.apply(input))).toBe('common-name');
    expect(checkDnsNames(['KIWI.cn'])).toEqual(['kiwi.cn']);
  });
});

/** A CA under this very name. */
async function rootNamed(raw: Uint8Array) {
  const { certificate, signer } = await root({ subject: { raw }, issuer: { raw } });
  return { certificate: certificate.raw, signer };
}

describe('a pair', () => {
  it('is still issued with all the parts in place', async () => {
    const { authority } = await scene({
      keyCentre: async () => sm2.generateKeyPair(),
      escrow: async () => undefined,
    });
    const { csr } = await newRequest('张三');
    const id = await approved(authority, { csr, profile: 'person', pair: true });
    expect((await authority.issue(id)).encryption).toBeDefined();
  });
});
