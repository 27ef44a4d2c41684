import { equalBytes } from '@cssi/sm-core';
import type { Certificate } from '../spec/v1/certificate.ts';
import type { OcspResponse } from '../spec/v1/ocsp.ts';
import type { RevocationOptions, RevocationReport } from '../spec/v1/revocation.ts';
import { withoutCopies } from './copies.ts';
import { evidenceOfLists } from './crl-evidence.ts';
import { conclude, type Question } from './evidence.ts';
import { Notes } from './notes.ts';
import { evidenceOfResponse } from './ocsp-evidence.ts';
import { checkIssuer, checkRevocationOptions } from './options.ts';

/** As {@link judgeRevocation}, with options that were checked. */
export function revocationOf(question: Question): RevocationReport {
  const notes = new Notes();
  const pieces = [
    ...withoutCopies(question.options.ocspResponses ?? []).flatMap((response) =>
      evidenceOfResponse(question, response, notes),
    ),
    ...evidenceOfLists(question, notes),
  ];
  return conclude(question, pieces, notes);
}

/**
 * Judges by revocation lists and OCSP responses whether `certificate` was revoked at a time.
 * `issuer` must be its issuer as a path found it: its key signed the evidence, or authorised
 * who did. Evidence with a wrong signature is never counted.
 *
 * What evidence of the time of judgement or earlier lists is revoked. In later evidence a
 * revocation counts from its date or its invalidity date, whichever is earlier; one that is later
 * than the time of judgement is reported and leaves the certificate good. Later evidence shows a
 * certificate as good when it is no later than `evidenceTime` and than the certificate's expiry.
 * A revocation is for good, so that it counts from stale evidence, and against newer evidence
 * that does not know of it; only a hold does not.
 *
 * Lists by another issuer than the certificate's (indirect lists) are not evaluated. A
 * delegated responder's own certificate is looked up in `crls` and in the answers among
 * `ocspResponses` that the issuer signed itself, at the time of judgement or of its answer,
 * whichever is later. No responder can show itself to be good.
 *
 * Work is bounded: 64 signatures of lists and 64 of OCSP. What is beyond that is not read, and
 * then nothing is concluded to be good.
 *
 * @standard RFC 5280 §6.3, RFC 6960 §3.2
 * @throws {@link SmError} ERR_PKI_PATH_OPTIONS, ERR_SM2_ID_INVALID
 */
export function judgeRevocation(
  certificate: Certificate,
  issuer: Certificate,
  options: RevocationOptions,
): RevocationReport {
  checkRevocationOptions(options);
  checkIssuer(certificate, issuer);
  return revocationOf({ certificate, issuer, options });
}

/** What an OCSP response is verified by. */
export interface OcspVerifyOptions extends Omit<RevocationOptions, 'ocspResponses'> {
  readonly certificate: Certificate;
  readonly issuer: Certificate;
  /** Nonce of the request, which the response must repeat. Without it, any nonce is accepted. */
  readonly nonce?: Uint8Array;
}

/**
 * Verifies an OCSP response and reads what it says about one certificate: signature, the
 * responder's right to answer, times, nonce. An error response is no verdict; its status is the
 * reason.
 *
 * @standard RFC 6960 §3.2, §4.2.2
 * @throws {@link SmError} ERR_PKI_PATH_OPTIONS, ERR_SM2_ID_INVALID
 */
export function verifyOcspResponse(response: OcspResponse, options: OcspVerifyOptions): RevocationReport {
  checkRevocationOptions(options);
  const { certificate, issuer, nonce } = options;
  checkIssuer(certificate, issuer);
  const notes = new Notes();
  const question = { certificate, issuer, options };
  const { basic } = response;
  if (basic === undefined || nonce === undefined || sameNonce(basic.nonce, nonce)) {
    return conclude(question, evidenceOfResponse(question, response, notes), notes);
  }
  // Whoever replays an old answer cannot make the nonce; what it says does not matter.
  notes.add(basic.nonce === undefined ? 'OCSP_NONCE_MISSING' : 'OCSP_NONCE_WRONG');
  return conclude(question, [], notes);
}

const sameNonce = (has: Uint8Array | undefined, wanted: Uint8Array): boolean =>
  has !== undefined && equalBytes(has, wanted);
