import { issueCertificate, parseCertificate } from '@cssi/pki';
import { sm2SoftwareSigner } from '@cssi/pki/adapters/software';
import { SmError, sm2 } from '@cssi/sm-core';
import { describe, expect, it } from 'vitest';
import { readCertificate } from '../../src/evidence/x509-chain.ts';

/** Code of the error `action` throws; undefined without one. */
function codeOf(action: () => void): string | undefined {
  try {
    action();
  } catch (error) {
    return error instanceof SmError ? error.code : String(error);
  }
  return undefined;
}

const KEPT = 64;
const signer = sm2SoftwareSigner(sm2.generateKeyPair());
const name = { commonName: 'Test root' };

const issue = (serial = 1): Promise<Uint8Array> =>
  issueCertificate(
    {
      subject: name,
      issuer: name,
      publicKeyInfo: signer.publicKeyInfo,
      issuerPublicKeyInfo: signer.publicKeyInfo,
      profile: 'root-ca',
      serial: Uint8Array.of(1, serial),
      notBefore: new Date('2026-01-01T00:00:00Z'),
      notAfter: new Date('2036-01-01T00:00:00Z'),
    },
    signer,
  );

describe('[part of CC-006] certificates in evidence', () => {
  it('are read once while their bytes come again', async () => {
    const der = await issue();
    const read = readCertificate(der);
    expect(read).toEqual(parseCertificate(der));
    expect(readCertificate(Uint8Array.from(der))).toBe(read);
  });

  it('are read by all of their bytes: one that differs in any of them is another one, or none', async () => {
    const der = await issue();
    const read = readCertificate(der);
    for (let at = 0; at < der.length; at += 7) {
      const changed = Uint8Array.from(der);
      changed[at]! ^= 1;
      let other: ReturnType<typeof readCertificate> | undefined;
      const code = codeOf(() => {
        other = readCertificate(changed);
      });
      expect(code, `byte ${at}`).toBe(codeOf(() => void parseCertificate(changed)));
      expect(other?.raw ?? changed, `byte ${at}`).toEqual(changed);
      expect(other).not.toBe(read);
    }
  });

  it('keep what they say when the bytes they were read from change', async () => {
    const der = await issue();
    const copy = Uint8Array.from(der);
    readCertificate(copy);
    copy.fill(0);
    expect(readCertificate(der)).toEqual(parseCertificate(der));
    expect(codeOf(() => void readCertificate(copy))).toBe('ERR_PKI_CERTIFICATE_MALFORMED');
  });

  it('make place for others', async () => {
    const der = await issue();
    const read = readCertificate(der);
    for (let i = 0; i < KEPT; i++) readCertificate(await issue(2 + i));
    expect(readCertificate(der)).not.toBe(read);
    expect(readCertificate(der)).toEqual(read);
  });
});
