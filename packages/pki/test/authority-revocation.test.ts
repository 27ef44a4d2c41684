import { isAccepted, toHex } from '@cssi/sm-core';
import { describe, expect, it } from 'vitest';
import { createAuthority } from '../src/authority/index.ts';
import { type Certificate, parseCertificate, verifyCertificatePath } from '../src/index.ts';
import { judgeRevocation, parseCrl } from '../src/revocation/index.ts';
import { verifyCrlSignature } from '../src/revocation/verify-crl.ts';
import type { CertificateRevocationList } from '../src/spec/v1/revocation.ts';
import { newRequest, person, reasonOf, type Scene, scene } from './support/authority-scene.ts';

const list = (der: Uint8Array): CertificateRevocationList => parseCrl(der);

const entries = (crl: CertificateRevocationList) =>
  [...crl.revoked].map(({ serial, reason }) => `${toHex(serial)} ${reason}`);

const statusBy = ({ root, clock }: Scene, certificate: Certificate, ...crls: CertificateRevocationList[]) =>
  judgeRevocation(certificate, root, { time: clock.now, crls }).status;

describe('revocation', () => {
  it('shows on the list with reason and dates, and in the judgement on the path [part of TCCIA-021] [part of SEAL-015]', async () => {
    const here = await scene();
    const { authority, clock, root } = here;
    const [bad, good] = [await person(authority, '张三'), await person(authority, '李四')];
    const before = list(await authority.crl());
    expect(before.revoked.count).toBe(0);
    expect(verifyCrlSignature(before, root).check).toBe('right');
    expect(before.thisUpdate).toEqual(clock.now);
    expect(before.nextUpdate?.getTime()).toBe(clock.now.getTime() + 7 * 86_400_000);
    clock.advance(60);
    const lost = new Date(clock.now.getTime() - 30_000);
    await authority.revoke(bad.serial, { reason: 'keyCompromise', invalidityDate: lost });
    const crl = list(await authority.crl());
    const entry = crl.revoked.find(bad.serial);
    expect(entry).toMatchObject({ reason: 'keyCompromise', revocationDate: clock.now, invalidityDate: lost });
    expect(crl.revoked.find(good.serial)).toBeUndefined();
    expect(crl.crlNumber).toBeGreaterThan(before.crlNumber ?? 0n);
    expect([statusBy(here, bad, crl), statusBy(here, good, crl)]).toEqual(['revoked', 'good']);
    const judge = (certificate: Certificate) =>
      isAccepted(verifyCertificatePath(certificate, { anchors: [root], time: clock.now, crls: [crl] }));
    expect([judge(bad), judge(good)]).toEqual([false, true]);
  });

  it('keeps the first date when it comes twice, and still learns of a lost key', async () => {
    const { authority, clock } = await scene();
    const certificate = await person(authority);
    const first = await authority.revoke(certificate.serial, { reason: 'superseded' });
    clock.advance(3600);
    expect(await authority.revoke(certificate.serial, { reason: 'unspecified' })).toEqual(first);
    const lost = await authority.revoke(certificate.serial, { reason: 'keyCompromise' });
    expect([lost.reason, lost.revokedAt]).toEqual(['keyCompromise', first.revokedAt]);
    expect(await authority.revoke(certificate.serial, { reason: 'superseded' })).toEqual(lost);
    expect(entries(list(await authority.crl()))).toEqual([`${toHex(certificate.serial)} keyCompromise`]);
  });

  it('refuses unknown serial numbers, reasons that are none and times that cannot be', async () => {
    const { authority, clock } = await scene();
    const { serial } = await person(authority);
    const revoke = (input: object, of: Uint8Array = serial) =>
      reasonOf(() => authority.revoke(of, { reason: 'unspecified', ...input }));
    expect(await revoke({}, Uint8Array.of(1, 2, 3))).toBe('serial-unknown');
    expect(await reasonOf(() => authority.hold(Uint8Array.of(1)))).toBe('serial-unknown');
    expect(await reasonOf(() => authority.release(Uint8Array.of(1)))).toBe('serial-unknown');
    for (const odd of [new Uint8Array(0), new Uint8Array(9), new Uint8Array(22), 'aa']) {
      expect(await revoke({}, odd as Uint8Array)).toBe('serial');
    }
    for (const reason of ['certificateHold', 'removeFromCRL', 'toString', 1, undefined]) {
      expect(await revoke({ reason })).toBe('reason');
    }
    const at = (seconds: number) => new Date(clock.now.getTime() + seconds * 1000);
    expect(await revoke({ time: at(1) })).toBe('time');
    expect(await revoke({ time: at(-1) })).toBe('time');
    expect(await revoke({ time: new Date(Number.NaN) })).toBe('time');
    expect(await revoke({ invalidityDate: at(1) })).toBe('invalidityDate');
    clock.advance(100);
    await authority.crl();
    clock.advance(100);
    // The list of 100 seconds ago said that all was well.
    expect(await revoke({ time: at(-101) })).toBe('time');
    expect(await revoke({ time: at(-99) })).toBe('nothing was thrown');
    // With the sign byte of its encoding.
    expect(await revoke({}, Uint8Array.of(0, ...serial))).toBe('nothing was thrown');
  });

  it('leaves expired certificates out after one more list, or keeps them when told so', async () => {
    for (const keepExpiredRevocations of [false, true]) {
      const { authority, clock } = await scene({ policy: { keepExpiredRevocations } });
      const { signer } = await newRequest('x');
      const notAfter = new Date(clock.now.getTime() + 86_400_000);
      const der = await authority.issueCertificate({
        subject: { commonName: 'x' },
        publicKeyInfo: signer.publicKeyInfo,
        profile: 'person',
        notAfter,
      });
      await authority.revoke(parseCertificate(der).serial, { reason: 'superseded' });
      await authority.crl();
      clock.advance(2 * 86_400);
      const counts = [];
      for (let i = 0; i < 3; i++) {
        counts.push(list(await authority.crl()).revoked.count);
        clock.advance(60);
      }
      expect(counts).toEqual(keepExpiredRevocations ? [1, 1, 1] : [1, 0, 0]);
    }
  });
});

describe('hold and release', () => {
  it('come and go through delta lists [part of TCCIA-021]', async () => {
    const here = await scene();
    const { authority, clock } = here;
    const [one, two, three] = [
      await person(authority, '张三'),
      await person(authority, '李四'),
      await person(authority, '王五'),
    ];
    expect(await reasonOf(() => authority.deltaCrl())).toBe('no-complete-list');
    await authority.hold(one.serial);
    const base = list(await authority.crl());
    expect(entries(base)).toEqual([`${toHex(one.serial)} certificateHold`]);
    expect(statusBy(here, one, base)).toBe('revoked');

    clock.advance(60);
    await authority.release(one.serial);
    await authority.revoke(two.serial, { reason: 'cessationOfOperation' });
    await authority.hold(three.serial);
    const delta = list(await authority.deltaCrl());
    expect(delta.baseCrlNumber).toBe(base.crlNumber);
    expect(delta.crlNumber).toBeGreaterThan(base.crlNumber ?? 0n);
    expect(entries(delta)).toEqual([
      `${toHex(one.serial)} removeFromCRL`,
      `${toHex(two.serial)} cessationOfOperation`,
      `${toHex(three.serial)} certificateHold`,
    ]);
    const all = [one, two, three];
    expect(all.map((item) => statusBy(here, item, base, delta))).toEqual(['good', 'revoked', 'revoked']);

    clock.advance(60);
    await authority.release(three.serial);
    const next = list(await authority.deltaCrl());
    expect(entries(next)).toContain(`${toHex(three.serial)} removeFromCRL`);
    expect(all.map((item) => statusBy(here, item, base, next))).toEqual(['good', 'revoked', 'good']);
    const complete = list(await authority.crl());
    expect(entries(complete)).toEqual([`${toHex(two.serial)} cessationOfOperation`]);
    expect(all.map((item) => statusBy(here, item, complete))).toEqual(['good', 'revoked', 'good']);
    // On the new complete list nothing has changed yet.
    expect(list(await authority.deltaCrl()).revoked.count).toBe(0);
  });

  it('follow their rules', async () => {
    const { authority, clock } = await scene();
    const { serial } = await person(authority);
    expect(await reasonOf(() => authority.release(serial))).toBe('not-on-hold');
    const held = await authority.hold(serial);
    clock.advance(60);
    expect(await authority.hold(serial)).toEqual(held);
    await authority.release(serial);
    expect(await reasonOf(() => authority.release(serial))).toBe('not-on-hold');
    clock.advance(60);
    const again = await authority.hold(serial);
    expect(again.revokedAt).not.toBe(held.revokedAt);
    clock.advance(60);
    const revoked = await authority.revoke(serial, { reason: 'affiliationChanged' });
    // The certificate was out of use since the hold.
    expect(revoked.revokedAt).toBe(again.revokedAt);
    expect(await reasonOf(() => authority.release(serial))).toBe('not-on-hold');
    expect(await reasonOf(() => authority.hold(serial))).toBe('revoked');
  });

  it('lose no change to another call at the same time', async () => {
    const { authority, again, store } = await scene();
    // As in another process: they do not wait for each other.
    const other = await again({ store: { ...store } });
    const { serial } = await person(authority);
    const results = await Promise.allSettled([
      authority.hold(serial),
      other.revoke(serial, { reason: 'keyCompromise' }),
    ]);
    const rejected = results.filter((result) => result.status === 'rejected');
    expect(rejected.map(({ reason }) => reason.code)).toEqual(['ERR_PKI_AUTHORITY_STATE']);
  });
});

describe('numbers of lists', () => {
  it('only grow, also when lists are made at once or not at all', async () => {
    const { authority, again, root, signer, store, clock } = await scene();
    const other = await again();
    const together = await Promise.all([authority.crl(), other.crl(), authority.crl()]);
    const broken = { ...signer, sign: () => Promise.reject(new Error('offline')) };
    const offline = await createAuthority({
      certificate: root.raw,
      signer: broken,
      store,
      clock: () => clock.now,
    });
    await expect(offline.crl()).rejects.toThrow('offline');
    const numbers = [...together, await authority.deltaCrl(), await authority.crl()].map(
      (der) => list(der).crlNumber ?? 0n,
    );
    expect(new Set(numbers).size).toBe(5);
    expect(numbers.slice(3).every((number) => numbers.slice(0, 3).every((earlier) => number > earlier))).toBe(
      true,
    );
  });

  it('are not drawn when the clock stands before the last list, or after the end of the authority', async () => {
    const { authority, clock, root } = await scene();
    await authority.crl();
    clock.advance(-1);
    expect(await reasonOf(() => authority.crl())).toBe('clock');
    clock.now = new Date(root.notAfter.getTime() + 1000);
    expect(await reasonOf(() => authority.crl())).toBe('authority-not-valid');
    clock.now = new Date(Number.NaN);
    expect(await reasonOf(() => authority.crl())).toBe('clock');
  });
});
