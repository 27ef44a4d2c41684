import type { FindingLog } from '../internal/finding-log.ts';
import { oidText, readOid } from '../internal/oids.ts';
import {
  DerProblem,
  expectTag,
  readAll,
  readBoolean,
  readOctets,
  readOne,
  readUnsigned,
  type Tlv,
} from '../internal/tlv.ts';
import type { Certificate, CertificateExtension, GeneralNameValue } from '../spec/v1/certificate.ts';
import { OIDS } from '../spec/v1/oids.ts';
import { readGeneralNames } from './general-names.ts';
import { readIdentity } from './identity.ts';
import { decodeDistributionPoints, decodeInformationAccess } from './information-access.ts';
import { decodeKeyUsage } from './key-usage.ts';
import { decodeNameConstraints } from './name-constraints.ts';
import { decodePolicies } from './policies.ts';

/** What the extensions of a certificate, or those that a request asks for, say. */
export type ExtensionFacts = Pick<
  Certificate,
  | 'keyUsage'
  | 'extendedKeyUsage'
  | 'isCa'
  | 'pathLength'
  | 'subjectKeyIdentifier'
  | 'authorityKeyIdentifier'
  | 'dnsNames'
  | 'ipAddresses'
  | 'subjectAltNames'
  | 'identity'
  | 'nameConstraints'
  | 'certificatePolicies'
  | 'crlDistributionPoints'
  | 'freshestCrl'
  | 'ocspUrls'
  | 'caIssuerUrls'
  | 'extensions'
  | 'unknownCritical'
>;

/** `critical` FALSE written out is against DER and in many real certificates; it changes nothing. */
function readExtension(element: Tlv, log: FindingLog): CertificateExtension {
  const parts = readAll(expectTag(element, 0x30, 'extension').value);
  const [id, second, third] = parts;
  if (parts.length < 2 || parts.length > 3) throw new DerProblem('extension');
  const oid = readOid(id, 'extension');
  const critical = third !== undefined && readBoolean(second, 'extension');
  if (third !== undefined && !critical) log.note('CRITICAL_FALSE_WRITTEN', `extension ${oid}`);
  return { oid, critical, value: readOctets(third ?? second, 'extension') };
}

/** No path is as long as this: greater lengths say the same. */
const MAX_PATH_LENGTH = 255;
const MAX_PATH_LENGTH_BYTES = 20;

function decodeBasicConstraints(value: Uint8Array, log: FindingLog): { isCa: boolean; pathLength?: number } {
  const parts = readAll(readOne(value, 0x30).value);
  const stated = parts[0]?.tag === 0x01;
  const isCa = stated && readBoolean(parts[0], 'basic constraints');
  if (stated && !isCa) log.note('DEFAULT_WRITTEN', 'basicConstraints');
  const [length, ...rest] = parts.slice(stated ? 1 : 0);
  if (rest.length > 0) throw new DerProblem('basic constraints');
  if (length === undefined) return { isCa };
  const bytes = readUnsigned(length, MAX_PATH_LENGTH_BYTES, 'path length');
  return { isCa, pathLength: bytes.length > 1 ? MAX_PATH_LENGTH : (bytes[0] ?? 0) };
}

function decodeExtendedKeyUsage(value: Uint8Array): string[] {
  const purposes = readAll(readOne(value, 0x30).value);
  if (purposes.length === 0) throw new DerProblem('extended key usage');
  return purposes.map((purpose) => oidText(expectTag(purpose, 0x06, 'extended key usage').value));
}

/** The keyIdentifier of an AuthorityKeyIdentifier; its other members are read over. */
function decodeAuthorityKeyIdentifier(value: Uint8Array): Uint8Array | undefined {
  const parts = readAll(readOne(value, 0x30).value);
  if (parts.some((part, i) => ![0x80, 0xa1, 0x82].includes(part.tag) || (i > 0 && part.tag === 0x80))) {
    throw new DerProblem('authority key identifier');
  }
  return parts[0]?.tag === 0x80 ? parts[0].value : undefined;
}

/** The extensions that this version evaluates. Any other one that is critical stops a path. */
const EVALUATED = new Set<string>([
  OIDS.subjectKeyIdentifier,
  OIDS.authorityKeyIdentifier,
  OIDS.keyUsage,
  OIDS.extendedKeyUsage,
  OIDS.basicConstraints,
  OIDS.subjectAltName,
  OIDS.nameConstraints,
]);

function alternativeNames(names: readonly GeneralNameValue[]) {
  return {
    subjectAltNames: names,
    dnsNames: names.flatMap((name) => (name.kind === 'dns' ? [name.value] : [])),
    ipAddresses: names.flatMap((name) => (name.kind === 'ip' ? [name.value] : [])),
  };
}

/** Reads Extensions; a repeated one is refused. @standard GB/T 20518-2018 §5.2.4 */
export function decodeExtensions(contents: Uint8Array | undefined, log: FindingLog): ExtensionFacts {
  const elements = contents === undefined ? [] : readAll(readOne(contents, 0x30).value);
  if (contents !== undefined && elements.length === 0) throw new DerProblem('extensions');
  const extensions = elements.map((element) => readExtension(element, log));
  const byOid = new Map(extensions.map((extension) => [extension.oid, extension.value]));
  if (byOid.size !== extensions.length) throw new DerProblem('repeated extension');
  const decode = <T>(oid: string, reader: (value: Uint8Array) => T): T | undefined => {
    const value = byOid.get(oid);
    return value === undefined ? undefined : reader(value);
  };
  const subjectKey = decode(OIDS.subjectKeyIdentifier, (value) => readOne(value, 0x04).value);
  const authorityKey = decode(OIDS.authorityKeyIdentifier, decodeAuthorityKeyIdentifier);
  const names = decode(OIDS.subjectAltName, (value) => readGeneralNames(readOne(value, 0x30).value));
  const constraints = decode(OIDS.nameConstraints, decodeNameConstraints);
  return {
    keyUsage: decode(OIDS.keyUsage, (value) => decodeKeyUsage(value, log)),
    extendedKeyUsage: decode(OIDS.extendedKeyUsage, decodeExtendedKeyUsage),
    ...(decode(OIDS.basicConstraints, (value) => decodeBasicConstraints(value, log)) ?? { isCa: false }),
    ...(subjectKey === undefined ? {} : { subjectKeyIdentifier: subjectKey }),
    ...(authorityKey === undefined ? {} : { authorityKeyIdentifier: authorityKey }),
    ...(constraints === undefined ? {} : { nameConstraints: constraints }),
    ...alternativeNames(names ?? []),
    identity: readIdentity(extensions),
    certificatePolicies: decode(OIDS.certificatePolicies, decodePolicies) ?? [],
    crlDistributionPoints: decode(OIDS.crlDistributionPoints, decodeDistributionPoints) ?? [],
    freshestCrl: decode(OIDS.freshestCrl, decodeDistributionPoints) ?? [],
    ...(decode(OIDS.authorityInfoAccess, decodeInformationAccess) ?? { ocspUrls: [], caIssuerUrls: [] }),
    extensions,
    unknownCritical: extensions
      .filter(({ oid, critical }) => critical && !EVALUATED.has(oid))
      .map(({ oid }) => oid),
  };
}
