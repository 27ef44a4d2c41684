import { oidText } from '../internal/oids.ts';
import {
  DerProblem,
  expectTag,
  readAll,
  readBoolean,
  readOne,
  readUnsigned,
  type Tlv,
} from '../internal/tlv.ts';
import type { Certificate, CertificateExtension } from '../spec/v1/certificate.ts';
import { OIDS } from '../spec/v1/oids.ts';
import { decodeKeyUsage } from './key-usage.ts';
import { decodeSubjectAltName } from './subject-alt-name.ts';

/** What the extensions of a certificate say. */
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
  | 'extensions'
  | 'unknownCritical'
>;

/** `critical` FALSE written out is against DER and in many real certificates; it changes nothing. */
function readExtension(element: Tlv): CertificateExtension {
  const parts = readAll(expectTag(element, 0x30, 'extension').value);
  const [id, second, third] = parts;
  if (parts.length < 2 || parts.length > 3) throw new DerProblem('extension');
  return {
    oid: oidText(expectTag(id, 0x06, 'extension').value),
    critical: third !== undefined && readBoolean(second, 'extension'),
    value: expectTag(third ?? second, 0x04, 'extension').value,
  };
}

function decodeBasicConstraints(value: Uint8Array): { isCa: boolean; pathLength?: number } {
  const parts = readAll(readOne(value, 0x30).value);
  const stated = parts[0]?.tag === 0x01;
  const isCa = stated && readBoolean(parts[0], 'basic constraints');
  const [length, ...rest] = parts.slice(stated ? 1 : 0);
  if (rest.length > 0) throw new DerProblem('basic constraints');
  if (length === undefined) return { isCa };
  const [pathLength = 0, ...more] = readUnsigned(length, 1, 'path length');
  if (more.length > 0) throw new DerProblem('path length');
  return { isCa, pathLength };
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
]);

/** Reads the extensions; a repeated one is refused. @standard GB/T 20518-2018 §5.2.4 */
export function decodeExtensions(contents: Uint8Array | undefined): ExtensionFacts {
  const elements = contents === undefined ? [] : readAll(readOne(contents, 0x30).value);
  if (contents !== undefined && elements.length === 0) throw new DerProblem('extensions');
  const extensions = elements.map(readExtension);
  const byOid = new Map(extensions.map((extension) => [extension.oid, extension.value]));
  if (byOid.size !== extensions.length) throw new DerProblem('repeated extension');
  const decode = <T>(oid: string, reader: (value: Uint8Array) => T): T | undefined => {
    const value = byOid.get(oid);
    return value === undefined ? undefined : reader(value);
  };
  const subjectKey = decode(OIDS.subjectKeyIdentifier, (value) => readOne(value, 0x04).value);
  const authorityKey = decode(OIDS.authorityKeyIdentifier, decodeAuthorityKeyIdentifier);
  const names = decode(OIDS.subjectAltName, decodeSubjectAltName);
  return {
    keyUsage: decode(OIDS.keyUsage, decodeKeyUsage),
    extendedKeyUsage: decode(OIDS.extendedKeyUsage, decodeExtendedKeyUsage),
    ...(decode(OIDS.basicConstraints, decodeBasicConstraints) ?? { isCa: false }),
    ...(subjectKey === undefined ? {} : { subjectKeyIdentifier: subjectKey }),
    ...(authorityKey === undefined ? {} : { authorityKeyIdentifier: authorityKey }),
    dnsNames: names?.dnsNames ?? [],
    ipAddresses: names?.ipAddresses ?? [],
    extensions,
    unknownCritical: extensions
      .filter(({ oid, critical }) => critical && !EVALUATED.has(oid))
      .map(({ oid }) => oid),
  };
}
