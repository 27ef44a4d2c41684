import { fromHex, toHex } from '@cssi/sm-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  createOcspRequest,
  createOcspResponse,
  findRevoked,
  issueCrl,
  parseCrl,
  parseOcspRequest,
  parseOcspResponse,
  verifyCrlSignature,
  verifyOcspResponse,
} from '../src/revocation/index.ts';
import type { CertificateRevocationList } from '../src/spec/v1/revocation.ts';
import { day, type Holder, NOW, root, under } from './support/authority.ts';
import { BouncyCastle, bytesOf, hasBouncyCastle } from './support/bouncycastle.ts';
import { FOREIGN_VALIDITY, type ForeignPki, foreignPki } from './support/bouncycastle-pki.ts';
import { altered } from './support/interop.ts';

const NONCE = fromHex('00112233445566778899aabbccddeeff');
/** As BouncyCastle and the checker write a serial number. */
const number = (serial: Uint8Array): string => BigInt(`0x${toHex(serial)}`).toString(16);

describe.skipIf(!hasBouncyCastle)('revocation lists between us and BouncyCastle', () => {
  let castle: BouncyCastle;
  let pki: ForeignPki;
  beforeAll(async () => {
    castle = new BouncyCastle();
    pki = await foreignPki(castle);
  });
  afterAll(() => castle.close());

  const ours = async (issuer: Holder, serial: Uint8Array) =>
    issueCrl(
      {
        issuer: issuer.certificate,
        thisUpdate: day(-1),
        nextUpdate: day(6),
        crlNumber: 7n,
        entries: [
          { serial, revocationDate: day(-2), reason: 'keyCompromise', invalidityDate: day(-3) },
          { serial: fromHex('4d'), revocationDate: day(-2) },
        ],
      },
      issuer.signer,
    );

  it('it accepts ours, and reads serial numbers and reasons [part of SEAL-015]', async () => {
    const top = await root();
    const leaf = await under(top, 'leaf');
    const der = await ours(top, leaf.certificate.serial);
    expect(await castle.does('verify-crl', der, top.certificate.raw)).toEqual([
      `${number(leaf.certificate.serial)}:1`,
      '4d:-',
    ]);
    expect(await castle.refusal('verify-crl', altered(der, -1), top.certificate.raw)).toBe('signature');
    expect(await castle.refusal('verify-crl', altered(der, 100), top.certificate.raw)).not.toBe('accepted');
    expect(await castle.refusal('verify-crl', der, (await root()).certificate.raw)).toBe('signature');
  });

  it('its PKIX path refuses whom our list revokes, and accepts the others [part of EDGE-020]', async () => {
    // BouncyCastle judges revocation by its own clock.
    const [notBefore, notAfter] = FOREIGN_VALIDITY;
    const top = await root({ notBefore, notAfter });
    const [bad, good] = [
      await under(top, 'bad', { notBefore, notAfter }),
      await under(top, 'good', { notBefore, notAfter }),
    ];
    const now = new Date();
    const list = await issueCrl(
      {
        issuer: top.certificate,
        thisUpdate: new Date(now.getTime() - 60_000),
        nextUpdate: new Date(now.getTime() + 600_000),
        crlNumber: 1n,
        entries: [{ serial: bad.certificate.serial, revocationDate: new Date(now.getTime() - 60_000) }],
      },
      top.signer,
    );
    const path = (leaf: Holder) =>
      ['verify-path', now, top.certificate.raw, list, leaf.certificate.raw] as const;
    await castle.does(...path(good));
    expect(await castle.refusal(...path(bad))).toContain('Certificate revocation after');
  });

  it('we accept its list, with its reasons, and refuse it altered [part of SEAL-015]', async () => {
    const { sub, root: top } = pki;
    const [from, to] = FOREIGN_VALIDITY;
    const der = await castle.makes(
      ...(['make-crl', from, to, '5', sub.certificate.raw, sub.key, '3eb:1', '4d:4', '5e:0'] as const),
    );
    const crl = parseCrl(der);
    expect(verifyCrlSignature(crl, sub.certificate).check).toBe('right');
    expect(crl.crlNumber).toBe(5n);
    const reasonOf = (list: CertificateRevocationList, serial: string) =>
      findRevoked(list, fromHex(serial))?.reason;
    expect(['03eb', '4d', '5e', '03ec'].map((serial) => reasonOf(crl, serial))).toEqual([
      'keyCompromise',
      'superseded',
      'unspecified',
      undefined,
    ]);
    expect(verifyCrlSignature(parseCrl(altered(der, -1)), sub.certificate).check).toBe('wrong');
    expect(verifyCrlSignature(crl, top.certificate).check).toBe('wrong');
  });
});

describe.skipIf(!hasBouncyCastle)('OCSP between us and BouncyCastle', () => {
  let castle: BouncyCastle;
  let pki: ForeignPki;
  beforeAll(async () => {
    castle = new BouncyCastle();
    pki = await foreignPki(castle);
  });
  afterAll(() => castle.close());

  it.each([['sm3'], ['sha1']] as const)(
    'it accepts our response over %s, delegated responder, nonce and statuses [part of SEAL-015]',
    async (hash) => {
      const top = await root();
      const responder = await under(top, 'OCSP', { profile: 'ocsp-responder' });
      const [good, bad] = [await under(top, 'good'), await under(top, 'bad')];
      const issuer = top.certificate;
      const answers = [good, bad].map(({ certificate }) => {
        const [certId] = parseOcspRequest(createOcspRequest({ certificate, issuer, hash })).certIds;
        const revoked = certificate === bad.certificate;
        return {
          certId: certId!,
          status: revoked ? ('revoked' as const) : ('good' as const),
          ...(revoked
            ? { revocation: { revocationDate: day(-1), reason: 'cessationOfOperation' as const } }
            : {}),
          thisUpdate: NOW,
          nextUpdate: day(1),
        };
      });
      const spec = { responder: responder.certificate, producedAt: NOW, answers, nonce: NONCE };
      const der = await createOcspResponse(spec, responder.signer, [responder.certificate]);
      const asked = ['verify-ocsp', der, responder.certificate.raw, issuer.raw] as const;
      const [nonce, ...statuses] = await castle.does(...asked);
      expect(bytesOf(nonce)).toEqual(NONCE);
      expect(statuses).toEqual([
        `${number(good.certificate.serial)}:good`,
        `${number(bad.certificate.serial)}:revoked:5`,
      ]);
      const signature = Buffer.from(der).indexOf(parseOcspResponse(der).basic!.signature);
      const broken = altered(der, signature + 20);
      expect(await castle.refusal('verify-ocsp', broken, responder.certificate.raw, issuer.raw)).toBe(
        'signature',
      );
      const other = (await root()).certificate.raw;
      expect(await castle.refusal('verify-ocsp', der, responder.certificate.raw, other)).toBe(
        'issuer hashes',
      );
      expect(await castle.refusal('verify-ocsp', der, other, issuer.raw)).toBe('signature');
    },
  );

  it.each([['sm3'], ['sha1']] as const)(
    'we read its request over %s and accept its response [part of SEAL-015]',
    async (hash) => {
      const { sub, ocsp, sign, encrypt } = pki;
      const issuer = sub.certificate;
      const asked = await castle.makes('make-ocsp-request', hash, NONCE, issuer.raw, '3eb', '3ec');
      const request = parseOcspRequest(asked);
      expect(request.certIds.map(({ serial }) => number(serial))).toEqual(['3eb', '3ec']);
      expect(request.nonce).toEqual(NONCE);
      const at = ['make-ocsp', NOW, asked, ocsp.certificate.raw, ocsp.key] as const;
      const der = await castle.makes(...at, '1', '3ec');
      const judge = (bytes: Uint8Array, { certificate }: typeof sign, nonce = NONCE) =>
        verifyOcspResponse(parseOcspResponse(bytes), { certificate, issuer, time: NOW, nonce });
      expect(judge(der, sign).status).toBe('good');
      expect(judge(der, encrypt)).toMatchObject({
        status: 'revoked',
        revocation: { reason: 'keyCompromise' },
      });
      const signature = Buffer.from(der).indexOf(parseOcspResponse(der).basic!.signature);
      expect(judge(altered(der, signature + 20), sign).status).toBe('unknown');
      expect(judge(der, sign, fromHex('ff')).code).toBe('OCSP_NONCE_WRONG');
      // Nobody gave this signer the right to answer for the CA.
      const stranger = ['make-ocsp', NOW, asked, sign.certificate.raw, sign.key] as const;
      expect(judge(await castle.makes(...stranger, '1'), sign).status).toBe('unknown');
    },
  );
});
