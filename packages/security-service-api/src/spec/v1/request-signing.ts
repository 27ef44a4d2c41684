import { sm3, toHex, utf8 } from '@cssi/sm-core';

/**
 * Request signing (请求签名), scheme KMS1.
 *
 * `Authorization: <algorithm> Credential=<fingerprint>/<yyyymmdd>/<region>/kms,
 * SignedHeaders=<a;b;c>, Signature=<hex>` with
 *
 * - canonical request = method, path, canonical query, one `name:value` line per signed
 *   header, an empty line, the names of the signed headers, hex(SM3(body)), joined by LF;
 * - string to sign = algorithm, `x-kms-date`, credential scope, hex(SM3(canonical request)),
 *   joined by LF;
 * - KMS1-HMAC-SM3: hex(HMAC-SM3(session key, string to sign));
 *   KMS1-SM2-SM3: hex of the DER SM2 signature by the login key over the string to sign.
 */

/** Algorithm names per signing mode of the session. */
export const SIGNING_ALGORITHMS = {
  'hmac-sm3': 'KMS1-HMAC-SM3',
  'sm2-sm3': 'KMS1-SM2-SM3',
} as const;

/** How calls of a session are signed. */
export type SigningMode = keyof typeof SIGNING_ALGORITHMS;

/** Named so that it can be refused by name: not a national algorithm. */
export const REFUSED_ALGORITHM = 'KMS1-HMAC-SHA256';

/** Headers that every signature must cover, sorted. */
export const REQUIRED_SIGNED_HEADERS: readonly string[] = [
  'content-type',
  'host',
  'x-kms-content-sm3',
  'x-kms-date',
  'x-kms-nonce',
  'x-kms-session',
];

/** Service name in the credential scope. */
const CREDENTIAL_SERVICE = 'kms';
/** Largest difference between `x-kms-date` and the server's clock in seconds. */
export const MAX_CLOCK_SKEW_SECONDS = 300;
/** Width of the window of sequence numbers. */
export const SEQUENCE_WINDOW = 1024;
/** Most signed headers. */
const MAX_SIGNED_HEADERS = 24;

/** Header names of the scheme. */
export const HEADERS = {
  authorization: 'authorization',
  contentType: 'content-type',
  host: 'host',
  date: 'x-kms-date',
  nonce: 'x-kms-nonce',
  contentSm3: 'x-kms-content-sm3',
  session: 'x-kms-session',
  requestId: 'x-kms-request-id',
  responseMac: 'x-kms-response-mac',
} as const;

/** A parsed `Authorization` header. */
export interface Authorization {
  readonly algorithm: string;
  /** SM3 of the login certificate, hex. */
  readonly credential: string;
  /** yyyymmdd */
  readonly date: string;
  readonly region: string;
  readonly signedHeaders: readonly string[];
  readonly signature: Uint8Array;
}

const AUTHORIZATION =
  /^([A-Z0-9-]{1,32}) Credential=([0-9a-f]{64})\/([0-9]{8})\/([A-Za-z0-9._-]{1,64})\/kms, SignedHeaders=([a-z0-9;-]{1,1024}), Signature=((?:[0-9a-f]{2}){8,72})$/;

/** Parses an `Authorization` header; `undefined` when it is malformed. */
export function parseAuthorization(header: string): Authorization | undefined {
  const match = header.length > 2048 ? null : AUTHORIZATION.exec(header);
  if (match === null) return undefined;
  const [, algorithm, credential, date, region, names, signature] = match;
  return {
    algorithm: algorithm!,
    credential: credential!,
    date: date!,
    region: region!,
    signedHeaders: names!.split(';'),
    signature: Uint8Array.from(Buffer.from(signature!, 'hex')),
  };
}

/** Writes an `Authorization` header. */
export function formatAuthorization(authorization: Authorization): string {
  const { algorithm, credential, date, region, signedHeaders, signature } = authorization;
  const scope = `${date}/${region}/${CREDENTIAL_SERVICE}`;
  return `${algorithm} Credential=${credential}/${scope}, SignedHeaders=${signedHeaders.join(';')}, Signature=${toHex(signature)}`;
}

/** `x-kms-date` of a time: yyyyMMddTHHmmssZ. */
export function formatKmsDate(time: Date): string {
  return time.toISOString().replace(/[-:]|\.[0-9]{3}/g, '');
}

/** Time of an `x-kms-date` in milliseconds, or `undefined`. */
export function parseKmsDate(text: string): number | undefined {
  const match = /^([0-9]{4})([0-9]{2})([0-9]{2})T([0-9]{2})([0-9]{2})([0-9]{2})Z$/.exec(text);
  if (match === null) return undefined;
  const [, year, month, day, hour, minute, second] = match;
  const milliseconds = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}.000Z`);
  return Number.isNaN(milliseconds) ? undefined : milliseconds;
}

/** Sequence number of an `x-kms-nonce`: decimal, from 1, without leading zeros; or `undefined`. */
export function parseSequence(text: string): number | undefined {
  if (!/^[1-9][0-9]{0,15}$/.test(text)) return undefined;
  const sequence = Number(text);
  return Number.isSafeInteger(sequence) ? sequence : undefined;
}

/** True when `names` is sorted, without repetition and has every required header. */
export function coversRequiredHeaders(names: readonly string[]): boolean {
  if (names.length > MAX_SIGNED_HEADERS) return false;
  for (let i = 1; i < names.length; i++) if (!(names[i - 1]! < names[i]!)) return false;
  return REQUIRED_SIGNED_HEADERS.every((name) => names.includes(name));
}

/** What a signature covers. */
export interface SignedParts {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly headers: Readonly<Record<string, string>>;
  /** hex(SM3(body)) */
  readonly contentSm3: string;
}

/** The canonical request; `undefined` when a signed header is missing or not printable ASCII. */
export function canonicalRequest(parts: SignedParts, signedHeaders: readonly string[]): string | undefined {
  const lines: string[] = [];
  for (const name of signedHeaders) {
    const value = Object.hasOwn(parts.headers, name) ? parts.headers[name]!.trim() : undefined;
    if (value === undefined || !/^[\x20-\x7e]*$/.test(value)) return undefined;
    lines.push(`${name}:${value}`);
  }
  return [
    parts.method,
    parts.path,
    parts.query,
    ...lines,
    '',
    signedHeaders.join(';'),
    parts.contentSm3,
  ].join('\n');
}

/** The string to sign, as bytes. */
export function stringToSign(
  algorithm: string,
  kmsDate: string,
  region: string,
  canonical: string,
): Uint8Array {
  const scope = `${kmsDate.slice(0, 8)}/${region}/${CREDENTIAL_SERVICE}`;
  return utf8([algorithm, kmsDate, scope, toHex(sm3(utf8(canonical)))].join('\n'));
}

/**
 * What the MAC of an answer covers: `KMS1-RESPONSE-HMAC-SM3`, request id, sequence number of
 * the request, HTTP status and hex(SM3(body)), joined by LF. The sequence number ties the
 * answer to its request, so that two answers of one session cannot be swapped.
 */
export function responseMacInput(
  requestId: string,
  sequence: number,
  status: number,
  body: Uint8Array,
): Uint8Array {
  return utf8(['KMS1-RESPONSE-HMAC-SM3', requestId, sequence, status, toHex(sm3(body))].join('\n'));
}
