import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type CertificateSigner,
  issueCertificate,
  parseCertificate,
  pemDecode,
  pemEncode,
  verifyCertificatePath,
} from '@cssi/pki';
import { sm2SoftwareSigner } from '@cssi/pki/adapters/software';
import { certificateIssuer } from '@cssi/security-service-api';
import { isAccepted, sm2 } from '@cssi/sm-core';
import { describe, expect, it } from 'vitest';
import { auditCertificate, openPlatformCa } from '../src/platform-ca.ts';
import { codeOf } from './support/codes.ts';
import { NOW, temporaryFolder } from './support/folders.ts';

const DAY = 86_400_000;
const newSigner = (): CertificateSigner => sm2SoftwareSigner(sm2.generateKeyPair());
const caSigner = newSigner();
const auditSigner = newSigner();

async function opened(folder: string, signer = caSigner) {
  const ca = await openPlatformCa(folder, signer, NOW);
  const issuer = certificateIssuer({ certificate: ca.certificate.raw, signer });
  const file = join(folder, 'audit.pem');
  return { ca, file, certify: (now = NOW) => auditCertificate(ca, issuer, auditSigner, file, now) };
}

/** The same key in a certificate that somebody else, or nobody, signed. */
async function forge(signer: CertificateSigner, subjectKey: Uint8Array): Promise<string> {
  const name = { commonName: 'CSSI platform CA', organization: 'CSSI' };
  const der = await issueCertificate(
    {
      subject: name,
      issuer: name,
      publicKeyInfo: subjectKey,
      issuerPublicKeyInfo: subjectKey,
      profile: 'root-ca',
      notBefore: NOW,
      notAfter: new Date(NOW.getTime() + DAY),
    },
    signer,
  );
  return pemEncode('CERTIFICATE', der);
}

describe('platform CA', () => {
  it('is made once and kept', async () => {
    const folder = temporaryFolder();
    const first = await openPlatformCa(folder, caSigner, NOW);
    const second = await openPlatformCa(folder, caSigner, new Date(NOW.getTime() + 900 * DAY));
    expect(second.certificate.fingerprint).toBe(first.certificate.fingerprint);
    expect(first.certificate).toMatchObject({ isCa: true, signatureAlgorithm: 'sm2-sm3' });
  });

  it('certifies the audit key once, and again near the end', async () => {
    const { ca, certify } = await opened(temporaryFolder());
    const first = await certify();
    expect(isAccepted(verifyCertificatePath(first, { anchors: [ca.certificate], time: NOW }))).toBe(true);
    expect((await certify()).fingerprint).toBe(first.fingerprint);
    const renewed = await certify(new Date(NOW.getTime() + 1800 * DAY));
    expect(renewed.fingerprint).not.toBe(first.fingerprint);
    expect(renewed.publicKeyInfo).toEqual(first.publicKeyInfo);
  });

  it('refuses a swapped certificate', async () => {
    const folder = temporaryFolder();
    const { file } = await openPlatformCa(folder, caSigner, NOW);
    const stranger = newSigner();
    for (const pem of [
      await forge(stranger, stranger.publicKeyInfo),
      await forge(stranger, caSigner.publicKeyInfo),
    ]) {
      writeFileSync(file, pem);
      expect(await codeOf(() => openPlatformCa(folder, caSigner, NOW))).toBe('ERR_APP_DATA_ALTERED');
    }
  });

  it('refuses a certificate with any altered byte', async () => {
    const folder = temporaryFolder();
    const { file } = await openPlatformCa(folder, caSigner, NOW);
    const [der] = pemDecode(readFileSync(file, 'utf8'));
    for (const at of [0, 30, der!.length >> 1, der!.length - 1]) {
      const altered = Uint8Array.from(der!);
      altered[at]! ^= 1;
      writeFileSync(file, pemEncode('CERTIFICATE', altered));
      expect(await codeOf(() => openPlatformCa(folder, caSigner, NOW)), `byte ${at}`).toBe(
        'ERR_APP_DATA_ALTERED',
      );
    }
  });

  it.each(['', 'no certificate', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'])(
    'refuses a file of %j',
    async (content) => {
      const folder = temporaryFolder();
      const { file } = await openPlatformCa(folder, caSigner, NOW);
      writeFileSync(file, content);
      expect(await codeOf(() => openPlatformCa(folder, caSigner, NOW))).toBe('ERR_APP_DATA_ALTERED');
    },
  );

  it('refuses an audit certificate of another CA', async () => {
    const { file, certify } = await opened(temporaryFolder());
    await certify();
    const other = await opened(temporaryFolder(), newSigner());
    await other.certify();
    writeFileSync(file, readFileSync(other.file));
    expect(await codeOf(certify)).toBe('ERR_APP_DATA_ALTERED');
  });

  it('is certified again under the same key when its file is gone', async () => {
    const folder = temporaryFolder();
    const { ca, certify } = await opened(folder);
    const issued = await certify();
    rmSync(ca.file);
    const again = await openPlatformCa(folder, caSigner, NOW);
    expect(isAccepted(verifyCertificatePath(issued, { anchors: [again.certificate], time: NOW }))).toBe(true);
    expect(parseCertificate(again.certificate.raw).publicKeyInfo).toEqual(caSigner.publicKeyInfo);
  });

  it('fails with a code when its folder cannot be used', async () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, 'platform-ca.pem'));
    expect(await codeOf(() => openPlatformCa(folder, caSigner, NOW))).toBe('ERR_APP_FILE');
  });
});
