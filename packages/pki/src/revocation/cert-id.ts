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

/** Hashes of an issuer's name and key, which every answer about its certificates repeats. */
interface IssuerHashes {
  readonly subjectRaw: Uint8Array;
  readonly publicKeyInfo: Uint8Array;
  readonly byName: Map<string, readonly [name: Uint8Array, key: Uint8Array]>;
}

const issuers = /* @__PURE__ */ new WeakMap<object, IssuerHashes>();

function issuerHashes(
  issuer: Pick<Certificate, 'subjectRaw' | 'publicKeyInfo'>,
  name: string,
): readonly [name: Uint8Array, key: Uint8Array] | undefined {
  const hash = ocspHash(name);
  if (hash === undefined) return undefined;
  const { subjectRaw, publicKeyInfo } = issuer;
  let known = issuers.get(issuer);
  if (known?.subjectRaw !== subjectRaw || known.publicKeyInfo !== publicKeyInfo) {
    known = { subjectRaw, publicKeyInfo, byName: new Map() };
    issuers.set(issuer, known);
  }
  const hashes = known.byName.get(name) ?? [hash(subjectRaw), hash(keyBits(publicKeyInfo))];
  known.byName.set(name, hashes);
  return hashes;
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
  // The serial number tells most apart, and costs no hash.
  if (!equalBytes(id.serial, certificate.serial)) return false;
  const hashes = issuerHashes(issuer, id.hash);
  if (hashes === undefined) return false;
  const [name, key] = hashes;
  return equalBytes(id.issuerNameHash, name) && equalBytes(id.issuerKeyHash, key);
}
