import { sm3, toHex } from '@cssi/sm-core';
import {
  type AlgorithmName,
  type AlgorithmRef,
  algorithmByName,
  readAlgorithm,
} from '../algorithms/index.ts';
import { FindingLog } from '../internal/finding-log.ts';
import { reading } from '../internal/reading.ts';
import { decodeTime } from '../internal/times.ts';
import {
  DerProblem,
  expectTag,
  readAll,
  readBytesOfBits,
  readOne,
  readUnsigned,
  type Tlv,
} from '../internal/tlv.ts';
import { compareBytes } from '../internal/write.ts';
import { type PublicKeyFacts, readPublicKeyInfo } from '../signature/public-key.ts';
import { type Certificate, MAX_CERTIFICATE_BYTES } from '../spec/v1/certificate.ts';
import type { DeviationPolicy } from '../spec/v1/finding.ts';
import { decodeName } from './names.ts';
import { decodeExtensions } from './read-extensions.ts';

/** Longest contents of a serial number, sign byte included. @standard RFC 5280 §4.1.2.2 */
const MAX_SERIAL_BYTES = 20;
/** Longest serial number that is tolerated, without its sign byte. */
const MAX_LONG_SERIAL_BYTES = 32;

/** How a certificate or a request is read. */
export interface ParseOptions {
  /** What to do with known deviations; `tolerant` when left out. */
  readonly policy?: DeviationPolicy;
}

/** Names that the interface gives to signature algorithms; others keep their OID. */
const NAMES: Readonly<Partial<Record<AlgorithmName, Certificate['signatureAlgorithm']>>> = {
  'sm2-sm3': 'sm2-sm3',
  'ecdsa-sha256': 'ecdsa-p256-sha256',
  'ecdsa-sha384': 'ecdsa-p384-sha384',
  'rsa-pkcs1-sha256': 'rsa-pkcs1-sha256',
};

/** Name of a signature algorithm as the interface gives it. @internal */
export const signatureName = (ref: AlgorithmRef): Certificate['signatureAlgorithm'] =>
  NAMES[ref.name as AlgorithmName] ?? ref.oid;

/** Reads a signature algorithm; SM2 under another OID goes to the log. @internal */
export const readSignatureAlgorithm = (
  element: Tlv | undefined,
  where: string,
  log: FindingLog,
): AlgorithmRef => readAlgorithm(element, { where, expected: ['sm2-sm3'], log });

/**
 * The algorithm outside of the signed part, and inside of it, must be the same. NULL in one of
 * them changes nothing; parameters of the algorithm's own would.
 */
function readAlgorithms(inner: Tlv | undefined, outer: Tlv | undefined, log: FindingLog): AlgorithmRef {
  const ref = readSignatureAlgorithm(outer, 'signatureAlgorithm', log);
  if (inner !== undefined && compareBytes(inner.raw, outer!.raw) === 0) return ref;
  const other = readSignatureAlgorithm(inner, 'tbsCertificate.signature', log);
  const named = ref.name !== ref.oid ? algorithmByName(ref.name as AlgorithmName) : undefined;
  if (other.oid !== ref.oid || named === undefined || named.parameters === 'own') {
    throw new DerProblem('algorithms differ');
  }
  return ref;
}

/**
 * Reads a public key; the OID of the curve as its algorithm goes to the log.
 *
 * @throws SmError ERR_SM2_PUBLIC_KEY_INVALID
 * @internal
 */
export function readSubjectKey(publicKeyInfo: Uint8Array, log: FindingLog): PublicKeyFacts {
  const facts = readPublicKeyInfo(publicKeyInfo);
  // An SM2 key has one length, so its first OID is at a known place; id-ecPublicKey has 7 bytes.
  if (facts.keyAlgorithm === 'sm2' && publicKeyInfo[5] !== 7) {
    log.note('SM2_CURVE_AS_KEY_ALGORITHM', 'subjectPublicKeyInfo');
  }
  return facts;
}

/** 1 when left out; DER never writes the default. */
function versionOf(element: Tlv | undefined): number {
  if (element === undefined) return 1;
  const [version = 0] = readUnsigned(readOne(element.value, 0x02), 1, 'version');
  if (version !== 1 && version !== 2) throw new DerProblem('version');
  return version + 1;
}

function serialOf(element: Tlv | undefined, log: FindingLog): Uint8Array {
  const serial = readUnsigned(element, MAX_LONG_SERIAL_BYTES, 'serial');
  if (element!.value.length > MAX_SERIAL_BYTES) log.note('SERIAL_LONG', 'serialNumber');
  return serial;
}

/** issuerUniqueID `[1]`, subjectUniqueID `[2]` and extensions `[3]`, in this order and each at most once. */
function extensionsOf(optional: readonly Tlv[], version: number): Uint8Array | undefined {
  const order = optional.map(({ tag }) => [0x81, 0x82, 0xa3].indexOf(tag));
  if (order.some((place, i) => place < 0 || (i > 0 && place <= order[i - 1]!))) {
    throw new DerProblem('optional parts');
  }
  const extensions = optional.find(({ tag }) => tag === 0xa3);
  if (version < 2 && optional.length > 0) throw new DerProblem('version');
  if (version < 3 && extensions !== undefined) throw new DerProblem('version');
  return extensions?.value;
}

function parse(der: Uint8Array, log: FindingLog): Certificate {
  const [tbs, outerAlgorithm, signature, ...trailing] = readAll(readOne(der, 0x30).value);
  if (trailing.length > 0) throw new DerProblem('trailing');
  const body = readAll(expectTag(tbs, 0x30, 'tbs').value);
  const versioned = body[0]?.tag === 0xa0;
  const version = versionOf(versioned ? body[0] : undefined);
  const [serial, innerAlgorithm, issuer, validity, subject, publicKey, ...optional] = body.slice(
    versioned ? 1 : 0,
  );
  const signatureRef = readAlgorithms(innerAlgorithm, outerAlgorithm, log);
  const times = readAll(expectTag(validity, 0x30, 'validity').value);
  if (times.length !== 2) throw new DerProblem('validity');
  const issuerElement = expectTag(issuer, 0x30, 'issuer');
  const subjectElement = expectTag(subject, 0x30, 'subject');
  const issuerFacts = decodeName(issuerElement.value);
  const subjectFacts = decodeName(subjectElement.value);
  const publicKeyInfo = expectTag(publicKey, 0x30, 'public key').raw;
  return {
    raw: der,
    tbsRaw: tbs!.raw,
    signature: readBytesOfBits(signature, 'signature'),
    version,
    serial: serialOf(serial, log),
    issuerRaw: issuerElement.raw,
    subjectRaw: subjectElement.raw,
    issuer: issuerFacts.name,
    subject: subjectFacts.name,
    issuerAttributes: issuerFacts.attributes,
    subjectAttributes: subjectFacts.attributes,
    notBefore: decodeTime(times[0]),
    notAfter: decodeTime(times[1]),
    publicKeyInfo,
    signatureAlgorithm: signatureName(signatureRef),
    signatureRef,
    ...readSubjectKey(publicKeyInfo, log),
    ...decodeExtensions(extensionsOf(optional, version), log),
    findings: log.findings,
    fingerprint: toHex(sm3(der)),
  };
}

/**
 * Reads a certificate strictly: DER, nothing trailing, no repeated extension, a version that
 * fits the parts, a serial number that is not negative, known extensions well formed. What real
 * certificates have and standards do not becomes a finding, which the strict policy refuses:
 * `critical` FALSE written out, NULL after a signature algorithm, zero bits at the end of
 * keyUsage, the OID of the SM2 curve as algorithm of the key, other OIDs of SM2 with SM3, a
 * serial number of more than 20 bytes.
 *
 * @param der - at most 65,536 bytes; copied
 * @throws {@link SmError} ERR_PKI_CERTIFICATE_MALFORMED, ERR_PKI_DEVIATION_REFUSED
 * @standard GB/T 20518-2018 §5.2
 */
export function parseCertificate(der: Uint8Array, { policy }: ParseOptions = {}): Certificate {
  const log = new FindingLog(policy);
  return reading('ERR_PKI_CERTIFICATE_MALFORMED', MAX_CERTIFICATE_BYTES, der, (copy) => parse(copy, log));
}
