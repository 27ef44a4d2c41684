import type { Certificate } from '@cssi/pki';
import { equalBytes } from '@cssi/sm-core';
import { TEE_CLIENT_ERRORS } from '../../errors.ts';
import type { VerificationOptions } from '../../spec/v1/attestation.ts';
import { coseKeyOfSpki } from '../cose/key.ts';
import { COSE_HEADERS } from '../cose/sign1.ts';
import { verifyCoseSign1 } from '../cose/verify.ts';
import { malformed } from '../malformed.ts';
import type { ReportBuilder } from '../report-builder.ts';
import { judgeChain, readCertificate } from '../x509-chain.ts';
import { ccaDigest } from './hashes.ts';
import { CCA_TEXTS as TEXTS } from './texts.ts';
import type { CcaToken } from './token.ts';

/** Most keys or certificates that are tried on one token. */
const MAX_TRIED = 64;
const MAX_CHAIN = 8;
const MAX_CERTIFICATE_BYTES = 16_384;
/** Digest of the leaf certificate, in the signed header. @standard RFC 9360 §2 */
const X5T = 34;
const X5T_SHA256 = -16;

/** Certificates in the header of the platform token, leaf first. @standard RFC 9360 §2, Arm DEN0137 §A7.2.3 */
function headerChain({ platformMessage }: CcaToken): readonly Certificate[] {
  const { protectedHeader, unprotectedHeader } = platformMessage;
  const value = protectedHeader.get(COSE_HEADERS.x5chain) ?? unprotectedHeader.get(COSE_HEADERS.x5chain);
  if (value === undefined) return [];
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  if (list.length === 0 || list.length > MAX_CHAIN) throw malformed('cca-x5chain');
  return list.map((der) => {
    if (!(der instanceof Uint8Array) || der.length > MAX_CERTIFICATE_BYTES) throw malformed('cca-x5chain');
    try {
      return readCertificate(der);
    } catch (cause) {
      throw malformed('cca-x5chain', cause);
    }
  });
}

/** Whether the signed header names this certificate, or none. */
function namesCertificate({ platformMessage }: CcaToken, leaf: Certificate): boolean {
  const value = platformMessage.protectedHeader.get(X5T);
  if (value === undefined) return true;
  const [algorithm, digest] = Array.isArray(value) ? (value as readonly unknown[]) : [];
  if (!(digest instanceof Uint8Array)) throw malformed('cca-x5t');
  return algorithm === X5T_SHA256 && equalBytes(digest, ccaDigest('sha256', leaf.raw));
}

/** Trusted keys that are named for this platform, or for none. */
function trustedKeys({ platform }: CcaToken, { anchors }: VerificationOptions, named: boolean): Uint8Array[] {
  return (anchors.keys ?? [])
    .filter(({ device }) =>
      named ? device !== undefined && equalBytes(device, platform.instanceId) : device === undefined,
    )
    .slice(0, MAX_TRIED)
    .map(({ publicKeyInfo }) => publicKeyInfo);
}

const signed = ({ platformMessage }: CcaToken, publicKeyInfo: Uint8Array): boolean =>
  verifyCoseSign1(platformMessage, coseKeyOfSpki(publicKeyInfo));

/** As {@link signed}, for a key of the caller's: of a kind that signs no token, it did not sign this one. */
function signedBy(token: CcaToken, publicKeyInfo: Uint8Array): boolean {
  try {
    return signed(token, publicKeyInfo);
  } catch (error) {
    if (TEE_CLIENT_ERRORS.is(error)) return false;
    throw error;
  }
}

function judgeByCertificate(
  report: ReportBuilder,
  token: CcaToken,
  [leaf, ...intermediates]: readonly [Certificate, ...Certificate[]],
  options: VerificationOptions,
): void {
  if (!namesCertificate(token, leaf)) report.fail('certificates', TEXTS.thumbprintWrong);
  const good = signed(token, leaf.publicKeyInfo);
  report.check('signature', good, TEXTS.platformSigned, TEXTS.platformNotSigned);
  judgeChain(report, leaf, { ...options, intermediates, keyUsage: ['digitalSignature'] });
}

/**
 * Judges the platform token's signature and who vouches for the key. A key that is trusted under this platform's
 * name is the only one that counts; else trusted keys without a name are tried, then a certificate (in the
 * token's header, or of the endorsements) with a chain to an anchor.
 *
 * @internal
 */
export function judgePlatformKey(report: ReportBuilder, token: CcaToken, options: VerificationOptions): void {
  const named = trustedKeys(token, options, true);
  if (named.length > 0) {
    const good = named.some((key) => signedBy(token, key));
    report.pass('chain', TEXTS.keyTrusted);
    report.check('signature', good, TEXTS.platformSigned, TEXTS.platformNotSigned);
    return;
  }
  const keys = trustedKeys(token, options, false);
  if (keys.some((key) => signedBy(token, key))) {
    report.pass('chain', TEXTS.keyTrusted).pass('signature', TEXTS.platformSigned);
    return;
  }
  judgeCertified(report, token, options, keys.length > 0);
}

function judgeCertified(
  report: ReportBuilder,
  token: CcaToken,
  options: VerificationOptions,
  keysTried: boolean,
): void {
  const [leaf, ...issuers] = headerChain(token);
  if (leaf !== undefined) {
    judgeByCertificate(report, token, [leaf, ...issuers], options);
    return;
  }
  const endorsed = (options.endorsements?.certificates ?? []).filter(({ isCa }) => !isCa).slice(0, MAX_TRIED);
  const found = endorsed.find(({ publicKeyInfo }) => signedBy(token, publicKeyInfo));
  if (found !== undefined) judgeByCertificate(report, token, [found], options);
  else if (keysTried || endorsed.length > 0) {
    // One of them may well be the platform's: the signature is what is wrong, as far as can be told.
    report.fail('signature', TEXTS.platformNotSigned).doubt('chain', TEXTS.keyUnknown);
  } else {
    const { certificates = [], keys = [] } = options.anchors;
    report.doubt('signature', TEXTS.platformNotJudged);
    if (certificates.length + keys.length > 0) report.fail('chain', TEXTS.keyUnknown);
    else report.doubt('chain', TEXTS.noAnchor);
  }
}
