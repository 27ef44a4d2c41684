import { derElement } from '@cssi/sm-core';
import { AsnConvert, OctetString } from '@peculiar/asn1-schema';
import {
  AuthorityKeyIdentifier,
  BasicConstraints,
  Extension,
  Extensions,
  KeyIdentifier,
  SubjectKeyIdentifier,
} from '@peculiar/asn1-x509';
import { PKI_ERRORS } from '../errors.ts';
import { oidBytes } from '../internal/oids.ts';
import type { CertificateRequestSpec, KeyUsage } from '../spec/v1/certificate.ts';
import { OIDS } from '../spec/v1/oids.ts';
import { keyIdentifier } from './key-identifier.ts';
import { encodeKeyUsage, KEY_USAGES } from './key-usage.ts';
import { PROFILES, type ProfileRules } from './profiles.ts';
import { encodeSubjectAltName } from './subject-alt-name.ts';

const MAX_KEY_IDENTIFIER_BYTES = 64;
const MAX_PATH_LENGTH = 16;

const toBuffer = (bytes: Uint8Array): ArrayBuffer => Uint8Array.from(bytes).buffer;
const asn = (value: object): Uint8Array => new Uint8Array(AsnConvert.serialize(value));

const invalid = (field: string) => PKI_ERRORS.create('ERR_PKI_REQUEST_INVALID', { detail: `field=${field}` });

const extension = (extnID: string, critical: boolean, value: Uint8Array): Extension =>
  new Extension({ extnID, critical, extnValue: new OctetString(toBuffer(value)) });

function keyUsages(spec: CertificateRequestSpec, rules: ProfileRules): readonly KeyUsage[] {
  const usages = spec.keyUsage ?? rules.keyUsage;
  const known = usages.length > 0 && usages.every((usage) => KEY_USAGES.includes(usage));
  // A profile that is no CA must not get the CA's right by way of an override.
  if (!known || (!rules.ca && usages.includes('keyCertSign'))) throw invalid('keyUsage');
  return usages;
}

function basicConstraints(spec: CertificateRequestSpec, rules: ProfileRules): BasicConstraints {
  const { pathLength } = spec;
  if (pathLength === undefined) return new BasicConstraints({ cA: rules.ca });
  if (!rules.ca || !Number.isInteger(pathLength) || pathLength < 0 || pathLength > MAX_PATH_LENGTH) {
    throw invalid('pathLength');
  }
  return new BasicConstraints({ cA: true, pathLenConstraint: pathLength });
}

function issuerKeyIdentifier(spec: CertificateRequestSpec): Uint8Array | undefined {
  const given = spec.issuerKeyIdentifier;
  if (given !== undefined) {
    if (!(given instanceof Uint8Array) || given.length === 0 || given.length > MAX_KEY_IDENTIFIER_BYTES) {
      throw invalid('issuerKeyIdentifier');
    }
    return given;
  }
  return spec.issuerPublicKeyInfo === undefined ? undefined : keyIdentifier(spec.issuerPublicKeyInfo);
}

/**
 * The extensions of a new certificate, as the `[3]` element.
 *
 * @standard GB/T 20518-2018 §5.2.4.2
 * @throws SmError ERR_PKI_REQUEST_INVALID
 */
export function encodeExtensions(spec: CertificateRequestSpec): Uint8Array {
  const rules = PROFILES[spec.profile];
  const subjectKey = new SubjectKeyIdentifier(toBuffer(keyIdentifier(spec.publicKeyInfo)));
  const list = [extension(OIDS.subjectKeyIdentifier, false, asn(subjectKey))];
  const issuerKey = issuerKeyIdentifier(spec);
  if (issuerKey !== undefined) {
    const authority = new AuthorityKeyIdentifier({ keyIdentifier: new KeyIdentifier(toBuffer(issuerKey)) });
    list.push(extension(OIDS.authorityKeyIdentifier, false, asn(authority)));
  }
  // Critical in a CA certificate, so that no reader takes a CA's limits lightly; not so elsewhere.
  list.push(extension(OIDS.basicConstraints, rules.ca, asn(basicConstraints(spec, rules))));
  list.push(extension(OIDS.keyUsage, rules.keyUsageCritical, encodeKeyUsage(keyUsages(spec, rules))));
  if (rules.extendedKeyUsage.length > 0) {
    list.push(
      extension(
        OIDS.extendedKeyUsage,
        false,
        derElement(0x30, ...rules.extendedKeyUsage.map((oid) => derElement(0x06, oidBytes(oid)))),
      ),
    );
  }
  const names = encodeSubjectAltName(spec.dnsNames, spec.ipAddresses);
  if (names !== undefined) list.push(extension(OIDS.subjectAltName, false, names));
  return derElement(0xa3, asn(new Extensions(list)));
}
