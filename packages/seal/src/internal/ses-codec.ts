import { checkBytes, equalBytes } from '@cssi/sm-core';
import { AsnConvert } from '@peculiar/asn1-schema';
import { SEAL_ERRORS } from '../errors.ts';
import { SEAL_MAX_BYTES, SEAL_MAX_SIGNERS, SEAL_SIGNATURE_MAX_BYTES } from '../spec/v1/oids.ts';
import { SesCertificateDigests, SesCertificates, SesSeal, SesSignature } from '../spec/v1/ses-asn1.ts';
import type { Seal, SealCertificateDigest, SealSignature } from '../spec/v1/structures.ts';
import { sequenceElements, smallInteger } from './der-walk.ts';
import { readExtensions } from './ses-extensions.ts';

const malformed = (reason: string, cause?: unknown) =>
  SEAL_ERRORS.create('ERR_SEAL_MALFORMED', { detail: `reason=${reason}`, cause });
const unsupported = (version: string) =>
  SEAL_ERRORS.create('ERR_SEAL_VERSION_UNSUPPORTED', { detail: `version=${version}` });

const copy = (value: ArrayBuffer | Uint8Array): Uint8Array =>
  value instanceof Uint8Array ? Uint8Array.from(value) : new Uint8Array(value.slice(0));

/**
 * Parses DER strictly: what was read must encode to the very bytes that were given,
 * so no other encoding, no unknown field and nothing trailing gets through.
 *
 * @throws SmError ERR_SEAL_MALFORMED
 */
export function parseDer<T>(bytes: Uint8Array, type: new () => T): T {
  let value: T;
  let again: Uint8Array;
  try {
    value = AsnConvert.parse(bytes, type);
    again = new Uint8Array(AsnConvert.serialize(value));
  } catch (cause) {
    throw malformed('structure', cause);
  }
  if (!equalBytes(again, bytes)) throw malformed('encoding');
  return value;
}

function checkTime(date: Date): Date {
  if (!(date instanceof Date) || Number.isNaN(date.getTime())) throw malformed('time');
  return date;
}

function checkNumber(value: unknown, name: string): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) throw malformed(name);
  return value;
}

/**
 * Refuses every version but 4 by its outer form, as the later issues' forms would
 * otherwise look malformed.
 *
 * @standard GB/T 38540-2020 §6.1 (4 elements); GM/T 0031-2014 (2), GM/T 0031-2025 (4 or 5, version 5)
 */
function checkSealVersion(bytes: Uint8Array): void {
  const elements = sequenceElements(bytes);
  const [sealInfo] = elements;
  if (sealInfo?.[0] !== 0x30) throw malformed('structure');
  const [head] = sequenceElements(sealInfo);
  if (head?.[0] !== 0x30) throw malformed('structure');
  const version = smallInteger(sequenceElements(head)[1]);
  if (version === undefined) throw malformed('version');
  if (version !== 4) throw unsupported(String(version));
  if (elements.length === 2) throw unsupported('1');
  if (elements.length !== 4) throw malformed('structure');
}

function certificateList(
  type: number,
  list: ArrayBuffer | null,
): Pick<Seal, 'certificates' | 'certificateDigests'> {
  if (list === null) throw malformed('certificate-list');
  const bytes = new Uint8Array(list);
  const certificates: Uint8Array[] = [];
  const certificateDigests: SealCertificateDigest[] = [];
  if (type === 1) certificates.push(...parseDer(bytes, SesCertificates).map(copy));
  else if (type === 2) {
    for (const { type: algorithm, value } of parseDer(bytes, SesCertificateDigests)) {
      certificateDigests.push({ algorithm, value: copy(value) });
    }
  } else throw malformed('certificate-list-type');
  const count = certificates.length + certificateDigests.length;
  if (count === 0 || count > SEAL_MAX_SIGNERS) throw malformed('certificate-list');
  return { certificates, certificateDigests };
}

function toSeal(parsed: SesSeal, raw: Uint8Array): Seal {
  const { sealInfo, sealInfoRaw } = parsed;
  const { header, property, picture } = sealInfo;
  if (header.id !== 'ES') throw malformed('header');
  if (header.version !== 4) throw unsupported(String(header.version));
  if (sealInfoRaw === undefined) throw malformed('structure');
  return {
    version: 4,
    vendorId: header.vendorId,
    esId: sealInfo.esId,
    type: checkNumber(property.type, 'type'),
    name: property.name,
    certListType: property.certListType === 2 ? 2 : 1,
    ...certificateList(property.certListType, property.certList),
    createDate: checkTime(property.createDate),
    validStart: checkTime(property.validStart),
    validEnd: checkTime(property.validEnd),
    picture: {
      type: picture.type,
      data: copy(picture.data),
      widthMm: checkNumber(picture.width, 'picture-width'),
      heightMm: checkNumber(picture.height, 'picture-height'),
    },
    extensions: readExtensions(sealInfo.extDatas),
    makerCertificate: copy(parsed.certificate),
    signatureAlgorithm: parsed.signatureAlgorithm,
    makerSignature: copy(parsed.signedValue),
    sealInfoRaw: copy(sealInfoRaw),
    raw: copy(raw),
  };
}

/**
 * Parses a seal of version 4.
 *
 * @param input - DER of SESeal, at most {@link SEAL_MAX_BYTES} bytes
 * @standard GB/T 38540-2020 §6.1
 * @throws {@link SmError} ERR_SEAL_MALFORMED, ERR_SEAL_VERSION_UNSUPPORTED, ERR_INPUT_LENGTH
 */
export function parseSeal(input: Uint8Array): Seal {
  checkBytes(input, 'seal', 1, SEAL_MAX_BYTES);
  checkSealVersion(input);
  return toSeal(parseDer(input, SesSeal), input);
}

function checkSignatureVersion(bytes: Uint8Array): void {
  const elements = sequenceElements(bytes);
  const [toSign] = elements;
  if (toSign?.[0] !== 0x30) throw malformed('structure');
  const [versionElement, seal] = sequenceElements(toSign);
  const version = smallInteger(versionElement);
  if (version === undefined) throw malformed('version');
  if (version !== 4) throw unsupported(String(version));
  if (elements.length === 2) throw unsupported('1');
  if (elements.length === 5) throw unsupported('4 with time stamp');
  if (elements.length !== 4) throw malformed('structure');
  if (seal === undefined) throw malformed('structure');
  checkSealVersion(seal);
}

/**
 * Parses a seal signature of version 4.
 *
 * @param input - contents of SignedValue.dat, at most {@link SEAL_SIGNATURE_MAX_BYTES} bytes
 * @standard GB/T 38540-2020 §7.1
 * @throws {@link SmError} ERR_SEAL_MALFORMED, ERR_SEAL_VERSION_UNSUPPORTED, ERR_INPUT_LENGTH
 */
export function parseSealSignature(input: Uint8Array): SealSignature {
  checkBytes(input, 'signedValue', 1, SEAL_SIGNATURE_MAX_BYTES);
  checkSignatureVersion(input);
  const parsed = parseDer(input, SesSignature);
  const { toSign, toSignRaw } = parsed;
  if (toSignRaw === undefined || toSign.sealRaw === undefined) throw malformed('structure');
  return {
    version: 4,
    seal: toSeal(toSign.seal, toSign.sealRaw),
    timeInfo: checkTime(toSign.timeInfo),
    dataHash: copy(toSign.dataHash),
    propertyInfo: toSign.propertyInfo,
    extensions: readExtensions(toSign.extDatas),
    signerCertificate: copy(parsed.certificate),
    signatureAlgorithm: parsed.signatureAlgorithm,
    signature: copy(parsed.signature),
    toSignRaw: copy(toSignRaw),
  };
}
