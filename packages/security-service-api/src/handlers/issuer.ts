import {
  type CertificateProfile,
  type CertificateSigner,
  encodeSm2PublicKeyInfo,
  issueCertificate,
  parseCertificate,
} from '@cssi/pki';
import { type RandomSource, randomBytes } from '@cssi/sm-core';

/** What to certify. */
export interface CertificateOrder {
  readonly profile: CertificateProfile;
  readonly commonName: string;
  /** Becomes the organization; `null` = platform. */
  readonly tenantId: string | null;
  /** 04‖x‖y */
  readonly publicKey: Uint8Array;
  readonly validityDays: number;
  readonly time: Date;
}

/** A certificate that was issued. */
export interface IssuedCertificate {
  readonly der: Uint8Array;
  /** SM3 of `der`, hex. */
  readonly fingerprint: string;
  readonly notAfter: Date;
}

/** The platform CA as the handlers see it. */
export interface CertificateIssuer {
  /** Certificate of the CA, DER. */
  readonly certificate: Uint8Array;
  issue(order: CertificateOrder): Promise<IssuedCertificate>;
}

/** What {@link certificateIssuer} works with. */
export interface CertificateIssuerDeps {
  /** Certificate of the CA, DER. */
  readonly certificate: Uint8Array;
  readonly signer: CertificateSigner;
  readonly random?: RandomSource;
}

const DAY = 86_400_000;
/** Certificates start a little early, for clients whose clock is behind. */
const BACKDATE = 5 * 60_000;

/** A {@link CertificateIssuer} on a CA certificate and the holder of its key. */
export function certificateIssuer(deps: CertificateIssuerDeps): CertificateIssuer {
  const ca = parseCertificate(deps.certificate);
  return {
    certificate: deps.certificate,
    async issue(order) {
      const start = Math.max(order.time.getTime() - BACKDATE, ca.notBefore.getTime());
      const end = Math.min(order.time.getTime() + order.validityDays * DAY, ca.notAfter.getTime());
      const serial = randomBytes(16, deps.random);
      // A serial number is positive and of fixed length.
      serial[0] = (serial[0]! & 0x3f) | 0x40;
      // Certificates carry whole seconds.
      const whole = (milliseconds: number): Date => new Date(Math.floor(milliseconds / 1000) * 1000);
      const der = await issueCertificate(
        {
          subject: {
            commonName: order.commonName,
            organization: order.tenantId ?? 'platform',
            country: 'CN',
          },
          issuer: { raw: ca.subjectRaw },
          issuerPublicKeyInfo: ca.publicKeyInfo,
          publicKeyInfo: encodeSm2PublicKeyInfo(order.publicKey),
          profile: order.profile,
          notBefore: whole(start),
          notAfter: whole(end),
          serial,
        },
        deps.signer,
      );
      const { fingerprint, notAfter } = parseCertificate(der);
      return { der, fingerprint, notAfter };
    },
  };
}
