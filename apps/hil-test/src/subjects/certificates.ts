import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import {
  type Certificate,
  type CertificateProfile,
  type CertificateSigner,
  issueCertificate,
  parseCertificate,
  pemEncode,
} from '@cssi/pki';
import { ecdsaP256SoftwareSigner, sm2SoftwareSigner } from '@cssi/pki/adapters/software';
import { sm2 } from '@cssi/sm-core';

const YEAR_MS = 31_536_000_000;

/** A certification authority of one trial. */
export interface Authority {
  readonly certificate: Certificate;
  issue(
    commonName: string,
    profile: CertificateProfile,
    holder: CertificateSigner,
    more?: { readonly dnsNames?: string[]; readonly ipAddresses?: string[] },
  ): Promise<Uint8Array>;
}

/** Makes an authority whose certificates are valid around `now`. */
async function createAuthority(commonName: string, signer: CertificateSigner, now: Date): Promise<Authority> {
  const name = { commonName };
  const second = Math.floor(now.getTime() / 1000) * 1000;
  const notBefore = new Date(second - YEAR_MS);
  const notAfter = new Date(second + 3 * YEAR_MS);
  const { publicKeyInfo } = signer;
  const certificate = parseCertificate(
    await issueCertificate(
      { subject: name, issuer: name, publicKeyInfo, profile: 'root-ca', notBefore, notAfter },
      signer,
    ),
  );
  return {
    certificate,
    issue: (subject, profile, holder, more = {}) =>
      issueCertificate(
        {
          subject: { commonName: subject },
          issuer: { raw: certificate.subjectRaw },
          issuerPublicKeyInfo: publicKeyInfo,
          publicKeyInfo: holder.publicKeyInfo,
          profile,
          notBefore,
          notAfter,
          ...more,
        },
        signer,
      ),
  };
}

/** An authority with an SM2 key. */
export const createSm2Authority = (commonName: string, now: Date): Promise<Authority> =>
  createAuthority(commonName, sm2SoftwareSigner(sm2.generateKeyPair()), now);

/** Key, certificate and trust anchor of a TLS server on the loopback interface, PEM. */
export interface TlsIdentity {
  readonly ca: string;
  readonly key: string;
  readonly cert: string;
}

/** TLS in Node.js goes by the clock of the machine and knows no SM2: P-256, valid now. */
export async function createTlsIdentity(): Promise<TlsIdentity> {
  const newKey = (): KeyObject => generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
  const authority = await createAuthority('HIL TLS CA', ecdsaP256SoftwareSigner(newKey()), new Date());
  const key = newKey();
  const cert = await authority.issue('localhost', 'tls-server', ecdsaP256SoftwareSigner(key), {
    dnsNames: ['localhost'],
    ipAddresses: ['127.0.0.1'],
  });
  return {
    ca: pemEncode('CERTIFICATE', authority.certificate.raw),
    cert: pemEncode('CERTIFICATE', cert),
    key: key.export({ format: 'pem', type: 'pkcs8' }) as string,
  };
}
