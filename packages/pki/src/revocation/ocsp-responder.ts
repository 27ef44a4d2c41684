import { equalBytes } from '@cssi/sm-core';
import { verifySignature } from '../signature/verify.ts';
import type { Certificate } from '../spec/v1/certificate.ts';
import type { OcspBasicResponse } from '../spec/v1/ocsp.ts';
import type { Sm2SignerId } from '../spec/v1/signer.ts';
import { evidenceOfLists } from './crl-evidence.ts';
import { conclude, Notes, type Question } from './evidence.ts';
import { isKeyHash } from './ocsp-hash.ts';
import { REVOCATION_OIDS as OID } from './oids.ts';

/** Most certificates that are tried as the responder's. */
const MAX_RESPONDERS = 4;

/** Extensions that a responder's certificate may have as critical besides those evaluated everywhere. */
const KNOWN_CRITICAL = new Set<string>([OID.ocspNoCheck]);

/** Is this the certificate that the response names as its responder? */
function isNamed({ responder }: OcspBasicResponse, { subjectRaw, publicKeyInfo }: Certificate): boolean {
  return 'nameRaw' in responder
    ? equalBytes(responder.nameRaw, subjectRaw)
    : isKeyHash(responder.keyHash, publicKeyInfo);
}

/** Valid when the response was made, and, for older responses, at the time of judgement. */
function isInValidity({ notBefore, notAfter }: Certificate, basic: OcspBasicResponse, time: Date): boolean {
  const latest = Math.max(basic.producedAt.getTime(), time.getTime());
  return notBefore <= basic.producedAt && latest < notAfter.getTime() + 1000;
}

/**
 * Did the issuer authorise this certificate to answer for it? By issuing it itself, for OCSP
 * signing and nothing less; `anyExtendedKeyUsage` is not enough.
 *
 * @standard RFC 6960 §4.2.2.2
 */
function isAuthorised(
  responder: Certificate,
  basic: OcspBasicResponse,
  { issuer, options }: Question,
): boolean {
  const purposes = responder.extendedKeyUsage ?? [];
  const unknown = responder.unknownCritical.filter((oid) => !KNOWN_CRITICAL.has(oid));
  if (!purposes.includes(OID.ocspSigning) || unknown.length > 0) return false;
  if (responder.keyUsage?.has('digitalSignature') === false) return false;
  if (!equalBytes(responder.issuerRaw, issuer.subjectRaw) || !isInValidity(responder, basic, options.time)) {
    return false;
  }
  const { signatureRef, tbsRaw, signature } = responder;
  return verifySignature(signatureRef, issuer, tbsRaw, signature, options).check === 'right';
}

/**
 * Was the responder's own certificate revoked? Only lists can tell: an OCSP answer about the
 * one who answers would be its own. With id-pkix-ocsp-nocheck the CA says not to ask.
 */
function wasRevoked(responder: Certificate, question: Question, notes: Notes): boolean {
  if (responder.extensions.some(({ oid }) => oid === OID.ocspNoCheck)) return false;
  const inner = { ...question, certificate: responder };
  const { status } = conclude(inner, evidenceOfLists(inner, new Notes(notes)), new Notes());
  if (status === 'unknown') notes.add('OCSP_RESPONDER_NOT_CHECKED');
  if (status === 'revoked') notes.add('OCSP_RESPONDER_REVOKED');
  return status === 'revoked';
}

/** Who may have signed: the issuer, those that the caller trusts, those that came along. */
function candidates(basic: OcspBasicResponse, { issuer, options }: Question): Certificate[] {
  const trusted = options.trustedResponders ?? [];
  const all = [issuer, ...trusted, ...basic.certificates].filter((one) => isNamed(basic, one));
  return all
    .filter((one, i) => all.findIndex((other) => equalBytes(other.raw, one.raw)) === i)
    .slice(0, MAX_RESPONDERS);
}

/**
 * Checks who signed a response and that they may; says with which signer ID, `undefined` when the
 * response does not count.
 */
export function checkResponder(
  basic: OcspBasicResponse,
  question: Question,
  notes: Notes,
): { readonly signerId: Sm2SignerId | undefined } | undefined {
  const { issuer, options } = question;
  const responders = candidates(basic, question);
  if (responders.length === 0) notes.add('OCSP_RESPONDER_UNKNOWN');
  const trusted = (one: Certificate) =>
    [issuer, ...(options.trustedResponders ?? [])].some((other) => equalBytes(other.raw, one.raw));
  for (const responder of responders) {
    if (!notes.mayCheck()) return undefined;
    const { check, signerId } = verifySignature(
      basic.signatureAlgorithm,
      responder,
      basic.tbsRaw,
      basic.signature,
      options,
    );
    if (check !== 'right') notes.add('OCSP_SIGNATURE_WRONG', check === 'wrong' ? undefined : check);
    else if (trusted(responder)) return { signerId };
    else if (!isAuthorised(responder, basic, question)) notes.add('OCSP_RESPONDER_NOT_AUTHORISED');
    else if (!wasRevoked(responder, question, notes)) return { signerId };
  }
  return undefined;
}
