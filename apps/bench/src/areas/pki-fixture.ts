import {
  type Certificate,
  type CertificateProfile,
  type CertificateSigner,
  issueCertificate,
  parseCertificate,
} from '@cssi/pki';
import { sm2SoftwareSigner } from '@cssi/pki/adapters/software';
import { type Sm2KeyPair, sm2 } from '@cssi/sm-core';

export const TIME: Date = new Date('2026-12-01T00:00:00Z');
const NOT_BEFORE = new Date('2026-01-01T00:00:00Z');
const NOT_AFTER = new Date('2036-01-01T00:00:00Z');

/** A key with its certificate. */
export interface Holder {
  readonly pair: Sm2KeyPair;
  readonly signer: CertificateSigner;
  readonly certificate: Certificate;
}

/** A new key with a certificate by `issuer`, or by itself. */
export async function issue(
  commonName: string,
  profile: CertificateProfile,
  issuer?: Holder,
): Promise<Holder> {
  const pair = sm2.generateKeyPair();
  const signer = sm2SoftwareSigner(pair);
  const subject = { commonName, organization: '测试机构', country: 'CN' };
  const der = await issueCertificate(
    {
      subject,
      issuer: issuer === undefined ? subject : { raw: issuer.certificate.subjectRaw },
      issuerPublicKeyInfo: issuer?.certificate.publicKeyInfo ?? signer.publicKeyInfo,
      publicKeyInfo: signer.publicKeyInfo,
      profile,
      notBefore: NOT_BEFORE,
      notAfter: NOT_AFTER,
    },
    issuer?.signer ?? signer,
  );
  return { pair, signer, certificate: parseCertificate(der) };
}

/** A root, a CA below it and holders below that. */
export interface Chain {
  readonly root: Holder;
  readonly sub: Holder;
  readonly leaves: readonly Holder[];
}

export async function makeChain(leaves: number): Promise<Chain> {
  const root = await issue('测试根', 'root-ca');
  const sub = await issue('二级 CA', 'root-ca', root);
  const made = Array.from({ length: leaves }, (_, i) => issue(`张三 ${i}`, 'person', sub));
  return { root, sub, leaves: await Promise.all(made) };
}
