import { basename, join } from 'node:path';
import {
  type Certificate,
  type CertificateSigner,
  certificatesFromPem,
  checkCertificateSignature,
  type DistinguishedName,
  decodeSm2PublicKeyInfo,
  issueCertificate,
  parseCertificate,
  pemEncode,
} from '@cssi/pki';
import type { CertificateIssuer } from '@cssi/security-service-api';
import { equalBytes, SmError } from '@cssi/sm-core';
import { makePrivateFolder, readFileIfPresent, writeFileAtomically } from './data-files.ts';
import { APP_ERRORS } from './errors.ts';

const DAY = 86_400_000;
const NAME: DistinguishedName = { commonName: 'CSSI platform CA', organization: 'CSSI' };

function readCertificate(pem: Uint8Array): Certificate | undefined {
  try {
    return certificatesFromPem(new TextDecoder().decode(pem))[0];
  } catch (error) {
    if (error instanceof SmError) return undefined;
    throw error;
  }
}

/** The certificate of a PEM file that must be of the given key and signed by `issuer`, or by itself. */
function storedCertificate(
  path: string,
  publicKeyInfo: Uint8Array,
  issuer?: Certificate,
): Certificate | undefined {
  const pem = readFileIfPresent(path);
  if (pem === undefined) return undefined;
  const certificate = readCertificate(pem);
  const intact =
    certificate !== undefined &&
    equalBytes(certificate.publicKeyInfo, publicKeyInfo) &&
    checkCertificateSignature(certificate, issuer ?? certificate) === 'right';
  if (!intact) {
    throw APP_ERRORS.create('ERR_APP_DATA_ALTERED', {
      detail: `file=${basename(path)} reason=certificate and key differ`,
    });
  }
  return certificate;
}

/** The certificate of the platform CA and where its PEM file is. */
export interface PlatformCa {
  /** Self-signed, SM2. */
  readonly certificate: Certificate;
  /** For whoever verifies off line. */
  readonly file: string;
}

/**
 * Opens the platform CA; its certificate is made at the first start. The key stays in the
 * key management service.
 *
 * @param folder - the `ca` folder of the data folder
 * @throws {@link SmError} ERR_APP_DATA_ALTERED, ERR_APP_FILE
 */
export async function openPlatformCa(
  folder: string,
  signer: CertificateSigner,
  now: Date,
): Promise<PlatformCa> {
  makePrivateFolder(folder);
  const file = join(folder, 'platform-ca.pem');
  const stored = storedCertificate(file, signer.publicKeyInfo);
  if (stored !== undefined) return { certificate: stored, file };
  const der = await issueCertificate(
    {
      subject: NAME,
      issuer: NAME,
      publicKeyInfo: signer.publicKeyInfo,
      issuerPublicKeyInfo: signer.publicKeyInfo,
      profile: 'root-ca',
      notBefore: new Date(now.getTime() - DAY),
      notAfter: new Date(now.getTime() + 3650 * DAY),
    },
    signer,
  );
  writeFileAtomically(file, pemEncode('CERTIFICATE', der), 0o644);
  return { certificate: parseCertificate(der), file };
}

/**
 * The certificate of the audit key, issued by the platform CA and kept as a PEM file, so
 * that checkpoints can be verified off line.
 *
 * @throws {@link SmError} ERR_APP_DATA_ALTERED, ERR_APP_FILE
 */
export async function auditCertificate(
  ca: PlatformCa,
  issuer: CertificateIssuer,
  signer: CertificateSigner,
  file: string,
  now: Date,
): Promise<Certificate> {
  const stored = storedCertificate(file, signer.publicKeyInfo, ca.certificate);
  if (stored !== undefined && stored.notAfter.getTime() - now.getTime() > 30 * DAY) return stored;
  const { der } = await issuer.issue({
    profile: 'audit',
    commonName: 'CSSI audit log',
    tenantId: null,
    publicKey: decodeSm2PublicKeyInfo(signer.publicKeyInfo),
    validityDays: 1825,
    time: now,
  });
  writeFileAtomically(file, pemEncode('CERTIFICATE', der), 0o644);
  return parseCertificate(der);
}
