import { PKI_ERRORS } from '../errors.ts';
import { readAll } from '../internal/tlv.ts';
import { boolean, explicit, implicit, integer, NULL, octets, oid, sequence } from '../internal/write.ts';
import type { CertificateExtension, CertificateSpec, KeyUsage } from '../spec/v1/certificate.ts';
import { OIDS } from '../spec/v1/oids.ts';
import { encodeIdentity } from './identity.ts';
import { encodeDistributionPoints, encodeInformationAccess } from './information-access.ts';
import { computeKeyIdentifier } from './key-identifier.ts';
import { encodeKeyUsage, KEY_USAGES } from './key-usage.ts';
import { isRecord } from './known-fields.ts';
import { encodeNameConstraints } from './name-constraints.ts';
import { encodePolicies, isOid } from './policies.ts';
import { PROFILES, type ProfileRules } from './profiles.ts';
import { encodeSubjectAltName } from './subject-alt-name.ts';

const MAX_KEY_IDENTIFIER_BYTES = 64;
const MAX_PATH_LENGTH = 16;
const MAX_MORE_EXTENSIONS = 32;

const invalid = (field: string) => PKI_ERRORS.create('ERR_PKI_REQUEST_INVALID', { detail: `field=${field}` });

/** DER of one extension; `critical` FALSE is left out. @internal */
const encodeExtension = ({ oid: id, critical, value }: CertificateExtension): Uint8Array =>
  sequence(oid(id), ...(critical ? [boolean(true)] : []), octets(value));

/** Extensions in the order they are written. @internal */
export class ExtensionList {
  readonly #list: CertificateExtension[] = [];
  readonly #seen = new Set<string>();

  /** Adds an extension that has a value. @throws SmError ERR_PKI_REQUEST_INVALID for one that is there */
  add(id: string, critical: boolean, value: Uint8Array | undefined): this {
    if (value === undefined) return this;
    if (this.#seen.has(id)) throw invalid('extensions');
    this.#seen.add(id);
    this.#list.push({ oid: id, critical, value });
    return this;
  }

  /** Adds the caller's own. @throws SmError ERR_PKI_REQUEST_INVALID */
  addMore(extensions: readonly CertificateExtension[] = [], reserved: ReadonlySet<string>): this {
    if (!Array.isArray(extensions) || extensions.length > MAX_MORE_EXTENSIONS) throw invalid('extensions');
    for (const one of extensions as readonly CertificateExtension[]) {
      if (!isRecord(one)) throw invalid('extensions');
      const { oid: id, critical, value } = one;
      const known = !isOid(id) || reserved.has(id) || typeof critical !== 'boolean';
      if (known || !(value instanceof Uint8Array)) throw invalid('extensions');
      const copy = Uint8Array.from(value);
      if (readAll(copy).length !== 1) throw invalid('extensions');
      this.add(id, critical, copy);
    }
    return this;
  }

  get size(): number {
    return this.#list.length;
  }

  /** Extensions, DER. */
  encode(): Uint8Array {
    return sequence(...this.#list.map(encodeExtension));
  }
}

/** Value of keyUsage. @throws SmError ERR_PKI_REQUEST_INVALID for usages that are none. @internal */
export function encodeCheckedKeyUsage(usages: readonly KeyUsage[]): Uint8Array {
  const good = Array.isArray(usages) && usages.length > 0;
  if (!good || !usages.every((usage) => KEY_USAGES.includes(usage))) throw invalid('keyUsage');
  return encodeKeyUsage(usages);
}

function keyUsages(spec: CertificateSpec, rules: ProfileRules): Uint8Array {
  const usages = spec.keyUsage ?? rules.keyUsage;
  const encoded = encodeCheckedKeyUsage(usages);
  // A profile that is no CA must not get the CA's right by way of an override.
  if (!rules.ca && usages.includes('keyCertSign')) throw invalid('keyUsage');
  return encoded;
}

function basicConstraints(spec: CertificateSpec, rules: ProfileRules): Uint8Array {
  const pathLength = spec.pathLength ?? rules.pathLength;
  if (pathLength === undefined) return sequence(...(rules.ca ? [boolean(true)] : []));
  if (!rules.ca || !Number.isInteger(pathLength) || pathLength < 0 || pathLength > MAX_PATH_LENGTH) {
    throw invalid('pathLength');
  }
  return sequence(boolean(true), integer(pathLength));
}

function issuerKeyIdentifier(spec: CertificateSpec): Uint8Array | undefined {
  const given = spec.issuerKeyIdentifier;
  if (given !== undefined) {
    if (!(given instanceof Uint8Array) || given.length === 0 || given.length > MAX_KEY_IDENTIFIER_BYTES) {
      throw invalid('issuerKeyIdentifier');
    }
    return given;
  }
  return spec.issuerPublicKeyInfo === undefined ? undefined : computeKeyIdentifier(spec.issuerPublicKeyInfo);
}

/** Value of extKeyUsage; `undefined` without purposes. @throws SmError ERR_PKI_REQUEST_INVALID @internal */
export function encodeExtendedKeyUsage(purposes: readonly string[]): Uint8Array | undefined {
  if (!Array.isArray(purposes) || !purposes.every(isOid)) throw invalid('extendedKeyUsage');
  return purposes.length === 0 ? undefined : sequence(...purposes.map(oid));
}

function nameConstraints(spec: CertificateSpec, rules: ProfileRules): Uint8Array | undefined {
  if (spec.nameConstraints === undefined) return undefined;
  if (!rules.ca) throw invalid('nameConstraints');
  return encodeNameConstraints(spec.nameConstraints);
}

/** Extensions that have fields of their own, and those that would change what a profile fixes. */
const RESERVED: ReadonlySet<string> = new Set<string>([
  OIDS.subjectKeyIdentifier,
  OIDS.authorityKeyIdentifier,
  OIDS.basicConstraints,
  OIDS.keyUsage,
  OIDS.extendedKeyUsage,
  OIDS.subjectAltName,
  OIDS.nameConstraints,
  OIDS.certificatePolicies,
  OIDS.crlDistributionPoints,
  OIDS.freshestCrl,
  OIDS.authorityInfoAccess,
  OIDS.ocspNoCheck,
]);

/**
 * The extensions of a new certificate, as the `[3]` element.
 *
 * @standard GB/T 20518-2018 §5.2.4.2
 * @throws SmError ERR_PKI_REQUEST_INVALID
 */
export function encodeExtensions(spec: CertificateSpec): Uint8Array {
  const rules = PROFILES[spec.profile];
  const list = new ExtensionList();
  const issuerKey = issuerKeyIdentifier(spec);
  const names = encodeSubjectAltName(spec);
  const hosts = (spec.dnsNames?.length ?? 0) + (spec.ipAddresses?.length ?? 0);
  if (rules.needsHost === true && hosts === 0) throw invalid('subjectAltName');
  list
    .add(OIDS.subjectKeyIdentifier, false, octets(computeKeyIdentifier(spec.publicKeyInfo)))
    .add(
      OIDS.authorityKeyIdentifier,
      false,
      issuerKey === undefined ? undefined : sequence(implicit(0, issuerKey)),
    )
    // Critical in a CA certificate, so that no reader takes a CA's limits lightly; not so elsewhere.
    .add(OIDS.basicConstraints, rules.ca, basicConstraints(spec, rules))
    .add(OIDS.keyUsage, rules.keyUsageCritical, keyUsages(spec, rules))
    .add(
      OIDS.extendedKeyUsage,
      rules.extendedKeyUsageCritical ?? false,
      encodeExtendedKeyUsage(rules.extendedKeyUsage),
    )
    .add(OIDS.subjectAltName, false, names)
    .add(OIDS.nameConstraints, true, nameConstraints(spec, rules))
    .add(OIDS.certificatePolicies, false, encodePolicies(spec.certificatePolicies))
    .add(
      OIDS.crlDistributionPoints,
      false,
      encodeDistributionPoints('crlDistributionPoints', spec.crlDistributionPoints),
    )
    .add(OIDS.freshestCrl, false, encodeDistributionPoints('freshestCrl', spec.freshestCrl))
    .add(OIDS.authorityInfoAccess, false, encodeInformationAccess(spec.ocspUrls, spec.caIssuerUrls))
    .add(OIDS.ocspNoCheck, false, rules.ocspNoCheck === true ? NULL : undefined);
  for (const [id, value] of encodeIdentity(spec.identity)) list.add(id, false, value);
  list.addMore(spec.extensions, RESERVED);
  return explicit(3, list.encode());
}
