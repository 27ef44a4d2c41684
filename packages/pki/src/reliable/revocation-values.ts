import { Cursor } from '../internal/cursor.ts';
import { readOid } from '../internal/oids.ts';
import { DerProblem, expectTag, readAll, readOctets, readOne } from '../internal/tlv.ts';
import { enumerated, explicit, octets, oid, sequence } from '../internal/write.ts';

const BASIC_RESPONSE = '1.3.6.1.5.5.7.48.1.1';
/** Most lists, and most responses, of one attribute. */
const MAX_REVOCATION_VALUES = 64;

/** Revocation evidence (吊销证据), each DER: revocation lists and OCSP responses. */
export interface RevocationEvidence {
  /** CertificateList each. */
  readonly crls: readonly Uint8Array[];
  /** OCSPResponse each. */
  readonly ocspResponses: readonly Uint8Array[];
}

/** The BasicOCSPResponse in a response that succeeded. */
function basicOf(response: Uint8Array): Uint8Array {
  const [status, bytes, ...rest] = readAll(readOne(response, 0x30).value);
  if (status?.tag !== 0x0a || rest.length > 0) throw new DerProblem('ocsp');
  const [type, value, ...more] = readAll(readOne(expectTag(bytes, 0xa0, 'ocsp').value, 0x30).value);
  if (readOid(type, 'ocsp') !== BASIC_RESPONSE || more.length > 0) throw new DerProblem('ocsp');
  return readOctets(value, 'ocsp');
}

const responseOf = (basic: Uint8Array): Uint8Array =>
  sequence(enumerated(0), explicit(0, sequence(oid(BASIC_RESPONSE), octets(basic))));

/** RevocationValues, DER. @standard RFC 5126 §6.3.4 */
export function writeRevocationValues({ crls, ocspResponses }: RevocationEvidence): Uint8Array {
  return sequence(
    ...(crls.length === 0 ? [] : [explicit(0, sequence(...crls))]),
    ...(ocspResponses.length === 0 ? [] : [explicit(1, sequence(...ocspResponses.map(basicOf)))]),
  );
}

/** Reads RevocationValues; other kinds of values are read over. @standard RFC 5126 §6.3.4 */
export function readRevocationValues(value: Uint8Array): RevocationEvidence {
  const cursor = new Cursor(readOne(value, 0x30).value);
  const list = (tag: number): Uint8Array[] => {
    const element = cursor.maybe(tag);
    if (element === undefined) return [];
    const entries = readAll(readOne(element.value, 0x30).value);
    if (entries.length > MAX_REVOCATION_VALUES) throw new DerProblem('revocationValues');
    return entries.map((entry) => expectTag(entry, 0x30, 'revocationValues').raw);
  };
  const crls = list(0xa0);
  const ocspResponses = list(0xa1).map(responseOf);
  cursor.maybe(0xa2);
  cursor.end('revocationValues');
  return { crls, ocspResponses };
}
