import { SM2_DEFAULT_ID, SM2_MAX_ID_BYTES, utf8 } from '@cssi/sm-core';
import { PROFILES } from '../certificate/profiles.ts';
import { PKI_ERRORS } from '../errors.ts';
import type { CertificateProfile } from '../spec/v1/certificate.ts';
import type { Sm2SignerId } from '../spec/v1/signer.ts';

/** Kinds of keys that an authority certifies. */
export type AuthorityKeyKind = 'sm2' | 'p256' | 'p384' | 'rsa';

/** What may be applied for under one name (证书模板). */
export interface ApplicationProfile {
  /**
   * `person` and `device` take no domain names; `domain` needs them, each covered by a proof
   * of control that a reviewer gives.
   */
  readonly kind: 'person' | 'device' | 'domain';
  /** Profile of the single certificate. */
  readonly certificate: CertificateProfile;
  /** Profiles of a pair (双证书); without it no pair can be had. */
  readonly pair?: { readonly signing: CertificateProfile; readonly encryption: CertificateProfile };
  /** Days of validity, 1 to 7300; never beyond the authority's own. */
  readonly days: number;
  /** Kinds of keys; SM2 alone when left out. */
  readonly keys?: readonly AuthorityKeyKind[];
}

/** Profiles that an authority has when it is given none. */
export const DEFAULT_APPLICATION_PROFILES: Readonly<Record<string, ApplicationProfile>> = {
  person: {
    kind: 'person',
    certificate: 'person',
    pair: { signing: 'person', encryption: 'person-encryption' },
    days: 730,
  },
  device: {
    kind: 'device',
    certificate: 'device',
    pair: { signing: 'device-signing', encryption: 'device-encryption' },
    days: 1095,
  },
  domain: {
    kind: 'domain',
    certificate: 'domain',
    pair: { signing: 'tls-server', encryption: 'tls-server-encryption' },
    days: 397,
  },
};

/** Periods and numbers that an authority works with. */
export interface AuthorityPolicy {
  /** What may be applied for; {@link DEFAULT_APPLICATION_PROFILES} when left out. */
  readonly profiles: Readonly<Record<string, ApplicationProfile>>;
  /** Reviewers who must agree, each another person: 1, or 2 for the four-eyes rule (双人审核). */
  readonly reviewsNeeded: 1 | 2;
  /** Seconds from an application to its end. */
  readonly applicationSeconds: number;
  /** Seconds for which a proof of domain control counts. */
  readonly domainProofSeconds: number;
  /** Seconds from thisUpdate to nextUpdate of a complete revocation list. */
  readonly crlPeriodSeconds: number;
  /** The same of a delta list. */
  readonly deltaCrlPeriodSeconds: number;
  /** The same of an OCSP answer. */
  readonly ocspPeriodSeconds: number;
  /**
   * What the SM2 signature of a request may have been made with, at most 8; some software signs
   * requests with the empty signer ID.
   */
  readonly requestSignerIds: readonly Sm2SignerId[];
  /** Revoked certificates stay on the lists when they have expired, for who judges old signatures. */
  readonly keepExpiredRevocations: boolean;
}

const DAY = 86_400;

/** Values of a policy where nothing else is said. */
export const DEFAULT_AUTHORITY_POLICY: AuthorityPolicy = {
  profiles: DEFAULT_APPLICATION_PROFILES,
  reviewsNeeded: 1,
  applicationSeconds: 30 * DAY,
  domainProofSeconds: 30 * DAY,
  crlPeriodSeconds: 7 * DAY,
  deltaCrlPeriodSeconds: DAY,
  ocspPeriodSeconds: 3600,
  requestSignerIds: [utf8(SM2_DEFAULT_ID)],
  keepExpiredRevocations: false,
};

const MAX_PERIOD_SECONDS = 366 * DAY;
const MAX_DAYS = 7300;
const MAX_SIGNER_IDS = 8;
const KEY_KINDS: readonly AuthorityKeyKind[] = ['sm2', 'p256', 'p384', 'rsa'];

const invalid = (field: string) => PKI_ERRORS.create('ERR_PKI_REQUEST_INVALID', { detail: `field=${field}` });

const isWhole = (value: unknown, max: number): boolean =>
  Number.isInteger(value) && (value as number) >= 1 && (value as number) <= max;

/** The profile must exist and be none of a CA: CA certificates are not applied for. */
function isEndEntity(profile: unknown): boolean {
  return typeof profile === 'string' && Object.hasOwn(PROFILES, profile) && !isCaProfile(profile);
}

/** Does the profile make a CA? */
export const isCaProfile = (profile: string): boolean => PROFILES[profile as CertificateProfile].ca;

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

function isProfile(profile: ApplicationProfile): boolean {
  if (!isObject(profile)) return false;
  const { kind, certificate, pair, days, keys } = profile;
  const known = ['person', 'device', 'domain'].includes(kind) && isWhole(days, MAX_DAYS);
  const pairs =
    pair === undefined || (isObject(pair) && isEndEntity(pair.signing) && isEndEntity(pair.encryption));
  const kinds =
    keys === undefined ||
    (Array.isArray(keys) && keys.length > 0 && keys.every((key) => KEY_KINDS.includes(key)));
  return known && pairs && kinds && isEndEntity(certificate);
}

const isSignerId = (id: unknown): boolean =>
  id === 'plain-sm3' || (id instanceof Uint8Array && id.length <= SM2_MAX_ID_BYTES);

/** The policy with defaults in the gaps. @throws SmError ERR_PKI_REQUEST_INVALID */
export function completePolicy(given: Partial<AuthorityPolicy> = {}): AuthorityPolicy {
  const policy = { ...DEFAULT_AUTHORITY_POLICY, ...given };
  const periods = [
    'applicationSeconds',
    'domainProofSeconds',
    'crlPeriodSeconds',
    'deltaCrlPeriodSeconds',
    'ocspPeriodSeconds',
  ] as const;
  for (const name of periods) if (!isWhole(policy[name], MAX_PERIOD_SECONDS)) throw invalid(name);
  if (policy.reviewsNeeded !== 1 && policy.reviewsNeeded !== 2) throw invalid('reviewsNeeded');
  if (typeof policy.keepExpiredRevocations !== 'boolean') throw invalid('keepExpiredRevocations');
  const ids = policy.requestSignerIds;
  const counted = Array.isArray(ids) && ids.length > 0 && ids.length <= MAX_SIGNER_IDS;
  if (!counted || !ids.every(isSignerId)) throw invalid('requestSignerIds');
  if (!isObject(policy.profiles)) throw invalid('profiles');
  if (!Object.values(policy.profiles).every(isProfile)) throw invalid('profiles');
  return policy;
}
