import { equalBytes, toHex } from '@cssi/sm-core';
import { type SignatureResult, verifySignature } from '../signature/verify.ts';
import type { Certificate } from '../spec/v1/certificate.ts';
import type { OcspBasicResponse, OcspResponse } from '../spec/v1/ocsp.ts';
import { OIDS } from '../spec/v1/oids.ts';
import type { PathReasonCode } from '../spec/v1/path-reasons.ts';
import type { Sm2SignerId } from '../spec/v1/signer.ts';
import { evidenceOfLists } from './crl-evidence.ts';
import { conclude, type Evidence, type Question } from './evidence.ts';
import { Notes } from './notes.ts';
import { isKeyHash } from './ocsp-hash.ts';

/** Most certificates that are tried as the responder's. */
const MAX_RESPONDERS = 4;

/** Extensions that a responder's certificate may have as critical besides those evaluated everywhere. */
const KNOWN_CRITICAL = new Set<string>([OIDS.ocspNoCheck]);

/** Who signed a response, and may. */
export interface Responder {
  readonly signerId: Sm2SignerId | undefined;
  /** Answers of one key are a series: the newer one knows more. */
  readonly series: string;
  /** Is it the certificate that the answer is about? */
  readonly isItself: boolean;
}

/** How a responder is judged. */
export interface ResponderRules {
  /** Does nobody count but the issuer itself? */
  readonly issuerOnly: boolean;
  /** What a response of the issuer itself says; for the responder's own certificate. */
  readonly evidenceOf: (question: Question, response: OcspResponse, notes: Notes) => readonly Evidence[];
}

/** Is this the certificate that the response names as its responder? */
function isNamed({ responder }: OcspBasicResponse, { subjectRaw, publicKeyInfo }: Certificate): boolean {
  return 'nameRaw' in responder
    ? equalBytes(responder.nameRaw, subjectRaw)
    : isKeyHash(responder.keyHash, publicKeyInfo);
}

/** The moment at which a responder must have been good: when it answered, or was relied on. */
const judgedAt = (basic: OcspBasicResponse, { time }: Question['options']): Date =>
  basic.producedAt > time ? basic.producedAt : time;

/** Valid when the response was made, and, for older responses, at the time of judgement. */
const isInValidity = (
  { notBefore, notAfter }: Certificate,
  basic: OcspBasicResponse,
  latest: Date,
): boolean => notBefore <= basic.producedAt && latest.getTime() < notAfter.getTime() + 1000;

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
  notes: Notes,
): boolean {
  const purposes = responder.extendedKeyUsage ?? [];
  const unknown = responder.unknownCritical.filter((oid) => !KNOWN_CRITICAL.has(oid));
  if (!purposes.includes(OIDS.ocspSigning) || unknown.length > 0) return false;
  if (responder.keyUsage?.has('digitalSignature') === false) return false;
  if (!equalBytes(responder.issuerRaw, issuer.subjectRaw)) return false;
  if (!isInValidity(responder, basic, judgedAt(basic, options))) return false;
  const { signatureRef, tbsRaw, signature, fingerprint } = responder;
  const check = () => verifySignature(signatureRef, issuer, tbsRaw, signature, options);
  return notes.check('ocsp', [fingerprint, issuer.fingerprint], options.signerIds, check)?.check === 'right';
}

/**
 * Was the responder's own certificate revoked, when it answered or was relied on? Lists can tell,
 * and answers that the CA signed itself: any other answer could be the responder's own. With
 * id-pkix-ocsp-nocheck the CA says not to ask.
 */
function judgeResponder(
  responder: Certificate,
  basic: OcspBasicResponse,
  question: Question,
  notes: Notes,
  { evidenceOf }: ResponderRules,
): boolean {
  if (responder.extensions.some(({ oid }) => oid === OIDS.ocspNoCheck)) return true;
  const { options } = question;
  const time = judgedAt(basic, options);
  const find = (): readonly PathReasonCode[] => {
    const inner: Question = {
      ...question,
      certificate: responder,
      options: { ...options, time, evidenceTime: options.evidenceTime ?? options.time },
    };
    const remarks = new Notes(notes);
    const pieces = [
      ...evidenceOfLists(inner, remarks),
      ...(options.ocspResponses ?? []).flatMap((response) => evidenceOf(inner, response, remarks)),
    ];
    const { status } = conclude(inner, pieces, new Notes(notes));
    if (status === 'good') return [];
    return [status === 'revoked' ? 'OCSP_RESPONDER_REVOKED' : 'OCSP_RESPONDER_NOT_CHECKED'];
  };
  const codes = notes.responder(`${responder.fingerprint} ${time.getTime()}`, find);
  for (const code of codes) notes.add(code);
  return !codes.includes('OCSP_RESPONDER_REVOKED');
}

/** Who may have signed: the issuer, those that the caller trusts, those that came along. */
function candidates(
  basic: OcspBasicResponse,
  { issuer, options }: Question,
  issuerOnly: boolean,
): Certificate[] {
  const others = issuerOnly ? [] : [...(options.trustedResponders ?? []), ...basic.certificates];
  const all = [issuer, ...others].filter((one) => isNamed(basic, one));
  return all
    .filter((one, i) => all.findIndex((other) => equalBytes(other.raw, one.raw)) === i)
    .slice(0, MAX_RESPONDERS);
}

/** May this certificate, whose key signed the response, answer? */
function mayAnswer(
  responder: Certificate,
  basic: OcspBasicResponse,
  question: Question,
  notes: Notes,
  rules: ResponderRules,
): boolean {
  const { issuer, options } = question;
  const isSame = (other: Certificate) => equalBytes(other.raw, responder.raw);
  if (isSame(issuer)) return true;
  const trusted = (options.trustedResponders ?? []).some(isSame);
  const allowed = trusted
    ? isInValidity(responder, basic, judgedAt(basic, options))
    : isAuthorised(responder, basic, question, notes);
  if (!allowed) notes.add('OCSP_RESPONDER_NOT_AUTHORISED');
  return allowed && (trusted || judgeResponder(responder, basic, question, notes, rules));
}

/**
 * Checks who signed a response and that they may; `undefined` when the response does not count.
 */
export function checkResponder(
  basic: OcspBasicResponse,
  question: Question,
  notes: Notes,
  rules: ResponderRules,
): Responder | undefined {
  const { certificate, issuer, options } = question;
  const responders = candidates(basic, question, rules.issuerOnly);
  if (responders.length === 0) notes.add('OCSP_RESPONDER_UNKNOWN');
  for (const responder of responders) {
    const { signatureAlgorithm, tbsRaw, signature } = basic;
    const check = (): SignatureResult =>
      verifySignature(signatureAlgorithm, responder, tbsRaw, signature, options);
    const result = notes.check('ocsp', [basic, responder.fingerprint], options.signerIds, check);
    if (result === undefined) return undefined;
    if (result.check !== 'right') {
      notes.add('OCSP_SIGNATURE_WRONG', result.check === 'wrong' ? undefined : result.check);
    } else if (mayAnswer(responder, basic, question, notes, rules)) {
      return {
        signerId: result.signerId,
        series: `ocsp ${toHex(responder.publicKeyInfo)}`,
        // A CA may answer about a certificate that it issued to itself for the same key.
        isItself: responder !== issuer && equalBytes(responder.publicKeyInfo, certificate.publicKeyInfo),
      };
    }
  }
  return undefined;
}
