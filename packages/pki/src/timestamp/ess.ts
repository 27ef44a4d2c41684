import { equalBytes } from '@cssi/sm-core';
import { encodeAlgorithm, readAlgorithm } from '../algorithms/index.ts';
import { Cursor } from '../internal/cursor.ts';
import type { FindingLog } from '../internal/finding-log.ts';
import {
  DerProblem,
  expectTag,
  readAll,
  readOctets,
  readOne,
  readUnsigned,
  type Tlv,
} from '../internal/tlv.ts';
import { explicit, octets, sequence, unsigned } from '../internal/write.ts';
import type { Certificate } from '../spec/v1/certificate.ts';
import type { SigningCertificateId } from '../spec/v1/timestamp.ts';
import { digestOf, isTimeStampHash, TIMESTAMP_HASHES } from './hashes.ts';

const MAX_SERIAL_BYTES = 64;
/** GeneralName directoryName. */
const DIRECTORY_NAME = 0xa4;

function readIssuerSerial(element: Tlv | undefined): SigningCertificateId['issuerSerial'] {
  if (element === undefined) return undefined;
  const [names, serial, ...rest] = readAll(element.value);
  if (rest.length > 0) throw new DerProblem('issuerSerial');
  return {
    names: readAll(expectTag(names, 0x30, 'issuerSerial').value).map(({ raw }) => raw),
    serial: readUnsigned(serial, MAX_SERIAL_BYTES, 'issuerSerial'),
  };
}

function readCertificateId(element: Tlv, version: 1 | 2, log: FindingLog): SigningCertificateId {
  const cursor = new Cursor(expectTag(element, 0x30, 'essCertId').value);
  const stated = version === 2 ? cursor.maybe(0x30) : undefined;
  const hash =
    stated === undefined
      ? // RFC 5035 §4: SHA-256 is the default of the second version.
        { name: version === 1 ? 'sha1' : 'sha256' }
      : readAlgorithm(stated, { where: 'essCertId.hashAlgorithm', expected: TIMESTAMP_HASHES, log });
  const digest = readOctets(cursor.take(0x04, 'essCertId'), 'essCertId');
  const issuerSerial = readIssuerSerial(cursor.maybe(0x30));
  cursor.end('essCertId');
  return { hash: hash.name, digest, ...(issuerSerial === undefined ? {} : { issuerSerial }) };
}

/**
 * First entry of a signing certificate attribute's value: the one of the signer. The policies
 * behind the entries are read over.
 *
 * @standard RFC 2634 §5.4, RFC 5035 §3
 */
export function readSigningCertificate(
  value: Uint8Array,
  version: 1 | 2,
  log: FindingLog,
): SigningCertificateId {
  const cursor = new Cursor(readOne(value, 0x30).value);
  const [first] = readAll(cursor.take(0x30, 'signingCertificate').value);
  cursor.maybe(0x30);
  cursor.end('signingCertificate');
  if (first === undefined) throw new DerProblem('signingCertificate');
  return readCertificateId(first, version, log);
}

/** Does the entry name this certificate? `undefined` for a hash that is not computed here. */
export function namesCertificate(id: SigningCertificateId, certificate: Certificate): boolean | undefined {
  const { hash, digest, issuerSerial } = id;
  if (hash !== 'sha1' && !isTimeStampHash(hash)) return undefined;
  if (!equalBytes(digestOf(hash, certificate.raw), digest)) return false;
  if (issuerSerial === undefined) return true;
  const issuer = explicit(DIRECTORY_NAME & 0x1f, certificate.issuerRaw);
  return (
    equalBytes(issuerSerial.serial, certificate.serial) &&
    issuerSerial.names.some((name) => equalBytes(name, issuer))
  );
}

/** SigningCertificateV2 with one entry by SM3, DER. @standard RFC 5035 §3 */
export function writeSigningCertificateV2(certificate: Certificate): Uint8Array {
  const { raw, issuerRaw, serial } = certificate;
  const issuer = sequence(explicit(DIRECTORY_NAME & 0x1f, issuerRaw));
  const id = sequence(
    encodeAlgorithm('sm3'),
    octets(digestOf('sm3', raw)),
    sequence(issuer, unsigned(serial)),
  );
  return sequence(sequence(id));
}
