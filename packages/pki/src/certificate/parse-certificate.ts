import { SmError, sm3, toHex } from '@cssi/sm-core';
import { PKI_ERRORS } from '../errors.ts';
import { oidText } from '../internal/oids.ts';
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
import { readPublicKeyInfo } from '../signature/public-key.ts';
import { type Certificate, MAX_CERTIFICATE_BYTES } from '../spec/v1/certificate.ts';
import { OIDS } from '../spec/v1/oids.ts';
import { decodeName } from './names.ts';
import { decodeExtensions } from './read-extensions.ts';

/** Longest serial number without its sign byte. @standard RFC 5280 §4.1.2.2 */
const MAX_SERIAL_BYTES = 20;

const ALGORITHMS: Readonly<Record<string, Certificate['signatureAlgorithm']>> = {
  [OIDS.sm2WithSm3]: 'sm2-sm3',
  [OIDS.ecdsaWithSha256]: 'ecdsa-p256-sha256',
};

/** OID of an AlgorithmIdentifier. Ours have no parameters; NULL is seen too and means the same. */
function algorithmOid(element: Tlv): string {
  const [algorithm, parameters, ...rest] = readAll(element.value);
  const oid = oidText(expectTag(algorithm, 0x06, 'algorithm').value);
  const isNull = parameters?.tag === 0x05 && parameters.value.length === 0;
  if (rest.length > 0) throw new DerProblem('algorithm');
  if (ALGORITHMS[oid] !== undefined && parameters !== undefined && !isNull) throw new DerProblem('algorithm');
  return oid;
}

/** 1 when left out; DER never writes the default. */
function versionOf(element: Tlv | undefined): number {
  if (element === undefined) return 1;
  const [version = 0] = readUnsigned(readOne(element.value, 0x02), 1, 'version');
  if (version !== 1 && version !== 2) throw new DerProblem('version');
  return version + 1;
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

function parse(der: Uint8Array): Certificate {
  const [tbs, outerAlgorithm, signature, ...trailing] = readAll(readOne(der, 0x30).value);
  if (trailing.length > 0) throw new DerProblem('trailing');
  const body = readAll(expectTag(tbs, 0x30, 'tbs').value);
  const versioned = body[0]?.tag === 0xa0;
  const version = versionOf(versioned ? body[0] : undefined);
  const [serial, innerAlgorithm, issuer, validity, subject, publicKey, ...optional] = body.slice(
    versioned ? 1 : 0,
  );
  const outer = algorithmOid(expectTag(outerAlgorithm, 0x30, 'algorithm'));
  const inner = algorithmOid(expectTag(innerAlgorithm, 0x30, 'algorithm'));
  if (inner !== outer) throw new DerProblem('algorithms differ');
  const times = readAll(expectTag(validity, 0x30, 'validity').value);
  if (times.length !== 2) throw new DerProblem('validity');
  const issuerName = expectTag(issuer, 0x30, 'issuer');
  const subjectName = expectTag(subject, 0x30, 'subject');
  const publicKeyInfo = expectTag(publicKey, 0x30, 'public key').raw;
  return {
    raw: der,
    tbsRaw: tbs!.raw,
    signature: readBytesOfBits(signature, 'signature'),
    version,
    serial: readUnsigned(serial, MAX_SERIAL_BYTES, 'serial'),
    issuerRaw: issuerName.raw,
    subjectRaw: subjectName.raw,
    issuer: decodeName(issuerName.value),
    subject: decodeName(subjectName.value),
    notBefore: decodeTime(times[0]),
    notAfter: decodeTime(times[1]),
    publicKeyInfo,
    signatureAlgorithm: ALGORITHMS[outer] ?? outer,
    ...readPublicKeyInfo(publicKeyInfo),
    ...decodeExtensions(extensionsOf(optional, version)),
    fingerprint: toHex(sm3(der)),
  };
}

/**
 * Reads a certificate strictly: DER, nothing trailing, no repeated extension, a version that
 * fits the parts, a serial number of at most 20 bytes that is not negative. Tolerated, because
 * real certificates have it and it changes nothing: `critical` FALSE written out, NULL after a
 * signature algorithm, zero bits at the end of keyUsage, the OID of the SM2 curve as algorithm
 * of the key.
 *
 * @param der - at most 65,536 bytes; copied
 * @throws {@link SmError} ERR_PKI_CERTIFICATE_MALFORMED
 * @standard GB/T 20518-2018 §5.2
 */
export function parseCertificate(der: Uint8Array): Certificate {
  const fail = (reason: string, cause?: unknown) =>
    PKI_ERRORS.create('ERR_PKI_CERTIFICATE_MALFORMED', { detail: `reason=${reason}`, cause });
  if (!(der instanceof Uint8Array)) throw fail('type');
  if (der.length > MAX_CERTIFICATE_BYTES) throw fail('size');
  try {
    // A copy, so that nobody changes under us what was checked.
    return parse(Uint8Array.from(der));
  } catch (error) {
    if (error instanceof DerProblem) throw fail(error.message);
    // A public key that is not on the curve.
    if (error instanceof SmError) throw fail(error.code, error);
    throw error;
  }
}
