import { PKI_ERRORS } from '../errors.ts';
import type { CertificateSpec } from '../spec/v1/issuing.ts';
import { isRecord, unknownField } from './known-fields.ts';

const FIELDS: Readonly<Record<keyof CertificateSpec, true>> = {
  subject: true,
  issuer: true,
  publicKeyInfo: true,
  profile: true,
  notBefore: true,
  notAfter: true,
  serial: true,
  issuerPublicKeyInfo: true,
  issuerKeyIdentifier: true,
  keyUsage: true,
  pathLength: true,
  identity: true,
  dnsNames: true,
  ipAddresses: true,
  emails: true,
  uris: true,
  crlDistributionPoints: true,
  freshestCrl: true,
  ocspUrls: true,
  caIssuerUrls: true,
  certificatePolicies: true,
  nameConstraints: true,
  extensions: true,
};

const KNOWN: ReadonlySet<string> = /* @__PURE__ */ new Set(Object.keys(FIELDS));

/**
 * Refuses a field that is none: a host name or a limit under a misspelt name would be missing
 * from the certificate, and nobody would see it.
 *
 * @throws SmError ERR_PKI_REQUEST_INVALID
 */
export function checkSpecFields(spec: CertificateSpec): void {
  const invalid = (field: string) =>
    PKI_ERRORS.create('ERR_PKI_REQUEST_INVALID', { detail: `field=${field}` });
  if (!isRecord(spec)) throw invalid('spec');
  const unknown = unknownField(spec, KNOWN);
  if (unknown !== undefined) throw invalid(unknown);
}
