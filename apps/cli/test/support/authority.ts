import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type CertificateProfile,
  type CertificateSigner,
  encodeSm2PublicKeyInfo,
  issueCertificate,
  parseCertificate,
  pemEncode,
} from '@cssi/pki';
import { sm2SoftwareSigner } from '@cssi/pki/adapters/software';
import { type Sm2KeyPair, sm2 } from '@cssi/sm-core';
import { NOW } from './cli.ts';

const DAY = 86_400_000;

/** A key with its certificate. */
export interface Certified {
  readonly certificate: Uint8Array;
  readonly signer: CertificateSigner;
  readonly keyPair: Sm2KeyPair;
}

/** A CA whose certificate is in a file. */
export interface Authority {
  /** PEM */
  readonly file: string;
  certify(commonName: string, profile: CertificateProfile): Promise<Certified>;
}

/** Makes a CA of its own key; its PEM file goes into `folder`. */
export async function authority(folder: string, name = 'Test CA'): Promise<Authority> {
  const caPair = sm2.generateKeyPair();
  const caSigner = sm2SoftwareSigner(caPair);
  const subject = { commonName: name, organization: 'Tests' };
  const issue = (commonName: string, profile: CertificateProfile, publicKeyInfo: Uint8Array) =>
    issueCertificate(
      {
        subject: { ...subject, commonName },
        issuer: subject,
        publicKeyInfo,
        issuerPublicKeyInfo: caSigner.publicKeyInfo,
        profile,
        notBefore: new Date(NOW.getTime() - 30 * DAY),
        notAfter: new Date(NOW.getTime() + 365 * DAY),
      },
      caSigner,
    );
  const anchor = parseCertificate(await issue(name, 'root-ca', caSigner.publicKeyInfo));
  const file = join(folder, `${name.replaceAll(' ', '-')}.pem`);
  writeFileSync(file, pemEncode('CERTIFICATE', anchor.raw));
  return {
    file,
    async certify(commonName, profile) {
      const keyPair = sm2.generateKeyPair();
      const certificate = await issue(commonName, profile, encodeSm2PublicKeyInfo(keyPair.publicKey));
      return { certificate, keyPair, signer: sm2SoftwareSigner(keyPair) };
    },
  };
}
