import type { CertificateProfile, KeyUsage } from '../spec/v1/certificate.ts';
import { OIDS, PURPOSE_OIDS } from '../spec/v1/oids.ts';

/** Extensions that a profile fixes. */
export interface ProfileRules {
  readonly ca: boolean;
  readonly keyUsage: readonly KeyUsage[];
  readonly keyUsageCritical: boolean;
  readonly extendedKeyUsage: readonly string[];
  readonly extendedKeyUsageCritical?: boolean;
  /** Where the request does not say. */
  readonly pathLength?: number;
  /** A certificate for hosts without a host says nothing. */
  readonly needsHost?: boolean;
  /** id-pkix-ocsp-nocheck: the responder's own certificate is not asked about. */
  readonly ocspNoCheck?: boolean;
}

/** The one that signs of a pair, or one that only signs: critical. @standard GB/T 20518-2018 §5.2.4.2.3 */
const signing: ProfileRules = {
  ca: false,
  keyUsage: ['digitalSignature', 'nonRepudiation'],
  keyUsageCritical: true,
  extendedKeyUsage: [],
};

/** The one that encrypts of a pair. @standard GB/T 20518-2018 §5.2.4.2.3 */
const encryption: ProfileRules = {
  ...signing,
  keyUsage: ['keyEncipherment', 'dataEncipherment', 'keyAgreement'],
};

/** A key that a handshake or a protocol signs with; nothing is declared with it. */
const authentication: ProfileRules = { ...signing, keyUsage: ['digitalSignature'] };

const authority: ProfileRules = {
  ca: true,
  keyUsage: ['keyCertSign', 'cRLSign'],
  keyUsageCritical: true,
  extendedKeyUsage: [],
};

const tlsServer: ProfileRules = { ...authentication, extendedKeyUsage: [OIDS.serverAuth] };

/**
 * What each profile fixes. `device` has one certificate (单证书) for login, receipts and key
 * delivery, so its key pair signs and receives keys, and the extension is not critical; the halves of
 * a pair (双证书) are profiles of their own.
 *
 * @standard GB/T 20518-2018 §5.2.4
 */
export const PROFILES: Readonly<Record<CertificateProfile, ProfileRules>> = {
  'root-ca': authority,
  // No CA below it unless that was asked for.
  'sub-ca': { ...authority, pathLength: 0 },
  person: signing,
  'person-encryption': encryption,
  organization: signing,
  'organization-encryption': encryption,
  device: {
    ...signing,
    keyUsage: [...signing.keyUsage, ...encryption.keyUsage],
    keyUsageCritical: false,
  },
  'device-signing': signing,
  'device-encryption': encryption,
  domain: { ...tlsServer, needsHost: true },
  'tls-server': tlsServer,
  'tls-server-encryption': { ...encryption, extendedKeyUsage: [OIDS.serverAuth] },
  'tls-client': { ...authentication, extendedKeyUsage: [OIDS.clientAuth] },
  'tls-client-encryption': { ...encryption, extendedKeyUsage: [OIDS.clientAuth] },
  'seal-maker': { ...signing, extendedKeyUsage: [PURPOSE_OIDS.sealMaker] },
  'seal-signer': { ...signing, extendedKeyUsage: [PURPOSE_OIDS.sealSigner] },
  // RFC 3161 §2.3: the one purpose, and critical.
  tsa: { ...signing, extendedKeyUsage: [OIDS.timeStamping], extendedKeyUsageCritical: true },
  'ocsp-responder': { ...authentication, extendedKeyUsage: [OIDS.ocspSigning], ocspNoCheck: true },
  'model-publisher': { ...signing, extendedKeyUsage: [PURPOSE_OIDS.modelPublisher] },
  'tee-attestation': { ...authentication, extendedKeyUsage: [PURPOSE_OIDS.teeAttestation] },
  audit: { ...signing, extendedKeyUsage: [PURPOSE_OIDS.auditCheckpoint] },
};
