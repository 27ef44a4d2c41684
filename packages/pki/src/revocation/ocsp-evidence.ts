import type { OcspResponse, OcspSingleResponse } from '../spec/v1/ocsp.ts';
import type { Sm2SignerId } from '../spec/v1/signer.ts';
import { certIdMatches } from './cert-id.ts';
import type { Evidence, Notes, Question } from './evidence.ts';
import { checkResponder } from './ocsp-responder.ts';

const evidence = (single: OcspSingleResponse, signerId: Sm2SignerId | undefined): Evidence => ({
  source: 'ocsp',
  series: 'ocsp',
  thisUpdate: single.thisUpdate,
  nextUpdate: single.nextUpdate,
  expiredSince: single.archiveCutoff,
  revocation: single.revocation,
  covers: single.status !== 'unknown',
  signerId,
});

/** What one response says about a certificate; `[]` when it does not count, with a note why. */
export function evidenceOfResponse(
  question: Question,
  { status, basic }: OcspResponse,
  notes: Notes,
): Evidence[] {
  if (basic === undefined) {
    notes.add('OCSP_RESPONSE_ERROR', status);
    return [];
  }
  const { certificate, issuer } = question;
  const singles = basic.responses.filter(({ certId }) => certIdMatches(certId, certificate, issuer));
  if (singles.length === 0) {
    notes.add('OCSP_NO_ANSWER');
    return [];
  }
  const unknown = [...basic.unknownCritical, ...singles.flatMap((single) => single.unknownCritical)];
  if (unknown.length > 0) {
    notes.add('OCSP_CRITICAL_EXTENSION', unknown.slice(0, 8).join(' '));
    return [];
  }
  const signer = checkResponder(basic, question, notes);
  if (signer === undefined) return [];
  if (singles.some((single) => single.status === 'unknown')) notes.add('OCSP_CERTIFICATE_UNKNOWN');
  return singles.map((single) => evidence(single, signer.signerId));
}
