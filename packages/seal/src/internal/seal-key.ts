import { type Certificate, parseCertificate } from '@cssi/pki';
import { equalBytes, sm2 } from '@cssi/sm-core';
import { SEAL_ERRORS } from '../errors.ts';
import type { SealKey } from '../spec/v1/service.ts';

/** Longest accepted certificate in bytes. */
const CERTIFICATE_MAX_BYTES = 16 * 1024;

/** The SM2 public key of a certificate. @throws SmError ERR_SEAL_ALGORITHM_UNSUPPORTED */
export function sm2KeyOf(certificate: Certificate): Uint8Array {
  if (certificate.sm2PublicKey === undefined) {
    throw SEAL_ERRORS.create('ERR_SEAL_ALGORITHM_UNSUPPORTED', { detail: 'field=certificate-key' });
  }
  return certificate.sm2PublicKey;
}

/** Parses a certificate of bounded size. @throws SmError ERR_SEAL_PARAMETER and those of the certificate parser */
export function readCertificate(der: Uint8Array): Certificate {
  if (!(der instanceof Uint8Array) || der.length === 0 || der.length > CERTIFICATE_MAX_BYTES) {
    throw SEAL_ERRORS.create('ERR_SEAL_PARAMETER', { detail: 'parameter=certificate' });
  }
  return parseCertificate(der);
}

/** The certificate of a key, checked to belong to it. @throws SmError ERR_SEAL_KEY_MISMATCH */
export function checkKey(key: SealKey): Certificate {
  const certificate = readCertificate(key.certificate);
  if (key.signer.algorithm !== 'sm2-sm3') {
    throw SEAL_ERRORS.create('ERR_SEAL_ALGORITHM_UNSUPPORTED', { detail: 'field=signer' });
  }
  if (!equalBytes(certificate.publicKeyInfo, key.signer.publicKeyInfo)) {
    throw SEAL_ERRORS.create('ERR_SEAL_KEY_MISMATCH');
  }
  return certificate;
}

/**
 * Signs and verifies before the value leaves: a device that answers wrongly must
 * not produce a document.
 *
 * @throws SmError ERR_SEAL_SIGNING_FAILED
 */
export async function signChecked(
  key: SealKey,
  certificate: Certificate,
  message: Uint8Array,
): Promise<Uint8Array> {
  const signature = await key.signer.sign(message);
  let right = false;
  try {
    right = sm2.verify(sm2KeyOf(certificate), message, signature);
  } catch (cause) {
    throw SEAL_ERRORS.create('ERR_SEAL_SIGNING_FAILED', { cause });
  }
  if (!right) throw SEAL_ERRORS.create('ERR_SEAL_SIGNING_FAILED');
  return signature;
}

/** `date` without its fraction of a second. @throws SmError ERR_SEAL_PARAMETER outside the years 1950 to 9999 */
export function wholeSeconds(date: Date, name: string): Date {
  const time = date instanceof Date ? date.getTime() : Number.NaN;
  const year = new Date(time).getUTCFullYear();
  if (!(year >= 1950 && year <= 9999)) {
    throw SEAL_ERRORS.create('ERR_SEAL_PARAMETER', { detail: `parameter=${name}` });
  }
  return new Date(Math.floor(time / 1000) * 1000);
}
