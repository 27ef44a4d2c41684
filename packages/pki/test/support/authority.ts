import { sm2 } from '@cssi/sm-core';
import { sm2SoftwareSigner } from '../../src/adapters/software.ts';
import {
  type Certificate,
  type CertificateSigner,
  type CertificateSpec,
  issueCertificate,
  parseCertificate,
} from '../../src/index.ts';

export const NOW = new Date('2026-12-01T00:00:00Z');
const DAY = 86_400_000;
export const day = (days: number): Date => new Date(NOW.getTime() + days * DAY);

/** A key with its certificate. */
export interface Holder {
  readonly signer: CertificateSigner;
  readonly certificate: Certificate;
}

export const newSigner = (): CertificateSigner => sm2SoftwareSigner(sm2.generateKeyPair());

/** A request with good values for everything that a test does not name. */
export function request(changes: Partial<CertificateSpec> = {}): CertificateSpec {
  const name = { commonName: '测试根', organization: '测试机构', country: 'CN' };
  return {
    subject: name,
    issuer: name,
    publicKeyInfo: changes.publicKeyInfo ?? newSigner().publicKeyInfo,
    profile: 'root-ca',
    notBefore: day(-10),
    notAfter: day(365),
    ...changes,
  };
}

/** A self-signed root. */
export async function root(changes: Partial<CertificateSpec> = {}): Promise<Holder> {
  const signer = newSigner();
  const { publicKeyInfo } = signer;
  const spec = request({ publicKeyInfo, issuerPublicKeyInfo: publicKeyInfo, ...changes });
  return { signer, certificate: parseCertificate(await issueCertificate(spec, signer)) };
}

/** A certificate under `issuer` for a fresh key. */
export async function under(
  issuer: Holder,
  commonName: string,
  changes: Partial<CertificateSpec> = {},
): Promise<Holder> {
  const signer = newSigner();
  const spec = request({
    subject: { commonName },
    issuer: { raw: issuer.certificate.subjectRaw },
    issuerPublicKeyInfo: issuer.certificate.publicKeyInfo,
    publicKeyInfo: signer.publicKeyInfo,
    profile: 'person',
    ...changes,
  });
  return { signer, certificate: parseCertificate(await issueCertificate(spec, issuer.signer)) };
}
