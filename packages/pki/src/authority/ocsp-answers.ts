import { SmError } from '@cssi/sm-core';
import { certIdMatches } from '../revocation/cert-id.ts';
import { parseOcspRequest } from '../revocation/ocsp-request.ts';
import { createOcspErrorResponse, createOcspResponse } from '../revocation/ocsp-response.ts';
import type { OcspAnswer, OcspCertId, OcspRequest } from '../spec/v1/ocsp.ts';
import { type AuthorityContext, after, workingTime } from './context.ts';
import { stateProblem } from './records.ts';
import { normalSerial } from './revoking.ts';

type Known = Pick<OcspAnswer, 'status' | 'revocation'>;

async function statusOf({ store, certificate }: AuthorityContext, certId: OcspCertId): Promise<Known> {
  const { serial } = certId;
  if (!certIdMatches(certId, { serial }, certificate)) return { status: 'unknown' };
  let normal: Uint8Array;
  try {
    normal = normalSerial(serial);
  } catch {
    return { status: 'unknown' };
  }
  // "Good" is for certificates that were issued, not for any number that is not on a list.
  if ((await store.findCertificate(normal)) === undefined) return { status: 'unknown' };
  const found = await store.findRevocation(normal);
  if (found === undefined || found.status === 'released') return { status: 'good' };
  const { reason, revokedAt, invalidityDate } = found;
  const since = invalidityDate === undefined ? {} : { invalidityDate: new Date(invalidityDate) };
  return { status: 'revoked', revocation: { revocationDate: new Date(revokedAt), reason, ...since } };
}

/** A responder whose certificate is revoked or on hold answers for nobody. @throws SmError ERR_PKI_AUTHORITY_STATE */
export async function checkResponderStanding({ store, responder }: AuthorityContext): Promise<void> {
  if (responder === undefined) return;
  const found = await store.findRevocation(normalSerial(responder.certificate.serial));
  if (found !== undefined && found.status !== 'released') throw stateProblem('responder-revoked');
}

async function respond(context: AuthorityContext, request: OcspRequest): Promise<Uint8Array> {
  const { certificate, signer, responder = { certificate, signer }, policy } = context;
  const producedAt = workingTime(context);
  const own = responder.certificate;
  if (producedAt < own.notBefore || producedAt > own.notAfter) throw stateProblem('responder-not-valid');
  await checkResponderStanding(context);
  const nextUpdate = after(producedAt, policy.ocspPeriodSeconds);
  const answers: OcspAnswer[] = [];
  for (const certId of request.certIds) {
    answers.push({ certId, ...(await statusOf(context, certId)), thisUpdate: producedAt, nextUpdate });
  }
  const nonce = request.nonce === undefined ? {} : { nonce: request.nonce };
  const chain = context.responder === undefined ? [] : [responder.certificate];
  return createOcspResponse(
    { responder: responder.certificate, producedAt, answers, ...nonce },
    responder.signer,
    chain,
  );
}

/**
 * Answers an OCSP request (在线证书状态查询), DER in and out. Whatever is wrong is an OCSP error
 * response and no exception: the caller sends it as it is.
 *
 * @standard RFC 6960 §2.3, §4.2.1
 */
export async function answerOcsp(context: AuthorityContext, requestDer: Uint8Array): Promise<Uint8Array> {
  let request: OcspRequest;
  try {
    request = parseOcspRequest(requestDer);
  } catch (error) {
    if (error instanceof SmError) return createOcspErrorResponse('malformedRequest');
    return createOcspErrorResponse('internalError');
  }
  // An extension that must be understood and is not: no answer would be the one asked for.
  if (request.unknownCritical.length > 0) return createOcspErrorResponse('malformedRequest');
  try {
    return await respond(context, request);
  } catch {
    return createOcspErrorResponse('internalError');
  }
}
