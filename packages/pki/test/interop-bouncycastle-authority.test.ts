import { fromHex, toHex, utf8 } from '@cssi/sm-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sm2SoftwareDecipherer } from '../src/adapters/software.ts';
import { openEnvelopedKey } from '../src/containers/enveloped-key.ts';
import { decodeSm2PrivateKey, encodeSm2PrivateKey, parseCertificate } from '../src/index.ts';
import { NOW } from './support/authority.ts';
import { approved, scene } from './support/authority-scene.ts';
import { BouncyCastle, bytesOf, hasBouncyCastle } from './support/bouncycastle.ts';
import { altered } from './support/interop.ts';

const NONCE = fromHex('0011223344556677');
const number = (serial: Uint8Array): string => BigInt(`0x${toHex(serial)}`).toString(16);

describe.skipIf(!hasBouncyCastle)('our authority as BouncyCastle sees it', () => {
  let castle: BouncyCastle;
  beforeAll(() => {
    castle = new BouncyCastle();
  });
  afterAll(() => castle.close());

  /** A pair for a request that BouncyCastle made with a key of its own. */
  const issued = async () => {
    const here = await scene();
    const [key, publicKeyInfo] = (await castle.does('make-key')).map(bytesOf) as [Uint8Array, Uint8Array];
    const csr = await castle.makes('make-csr', utf8('CN=张三,C=CN'), utf8('a.cn'), publicKeyInfo, key);
    const id = await approved(here.authority, { csr, profile: 'person', pair: true });
    return { ...here, key, publicKeyInfo, csr, pair: await here.authority.issue(id) };
  };

  it('a pair for its request: both certificates have a path, and the key opens [part of SEAL-015]', async () => {
    const { root, key, publicKeyInfo, pair } = await issued();
    const { certificate, encryption } = pair;
    for (const der of [certificate, encryption!.certificate]) {
      await castle.does('verify-path', NOW, root.raw, undefined, der);
      expect(await castle.refusal('verify-path', NOW, root.raw, undefined, altered(der, -1))).not.toBe(
        'accepted',
      );
    }
    expect(parseCertificate(certificate).publicKeyInfo).toEqual(publicKeyInfo);
    const decipherer = sm2SoftwareDecipherer(decodeSm2PrivateKey(key));
    expect(encryption!.delivery.format).toBe('sm2-enveloped-key');
    const opened = await openEnvelopedKey(encryption!.delivery.bytes, decipherer);
    const [point] = await castle.does('open-pkcs8', encodeSm2PrivateKey(opened.pair));
    expect(bytesOf(point)).toEqual(parseCertificate(encryption!.certificate).sm2PublicKey);
  });

  it('a request of BouncyCastle that was altered is not applied for', async () => {
    const { authority, csr } = await issued();
    const broken = altered(csr, -1);
    const input = { csr: broken, profile: 'person', applicant: 'zhang.san' };
    await expect(authority.apply(input)).rejects.toThrow(/refuse|malformed/i);
  });

  it('its list and its answers say who is revoked [part of SEAL-015]', async () => {
    const { authority, root, pair } = await issued();
    const [one, two] = [pair.certificate, pair.encryption!.certificate].map(
      (der) => parseCertificate(der).serial,
    );
    await authority.revoke(one!, { reason: 'superseded' });
    expect(await castle.does('verify-crl', await authority.crl(), root.raw)).toEqual([`${number(one!)}:4`]);
    const serials = [one!, two!].map(number);
    const asked = await castle.makes('make-ocsp-request', 'sm3', NONCE, root.raw, ...serials);
    const answer = await authority.answerOcsp(asked);
    const [nonce, ...statuses] = await castle.does('verify-ocsp', answer, root.raw, root.raw);
    expect(bytesOf(nonce)).toEqual(NONCE);
    expect(statuses).toEqual([`${serials[0]}:revoked:4`, `${serials[1]}:good`]);
    const refusal = await castle.refusal('verify-ocsp', utf8('no answer'), root.raw, root.raw);
    expect(refusal).not.toBe('accepted');
  });
});
