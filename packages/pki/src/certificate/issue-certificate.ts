import { derUnsigned, randomBytes } from '@cssi/sm-core';
import { PKI_ERRORS } from '../errors.ts';
import { encodeTime } from '../internal/times.ts';
import { DerProblem } from '../internal/tlv.ts';
import { explicit, integer, sequence } from '../internal/write.ts';
import { readPublicKeyInfo } from '../signature/public-key.ts';
import { type CertificateSpec, MAX_CERTIFICATE_BYTES } from '../spec/v1/certificate.ts';
import type { CertificateSigner } from '../spec/v1/signer.ts';
import { encodeIssuer, encodeSubject } from './names.ts';
import { PROFILES } from './profiles.ts';
import { signStructure } from './sign.ts';
import { checkSpecFields } from './spec-fields.ts';
import { encodeExtensions } from './write-extensions.ts';

const SERIAL_BYTES = 16;
/** With its sign byte a serial number must not be longer. @standard RFC 5280 §4.1.2.2 */
const MAX_SERIAL_BYTES = 20;
const MAX_KEY_INFO_BYTES = 1536;
/** What the algorithm and the signature take, of RSA with 8192 bits too. */
const MAX_SIGNATURE_BYTES = 1280;

const VERSION_3 = /* @__PURE__ */ explicit(0, integer(2));

const invalid = (field: string) => PKI_ERRORS.create('ERR_PKI_REQUEST_INVALID', { detail: `field=${field}` });

function serialNumber(given: Uint8Array | undefined): Uint8Array {
  if (given === undefined) {
    const serial = randomBytes(SERIAL_BYTES);
    // 01 in front: positive, and always of the same length.
    serial[0] = (serial[0]! & 0x3f) | 0x40;
    return derUnsigned(serial);
  }
  if (
    !(given instanceof Uint8Array) ||
    given.length > MAX_SERIAL_BYTES ||
    given.every((byte) => byte === 0)
  ) {
    throw invalid('serial');
  }
  const encoded = derUnsigned(given);
  if (encoded[1]! > MAX_SERIAL_BYTES) throw invalid('serial');
  return encoded;
}

function validity({ notBefore, notAfter }: CertificateSpec): Uint8Array {
  if (!(notBefore instanceof Date) || !(notAfter instanceof Date)) throw invalid('validity');
  // Certificates carry whole seconds.
  const [from, to] = [notBefore, notAfter].map((time) => Math.floor(time.getTime() / 1000) * 1000);
  const inRange = notBefore.getUTCFullYear() >= 1950 && notAfter.getUTCFullYear() <= 9999;
  if (!(from! < to!) || !inRange) throw invalid('validity');
  return sequence(encodeTime(new Date(from!)), encodeTime(new Date(to!)));
}

function subjectKey(publicKeyInfo: Uint8Array): Uint8Array {
  if (!(publicKeyInfo instanceof Uint8Array) || publicKeyInfo.length > MAX_KEY_INFO_BYTES) {
    throw invalid('publicKeyInfo');
  }
  readPublicKeyInfo(publicKeyInfo);
  return publicKeyInfo;
}

function encodeTbs(spec: CertificateSpec, algorithm: Uint8Array): Uint8Array {
  try {
    const tbs = sequence(
      VERSION_3,
      serialNumber(spec.serial),
      algorithm,
      encodeIssuer(spec.issuer),
      validity(spec),
      encodeSubject(spec.subject),
      subjectKey(spec.publicKeyInfo),
      encodeExtensions(spec),
    );
    // Nobody could read it, we neither.
    if (tbs.length > MAX_CERTIFICATE_BYTES - MAX_SIGNATURE_BYTES) throw invalid('size');
    return tbs;
  } catch (error) {
    if (!(error instanceof DerProblem)) throw error;
    throw PKI_ERRORS.create('ERR_PKI_REQUEST_INVALID', { detail: `reason=${error.message}` });
  }
}

/**
 * Writes and signs a version 3 certificate of one of the profiles. The signature is verified
 * before the certificate leaves, so that a device that answers wrongly cannot put a bad one into
 * the world.
 *
 * Identity numbers are PrintableString; a person's is the CHOICE of the standard with explicit tags.
 *
 * @returns the certificate, DER
 * @throws {@link SmError} ERR_PKI_REQUEST_INVALID, ERR_PKI_NAME_INVALID, ERR_SM2_PUBLIC_KEY_INVALID,
 * ERR_PKI_ALGORITHM_UNSUPPORTED, ERR_PKI_SIGNING_FAILED, and what the signer throws
 * @standard GB/T 20518-2018 §5.2
 * @example
 * ```ts
 * import { issueCertificate } from '@cssi/pki';
 * import { sm2SoftwareSigner } from '@cssi/pki/adapters/software';
 * import { sm2 } from '@cssi/sm-core';
 * const ca = sm2SoftwareSigner(sm2.generateKeyPair());
 * const name = { commonName: '示例根证书', country: 'CN' };
 * const root = await issueCertificate(
 *   {
 *     subject: name,
 *     issuer: name,
 *     publicKeyInfo: ca.publicKeyInfo,
 *     issuerPublicKeyInfo: ca.publicKeyInfo,
 *     profile: 'root-ca',
 *     notBefore: new Date('2026-01-01T00:00:00Z'),
 *     notAfter: new Date('2036-01-01T00:00:00Z'),
 *   },
 *   ca,
 * );
 * ```
 */
export async function issueCertificate(
  spec: CertificateSpec,
  issuer: CertificateSigner,
): Promise<Uint8Array> {
  checkSpecFields(spec);
  if (!Object.hasOwn(PROFILES, spec.profile)) throw invalid('profile');
  return await signStructure(issuer, (algorithm) => encodeTbs(spec, algorithm));
}
