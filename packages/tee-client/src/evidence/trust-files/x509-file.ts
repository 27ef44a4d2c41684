import {
  type Certificate,
  type CertificateRevocationList,
  checkCertificateSignature,
  parseCertificate,
  parseCrl,
  pemDecode,
} from '@cssi/pki';
import { equalBytes, fromUtf8, SmError } from '@cssi/sm-core';
import type { TrustedKey } from '../../spec/v1/attestation.ts';
import { issuerKey } from '../appraisal/issuer-keys.ts';
import { spkiKey } from '../signatures.ts';
import { notTrustFile } from './errors.ts';

/** What the structures of X.509 in a file are. @internal */
export interface X509Contents {
  readonly certificates: readonly Certificate[];
  readonly crls: readonly CertificateRevocationList[];
  readonly keys: readonly TrustedKey[];
}

const LABEL = /-----BEGIN ([A-Z0-9 ]{1,64})-----/g;
const CERTIFICATE_LABELS: readonly string[] = ['CERTIFICATE', 'X509 CERTIFICATE', 'TRUSTED CERTIFICATE'];
const CRL_LABEL = 'X509 CRL';
const KEY_LABEL = 'PUBLIC KEY';

const attempt = <T>(read: () => T): T | undefined => {
  try {
    return read();
  } catch (error) {
    if (error instanceof SmError) return undefined;
    throw error;
  }
};

/** A SubjectPublicKeyInfo that some kind of evidence is signed with: SM2 or what Node knows. @internal */
function readPublicKeyInfo(der: Uint8Array): Uint8Array | undefined {
  const known = issuerKey(der) !== undefined || attempt(() => spkiKey(der)) !== undefined;
  return known ? Uint8Array.from(der) : undefined;
}

/** True for a certificate that its own key signed: a root, for whoever trusts the file it stands in. @internal */
export function isSelfSigned(certificate: Certificate): boolean {
  return (
    equalBytes(certificate.issuerRaw, certificate.subjectRaw) &&
    checkCertificateSignature(certificate, certificate) === 'right'
  );
}

/** Reads a PEM file: certificates, revocation lists and public keys, in any order. @internal */
export function readPemFile(name: string, bytes: Uint8Array): X509Contents {
  const read = <T>(what: () => T): T => {
    try {
      return what();
    } catch (cause) {
      if (!(cause instanceof SmError)) throw cause;
      throw notTrustFile(name, 'pem', cause);
    }
  };
  const text = read(() => fromUtf8(bytes));
  const labels = new Set([...text.matchAll(LABEL)].map((match) => match[1] ?? ''));
  const certificates: Certificate[] = [];
  const crls: CertificateRevocationList[] = [];
  const keys: TrustedKey[] = [];
  for (const label of labels) {
    if (label.includes('PRIVATE KEY')) throw notTrustFile(name, 'private-key');
    const blocks = read(() => pemDecode(text, label));
    if (CERTIFICATE_LABELS.includes(label)) {
      for (const der of blocks) certificates.push(read(() => parseCertificate(der, { policy: 'tolerant' })));
    } else if (label === CRL_LABEL) {
      for (const der of blocks) crls.push(read(() => parseCrl(der, { policy: 'tolerant' })));
    } else if (label === KEY_LABEL) {
      for (const der of blocks) {
        const publicKeyInfo = readPublicKeyInfo(der);
        if (publicKeyInfo === undefined) throw notTrustFile(name, 'public-key');
        keys.push({ publicKeyInfo });
      }
    } else throw notTrustFile(name, 'pem-label');
  }
  return { certificates, crls, keys };
}

/** Reads a DER file: one certificate, revocation list or public key. @internal */
export function readDerFile(name: string, bytes: Uint8Array): X509Contents {
  const certificate = attempt(() => parseCertificate(bytes, { policy: 'tolerant' }));
  if (certificate !== undefined) return { certificates: [certificate], crls: [], keys: [] };
  const crl = attempt(() => parseCrl(bytes, { policy: 'tolerant' }));
  if (crl !== undefined) return { certificates: [], crls: [crl], keys: [] };
  const publicKeyInfo = readPublicKeyInfo(bytes);
  if (publicKeyInfo !== undefined) return { certificates: [], crls: [], keys: [{ publicKeyInfo }] };
  throw notTrustFile(name, 'der');
}
