import { encodeAlgorithm, readAlgorithm } from '../algorithms/index.ts';
import { PKI_ERRORS } from '../errors.ts';
import { Cursor } from '../internal/cursor.ts';
import { FindingLog } from '../internal/finding-log.ts';
import { reading } from '../internal/reading.ts';
import {
  DerProblem,
  expectTag,
  readAll,
  readBytesOfBits,
  readOne,
  readSmallInteger,
  type Tlv,
} from '../internal/tlv.ts';
import { explicit, octets, sequence, unsigned } from '../internal/write.ts';
import {
  MAX_OCSP_ENTRIES,
  MAX_OCSP_NONCE_BYTES,
  MAX_OCSP_REQUEST_BYTES,
  type OcspRequest,
  type OcspRequestSpec,
} from '../spec/v1/ocsp.ts';
import { OIDS } from '../spec/v1/oids.ts';
import type { RevocationReadOptions } from '../spec/v1/revocation.ts';
import { readCertId } from './cert-id.ts';
import { ExtensionList, extension } from './extensions.ts';
import { keyBits, ocspHash } from './ocsp-hash.ts';

/** Extensions of a request that are evaluated. */
const KNOWN: ReadonlySet<string> = new Set<string>([OIDS.ocspNonce]);
const NONE: ReadonlySet<string> = new Set();

/** The nonce in its inner OCTET STRING. @standard RFC 9654 §2.1 */
export function readNonce(value: Uint8Array): Uint8Array {
  const nonce = readOne(value, 0x04).value;
  if (nonce.length === 0 || nonce.length > MAX_OCSP_NONCE_BYTES) throw new DerProblem('nonce');
  return nonce;
}

/** Version 1, the default, which DER does not write. */
export function skipVersion(cursor: Cursor): void {
  const version = cursor.maybe(0xa0);
  if (version !== undefined && readSmallInteger(readOne(version.value, 0x02), 'version') !== 0) {
    throw new DerProblem('version');
  }
}

/** The signature of a request is read for its form; who may ask is the responder's own matter. */
function checkSignatureForm(element: Tlv | undefined, log: FindingLog): void {
  if (element === undefined) return;
  const cursor = new Cursor(readOne(element.value, 0x30).value);
  readAlgorithm(cursor.take(0x30, 'signature'), { where: 'signatureAlgorithm', expected: ['sm2-sm3'], log });
  readBytesOfBits(cursor.next('signature'), 'signature');
  cursor.maybe(0xa0);
  cursor.end('signature');
}

function parse(der: Uint8Array, log: FindingLog): OcspRequest {
  const outer = new Cursor(readOne(der, 0x30).value);
  const tbs = new Cursor(outer.take(0x30, 'tbsRequest').value);
  const signature = outer.maybe(0xa0);
  outer.end('trailing');
  checkSignatureForm(signature, log);

  skipVersion(tbs);
  tbs.maybe(0xa1);
  const list = readAll(tbs.take(0x30, 'requestList').value);
  const extensions = new ExtensionList(tbs.maybe(0xa2), 'requestExtensions', log);
  tbs.end('trailing');
  if (list.length === 0 || list.length > MAX_OCSP_ENTRIES) throw new DerProblem('requestList');
  const unknown = new Set(extensions.unknownCritical(KNOWN));
  const certIds = list.map((request) => {
    const cursor = new Cursor(expectTag(request, 0x30, 'request').value);
    const certId = readCertId(cursor.next('certID'), log);
    const single = new ExtensionList(cursor.maybe(0xa0), 'singleRequestExtensions', log);
    cursor.end('request');
    for (const id of single.unknownCritical(NONE)) unknown.add(id);
    return certId;
  });
  const nonce = extensions.read(OIDS.ocspNonce, readNonce);
  return {
    raw: der,
    certIds,
    ...(nonce === undefined ? {} : { nonce }),
    signed: signature !== undefined,
    extensions: extensions.all,
    unknownCritical: [...unknown],
    findings: log.findings,
  };
}

/**
 * Reads an OCSP request (在线证书状态查询请求) about at most 256 certificates.
 *
 * @param der - at most 65,536 bytes; copied
 * @throws {@link SmError} ERR_PKI_OCSP_MALFORMED, ERR_PKI_DEVIATION_REFUSED
 * @standard RFC 6960 §4.1.1
 */
export function parseOcspRequest(der: Uint8Array, options: RevocationReadOptions = {}): OcspRequest {
  const log = new FindingLog(options.policy);
  return reading('ERR_PKI_OCSP_MALFORMED', MAX_OCSP_REQUEST_BYTES, der, (copy) => parse(copy, log));
}

/** The extension with a nonce of 1 to 128 bytes. */
export function nonceExtension(nonce: Uint8Array): Uint8Array {
  if (!(nonce instanceof Uint8Array) || nonce.length === 0 || nonce.length > MAX_OCSP_NONCE_BYTES) {
    throw PKI_ERRORS.create('ERR_PKI_REVOCATION_OPTIONS', { detail: 'option=nonce' });
  }
  return extension(OIDS.ocspNonce, false, octets(nonce));
}

const HASHES = new Set<unknown>(['sm3', 'sha1', 'sha256']);

/**
 * Writes a request about one certificate, without a signature.
 *
 * @returns the request, DER
 * @throws {@link SmError} ERR_PKI_REVOCATION_OPTIONS
 * @standard RFC 6960 §4.1.1
 */
export function createOcspRequest(spec: OcspRequestSpec): Uint8Array {
  const { certificate, issuer, hash: name = 'sm3', nonce } = spec;
  const hash = HASHES.has(name) ? ocspHash(name) : undefined;
  if (hash === undefined) throw PKI_ERRORS.create('ERR_PKI_REVOCATION_OPTIONS', { detail: 'option=hash' });
  const certId = sequence(
    encodeAlgorithm(name),
    octets(hash(issuer.subjectRaw)),
    octets(hash(keyBits(issuer.publicKeyInfo))),
    unsigned(certificate.serial),
  );
  const list = sequence(sequence(certId));
  const extensions = nonce === undefined ? [] : [explicit(2, sequence(nonceExtension(nonce)))];
  return sequence(sequence(list, ...extensions));
}
