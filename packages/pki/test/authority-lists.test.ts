import { describe, expect, it } from 'vitest';
import { type Certificate, parseCertificate } from '../src/index.ts';
import { parseCrl } from '../src/revocation/index.ts';
import type { AuthorityStore } from '../src/spec/v1/authority.ts';
import { newRequest, person, reasonOf, type Scene, scene } from './support/authority-scene.ts';

const at = (text: string) => {
  const time = new Date(0);
  const [year = 0, month = 1, day = 1] = text.split('-').map(Number);
  time.setUTCFullYear(year, month - 1, day);
  return time;
};

async function shortLived({ authority, clock }: Scene): Promise<Certificate> {
  const { signer } = await newRequest('x');
  const der = await authority.issueCertificate({
    subject: { commonName: 'x' },
    publicKeyInfo: signer.publicKeyInfo,
    profile: 'person',
    notAfter: new Date(clock.now.getTime() + 86_400_000),
  });
  return parseCertificate(der);
}

describe('dates of a revocation', () => {
  it('that no list can carry are refused before they are stored', async () => {
    const { authority, store } = await scene();
    const { serial } = await person(authority);
    for (const text of ['1940-5-5', '1949-12-31', '1-1-1', '12000-1-1']) {
      const invalidityDate = at(text);
      const revoke = () => authority.revoke(serial, { reason: 'keyCompromise', invalidityDate });
      expect([text, await reasonOf(revoke)]).toEqual([text, 'invalidityDate']);
      const early = () => authority.revoke(serial, { reason: 'keyCompromise', time: at(text) });
      expect(await reasonOf(early)).toBe('time');
    }
    expect(await store.findRevocation(serial)).toBeUndefined();
    const invalidityDate = new Date(at('1950-1-1').getTime() + 999);
    const stored = await authority.revoke(serial, { reason: 'keyCompromise', invalidityDate });
    expect(stored.invalidityDate).toBe('1950-01-01T00:00:00.000Z');
    expect(parseCrl(await authority.crl()).revoked.find(serial)?.invalidityDate).toEqual(at('1950-1-1'));
  });

  it('are cut to whole seconds', async () => {
    const { authority, clock } = await scene();
    const { serial } = await person(authority);
    clock.advance(60.5);
    // Within the second that the clock says.
    const { revokedAt } = await authority.revoke(serial, { reason: 'superseded', time: clock.now });
    expect(revokedAt).toBe(new Date(clock.now.getTime() - 500).toISOString());
    expect(parseCrl(await authority.crl()).revoked.count).toBe(1);
  });
});

describe('lists and revocations at the same time', () => {
  it('take turns: no list says that all is well at a time when it was not', async () => {
    const here = await scene();
    const { authority, clock, store } = here;
    const certificate = await person(authority);
    let draw: () => void = () => undefined;
    const drawing = new Promise<void>((resolve) => {
      draw = resolve;
    });
    let drafted: () => void = () => undefined;
    const started = new Promise<void>((resolve) => {
      drafted = resolve;
    });
    const slow: AuthorityStore = {
      ...store,
      draftCrl: async () => {
        const draft = await store.draftCrl();
        drafted();
        await drawing;
        return draft;
      },
    };
    const other = await here.again({ store: slow });
    const list = other.crl();
    await started;
    // It must wait for the list, which was drafted without it.
    const revoked = other.revoke(certificate.serial, { reason: 'keyCompromise' });
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(await store.findRevocation(certificate.serial)).toBeUndefined();
    draw();
    const crl = parseCrl(await list);
    expect(crl.revoked.count).toBe(0);
    expect(Date.parse((await revoked).revokedAt)).toBeGreaterThanOrEqual(crl.thisUpdate.getTime());
    expect(clock.now).toEqual(crl.thisUpdate);
  });

  it('a list has the time after its draft, and none overtakes a later one of another process', async () => {
    const here = await scene();
    const { store, clock } = here;
    const waiting: AuthorityStore = {
      ...store,
      draftCrl: async () => {
        clock.advance(30);
        return store.draftCrl();
      },
    };
    const authority = await here.again({ store: waiting });
    expect(parseCrl(await authority.crl()).thisUpdate).toEqual(clock.now);
    const overtaken: AuthorityStore = {
      ...store,
      draftCrl: async () => {
        const draft = await store.draftCrl();
        await here.authority.crl();
        return draft;
      },
    };
    const late = await here.again({ store: overtaken });
    expect(await reasonOf(() => late.crl())).toBe('conflict');
    const back: AuthorityStore = {
      ...store,
      draftCrl: async () => {
        clock.advance(-3600);
        return store.draftCrl();
      },
    };
    const turned = await here.again({ store: back });
    expect(await reasonOf(() => turned.crl())).toBe('clock');
  });
});

describe('a certificate that is revoked after its end', () => {
  it('stands on delta lists and on one complete list', async () => {
    const here = await scene();
    const { authority, clock } = here;
    const certificate = await shortLived(here);
    clock.advance(2 * 86_400);
    await authority.crl();
    clock.advance(60);
    await authority.revoke(certificate.serial, { reason: 'keyCompromise' });
    const counts = [];
    for (const make of ['deltaCrl', 'crl', 'deltaCrl', 'crl'] as const) {
      counts.push(parseCrl(await authority[make]()).revoked.count);
      clock.advance(60);
    }
    expect(counts).toEqual([1, 1, 0, 0]);
  });
});
