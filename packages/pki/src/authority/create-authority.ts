import { equalBytes, type Sm2KeyPair, sm2 } from '@cssi/sm-core';
import { parseCertificate } from '../certificate/parse-certificate.ts';
import { checkCertificateSignature } from '../signature/check-signature.ts';
import { AUTHORITY_SPEC_VERSION, type AuthorityStore } from '../spec/v1/authority.ts';
import type { Certificate } from '../spec/v1/certificate.ts';
import { OIDS } from '../spec/v1/oids.ts';
import type { CertificateSigner } from '../spec/v1/signer.ts';
import { canonicalKey } from './applicant-key.ts';
import { expireApplications, findApplication, listApplications } from './application-lists.ts';
import { apply, review } from './applications.ts';
import type { Authority } from './authority.ts';
import {
  type AuthorityContext,
  type AuthorityUrls,
  checkInput,
  invalidField,
  keyDigest,
  type SigningParty,
} from './context.ts';
import { issueDirect, issuePair } from './direct.ts';
import { collect, issue } from './issue-application.ts';
import type { KeyCentre, KeyEscrow } from './key-delivery.ts';
import { completeCrl, deltaCrl } from './lists.ts';
import { answerOcsp, checkResponderStanding } from './ocsp-answers.ts';
import { type AuthorityPolicy, completePolicy } from './policy.ts';
import { stateProblem } from './records.ts';
import { hold, release, revoke } from './revoking.ts';

/** A signer that works for the authority, with its certificate, DER. */
export interface AuthorityHelper {
  readonly certificate: Uint8Array;
  readonly signer: CertificateSigner;
}

/** What an authority is made of. */
export interface AuthorityOptions {
  /** The CA certificate, DER. */
  readonly certificate: Uint8Array;
  /** Holds the key of the CA certificate. */
  readonly signer: CertificateSigner;
  readonly store: AuthorityStore;
  readonly clock: () => Date;
  /** Defaults in the gaps. */
  readonly policy?: Partial<AuthorityPolicy>;
  /** Written into each certificate. */
  readonly urls?: AuthorityUrls;
  /** Where encryption keys come from; drawn here when left out. */
  readonly keyCentre?: KeyCentre;
  /** Without it no copy of an encryption key is kept. */
  readonly escrow?: KeyEscrow;
  /** Signs OCSP answers in place of the CA, with a certificate of the CA for OCSP signing, DER. */
  readonly responder?: AuthorityHelper;
  /**
   * Signs deliveries of encryption keys as signedAndEnvelopedData, with a certificate that may
   * sign data; needed where the CA certificate may sign certificates and lists only.
   */
  readonly deliverySigner?: AuthorityHelper;
}

const isFor = (signer: CertificateSigner, certificate: Certificate): boolean =>
  equalBytes(canonicalKey(signer.publicKeyInfo), canonicalKey(certificate.publicKeyInfo));

/** The signer under the encoding of the key that its certificate has; some write it in another one. */
function under({ publicKeyInfo }: Certificate, signer: CertificateSigner): CertificateSigner {
  const { algorithm, signDigest } = signer;
  const sign = (message: Uint8Array) => signer.sign(message);
  if (signDigest === undefined) return { algorithm, publicKeyInfo, sign };
  return { algorithm, publicKeyInfo, sign, signDigest: (digest) => signDigest.call(signer, digest) };
}

const maySignData = ({ keyUsage }: Certificate): boolean =>
  keyUsage === undefined || keyUsage.has('digitalSignature') || keyUsage.has('nonRepudiation');

function checkSigner(signer: CertificateSigner, field: string): void {
  checkInput(signer, field);
  const { publicKeyInfo, sign } = signer;
  if (!(publicKeyInfo instanceof Uint8Array) || typeof sign !== 'function') throw invalidField(field);
}

/** Everything that would otherwise show as a TypeError at the first use. */
function checkParts(options: AuthorityOptions): void {
  checkInput(options, 'options');
  const { signer, store, clock, policy = {}, urls = {}, keyCentre, escrow } = options;
  checkSigner(signer, 'signer');
  checkInput(store, 'store');
  if (store.specVersion !== AUTHORITY_SPEC_VERSION) throw invalidField('store');
  if (typeof clock !== 'function') throw invalidField('clock');
  checkInput(policy, 'policy');
  checkInput(urls, 'urls');
  if (keyCentre !== undefined && typeof keyCentre !== 'function') throw invalidField('keyCentre');
  if (escrow !== undefined && typeof escrow !== 'function') throw invalidField('escrow');
  for (const field of ['responder', 'deliverySigner'] as const) {
    const helper = options[field];
    if (helper === undefined) continue;
    checkInput(helper, field);
    checkSigner(helper.signer, field);
  }
}

function checkAuthority(certificate: Certificate, signer: CertificateSigner): void {
  const mayIssue = certificate.keyUsage?.has('keyCertSign') ?? true;
  if (!certificate.isCa || !mayIssue) throw invalidField('certificate');
  if (!isFor(signer, certificate)) throw invalidField('signer');
}

/** @standard RFC 6960 §4.2.2.2 */
function checkResponder(
  authority: Certificate,
  responder: AuthorityHelper | undefined,
): SigningParty | undefined {
  if (responder === undefined) return undefined;
  const { signer } = responder;
  const certificate = parseCertificate(responder.certificate);
  const purposes = certificate.extendedKeyUsage ?? [];
  const signed =
    equalBytes(certificate.issuerRaw, authority.subjectRaw) &&
    checkCertificateSignature(certificate, authority) === 'right';
  if (!signed || !purposes.includes(OIDS.ocspSigning) || !isFor(signer, certificate)) {
    throw invalidField('responder');
  }
  return { certificate, signer: under(certificate, signer) };
}

/** Nobody else's certificate by mistake: the key is the signer's, and it may sign. */
function checkDeliverySigner(
  authority: SigningParty,
  given: AuthorityHelper | undefined,
): SigningParty | undefined {
  if (given === undefined) return maySignData(authority.certificate) ? authority : undefined;
  const certificate = parseCertificate(given.certificate);
  if (!isFor(given.signer, certificate) || !maySignData(certificate)) throw invalidField('deliverySigner');
  return { certificate, signer: under(certificate, given.signer) };
}

const drawHere = async (): Promise<Sm2KeyPair> => sm2.generateKeyPair();

/**
 * Makes a certification authority (证书认证机构) of a certificate, its signer and a store. It
 * never has the private key; everything it signs is verified before it leaves. One store
 * belongs to one authority's key.
 *
 * @throws {@link SmError} ERR_PKI_REQUEST_INVALID when the certificate is no CA's, the signer
 * has another key, the responder is none of this CA or the policy is out of bounds;
 * ERR_PKI_CERTIFICATE_MALFORMED; ERR_PKI_AUTHORITY_STATE when the store is another authority's
 * @example
 * ```ts
 * import { fileAuthorityStore } from '@cssi/pki/adapters/file-authority-store';
 * import { createAuthority } from '@cssi/pki/authority';
 * import type { CertificateSigner } from '@cssi/pki';
 * async function issueOne(certificate: Uint8Array, signer: CertificateSigner, csr: Uint8Array) {
 *   const store = await fileAuthorityStore('/var/lib/example-ca');
 *   const authority = await createAuthority({ certificate, signer, store, clock: () => new Date() });
 *   const { id } = await authority.apply({ csr, profile: 'person', applicant: 'zhang.san' });
 *   await authority.review(id, { decision: 'approve', reviewer: 'li.si' });
 *   return authority.issue(id);
 * }
 * ```
 */
export async function createAuthority(options: AuthorityOptions): Promise<Authority> {
  checkParts(options);
  const { signer, store, clock, urls = {}, keyCentre = drawHere, escrow } = options;
  const certificate = parseCertificate(options.certificate);
  checkAuthority(certificate, signer);
  const party = { certificate, signer: under(certificate, signer) };
  const context: AuthorityContext = {
    ...party,
    store,
    clock,
    policy: completePolicy(options.policy),
    urls,
    keyCentre,
    escrow,
    responder: checkResponder(certificate, options.responder),
    deliverySigner: checkDeliverySigner(party, options.deliverySigner),
  };
  if (!(await store.bind(keyDigest(canonicalKey(certificate.publicKeyInfo))))) {
    throw stateProblem('store-of-another');
  }
  await checkResponderStanding(context);
  return {
    certificate,
    apply: (input) => apply(context, input),
    review: (id, input) => review(context, id, input),
    issue: (id, input) => issue(context, id, input),
    collect: (id) => collect(context, id),
    findApplication: (id) => findApplication(context, id),
    listApplications: (query) => listApplications(context, query),
    expireApplications: () => expireApplications(context),
    issueCertificate: (request) => issueDirect(context, request),
    issuePair: (request) => issuePair(context, request),
    revoke: (serial, input) => revoke(context, serial, input),
    hold: (serial) => hold(context, serial),
    release: (serial) => release(context, serial),
    crl: () => completeCrl(context),
    deltaCrl: () => deltaCrl(context),
    answerOcsp: (request) => answerOcsp(context, request),
  };
}
