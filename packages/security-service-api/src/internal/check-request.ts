import { equalBytes, hmacSm3, type Secret, SmError, sm2, sm3, toHex, utf8 } from '@cssi/sm-core';
import { SECURITY_SERVICE_ERRORS, type SecurityServiceErrorCode } from '../errors.ts';
import {
  type Authorization,
  canonicalRequest,
  coversRequiredHeaders,
  HEADERS,
  MAX_CLOCK_SKEW_SECONDS,
  parseAuthorization,
  parseKmsDate,
  parseSequence,
  REFUSED_ALGORITHM,
  SIGNING_ALGORITHMS,
  type SigningMode,
  stringToSign,
} from '../spec/v1/request-signing.ts';
import type { ServiceRequest } from '../spec/v1/service.ts';

/** The signing headers of a request, parsed and in range, before anything secret is touched. */
export interface SigningHeaders {
  readonly authorization: Authorization;
  readonly kmsDate: string;
  readonly sequence: number;
  readonly contentSm3: string;
  /** Session token, hex. */
  readonly token: string;
}

const refuse = (code: SecurityServiceErrorCode, detail?: string) =>
  SECURITY_SERVICE_ERRORS.create(code, detail === undefined ? {} : { detail });

const ALGORITHMS: readonly string[] = Object.values(SIGNING_ALGORITHMS);

/**
 * Reads the signing headers.
 *
 * @throws SmError ERR_API_AUTHENTICATION_REQUIRED, ERR_API_AUTHORIZATION_MALFORMED,
 * ERR_API_SIGNATURE_ALGORITHM, ERR_API_SIGNED_HEADERS, ERR_API_DATE_SKEW
 */
export function readSigningHeaders(request: ServiceRequest, region: string, time: Date): SigningHeaders {
  const header = (name: string): string => {
    const value = Object.hasOwn(request.headers, name) ? request.headers[name] : undefined;
    if (value === undefined) throw refuse('ERR_API_AUTHENTICATION_REQUIRED', `missing=${name}`);
    return value;
  };
  const authorization = parseAuthorization(header(HEADERS.authorization));
  const token = header(HEADERS.session);
  const kmsDate = header(HEADERS.date);
  const nonce = header(HEADERS.nonce);
  const contentSm3 = header(HEADERS.contentSm3);
  if (authorization === undefined) throw refuse('ERR_API_AUTHORIZATION_MALFORMED');
  if (!ALGORITHMS.includes(authorization.algorithm)) {
    const named = authorization.algorithm === REFUSED_ALGORITHM ? REFUSED_ALGORITHM : 'unknown';
    throw refuse('ERR_API_SIGNATURE_ALGORITHM', `algorithm=${named}`);
  }
  if (!coversRequiredHeaders(authorization.signedHeaders)) throw refuse('ERR_API_SIGNED_HEADERS');
  const signedAt = parseKmsDate(kmsDate);
  const sequence = parseSequence(nonce);
  if (
    signedAt === undefined ||
    sequence === undefined ||
    !/^[0-9a-f]{64}$/.test(token) ||
    !/^[0-9a-f]{64}$/.test(contentSm3) ||
    authorization.date !== kmsDate.slice(0, 8) ||
    authorization.region !== region
  ) {
    throw refuse('ERR_API_AUTHORIZATION_MALFORMED');
  }
  if (Math.abs(time.getTime() - signedAt) > MAX_CLOCK_SKEW_SECONDS * 1000) {
    throw refuse('ERR_API_DATE_SKEW', `allowed=${MAX_CLOCK_SKEW_SECONDS}s`);
  }
  return { authorization, kmsDate, sequence, contentSm3, token };
}

/** Keys that a session's signatures are checked with. */
export interface VerificationKeys {
  readonly signing: SigningMode;
  readonly key: Secret;
  readonly publicKey: Uint8Array;
}

/**
 * Checks digest and signature of a request.
 *
 * @throws SmError ERR_API_SIGNATURE_ALGORITHM, ERR_API_CONTENT_DIGEST, ERR_API_SIGNED_HEADERS, ERR_API_SIGNATURE_WRONG
 */
export function checkSignature(
  request: ServiceRequest,
  headers: SigningHeaders,
  keys: VerificationKeys,
): void {
  const { authorization, contentSm3, kmsDate } = headers;
  if (authorization.algorithm !== SIGNING_ALGORITHMS[keys.signing]) {
    throw refuse('ERR_API_SIGNATURE_ALGORITHM', 'reason=not-the-session-mode');
  }
  if (toHex(sm3(request.body)) !== contentSm3) throw refuse('ERR_API_CONTENT_DIGEST');
  const canonical = canonicalRequest({ ...request, contentSm3 }, authorization.signedHeaders);
  if (canonical === undefined) throw refuse('ERR_API_SIGNED_HEADERS');
  const signed = stringToSign(authorization.algorithm, kmsDate, authorization.region, canonical);
  if (!isRight(signed, authorization.signature, keys)) throw refuse('ERR_API_SIGNATURE_WRONG');
}

function isRight(signed: Uint8Array, signature: Uint8Array, keys: VerificationKeys): boolean {
  if (keys.signing === 'hmac-sm3') return equalBytes(hmacSm3(keys.key, signed), signature);
  try {
    return sm2.verify(keys.publicKey, signed, signature);
  } catch (error) {
    if (error instanceof SmError) return false;
    throw error;
  }
}

/** SM3 of a token's text form: the only form in which the server knows it. */
export function sessionIdOf(token: string): string {
  return toHex(sm3(utf8(token)));
}
