import type { CertificateSigner } from '@cssi/pki';
import { hmacSm3, type Secret, sm3, toHex } from '@cssi/sm-core';
import {
  canonicalRequest,
  formatAuthorization,
  formatKmsDate,
  HEADERS,
  REQUIRED_SIGNED_HEADERS,
  SIGNING_ALGORITHMS,
  type SigningMode,
  stringToSign,
} from '../spec/v1/request-signing.ts';
import type { TransportRequest } from '../spec/v1/service.ts';

/** What a client signs the calls of a session with. */
export interface RequestSigner {
  readonly signing: SigningMode;
  /** SM3 of the login certificate, hex. */
  readonly credential: string;
  readonly region: string;
  /** Session token, hex. */
  readonly token: string;
  readonly key: Secret;
  /** Holder of the login key; used in the mode `sm2-sm3`. */
  readonly signer: CertificateSigner;
}

/**
 * The request with its signing headers. It must carry `host` and `content-type` already.
 *
 * @param sequence - sequence number in the session, from 1
 */
export async function signRequest(
  request: TransportRequest,
  sequence: number,
  time: Date,
  by: RequestSigner,
): Promise<TransportRequest> {
  const contentSm3 = toHex(sm3(request.body));
  const kmsDate = formatKmsDate(time);
  const headers: Record<string, string> = {
    ...request.headers,
    [HEADERS.date]: kmsDate,
    [HEADERS.nonce]: String(sequence),
    [HEADERS.contentSm3]: contentSm3,
    [HEADERS.session]: by.token,
  };
  const canonical = canonicalRequest({ ...request, headers, contentSm3 }, REQUIRED_SIGNED_HEADERS);
  if (canonical === undefined) throw new TypeError('host and content-type must be set before signing');
  const algorithm = SIGNING_ALGORITHMS[by.signing];
  const signed = stringToSign(algorithm, kmsDate, by.region, canonical);
  const signature = by.signing === 'hmac-sm3' ? hmacSm3(by.key, signed) : await by.signer.sign(signed);
  headers[HEADERS.authorization] = formatAuthorization({
    algorithm,
    credential: by.credential,
    date: kmsDate.slice(0, 8),
    region: by.region,
    signedHeaders: REQUIRED_SIGNED_HEADERS,
    signature,
  });
  return { ...request, headers };
}
