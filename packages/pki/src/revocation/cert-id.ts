import { equalBytes } from '@cssi/sm-core';
import { readAlgorithm } from '../algorithms/index.ts';
import { Cursor } from '../internal/cursor.ts';
import type { FindingLog } from '../internal/finding-log.ts';
import { expectTag, readOctets, readUnsigned, type Tlv } from '../internal/tlv.ts';
import type { Certificate } from '../spec/v1/certificate.ts';
import type { OcspCertId } from '../spec/v1/ocsp.ts';
import { keyBits, ocspHash } from './ocsp-hash.ts';

/** Longest serial number that is asked about; RFC 5280 allows 20 bytes. */
const MAX_SERIAL_BYTES = 64;

/** @standard RFC 6960 §4.1.1 */
export function readCertId(element: Tlv | undefined, log: FindingLog): OcspCertId {
  const { raw, value } = expectTag(element, 0x30, 'certID');
  const cursor = new Cursor(value);
  const algorithm = cursor.take(0x30, 'certID');
  const id = {
    raw,
    hash: readAlgorithm(algorithm, { where: 'certID.hashAlgorithm', expected: ['sm3'], log }).name,
    issuerNameHash: readOctets(cursor.next('certID'), 'certID'),
    issuerKeyHash: readOctets(cursor.next('certID'), 'certID'),
    serial: readUnsigned(cursor.next('certID'), MAX_SERIAL_BYTES, 'certID'),
  };
  cursor.end('certID');
  return id;
}

/**
 * Does a CertID name the certificate with this serial number of this issuer? `false` for a
 * hash that is not known.
 *
 * @standard RFC 6960 §4.1.1
 */
export function certIdMatches(
  id: OcspCertId,
  certificate: Pick<Certificate, 'serial'>,
  issuer: Pick<Certificate, 'subjectRaw' | 'publicKeyInfo'>,
): boolean {
  const hash = ocspHash(id.hash);
  return (
    hash !== undefined &&
    equalBytes(id.serial, certificate.serial) &&
    equalBytes(id.issuerNameHash, hash(issuer.subjectRaw)) &&
    equalBytes(id.issuerKeyHash, hash(keyBits(issuer.publicKeyInfo)))
  );
}
