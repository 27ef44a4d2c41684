import { concatBytes, derElement, derUnsigned, randomBytes, SmError } from '@cssi/sm-core';
import { PKI_ERRORS } from '../errors.ts';
import { oidBytes } from '../internal/oids.ts';
import { encodeTime } from '../internal/times.ts';
import { DerProblem, readOne } from '../internal/tlv.ts';
import { verifyWithPublicKeyInfo } from '../signature/check-signature.ts';
import { readPublicKeyInfo } from '../signature/public-key.ts';
import type { CertificateRequestSpec } from '../spec/v1/certificate.ts';
import { OIDS } from '../spec/v1/oids.ts';
import type { CertificateSigner, SignatureAlgorithm } from '../spec/v1/signer.ts';
import { encodeName, readName } from './names.ts';
import { PROFILES } from './profiles.ts';
import { encodeExtensions } from './write-extensions.ts';

const SIGNATURE_OIDS: Readonly<Record<SignatureAlgorithm, string>> = {
  'sm2-sm3': OIDS.sm2WithSm3,
  'ecdsa-p256-sha256': OIDS.ecdsaWithSha256,
};

const SERIAL_BYTES = 16;
/** With its sign byte a serial number must not be longer. @standard RFC 5280 §4.1.2.2 */
const MAX_SERIAL_BYTES = 20;
const MAX_NAME_BYTES = 4096;
const MAX_KEY_INFO_BYTES = 1024;

const VERSION_3 = /* @__PURE__ */ derElement(0xa0, derElement(0x02, Uint8Array.of(2)));

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

function validity({ notBefore, notAfter }: CertificateRequestSpec): Uint8Array {
  if (!(notBefore instanceof Date) || !(notAfter instanceof Date)) throw invalid('validity');
  // Certificates carry whole seconds.
  const [from, to] = [notBefore, notAfter].map((time) => Math.floor(time.getTime() / 1000) * 1000);
  const inRange = notBefore.getUTCFullYear() >= 1950 && notAfter.getUTCFullYear() <= 9999;
  if (!(from! < to!) || !inRange) throw invalid('validity');
  return derElement(0x30, encodeTime(new Date(from!)), encodeTime(new Date(to!)));
}

/** The issuer's name; bytes from its certificate stay as they are, for readers compare bytes. */
function issuerName(issuer: CertificateRequestSpec['issuer']): Uint8Array {
  if (!('raw' in issuer)) return encodeName(issuer);
  if (!(issuer.raw instanceof Uint8Array) || issuer.raw.length > MAX_NAME_BYTES) throw invalid('issuer');
  const { raw, value } = readOne(issuer.raw, 0x30);
  if (readName(value).length === 0) throw invalid('issuer');
  return raw;
}

function subjectKey(publicKeyInfo: Uint8Array): Uint8Array {
  if (!(publicKeyInfo instanceof Uint8Array) || publicKeyInfo.length > MAX_KEY_INFO_BYTES) {
    throw invalid('publicKeyInfo');
  }
  readPublicKeyInfo(publicKeyInfo);
  return publicKeyInfo;
}

function encodeTbs(spec: CertificateRequestSpec, algorithm: Uint8Array): Uint8Array {
  try {
    return derElement(
      0x30,
      VERSION_3,
      serialNumber(spec.serial),
      algorithm,
      issuerName(spec.issuer),
      validity(spec),
      encodeName(spec.subject),
      subjectKey(spec.publicKeyInfo),
      encodeExtensions(spec),
    );
  } catch (error) {
    if (!(error instanceof DerProblem)) throw error;
    throw PKI_ERRORS.create('ERR_PKI_REQUEST_INVALID', { detail: `reason=${error.message}` });
  }
}

/**
 * Writes and signs a version 3 certificate. The signature is verified before the certificate
 * leaves, so that a device that answers wrongly cannot put a bad one into the world.
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
  spec: CertificateRequestSpec,
  issuer: CertificateSigner,
): Promise<Uint8Array> {
  if (!Object.hasOwn(PROFILES, spec.profile)) throw invalid('profile');
  if (!Object.hasOwn(SIGNATURE_OIDS, issuer.algorithm)) {
    throw PKI_ERRORS.create('ERR_PKI_ALGORITHM_UNSUPPORTED', { detail: 'field=signer' });
  }
  const oid = SIGNATURE_OIDS[issuer.algorithm];
  // No parameters after the OID. @standard GM/T 0015-2012 §5.2.3.3
  const algorithm = derElement(0x30, derElement(0x06, oidBytes(oid)));
  const tbs = encodeTbs(spec, algorithm);
  // The signer gets a copy: what was checked is what leaves.
  const signature = Uint8Array.from(await issuer.sign(Uint8Array.from(tbs)));
  if (!signedRight(oid, issuer.publicKeyInfo, tbs, signature)) {
    throw PKI_ERRORS.create('ERR_PKI_SIGNING_FAILED');
  }
  return derElement(0x30, tbs, algorithm, derElement(0x03, concatBytes(Uint8Array.of(0), signature)));
}

function signedRight(
  oid: string,
  publicKeyInfo: Uint8Array,
  tbs: Uint8Array,
  signature: Uint8Array,
): boolean {
  try {
    return verifyWithPublicKeyInfo(oid, publicKeyInfo, tbs, signature) === 'right';
  } catch (cause) {
    if (cause instanceof SmError || cause instanceof DerProblem) {
      throw PKI_ERRORS.create('ERR_PKI_SIGNING_FAILED', { cause });
    }
    throw cause;
  }
}
