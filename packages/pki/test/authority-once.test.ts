import { type Sm2KeyPair, sm2, toHex } from '@cssi/sm-core';
import { describe, expect, it } from 'vitest';
import { memoryAuthorityStore } from '../src/adapters/memory-authority-store.ts';
import { sm2SoftwareSigner } from '../src/adapters/software.ts';
import { parseCertificate } from '../src/index.ts';
import { readAll, readOne } from '../src/internal/tlv.ts';
import { bits, NULL, oid, sequence } from '../src/internal/write.ts';
import { createCertificateRequest } from '../src/request/index.ts';
import type { AuthorityStore } from '../src/spec/v1/authority.ts';
import { approved, dnsProof, newRequest, reasonOf, scene } from './support/authority-scene.ts';

/** A store that stops before the application is noted as issued; its certificates are stored. */
const stopping = (good: AuthorityStore): AuthorityStore => ({
  ...good,
  replaceApplication: async (record) => {
    if (record.state === 'issued') throw new Error('killed');
    return good.replaceApplication(record);
  },
});

/** A pair's application of which all is stored but the note that it was issued. */
async function cutOff(delivery?: 'sm2-enveloped-key') {
  const here = await scene({ policy: { applicationSeconds: 3600 } });
  const { csr } = await newRequest('张三');
  const id = await approved(here.authority, { csr, profile: 'person', pair: true });
  const first = await here.again({ store: stopping(here.store) });
  await expect(first.issue(id, delivery === undefined ? {} : { delivery })).rejects.toThrow('killed');
  return { ...here, id };
}

describe('a request is used once', () => {
  it('also when its unsigned parts are written in another way', async () => {
    const { authority } = await scene();
    const { csr, pair } = await newRequest('张三');
    const apply = (request: Uint8Array) =>
      reasonOf(() => authority.apply({ csr: request, profile: 'person', applicant: 'zhang.san' }));
    expect(await apply(csr)).toBe('nothing was thrown');
    const [info, algorithm, signature] = readAll(readOne(csr, 0x30).value);
    const [type] = readAll(algorithm!.value);
    const withNull = sequence(info!.raw, sequence(type!.raw, NULL), signature!.raw);
    const aliased = sequence(info!.raw, sequence(oid('1.2.156.10197.1.501'), NULL), signature!.raw);
    const signedAnew = sequence(info!.raw, algorithm!.raw, bits(sm2.signWith(pair, info!.raw)));
    for (const same of [withNull, aliased, signedAnew]) {
      expect(toHex(same)).not.toBe(toHex(csr));
      expect(await apply(same)).toBe('csr-used-before');
    }
    const other = await createCertificateRequest(
      { subject: { commonName: '张三' }, emails: ['a@example.cn'] },
      sm2SoftwareSigner(pair),
    );
    expect(await apply(other)).toBe('nothing was thrown');
  });
});

describe('issuing at once', () => {
  it('draws and escrows one key, and all get what was issued', async () => {
    const kept: { readonly pair: Sm2KeyPair; readonly publicKeyInfo: Uint8Array }[] = [];
    let drawn = 0;
    const here = await scene({
      keyCentre: async () => {
        drawn++;
        return sm2.generateKeyPair();
      },
      escrow: async (pair, { publicKeyInfo }) => {
        kept.push({ pair, publicKeyInfo });
      },
    });
    const other = await here.again();
    const { csr } = await newRequest('张三');
    const id = await approved(here.authority, { csr, profile: 'person', pair: true });
    const all = await Promise.all([here.authority.issue(id), other.issue(id), here.authority.issue(id)]);
    expect([drawn, kept.length]).toEqual([1, 1]);
    expect(new Set(all.map(({ certificate }) => toHex(certificate))).size).toBe(1);
    const encryption = parseCertificate(all[2]!.encryption!.certificate);
    expect(toHex(kept[0]!.publicKeyInfo)).toBe(toHex(encryption.publicKeyInfo));
    expect(await reasonOf(() => here.authority.issue(id))).toBe('application-issued');
  });

  it('goes on after a call that failed', async () => {
    let calls = 0;
    const here = await scene({
      keyCentre: async () => {
        if (calls++ === 0) throw new Error('offline');
        return sm2.generateKeyPair();
      },
    });
    const { csr } = await newRequest('张三');
    const id = await approved(here.authority, { csr, profile: 'person', pair: true });
    const both = await Promise.allSettled([here.authority.issue(id), here.authority.issue(id)]);
    expect(both.map(({ status }) => status)).toEqual(['rejected', 'fulfilled']);
    expect(String((both[0] as PromiseRejectedResult).reason)).toContain('key-centre');
  });
});

describe('an application whose certificates are stored', () => {
  it('is issued and never expired, whoever looks at it after its time', async () => {
    const lookers = [
      async ({ authority, id }: Awaited<ReturnType<typeof cutOff>>) =>
        expect(await reasonOf(() => authority.issue(id))).toBe('application-issued'),
      async ({ authority }: Awaited<ReturnType<typeof cutOff>>) =>
        expect(await authority.expireApplications()).toBe(0),
      async ({ authority, id }: Awaited<ReturnType<typeof cutOff>>) =>
        expect((await authority.collect(id)).encryption).toBeDefined(),
    ];
    for (const look of lookers) {
      const here = await cutOff();
      here.clock.advance(3601);
      expect((await here.authority.findApplication(here.id))?.state).toBe('issued');
      expect(await here.authority.listApplications({ state: 'issued', limit: 5 })).toHaveLength(1);
      await look(here);
      const record = await here.store.findApplication(here.id);
      expect([record?.state, record?.steps.at(-1)?.step]).toEqual(['issued', 'issue']);
      expect((await here.authority.collect(here.id)).encryption).toBeDefined();
    }
  });

  it('is noted as issued even when another process ended it meanwhile', async () => {
    const good = memoryAuthorityStore();
    const here = await scene({ store: good });
    const { csr } = await newRequest('张三');
    const id = await approved(here.authority, { csr, profile: 'person' });
    const raced: AuthorityStore = {
      ...good,
      insertCertificates: async (records) => {
        const result = await good.insertCertificates(records);
        const record = (await good.findApplication(id))!;
        await good.replaceApplication({ ...record, revision: record.revision + 1, state: 'expired' });
        return result;
      },
    };
    await (await here.again({ store: raced })).issue(id);
    expect((await good.findApplication(id))?.state).toBe('issued');
  });

  it('is not taken for issued when that cannot be noted', async () => {
    const here = await scene();
    const { csr } = await newRequest('张三');
    const id = await approved(here.authority, { csr, profile: 'person' });
    const deaf: AuthorityStore = {
      ...here.store,
      replaceApplication: async (record) =>
        record.state === 'issued' ? false : here.store.replaceApplication(record),
    };
    const authority = await here.again({ store: deaf });
    expect(await reasonOf(() => authority.issue(id))).toBe('conflict');
    expect((await here.authority.issue(id)).certificate.length).toBeGreaterThan(300);
  });

  it('keeps the form in which its key travels', async () => {
    const here = await cutOff('sm2-enveloped-key');
    const signer = await newRequest('密钥下发');
    const certificate = await here.authority.issueCertificate({
      subject: { commonName: '密钥下发' },
      publicKeyInfo: signer.signer.publicKeyInfo,
      profile: 'organization',
      notAfter: here.root.notAfter,
    });
    const authority = await here.again({ deliverySigner: { certificate, signer: signer.signer } });
    const other = { delivery: 'signed-and-enveloped' } as const;
    expect(await reasonOf(() => authority.issue(here.id, other))).toBe('delivery');
    expect((await authority.issue(here.id)).encryption?.delivery.format).toBe('sm2-enveloped-key');
  });
});

describe('what is looked at again when it is issued', () => {
  it('the age of the proofs of domain control', async () => {
    const { authority, clock } = await scene({ policy: { domainProofSeconds: 3600 } });
    const { csr } = await newRequest('www.example.cn');
    const input = { csr, profile: 'domain', dnsNames: ['www.example.cn'] };
    const id = await approved(authority, input, [dnsProof('example.cn')]);
    clock.advance(3601);
    expect(await reasonOf(() => authority.issue(id))).toBe('domain-control');
    clock.advance(-1);
    expect(await reasonOf(() => authority.issue(id))).toBe('nothing was thrown');
  });

  it('whether the key was reported lost meanwhile', async () => {
    const here = await scene();
    const { csr, signer, pair } = await newRequest('张三');
    const old = await here.authority.issue(await approved(here.authority, { csr, profile: 'person' }));
    const oldSerial = parseCertificate(old.certificate).serial;
    let inserted: readonly Uint8Array[] = [];
    const racing: AuthorityStore = {
      ...here.store,
      insertCertificates: async (records) => {
        inserted = records.map(({ serial }) => serial);
        await here.authority.revoke(oldSerial, { reason: 'keyCompromise' });
        return here.store.insertCertificates(records);
      },
    };
    const authority = await here.again({ store: racing });
    const renewal = await createCertificateRequest(
      { subject: { commonName: '张三' }, emails: ['a@example.cn'] },
      sm2SoftwareSigner(pair),
    );
    const id = await approved(authority, { csr: renewal, profile: 'person', pair: true });
    expect(await reasonOf(() => authority.issue(id))).toBe('key-compromised');
    expect(inserted).toHaveLength(2);
    for (const serial of inserted) {
      expect(await here.store.findRevocation(serial)).toMatchObject({
        status: 'revoked',
        reason: 'keyCompromise',
      });
    }
    // Also when the call was cut off in between.
    expect(await reasonOf(() => here.authority.issue(id))).toBe('key-compromised');
    const direct = {
      subject: { commonName: '张三' },
      publicKeyInfo: signer.publicKeyInfo,
      profile: 'person',
      notAfter: here.root.notAfter,
    } as const;
    expect(await reasonOf(() => here.authority.issueCertificate(direct))).toBe('key-compromised');
  });
});
