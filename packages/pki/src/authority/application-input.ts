import { sm3 } from '@cssi/sm-core';
import { decodeName, encodeName } from '../certificate/names.ts';
import { encodeExtensions } from '../certificate/write-extensions.ts';
import { readOne } from '../internal/tlv.ts';
import { parseCertificateRequest, verifyCertificateRequest } from '../request/parse-request.ts';
import type { ApplicationRecord } from '../spec/v1/authority.ts';
import type { DistinguishedName, IdentityValues } from '../spec/v1/certificate.ts';
import { canonicalKey, checkKeyHistory, checkKeyKind } from './applicant-key.ts';
import {
  type AuthorityContext,
  checkActor,
  checkDigest,
  checkInput,
  invalidField,
  refused,
} from './context.ts';
import { checkDnsNames, lowerAscii } from './domain-names.ts';
import type { ApplicationProfile } from './policy.ts';
import { copyRecord } from './records.ts';
import { sameName } from './same-name.ts';

/** What is asked for with a certificate request (PKCS#10). */
export interface RequestInput {
  /**
   * PKCS#10, DER. Its key counts, and its subject when no other is given; its extensions do not.
   * Used once: what is signed in it must differ from every earlier request, so a renewal for the
   * same key needs another attribute.
   */
  readonly csr: Uint8Array;
  /** Name of a profile of the policy. */
  readonly profile: string;
  /** In place of the subject of the request. */
  readonly subject?: DistinguishedName;
  readonly identity?: IdentityValues;
  /** For profiles of the kind `domain`, which need at least one. */
  readonly dnsNames?: readonly string[];
}

/** An application (证书申请). */
export interface ApplicationInput extends RequestInput {
  /** Whoever applies: 1 to 64 characters of `A-Za-z0-9._@-`. */
  readonly applicant: string;
  /** A signing and an encryption certificate (双证书). */
  readonly pair?: boolean;
  /** SM3 of the papers that were handed in, 32 bytes. */
  readonly evidence?: Uint8Array;
}

/** A request that was looked through. */
export interface CheckedRequest {
  readonly csr: Uint8Array;
  readonly csrDigest: Uint8Array;
  readonly rules: ApplicationProfile;
  readonly publicKeyInfo: Uint8Array;
  readonly subject: DistinguishedName;
  readonly identity: IdentityValues | undefined;
  readonly dnsNames: readonly string[];
}

/** The profile of this name. @throws SmError ERR_PKI_AUTHORITY_REFUSED */
export function profileOf({ policy }: AuthorityContext, name: unknown, pair: boolean): ApplicationProfile {
  const known = typeof name === 'string' && Object.hasOwn(policy.profiles, name);
  const rules = known ? policy.profiles[name] : undefined;
  if (rules === undefined) throw refused('profile');
  if (pair && rules.pair === undefined) throw refused('profile-without-pair');
  return rules;
}

/** The subject as the certificate will have it. Nothing of a request's name is left out in silence. */
function subjectOf(given: DistinguishedName | undefined, requested: Uint8Array): DistinguishedName {
  if (given !== undefined) {
    if (typeof given !== 'object' || given === null) throw refused('subject');
    return decodeName(readOne(encodeName(given), 0x30).value).name as DistinguishedName;
  }
  const { name, attributes } = decodeName(readOne(requested, 0x30).value);
  if (attributes.length !== Object.keys(name).length || name.commonName === undefined) {
    throw refused('subject');
  }
  encodeName(name as DistinguishedName);
  return name as DistinguishedName;
}

function dnsNamesOf({ kind }: ApplicationProfile, given: unknown, { commonName }: DistinguishedName) {
  const names = checkDnsNames(given ?? []);
  if ((kind === 'domain') !== names.length > 0) throw refused('dns-names');
  // A common name of a server is read as a name of the server, so it must have been proven like one.
  if (kind === 'domain' && !names.includes(lowerAscii(commonName) ?? '')) throw refused('common-name');
  return names;
}

const IDENTITY_FIELDS = [
  'person',
  'socialInsurance',
  'businessRegistration',
  'organization',
  'tax',
] as const satisfies readonly (keyof IdentityValues)[];

/** The known items alone. */
function identityOf(given: IdentityValues | undefined): IdentityValues | undefined {
  if (given === undefined) return undefined;
  if (typeof given !== 'object' || given === null) throw invalidField('identity');
  const items = IDENTITY_FIELDS.filter((field) => given[field] !== undefined);
  return items.length === 0
    ? undefined
    : Object.fromEntries(items.map((field) => [field, copyRecord(given[field])]));
}

/** Refuses a request from whose facts no certificate can be made, before anybody works on it. */
function rehearse(checked: CheckedRequest): void {
  const { publicKeyInfo, subject, identity, dnsNames, rules } = checked;
  encodeExtensions({
    publicKeyInfo,
    subject,
    issuer: subject,
    profile: rules.certificate,
    notBefore: new Date(0),
    notAfter: new Date(0),
    dnsNames,
    ...(identity === undefined ? {} : { identity }),
  });
}

/**
 * Looks through a request: proof that the applicant has the private key, kind and strength of
 * the key, its history, names.
 *
 * @throws SmError ERR_PKI_CSR_MALFORMED, ERR_PKI_AUTHORITY_REFUSED, ERR_PKI_NAME_INVALID, ERR_PKI_REQUEST_INVALID
 */
export async function checkRequest(
  context: AuthorityContext,
  input: RequestInput,
  pair: boolean,
): Promise<CheckedRequest> {
  checkInput(input);
  const rules = profileOf(context, input.profile, pair);
  const request = parseCertificateRequest(input.csr);
  request.challengePassword?.destroy();
  const signerIds = context.policy.requestSignerIds;
  const publicKeyInfo = canonicalKey(request.publicKeyInfo);
  // Before the signature, which no weak key verifies: the refusal names what is wrong.
  checkKeyKind(context, publicKeyInfo, pair ? ['sm2'] : (rules.keys ?? ['sm2']));
  if (verifyCertificateRequest(request, { signerIds }).check !== 'right')
    throw refused('proof-of-possession');
  const subject = subjectOf(input.subject, request.subjectRaw);
  if (sameName(encodeName(subject), context.certificate.subjectRaw)) throw refused('subject');
  const checked = {
    csr: request.raw,
    // The signed part: its envelope can be written in several ways by anybody.
    csrDigest: sm3(request.infoRaw),
    rules,
    publicKeyInfo,
    subject,
    identity: identityOf(input.identity),
    dnsNames: dnsNamesOf(rules, input.dnsNames, subject),
  };
  rehearse(checked);
  await checkKeyHistory(context, publicKeyInfo, sm3(encodeName(subject)));
  return checked;
}

/** The parts of an application's record that come from its input. */
export async function readApplication(
  context: AuthorityContext,
  input: ApplicationInput,
): Promise<
  Pick<
    ApplicationRecord,
    'profile' | 'pair' | 'csr' | 'csrDigest' | 'subject' | 'identity' | 'dnsNames' | 'evidence' | 'applicant'
  >
> {
  checkInput(input);
  const applicant = checkActor(input.applicant, 'applicant');
  const { pair = false, evidence, profile } = input;
  if (typeof pair !== 'boolean') throw invalidField('pair');
  const { csr, csrDigest, subject, identity, dnsNames } = await checkRequest(context, input, pair);
  return {
    profile,
    pair,
    csr,
    csrDigest,
    subject,
    dnsNames,
    applicant,
    ...(identity === undefined ? {} : { identity }),
    ...(evidence === undefined ? {} : { evidence: checkDigest(evidence, 'evidence') }),
  };
}
