import { concatBytes, derElement, sm2, sm3 } from '@cssi/sm-core';
import { describe, expect, it } from 'vitest';
import { sm2SoftwareSigner } from '../src/adapters/software.ts';
import { issueCertificate, parseCertificate } from '../src/index.ts';
import { judgeRevocation, parseCrl, verifyCrlSignature } from '../src/revocation/index.ts';
import type { CrlSpec, RevocationOptions, RevocationReport } from '../src/spec/v1/revocation.ts';
import { day, type Holder, NOW, request, root, under } from './support/authority.ts';
import { codeOf } from './support/codes.ts';
import { SM2_ALGORITHM } from './support/craft.ts';
import { crlOf, revokedEntry } from './support/revocation.ts';

interface Scene {
  readonly ca: Holder;
  readonly leaf: Holder;
}

/** Verdict on a fresh leaf by lists that `make` gives the entries and times of. */
async function judged(
  make: (leaf: Holder) => readonly Partial<CrlSpec>[],
  options: Partial<RevocationOptions> = {},
  changes: Parameters<typeof under>[2] = {},
): Promise<RevocationReport> {
  const ca = await root();
  const leaf = await under(ca, 'leaf', changes);
  const crls = await Promise.all(make(leaf).map((spec) => crlOf(ca, spec)));
  return judgeRevocation(leaf.certificate, ca.certificate, { time: NOW, crls, ...options });
}

const scene = async (): Promise<Scene> => {
  const ca = await root();
  return { ca, leaf: await under(ca, 'leaf') };
};

describe('when a revocation counts [part of SEAL-015]', () => {
  const CASES: readonly [string, Parameters<typeof revokedEntry>[1], string, string][] = [
    ['revoked before', { revocationDate: day(-1) }, 'revoked', 'CERTIFICATE_REVOKED'],
    ['revoked at the time of judgement', { revocationDate: NOW }, 'revoked', 'CERTIFICATE_REVOKED'],
    ['on hold', { reason: 'certificateHold' }, 'revoked', 'CERTIFICATE_REVOKED'],
    [
      'revoked a second later',
      { revocationDate: new Date(NOW.getTime() + 1000) },
      'good',
      'CERTIFICATE_REVOKED_LATER',
    ],
    [
      'a lost key, revoked later, lost since later',
      { revocationDate: day(3), reason: 'keyCompromise', invalidityDate: day(2) },
      'good',
      'CERTIFICATE_REVOKED_LATER',
    ],
    [
      'a lost key, revoked later, lost before',
      { revocationDate: day(3), reason: 'keyCompromise', invalidityDate: day(-2) },
      'revoked',
      'CERTIFICATE_REVOKED',
    ],
    [
      'a lost CA key, lost before',
      { revocationDate: day(3), reason: 'cACompromise', invalidityDate: NOW },
      'revoked',
      'CERTIFICATE_REVOKED',
    ],
    [
      'a lost key, revoked later, no other date',
      { revocationDate: day(3), reason: 'keyCompromise' },
      'good',
      'CERTIFICATE_REVOKED_LATER',
    ],
    [
      'revoked before, invalid since later',
      { revocationDate: day(-1), invalidityDate: day(1) },
      'revoked',
      'CERTIFICATE_REVOKED',
    ],
  ];
  it.each(CASES)('%s', async (_, entry, status, code) => {
    const later = { thisUpdate: day(4), nextUpdate: day(8) };
    for (const times of entry?.revocationDate !== undefined && entry.revocationDate > NOW
      ? [later]
      : [{}, later]) {
      const report = await judged((leaf) => [{ ...times, entries: [revokedEntry(leaf, entry)] }], {
        evidenceTime: day(5),
      });
      expect(report).toMatchObject({ status, code });
      expect(report.revocation?.revocationDate).toEqual(entry?.revocationDate ?? day(-2));
    }
  });
});

describe('what a list proves', () => {
  const GOOD: readonly [string, readonly Partial<CrlSpec>[], Partial<RevocationOptions>][] = [
    ['a fresh list', [{}], {}],
    ['the newer of two lists', [{ thisUpdate: day(-9), nextUpdate: day(-8) }, {}], {}],
    ['a list that is stale by less than is tolerated', [{ nextUpdate: NOW }], { toleranceSeconds: 1 }],
    ['a list of user certificates', [{ issuingDistributionPoint: { onlyUserCerts: true } }], {}],
    [
      'a list that the clock says is there',
      [{ thisUpdate: day(2), nextUpdate: day(3) }],
      { evidenceTime: day(2) },
    ],
  ];
  it.each(GOOD)('%s shows a certificate as good', async (_, lists, options) => {
    const report = await judged(() => lists, options);
    expect(report).toMatchObject({ status: 'good', code: 'NOT_REVOKED', source: 'crl', notes: [] });
  });

  const POINT = { uris: ['http://crl.example.cn/1.crl'] };
  const UNKNOWN: readonly [string, readonly Partial<CrlSpec>[], Partial<RevocationOptions>, string][] = [
    ['no list', [], {}, 'REVOCATION_EVIDENCE_MISSING'],
    ['a list that is out of date', [{ nextUpdate: NOW }], {}, 'REVOCATION_EVIDENCE_STALE'],
    ['a list of CA certificates', [{ issuingDistributionPoint: { onlyCaCerts: true } }], {}, 'CRL_SCOPE'],
    [
      'a list of a point that the certificate does not name',
      [{ issuingDistributionPoint: POINT }],
      {},
      'CRL_SCOPE',
    ],
    [
      'a list from the future',
      [{ thisUpdate: day(2), nextUpdate: day(3) }],
      { evidenceTime: day(1) },
      'REVOCATION_EVIDENCE_FUTURE',
    ],
    [
      'a list of later than the time of judgement, unless the caller says how late it may be',
      [{ thisUpdate: day(2), nextUpdate: day(3) }],
      {},
      'REVOCATION_EVIDENCE_FUTURE',
    ],
    [
      'a list made after the certificate had expired',
      [{ thisUpdate: day(400), nextUpdate: day(500) }],
      { evidenceTime: day(401) },
      'REVOCATION_EVIDENCE_TOO_LATE',
    ],
  ];
  it.each(UNKNOWN)('%s does not', async (_, lists, options, code) => {
    expect(await judged(() => lists, options)).toMatchObject({ status: 'unknown', code });
  });

  it('lists of its own point, and lists that keep expired certificates', async () => {
    const point = await judged(
      () => [{ issuingDistributionPoint: POINT }],
      {},
      { crlDistributionPoints: POINT.uris },
    );
    expect(point.status).toBe('good');
    const late = { thisUpdate: day(400), nextUpdate: day(500) };
    expect(
      (await judged(() => [{ ...late, expiredCertsSince: day(300) }], { evidenceTime: day(401) })).status,
    ).toBe('good');
    expect(
      (await judged(() => [{ ...late, expiredCertsSince: day(370) }], { evidenceTime: day(401) })).status,
    ).toBe('unknown');
  });

  it('a revocation from a list that is stale, from the future or of another scope all the same', async () => {
    for (const times of [
      { thisUpdate: day(-9), nextUpdate: day(-1) },
      { thisUpdate: day(2), nextUpdate: day(3) },
      { issuingDistributionPoint: POINT },
    ]) {
      const entries = (leaf: Holder) => [revokedEntry(leaf, { revocationDate: day(-9) })];
      const report = await judged((leaf) => [{ ...times, entries: entries(leaf) }], { evidenceTime: NOW });
      expect(report.status).toBe('revoked');
    }
  });

  it('a hold from a stale list is doubt; one that a newer list ended is none', async () => {
    const on = (leaf: Holder) => [revokedEntry(leaf, { reason: 'certificateHold', revocationDate: day(-9) })];
    const old = { thisUpdate: day(-9), nextUpdate: day(-2) };
    const stale = await judged((leaf) => [{ ...old, entries: on(leaf) }]);
    expect(stale).toMatchObject({ status: 'unknown', code: 'REVOCATION_EVIDENCE_STALE' });
    expect((await judged((leaf) => [{ ...old, entries: on(leaf) }, {}])).status).toBe('good');
    // A list after the time of judgement does not undo the hold that there was.
    const then = { thisUpdate: day(-1), nextUpdate: day(1) };
    const released = await judged((leaf) => [
      { ...then, entries: on(leaf) },
      { thisUpdate: day(2), nextUpdate: day(3) },
    ]);
    expect(released.status).toBe('revoked');
  });
});

describe('lists that never count [part of SEAL-015]', () => {
  it('of another key under the same name', async () => {
    const { ca, leaf } = await scene();
    const forger = await root();
    expect(forger.certificate.subjectRaw).toEqual(ca.certificate.subjectRaw);
    const forged = await crlOf(forger, { entries: [revokedEntry(leaf)] });
    const options = { time: NOW, crls: [forged] };
    expect(judgeRevocation(leaf.certificate, ca.certificate, options)).toMatchObject({
      status: 'unknown',
      code: 'CRL_SIGNATURE_WRONG',
    });
    const both = { time: NOW, crls: [forged, await crlOf(ca)] };
    expect(judgeRevocation(leaf.certificate, ca.certificate, both)).toMatchObject({
      status: 'good',
      notes: [{ code: 'CRL_SIGNATURE_WRONG' }],
    });
  });

  it('of another name, an altered one, or by a CA that may not sign lists', async () => {
    const { ca, leaf } = await scene();
    const name = { commonName: 'other' };
    const other = await crlOf(await root({ subject: name, issuer: name }), { entries: [revokedEntry(leaf)] });
    const judge = (issuer: Holder, list: typeof other) =>
      judgeRevocation(leaf.certificate, issuer.certificate, { time: NOW, crls: [list] }).code;
    expect(judge(ca, other)).toBe('REVOCATION_EVIDENCE_MISSING');
    const good = await crlOf(ca, { entries: [revokedEntry(leaf)] });
    const altered = Uint8Array.from(good.raw);
    altered[altered.length - 1]! ^= 1;
    expect(judge(ca, parseCrl(altered))).toBe('CRL_SIGNATURE_WRONG');
    const mute = { ...ca, certificate: { ...ca.certificate, keyUsage: new Set(['keyCertSign'] as const) } };
    expect(judge(mute, good)).toBe('CRL_ISSUER_KEY_USAGE');
  });

  it('with a critical extension that is not evaluated, or of other issuers (indirect)', async () => {
    const { ca, leaf } = await scene();
    const good = await crlOf(ca);
    const point = {
      names: [],
      uris: [],
      relative: false,
      onlyUserCerts: false,
      onlyCaCerts: false,
      onlyAttributeCerts: false,
      onlySomeReasons: false,
      indirect: false,
    };
    const judge = (list: typeof good) =>
      judgeRevocation(leaf.certificate, ca.certificate, { time: NOW, crls: [list] }).code;
    expect(judge({ ...good, unknownCritical: ['1.2.3'] })).toBe('CRL_CRITICAL_EXTENSION');
    expect(judge({ ...good, issuingDistributionPoint: { ...point, indirect: true } })).toBe('CRL_INDIRECT');
    for (const part of ['relative', 'onlySomeReasons', 'onlyAttributeCerts', 'onlyCaCerts']) {
      expect(judge({ ...good, issuingDistributionPoint: { ...point, [part]: true } })).toBe('CRL_SCOPE');
    }
    expect(judge({ ...good, issuingDistributionPoint: point })).toBe('NOT_REVOKED');
  });
});

describe('signer IDs of lists [part of SEAL-015]', () => {
  it('count when they are listed, and only then', async () => {
    const pair = sm2.generateKeyPair();
    const signer = sm2SoftwareSigner(pair);
    const spec = request({ publicKeyInfo: signer.publicKeyInfo });
    const ca = { signer, certificate: parseCertificate(await issueCertificate(spec, signer)) };
    const leaf = await under(ca, 'leaf');
    const { tbsRaw } = await crlOf(ca);
    const seal = (signature: Uint8Array) =>
      parseCrl(
        derElement(0x30, tbsRaw, SM2_ALGORITHM, derElement(0x03, concatBytes(Uint8Array.of(0), signature))),
      );
    const plain = seal(sm2.signDigest(pair.privateKey, sm3(tbsRaw)));
    const judge = (signerIds?: RevocationOptions['signerIds']) =>
      judgeRevocation(leaf.certificate, ca.certificate, {
        time: NOW,
        crls: [plain],
        ...(signerIds === undefined ? {} : { signerIds }),
      });
    expect(judge().code).toBe('CRL_SIGNATURE_WRONG');
    expect(judge([new Uint8Array(0)]).code).toBe('CRL_SIGNATURE_WRONG');
    expect(judge([new Uint8Array(0), 'plain-sm3'])).toMatchObject({ status: 'good', signerId: 'plain-sm3' });
    // The answer of one list of IDs is not that of another.
    expect(judge().code).toBe('CRL_SIGNATURE_WRONG');
    expect(verifyCrlSignature(plain, ca.certificate, { signerIds: ['plain-sm3'] }).check).toBe('right');
    expect(codeOf(() => verifyCrlSignature(plain, ca.certificate, { signerIds: [] }))).toBe(
      'ERR_PKI_PATH_OPTIONS',
    );
    expect(codeOf(() => verifyCrlSignature(plain, ca.certificate, { signerIds: 'plain-sm3' as never }))).toBe(
      'ERR_PKI_PATH_OPTIONS',
    );
  });

  it('are remembered by the key of the issuer as it is now, not by its certificate', async () => {
    const [ca, other] = [await root(), await root()];
    const list = await crlOf(ca, {});
    const again = parseCertificate(ca.certificate.raw);
    expect(verifyCrlSignature(list, ca.certificate).check).toBe('right');
    expect(verifyCrlSignature(list, again).check).toBe('right');
    expect(verifyCrlSignature(list, other.certificate).check).toBe('wrong');
    again.sm2PublicKey!.set(other.certificate.sm2PublicKey!);
    expect(verifyCrlSignature(list, again).check).toBe('wrong');
    expect(verifyCrlSignature(list, ca.certificate).check).toBe('right');
  });

  it('are right under any number of issuers', async () => {
    const [ca, ...others] = await Promise.all(Array.from({ length: 20 }, () => root()));
    const list = await crlOf(ca!, {});
    for (let round = 0; round < 2; round++) {
      for (const { certificate } of others) expect(verifyCrlSignature(list, certificate).check).toBe('wrong');
      expect(verifyCrlSignature(list, ca!.certificate).check).toBe('right');
    }
  });
});
