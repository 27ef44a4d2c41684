import { equalBytes, SmError } from '@cssi/sm-core';
import { parseCertificate } from '../certificate/parse-certificate.ts';
import { Cursor } from '../internal/cursor.ts';
import type { FindingLog } from '../internal/finding-log.ts';
import { readOid } from '../internal/oids.ts';
import { DerProblem, expectTag, readAll, readUnsigned, type Tlv } from '../internal/tlv.ts';
import { retag } from '../internal/write.ts';
import type { Certificate } from '../spec/v1/certificate.ts';
import {
  type CertificateReference,
  MAX_MESSAGE_ATTRIBUTES,
  MAX_MESSAGE_CERTIFICATES,
  MAX_MESSAGE_PARTIES,
  type MessageAttribute,
  type MessageCertificates,
} from '../spec/v1/message.ts';

/** Longest serial number: other software has made longer ones than the 20 bytes of RFC 5280. */
const MAX_SERIAL_BYTES = 64;
const MAX_KEY_IDENTIFIER_BYTES = 64;

/** Elements of a SET OF with at most `max`. */
export function readSet(element: Tlv | undefined, tag: number, max: number, what: string): readonly Tlv[] {
  const parts = readAll(expectTag(element, tag, what).value);
  if (parts.length > max) throw new DerProblem(`too many ${what}`);
  return parts;
}

/** Elements of signerInfos or recipientInfos. */
export const readParties = (element: Tlv | undefined, what: string): readonly Tlv[] =>
  readSet(element, 0x31, MAX_MESSAGE_PARTIES, what);

/** IssuerAndSerialNumber. @standard RFC 5652 §10.2.4 */
export function readIssuerAndSerial(element: Tlv | undefined): CertificateReference {
  const cursor = new Cursor(expectTag(element, 0x30, 'issuer and serial').value);
  const issuerRaw = cursor.take(0x30, 'issuer').raw;
  const serial = readUnsigned(cursor.take(0x02, 'serial'), MAX_SERIAL_BYTES, 'serial');
  cursor.end('issuer and serial');
  return { by: 'issuerAndSerial', issuerRaw, serial };
}

/** IssuerAndSerialNumber, or a key identifier under `[0]`. @standard RFC 5652 §5.3, §6.2.1 */
export function readReference(element: Tlv | undefined): CertificateReference {
  if (element?.tag !== 0x80) return readIssuerAndSerial(element);
  const { length } = element.value;
  if (length === 0 || length > MAX_KEY_IDENTIFIER_BYTES) throw new DerProblem('key identifier');
  return { by: 'keyIdentifier', keyIdentifier: element.value };
}

/** Does the reference name this certificate? */
export function names(reference: CertificateReference, certificate: Certificate): boolean {
  if (reference.by === 'keyIdentifier') {
    const has = certificate.subjectKeyIdentifier;
    return has !== undefined && equalBytes(has, reference.keyIdentifier);
  }
  return (
    equalBytes(reference.serial, certificate.serial) && equalBytes(reference.issuerRaw, certificate.issuerRaw)
  );
}

function readAttribute(element: Tlv): MessageAttribute {
  const cursor = new Cursor(expectTag(element, 0x30, 'attribute').value);
  const oid = readOid(cursor.next('attribute'), 'attribute');
  const values = readAll(cursor.take(0x31, 'attribute').value);
  cursor.end('attribute');
  if (values.length === 0) throw new DerProblem('attribute');
  return { oid, values: values.map(({ raw }) => raw), raw: element.raw };
}

/** Attributes under an implicit tag, in their order, and the SET as it is hashed. @standard RFC 5652 §5.4 */
export function readAttributes(element: Tlv): {
  readonly attributes: readonly MessageAttribute[];
  readonly setRaw: Uint8Array;
} {
  const parts = readAll(element.value);
  if (parts.length === 0 || parts.length > MAX_MESSAGE_ATTRIBUTES) throw new DerProblem('attributes');
  return { attributes: parts.map(readAttribute), setRaw: retag(element.raw, 0x31) };
}

/** A certificate of the message; what this package cannot read is carried along. */
function readCertificate(element: Tlv, log: FindingLog): Certificate | undefined {
  if (element.tag !== 0x30) return undefined;
  try {
    const certificate = parseCertificate(element.raw, { policy: log.policy });
    log.add(certificate.findings, 'certificates');
    return certificate;
  } catch (error) {
    // Strict means strict for the certificates too; one that nobody can read helps nobody and hurts nobody.
    if (error instanceof SmError && error.code === 'ERR_PKI_CERTIFICATE_MALFORMED') return undefined;
    throw error;
  }
}

/** certificates `[0]` and crls `[1]`, both optional. @standard GB/T 35275-2017, RFC 5652 §10.2 */
export function readCertificates(cursor: Cursor, log: FindingLog): MessageCertificates {
  const certificates: Certificate[] = [];
  const otherCertificates: Uint8Array[] = [];
  const inFirst = cursor.maybe(0xa0);
  if (inFirst !== undefined) {
    for (const element of readSet(inFirst, 0xa0, MAX_MESSAGE_CERTIFICATES, 'certificates')) {
      const certificate = readCertificate(element, log);
      if (certificate === undefined) otherCertificates.push(element.raw);
      else certificates.push(certificate);
    }
  }
  const inSecond = cursor.maybe(0xa1);
  const lists =
    inSecond === undefined ? [] : readSet(inSecond, 0xa1, MAX_MESSAGE_CERTIFICATES, 'revocation lists');
  return {
    certificates,
    otherCertificates,
    crls: lists.filter(({ tag }) => tag === 0x30).map(({ raw }) => raw),
    otherRevocation: lists.filter(({ tag }) => tag !== 0x30).map(({ raw }) => raw),
  };
}
