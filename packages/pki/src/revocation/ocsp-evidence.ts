import type { Certificate } from '../spec/v1/certificate.ts';
import type { OcspBasicResponse, OcspResponse, OcspSingleResponse } from '../spec/v1/ocsp.ts';
import { certIdMatches } from './cert-id.ts';
import type { Evidence, Question } from './evidence.ts';
import type { Notes } from './notes.ts';
import { checkResponder, type Responder } from './ocsp-responder.ts';

/** Most answers about one certificate that count in one response. */
const MAX_ANSWERS = 4;

const evidence = (
  single: OcspSingleResponse,
  { producedAt }: OcspBasicResponse,
  { series, signerId }: Responder,
): Evidence => ({
  source: 'ocsp',
  series,
  thisUpdate: single.thisUpdate,
  producedAt,
  nextUpdate: single.nextUpdate,
  expiredSince: single.archiveCutoff,
  revocation: single.revocation,
  covers: single.status !== 'unknown',
  signerId,
});

/** The answers about a certificate: what says that it was revoked first, then the newest. */
function answersAbout(basic: OcspBasicResponse, certificate: Certificate, issuer: Certificate) {
  const rank = ({ status }: OcspSingleResponse): number => (status === 'revoked' ? 0 : 1);
  return basic.responses
    .filter(({ certId }) => certIdMatches(certId, certificate, issuer))
    .sort((a, b) => rank(a) - rank(b) || b.thisUpdate.getTime() - a.thisUpdate.getTime());
}

/**
 * What one response says about a certificate; `[]` when it does not count, with a note why.
 *
 * @param issuerOnly - does only what the issuer itself signed count?
 */
export function evidenceOfResponse(
  question: Question,
  { status, basic }: OcspResponse,
  notes: Notes,
  issuerOnly = false,
): Evidence[] {
  if (basic === undefined) {
    notes.add('OCSP_RESPONSE_ERROR', status);
    return [];
  }
  const answers = answersAbout(basic, question.certificate, question.issuer);
  if (answers.length === 0) {
    notes.add('OCSP_NO_ANSWER');
    return [];
  }
  const unknown = new Set([...basic.unknownCritical, ...answers.flatMap((one) => one.unknownCritical)]);
  if (unknown.size > 0) {
    notes.add('OCSP_CRITICAL_EXTENSION', [...unknown].slice(0, 8).join(' '));
    return [];
  }
  const responder = checkResponder(basic, question, notes, {
    issuerOnly,
    evidenceOf: (inner, response, innerNotes) => evidenceOfResponse(inner, response, innerNotes, true),
  });
  if (responder === undefined) return [];
  // Who vouches for itself says nothing; who accuses itself does.
  const counted = responder.isItself ? answers.filter((one) => one.status === 'revoked') : answers;
  if (counted.length === 0) notes.add('OCSP_RESPONDER_NOT_AUTHORISED');
  const used = counted.slice(0, MAX_ANSWERS);
  if (used.some((one) => one.status === 'unknown')) notes.add('OCSP_CERTIFICATE_UNKNOWN');
  return used.map((single) => evidence(single, basic, responder));
}
