import { type SmError, sm3 } from '@cssi/sm-core';
import { encodeSubject } from '../certificate/names.ts';
import { PROFILES } from '../certificate/profiles.ts';
import type { KeyDeliveryFormat } from '../spec/v1/authority.ts';
import type { CertificateSpec } from '../spec/v1/certificate.ts';
import { canonicalKey, checkKeyHistory, checkKeyKind } from './applicant-key.ts';
import { checkRequest, type RequestInput } from './application-input.ts';
import { type AuthorityContext, checkInput, invalidField, refused, workingTime } from './context.ts';
import { checkDelivery, endOf } from './issue-application.ts';
import {
  type CertificateOrder,
  drawSerial,
  type IssuedCertificates,
  issuedOf,
  makeCertificate,
  makePair,
  recordOf,
  storeCertificates,
} from './issuing.ts';
import { isCaProfile } from './policy.ts';
import { sameName } from './same-name.ts';

/**
 * What `Authority.issueCertificate` is asked for. The caller answers for everything that
 * a reviewer would: who the subject is, whose the names are, and that the subject has the key.
 */
export interface DirectRequest
  extends Omit<
    CertificateSpec,
    'issuer' | 'issuerPublicKeyInfo' | 'issuerKeyIdentifier' | 'serial' | 'notBefore'
  > {
  /** Now when left out. Within the authority's own validity, like `notAfter`. */
  readonly notBefore?: Date;
}

/** A pair for a request that a program answers for. */
export interface PairRequest extends RequestInput {
  /** The profile's days from now when left out. */
  readonly notAfter?: Date;
  /** `sm2-enveloped-key` when left out. */
  readonly delivery?: KeyDeliveryFormat;
}

/** A CA below this one must fit under the path length of this one's certificate. */
function checkPathLength({ certificate }: AuthorityContext, { profile, pathLength }: DirectRequest): void {
  const own = certificate.pathLength;
  if (!isCaProfile(profile) || own === undefined) return;
  const asked = pathLength ?? PROFILES[profile].pathLength ?? Number.POSITIVE_INFINITY;
  if (asked >= own) throw refused('path-length');
}

/** Nothing outlives the certificate that it is judged by. */
function checkValidity(
  { certificate }: AuthorityContext,
  notBefore: Date,
  notAfter: Date,
): SmError | undefined {
  if (!(notBefore instanceof Date) || !(notAfter instanceof Date)) return invalidField('validity');
  // An invalid date is neither before nor after.
  const within = notBefore >= certificate.notBefore && notAfter <= certificate.notAfter;
  return within ? undefined : refused('validity');
}

/** Issues one certificate of any profile without an application. */
export async function issueDirect(context: AuthorityContext, request: DirectRequest): Promise<Uint8Array> {
  checkInput(request);
  checkInput(request.subject, 'subject');
  const now = workingTime(context);
  if (typeof request.profile !== 'string' || !Object.hasOwn(PROFILES, request.profile)) {
    throw invalidField('profile');
  }
  const { notBefore = now, notAfter } = request;
  const wrong = checkValidity(context, notBefore, notAfter);
  if (wrong !== undefined) throw wrong;
  checkPathLength(context, request);
  const publicKeyInfo = canonicalKey(request.publicKeyInfo);
  checkKeyKind(context, publicKeyInfo, ['sm2', 'p256', 'p384', 'rsa']);
  const name = encodeSubject(request.subject);
  // A CA may certify a new key of its own name; anybody else of that name would pass for it.
  const ownName = sameName(name, context.certificate.subjectRaw);
  if (ownName && !isCaProfile(request.profile)) throw refused('subject');
  await checkKeyHistory(context, publicKeyInfo, sm3(name));
  const order: CertificateOrder = { ...request, publicKeyInfo, notBefore, notAfter };
  const made = await makeCertificate(context, order, await drawSerial(context));
  await storeCertificates(context, [recordOf(made, request.profile, now)]);
  return made.raw;
}

/** Issues a pair without an application; the request proves that the subject has the signing key. */
export async function issuePair(
  context: AuthorityContext,
  request: PairRequest,
): Promise<IssuedCertificates> {
  checkInput(request);
  const now = workingTime(context);
  const format = checkDelivery(context, request.delivery);
  const { rules, publicKeyInfo, subject, identity, dnsNames } = await checkRequest(context, request, true);
  if (rules.pair === undefined) throw refused('profile-without-pair');
  const notAfter = request.notAfter ?? endOf(context, now, rules.days);
  const wrong = checkValidity(context, now, notAfter);
  if (wrong !== undefined) throw wrong;
  const order: CertificateOrder = {
    subject,
    publicKeyInfo,
    profile: rules.pair.signing,
    dnsNames,
    notBefore: now,
    notAfter,
    ...(identity === undefined ? {} : { identity }),
  };
  const serials = [await drawSerial(context), await drawSerial(context)] as const;
  const { encryption } = rules.pair;
  const records = await makePair(context, { order, encryption, format, serials });
  await storeCertificates(context, records);
  return issuedOf(records);
}
