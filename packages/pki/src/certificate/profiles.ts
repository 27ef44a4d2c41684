import type { CertificateProfile, KeyUsage } from '../spec/v1/certificate.ts';
import { OIDS, PURPOSE_OIDS } from '../spec/v1/oids.ts';

/** Extensions that a profile fixes. */
export interface ProfileRules {
  readonly ca: boolean;
  readonly keyUsage: readonly KeyUsage[];
  readonly keyUsageCritical: boolean;
  readonly extendedKeyUsage: readonly string[];
}

/** A certificate of a pair, or one that only signs: critical. @standard GB/T 20518-2018 §5.2.4.2.3 */
const signing: ProfileRules = {
  ca: false,
  keyUsage: ['digitalSignature', 'nonRepudiation'],
  keyUsageCritical: true,
  extendedKeyUsage: [],
};

/**
 * A device has one certificate (单证书) for login, receipts and key delivery, so its key pair
 * signs and receives keys, and the extension is not critical; a pair of certificates is made
 * by two calls with `keyUsage` given.
 *
 * @standard GB/T 20518-2018 §5.2.4
 */
export const PROFILES: Readonly<Record<CertificateProfile, ProfileRules>> = {
  'root-ca': { ca: true, keyUsage: ['keyCertSign', 'cRLSign'], keyUsageCritical: true, extendedKeyUsage: [] },
  person: signing,
  device: {
    ca: false,
    keyUsage: ['digitalSignature', 'nonRepudiation', 'keyEncipherment', 'dataEncipherment', 'keyAgreement'],
    keyUsageCritical: false,
    extendedKeyUsage: [],
  },
  'seal-maker': { ...signing, extendedKeyUsage: [PURPOSE_OIDS.sealMaker] },
  'seal-signer': { ...signing, extendedKeyUsage: [PURPOSE_OIDS.sealSigner] },
  'model-publisher': { ...signing, extendedKeyUsage: [PURPOSE_OIDS.modelPublisher] },
  'tls-server': { ...signing, keyUsage: ['digitalSignature'], extendedKeyUsage: [OIDS.serverAuth] },
  'tee-attestation': {
    ...signing,
    keyUsage: ['digitalSignature'],
    extendedKeyUsage: [PURPOSE_OIDS.teeAttestation],
  },
  audit: { ...signing, extendedKeyUsage: [PURPOSE_OIDS.auditCheckpoint] },
};
