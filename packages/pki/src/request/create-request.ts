import { encodeIdentity } from '../certificate/identity.ts';
import { isRecord } from '../certificate/known-fields.ts';
import { encodeSubject } from '../certificate/names.ts';
import { signStructure } from '../certificate/sign.ts';
import { encodeSubjectAltName } from '../certificate/subject-alt-name.ts';
import { isPrintable, isShowable } from '../certificate/text.ts';
import {
  ExtensionList,
  encodeCheckedKeyUsage,
  encodeExtendedKeyUsage,
} from '../certificate/write-extensions.ts';
import { PKI_ERRORS } from '../errors.ts';
import { DerProblem } from '../internal/tlv.ts';
import { integer, oid, printableString, retag, sequence, set, setOf, utf8String } from '../internal/write.ts';
import { readPublicKeyInfo } from '../signature/public-key.ts';
import { OIDS } from '../spec/v1/oids.ts';
import type { CertificateSigner } from '../spec/v1/signer.ts';
import { type CertificateRequestOptions, MAX_REQUEST_BYTES } from './types.ts';

const MAX_PASSWORD_CHARACTERS = 255;
const MAX_KEY_INFO_BYTES = 1536;
/** What the algorithm and the signature take. */
const MAX_SIGNATURE_BYTES = 1280;

const invalid = (field: string) => PKI_ERRORS.create('ERR_PKI_REQUEST_INVALID', { detail: `field=${field}` });

/** Extensions that have fields of their own. */
const RESERVED: ReadonlySet<string> = new Set<string>([
  OIDS.keyUsage,
  OIDS.extendedKeyUsage,
  OIDS.subjectAltName,
]);

function extensionRequest(options: CertificateRequestOptions): readonly Uint8Array[] {
  const { keyUsage, extendedKeyUsage = [], identity, extensions } = options;
  const list = new ExtensionList()
    .add(OIDS.keyUsage, true, keyUsage === undefined ? undefined : encodeCheckedKeyUsage(keyUsage))
    .add(OIDS.extendedKeyUsage, false, encodeExtendedKeyUsage(extendedKeyUsage))
    .add(OIDS.subjectAltName, false, encodeSubjectAltName(options));
  for (const [id, value] of encodeIdentity(identity)) list.add(id, false, value);
  list.addMore(extensions, RESERVED);
  return list.size === 0 ? [] : [sequence(oid(OIDS.extensionRequest), set(list.encode()))];
}

/** PrintableString where it can be, as PKCS#9 asks. @standard RFC 2985 §5.4.1 */
function challengePassword(text: string | undefined): readonly Uint8Array[] {
  if (text === undefined) return [];
  const good = typeof text === 'string' && isShowable(text) && [...text].length <= MAX_PASSWORD_CHARACTERS;
  if (!good) throw invalid('challengePassword');
  const value = isPrintable(text) ? printableString(text) : utf8String(text);
  return [sequence(oid(OIDS.challengePassword), set(value))];
}

function encodeInfo(options: CertificateRequestOptions, publicKeyInfo: Uint8Array): Uint8Array {
  if (!(publicKeyInfo instanceof Uint8Array) || publicKeyInfo.length > MAX_KEY_INFO_BYTES) {
    throw invalid('publicKeyInfo');
  }
  try {
    readPublicKeyInfo(publicKeyInfo);
    const attributes = [...extensionRequest(options), ...challengePassword(options.challengePassword)];
    const info = sequence(
      integer(0),
      encodeSubject(options.subject),
      publicKeyInfo,
      // [0] IMPLICIT SET OF: there even when it is empty.
      retag(setOf(attributes), 0xa0),
    );
    if (info.length > MAX_REQUEST_BYTES - MAX_SIGNATURE_BYTES) throw invalid('size');
    return info;
  } catch (error) {
    if (!(error instanceof DerProblem)) throw error;
    throw PKI_ERRORS.create('ERR_PKI_REQUEST_INVALID', { detail: `reason=${error.message}` });
  }
}

/**
 * Makes a certificate request (PKCS#10) and signs it with the key that the certificate is for,
 * which proves possession. The signature is verified before the request leaves.
 *
 * @returns the request, DER
 * @throws {@link SmError} ERR_PKI_REQUEST_INVALID, ERR_PKI_NAME_INVALID, ERR_SM2_PUBLIC_KEY_INVALID,
 * ERR_PKI_ALGORITHM_UNSUPPORTED, ERR_PKI_SIGNING_FAILED, and what the signer throws
 * @standard RFC 2986 §4
 * @example
 * ```ts
 * import { createCertificateRequest } from '@cssi/pki';
 * import { sm2SoftwareSigner } from '@cssi/pki/adapters/software';
 * import { sm2 } from '@cssi/sm-core';
 * const holder = sm2SoftwareSigner(sm2.generateKeyPair());
 * const request = await createCertificateRequest(
 *   { subject: { commonName: 'example.cn', country: 'CN' }, dnsNames: ['example.cn'] },
 *   holder,
 * );
 * ```
 */
export async function createCertificateRequest(
  options: CertificateRequestOptions,
  signer: CertificateSigner,
): Promise<Uint8Array> {
  if (!isRecord(options)) throw invalid('options');
  return await signStructure(signer, () => encodeInfo(options, signer.publicKeyInfo));
}
