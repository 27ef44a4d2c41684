import { equalBytes } from '@cssi/sm-core';
import { PKI_ERRORS } from '../errors.ts';
import type { Certificate } from '../spec/v1/certificate.ts';
import type { OcspResponse } from '../spec/v1/ocsp.ts';
import {
  type CertificateRevocationList,
  MAX_REVOCATION_EVIDENCE,
  type RevocationOptions,
} from '../spec/v1/revocation.ts';

/** A week: who tolerates more wants another time of judgement. */
const MAX_TOLERANCE_SECONDS = 604_800;

const isDate = (value: unknown): boolean => value instanceof Date && !Number.isNaN(value.getTime());

/** Was this read from a certificate? Its bytes alone were not. */
export const isCertificate = (value: unknown): value is Certificate => {
  const one = value as Partial<Certificate> | null | undefined;
  return one?.tbsRaw instanceof Uint8Array && one.subjectRaw instanceof Uint8Array && isText(one.fingerprint);
};

const isText = (value: unknown): boolean => typeof value === 'string';

const isCrl = (value: unknown): boolean => {
  const one = value as Partial<CertificateRevocationList> | null | undefined;
  return one?.tbsRaw instanceof Uint8Array && isDate(one.thisUpdate) && typeof one.revoked === 'object';
};

const isOcspResponse = (value: unknown): boolean => {
  const one = value as Partial<OcspResponse> | null | undefined;
  return one?.raw instanceof Uint8Array && isText(one.status);
};

const isList = (value: unknown, fits: (one: unknown) => boolean): boolean =>
  value === undefined ||
  (Array.isArray(value) && value.length <= MAX_REVOCATION_EVIDENCE && value.every((one) => fits(one)));

/** The first option that judges nothing. */
export function badRevocationOption(options: RevocationOptions): string | undefined {
  const { time, evidenceTime, toleranceSeconds: tolerance = 0 } = options;
  // A time that is none compares as false with everything, and nothing would ever have expired.
  if (!isDate(time)) return 'time';
  if (evidenceTime !== undefined && !isDate(evidenceTime)) return 'evidenceTime';
  if (!isList(options.crls, isCrl)) return 'crls';
  if (!isList(options.ocspResponses, isOcspResponse)) return 'ocspResponses';
  if (!isList(options.trustedResponders, isCertificate)) return 'trustedResponders';
  const good = Number.isInteger(tolerance) && tolerance >= 0 && tolerance <= MAX_TOLERANCE_SECONDS;
  return good ? undefined : 'toleranceSeconds';
}

/** @throws SmError ERR_PKI_PATH_OPTIONS */
export function checkRevocationOptions(options: RevocationOptions): void {
  const option = typeof options === 'object' && options !== null ? badRevocationOption(options) : 'options';
  if (option === undefined) return;
  throw PKI_ERRORS.create('ERR_PKI_PATH_OPTIONS', { detail: `option=${option}` });
}

/**
 * The evidence is looked up by the issuer's name and key: another one's says nothing.
 *
 * @throws SmError ERR_PKI_PATH_OPTIONS
 */
export function checkIssuer(certificate: Certificate, issuer: Certificate): void {
  const wrong = !isCertificate(certificate) ? 'certificate' : !isCertificate(issuer) ? 'issuer' : undefined;
  if (wrong === undefined && equalBytes(issuer.subjectRaw, certificate.issuerRaw)) return;
  throw PKI_ERRORS.create('ERR_PKI_PATH_OPTIONS', { detail: `option=${wrong ?? 'issuer'}` });
}
