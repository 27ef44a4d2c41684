import { type Asn1Element, childrenOf, elementAt, oidOf } from './asn1.ts';

/** What a file holds, as far as its outermost structure tells. */
export type ObjectKind =
  | 'certificate'
  | 'certificate-request'
  | 'crl'
  | 'ocsp-request'
  | 'ocsp-response'
  | 'message'
  | 'time-stamp-request'
  | 'time-stamp-response'
  | 'time-stamp-token'
  | 'private-key'
  | 'encrypted-private-key'
  | 'ec-private-key'
  | 'rsa-private-key'
  | 'public-key'
  | 'pkcs12'
  | 'cfca-container'
  | 'enveloped-key'
  | 'sm2-signature'
  | 'sm2-cipher'
  | 'unknown';

const TST_INFO = '1.2.840.113549.1.9.16.1.4';
const GM_DATA = '1.2.156.10197.6.1.4.2.1';
const PASSWORD_ARCS = ['1.2.840.113549.1.5.', '1.2.840.113549.1.12.1.', '1.2.156.10197.6.1.4.1.5.'];

const SEQUENCE = 0x30;
const INTEGER = 0x02;
const BITS = 0x03;
const OCTETS = 0x04;
const OID = 0x06;
const ENUMERATED = 0x0a;
const EXPLICIT_0 = 0xa0;

/** Tags of the children, in order. */
const tags = (elements: readonly Asn1Element[]): number[] => elements.map(({ tag }) => tag);
const isTime = (element: Asn1Element | undefined): boolean => element?.tag === 0x17 || element?.tag === 0x18;

/** Does the list of tags begin with these? */
const begins = (list: readonly number[], ...expected: readonly number[]): boolean =>
  expected.every((tag, i) => list[i] === tag);

/** Certificate, request and list are each to-be-signed part, algorithm and signature. */
function signedKind(body: Asn1Element): ObjectKind {
  const parts = childrenOf(body).filter(({ tag }, i) => !(i === 0 && tag === EXPLICIT_0));
  const rest = parts[0]?.tag === INTEGER ? parts.slice(1) : parts;
  if (isTime(rest[2])) return 'crl';
  if (isTime(childrenOf(rest[2])[0])) return 'certificate';
  return childrenOf(rest[1])[1]?.tag === BITS ? 'certificate-request' : 'unknown';
}

function messageKind(content: Asn1Element | undefined): ObjectKind {
  const signedData = childrenOf(content)[0];
  const inner = childrenOf(signedData)[2];
  return oidOf(childrenOf(inner)[0]) === TST_INFO ? 'time-stamp-token' : 'message';
}

function integerKind(kids: readonly Asn1Element[]): ObjectKind {
  const list = tags(kids);
  const [, second] = kids;
  if (begins(list, INTEGER, SEQUENCE)) {
    const inner = tags(childrenOf(second));
    if (begins(inner, SEQUENCE, OCTETS)) return 'time-stamp-request';
    if (begins(inner, OID) && list[2] === OCTETS) return 'private-key';
    if (oidOf(childrenOf(second)[0]) === GM_DATA && kids[0]!.value[0] === 1) return 'cfca-container';
    return begins(inner, OID) ? 'pkcs12' : 'unknown';
  }
  if (begins(list, INTEGER, OCTETS)) return 'ec-private-key';
  if (begins(list, INTEGER, INTEGER, OCTETS, OCTETS) && list.length === 4) return 'sm2-cipher';
  if (list.length >= 9 && list.slice(0, 9).every((tag) => tag === INTEGER)) return 'rsa-private-key';
  const short = kids.every(({ value }) => value.length <= 33);
  return list.length === 2 && begins(list, INTEGER, INTEGER) && short ? 'sm2-signature' : 'unknown';
}

function sequenceKind(kids: readonly Asn1Element[]): ObjectKind {
  const list = tags(kids);
  const [first, second] = kids;
  const inner = childrenOf(first);
  if (begins(list, SEQUENCE, SEQUENCE, BITS, BITS)) return 'enveloped-key';
  if (list.length === 3 && begins(list, SEQUENCE, SEQUENCE, BITS)) return signedKind(first!);
  if (list.length === 2 && begins(list, SEQUENCE, BITS)) return 'public-key';
  if (list.length === 2 && begins(list, SEQUENCE, OCTETS)) {
    const oid = oidOf(inner[0]) ?? '';
    return PASSWORD_ARCS.some((arc) => oid.startsWith(arc)) ? 'encrypted-private-key' : 'unknown';
  }
  if (inner[0]?.tag === INTEGER && (list.length === 1 || oidOf(childrenOf(second)[0]) !== undefined)) {
    return 'time-stamp-response';
  }
  return isOcspRequest(inner, list) ? 'ocsp-request' : 'unknown';
}

function isOcspRequest(inner: readonly Asn1Element[], list: readonly number[]): boolean {
  if (list.length > 2 || (list.length === 2 && list[1] !== EXPLICIT_0)) return false;
  const requests = inner.find(({ tag }) => tag === SEQUENCE);
  const certId = childrenOf(childrenOf(childrenOf(requests)[0])[0]);
  return begins(tags(certId), SEQUENCE, OCTETS, OCTETS, INTEGER);
}

/** Kind of one structure by its form alone. */
function detectKind(bytes: Uint8Array): ObjectKind {
  const top = elementAt(bytes, 0);
  const kids = top?.tag === SEQUENCE ? childrenOf(top) : [];
  const list = tags(kids);
  if (begins(list, OID))
    return list[1] === EXPLICIT_0 || list.length === 1 ? messageKind(kids[1]) : 'unknown';
  if (begins(list, ENUMERATED)) return 'ocsp-response';
  if (begins(list, INTEGER)) return integerKind(kids);
  return begins(list, SEQUENCE) ? sequenceKind(kids) : 'unknown';
}

/** Labels of RFC 7468 and of common software. */
const BY_LABEL: Readonly<Record<string, ObjectKind>> = {
  CERTIFICATE: 'certificate',
  'X509 CERTIFICATE': 'certificate',
  'TRUSTED CERTIFICATE': 'certificate',
  'CERTIFICATE REQUEST': 'certificate-request',
  'NEW CERTIFICATE REQUEST': 'certificate-request',
  'X509 CRL': 'crl',
  CMS: 'message',
  PKCS7: 'message',
  'PRIVATE KEY': 'private-key',
  'ENCRYPTED PRIVATE KEY': 'encrypted-private-key',
  'EC PRIVATE KEY': 'ec-private-key',
  'SM2 PRIVATE KEY': 'ec-private-key',
  'RSA PRIVATE KEY': 'rsa-private-key',
  'PUBLIC KEY': 'public-key',
};

/**
 * Kind of an object of a file: by its form, else by its label, so that a label which lies about what is
 * there does not decide, and a broken object is still called by its name.
 */
export function kindOf(bytes: Uint8Array, pemLabel: string | undefined): ObjectKind {
  const byForm = detectKind(bytes);
  if (byForm !== 'unknown' || pemLabel === undefined) return byForm;
  return Object.hasOwn(BY_LABEL, pemLabel) ? BY_LABEL[pemLabel]! : 'unknown';
}
