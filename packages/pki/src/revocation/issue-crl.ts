import { equalBytes, utf8 } from '@cssi/sm-core';
import { isRecord, unknownField } from '../certificate/known-fields.ts';
import { signStructure } from '../certificate/sign.ts';
import { PKI_ERRORS } from '../errors.ts';
import { encodeTime } from '../internal/times.ts';
import { explicit, generalizedTime, implicit, integer, sequence, unsigned } from '../internal/write.ts';
import { OIDS } from '../spec/v1/oids.ts';
import { type CrlSpec, MAX_CRL_BYTES } from '../spec/v1/revocation.ts';
import type { CertificateSigner } from '../spec/v1/signer.ts';
import { extension } from './extensions.ts';
import { isCertificate } from './options.ts';
import { encodeEntries } from './write-entries.ts';
import { invalidOption, wholeSeconds } from './write-support.ts';

/** Most URIs of a distribution point, and their longest length. */
const MAX_URIS = 16;
const MAX_URI_BYTES = 2048;
const MAX_NUMBER_BYTES = 20;

const SPEC_FIELDS: ReadonlySet<string> = /* @__PURE__ */ new Set<keyof CrlSpec>([
  'issuer',
  'thisUpdate',
  'nextUpdate',
  'crlNumber',
  'baseCrlNumber',
  'entries',
  'issuingDistributionPoint',
  'freshestCrl',
  'expiredCertsSince',
]);
const SCOPE_FIELDS: ReadonlySet<string> = /* @__PURE__ */ new Set(['uris', 'onlyUserCerts', 'onlyCaCerts']);

const VERSION_2 = /* @__PURE__ */ integer(1);
const FLAG = /* @__PURE__ */ Uint8Array.of(0xff);

/** INTEGER of a CRL number, 0 to 2¹⁵⁹-1. */
function encodeNumber(value: bigint | number, option: string): Uint8Array {
  const whole = typeof value === 'bigint' || Number.isSafeInteger(value);
  if (!whole || value < 0) throw invalidOption(option);
  const hex = BigInt(value).toString(16);
  const encoded = unsigned(
    Uint8Array.from(Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex')),
  );
  if (encoded[1]! > MAX_NUMBER_BYTES) throw invalidOption(option);
  return encoded;
}

/** fullName of a distribution point, `[0] { [0] names }`. */
function encodePointName(uris: readonly string[], option: string): Uint8Array {
  const good = (uri: unknown) =>
    typeof uri === 'string' &&
    uri.length <= MAX_URI_BYTES &&
    /^[A-Za-z][A-Za-z0-9+.-]*:[\x21-\x7e]+$/.test(uri);
  if (!Array.isArray(uris) || uris.length === 0 || uris.length > MAX_URIS || !uris.every(good)) {
    throw invalidOption(option);
  }
  return explicit(0, explicit(0, ...uris.map((uri) => implicit(6, utf8(uri)))));
}

/** @standard RFC 5280 §5.2.5 */
function encodeScope(point: NonNullable<CrlSpec['issuingDistributionPoint']>): Uint8Array {
  if (!isRecord(point)) throw invalidOption('issuingDistributionPoint');
  const unknown = unknownField(point, SCOPE_FIELDS);
  if (unknown !== undefined) throw invalidOption(unknown);
  const { uris, onlyUserCerts = false, onlyCaCerts = false } = point;
  if (typeof onlyUserCerts !== 'boolean' || typeof onlyCaCerts !== 'boolean') {
    throw invalidOption('issuingDistributionPoint');
  }
  const parts = [
    ...(uris === undefined ? [] : [encodePointName(uris, 'issuingDistributionPoint')]),
    ...(onlyUserCerts ? [implicit(1, FLAG)] : []),
    ...(onlyCaCerts ? [implicit(2, FLAG)] : []),
  ];
  // §5.2.5: an empty point is not allowed; a list of both kinds alone is one of neither.
  if (parts.length === 0 || (onlyUserCerts && onlyCaCerts)) throw invalidOption('issuingDistributionPoint');
  return sequence(...parts);
}

function encodeExtensions(spec: CrlSpec): Uint8Array {
  const { issuer, baseCrlNumber: base, issuingDistributionPoint: point, freshestCrl: freshest } = spec;
  const key = issuer.subjectKeyIdentifier;
  const list = [extension(OIDS.crlNumber, false, encodeNumber(spec.crlNumber, 'crlNumber'))];
  if (key !== undefined) {
    list.push(extension(OIDS.authorityKeyIdentifier, false, sequence(implicit(0, key))));
  }
  if (base !== undefined) {
    const number = encodeNumber(base, 'baseCrlNumber');
    if (BigInt(base) >= BigInt(spec.crlNumber)) throw invalidOption('baseCrlNumber');
    list.push(extension(OIDS.deltaCrlIndicator, true, number));
  }
  if (point !== undefined) list.push(extension(OIDS.issuingDistributionPoint, true, encodeScope(point)));
  if (freshest !== undefined) {
    // §5.2.6: a delta list does not point at delta lists.
    if (base !== undefined) throw invalidOption('freshestCrl');
    const points = sequence(sequence(encodePointName(freshest, 'freshestCrl')));
    list.push(extension(OIDS.freshestCrl, false, points));
  }
  if (spec.expiredCertsSince !== undefined) {
    const since = generalizedTime(wholeSeconds(spec.expiredCertsSince, 'expiredCertsSince'));
    list.push(extension(OIDS.expiredCertsOnCrl, false, since));
  }
  return explicit(0, sequence(...list));
}

function encodeTbs(spec: CrlSpec, algorithm: Uint8Array): Uint8Array {
  const thisUpdate = wholeSeconds(spec.thisUpdate, 'thisUpdate');
  const nextUpdate = wholeSeconds(spec.nextUpdate, 'nextUpdate');
  if (thisUpdate >= nextUpdate) throw invalidOption('nextUpdate');
  const entries = encodeEntries(spec.entries, spec.baseCrlNumber !== undefined);
  const tbs = sequence(
    VERSION_2,
    algorithm,
    spec.issuer.subjectRaw,
    encodeTime(thisUpdate),
    encodeTime(nextUpdate),
    // §5.1.2.6: absent when nothing is revoked.
    ...(entries.length === 0 ? [] : [entries]),
    encodeExtensions(spec),
  );
  // The signature and its algorithm come on top; what we write we can read.
  if (tbs.length > MAX_CRL_BYTES - 2048) {
    throw PKI_ERRORS.create('ERR_PKI_REVOCATION_OPTIONS', { detail: 'option=entries reason=size' });
  }
  return tbs;
}

/**
 * Writes and signs a revocation list (证书吊销列表) of version 2, complete or delta. The signature is
 * verified before the list leaves.
 *
 * Entries stand in the order given; each serial number at most once. Times are cut to whole seconds.
 *
 * @param signer - holds the key of `spec.issuer`, which must be allowed to sign lists
 * @returns the list, DER, at most 16 MiB
 * @throws {@link SmError} ERR_PKI_REVOCATION_OPTIONS, ERR_PKI_ALGORITHM_UNSUPPORTED, ERR_PKI_SIGNING_FAILED,
 * and what the signer throws
 * @standard GB/T 20518-2018, RFC 5280 §5
 */
export async function issueCrl(spec: CrlSpec, signer: CertificateSigner): Promise<Uint8Array> {
  const unknown = isRecord(spec) ? unknownField(spec, SPEC_FIELDS) : undefined;
  if (unknown !== undefined) throw invalidOption(unknown);
  const issuer = isRecord(spec) ? spec.issuer : undefined;
  if (!isCertificate(issuer)) throw invalidOption('issuer');
  // A list that nobody would accept is a list that hides revocations.
  if (!equalBytes(issuer.publicKeyInfo, signer.publicKeyInfo)) throw invalidOption('issuer');
  if (issuer.keyUsage?.has('cRLSign') === false) throw invalidOption('issuer');
  return signStructure(signer, (algorithm) => encodeTbs(spec, algorithm));
}
