import { type Certificate, parseCertificate, verifyCertificatePath } from '@cssi/pki';
import { isAccepted, SmError, sm3, toHex } from '@cssi/sm-core';

/** What a login needs of a certificate. */
export interface LoginCertificate {
  readonly fingerprint: string;
  /** 04‖x‖y */
  readonly publicKey: Uint8Array;
  readonly notAfter: Date;
}

/** Why a certificate is not good for a login; for the audit log only. */
export type CertificateProblem = 'malformed' | 'not-sm2' | 'is-ca' | 'path';

/** Checks a certificate up to an anchor at `time`. */
export function checkLoginCertificate(
  der: Uint8Array,
  anchors: readonly Certificate[],
  intermediates: readonly Certificate[],
  time: Date,
): LoginCertificate | CertificateProblem {
  try {
    const certificate = parseCertificate(der);
    if (certificate.sm2PublicKey === undefined) return 'not-sm2';
    if (certificate.isCa) return 'is-ca';
    const verdict = verifyCertificatePath(certificate, {
      anchors: [...anchors],
      intermediates: [...intermediates],
      time,
      keyUsage: ['digitalSignature'],
    });
    if (!isAccepted(verdict)) return 'path';
    return {
      fingerprint: toHex(sm3(der)),
      publicKey: certificate.sm2PublicKey,
      notAfter: certificate.notAfter,
    };
  } catch (error) {
    if (error instanceof SmError) return 'malformed';
    throw error;
  }
}
