import { sm3 } from '@cssi/sm-core';
import { AsnConvert } from '@peculiar/asn1-schema';
import { SEAL_ERRORS } from './errors.ts';
import { checkPicture } from './internal/picture.ts';
import { checkKey, readCertificate, signChecked, wholeSeconds } from './internal/seal-key.ts';
import { parseSeal } from './internal/ses-codec.ts';
import { writeExtensions } from './internal/ses-extensions.ts';
import { SEAL_MAX_BYTES, SEAL_MAX_SIGNERS, SEAL_OIDS, SM3_NAME } from './spec/v1/oids.ts';
import type { MakeSealSpec, SealKey } from './spec/v1/service.ts';
import {
  SesCertificateDigest,
  SesCertificateDigests,
  SesCertificates,
  SesSeal,
  SesSealInfo,
} from './spec/v1/ses-asn1.ts';

const MAX_NAME = 100;
const PRINTABLE = /^[\x21-\x7e]{1,64}$/;

const parameter = (name: string) => SEAL_ERRORS.create('ERR_SEAL_PARAMETER', { detail: `parameter=${name}` });

const buffer = (bytes: Uint8Array): ArrayBuffer => Uint8Array.from(bytes).buffer;

function hasControl(text: string): boolean {
  return [...text].some((character) => {
    const code = character.codePointAt(0)!;
    return code < 0x20 || (code >= 0x7f && code < 0xa0) || (code >= 0xd800 && code < 0xe000);
  });
}

function certificateList(spec: MakeSealSpec): ArrayBuffer {
  const list = spec.signerCertificates;
  if (!Array.isArray(list) || list.length === 0 || list.length > SEAL_MAX_SIGNERS) {
    throw parameter('signerCertificates');
  }
  for (const der of list) readCertificate(der);
  if (spec.certListType === undefined || spec.certListType === 1) {
    return AsnConvert.serialize(new SesCertificates(list.map(buffer)));
  }
  if (spec.certListType !== 2) throw parameter('certListType');
  const digests = list.map((der) => {
    const digest = new SesCertificateDigest();
    digest.type = SM3_NAME;
    digest.value = buffer(sm3(der));
    return digest;
  });
  return AsnConvert.serialize(new SesCertificateDigests(digests));
}

function sealInfo(spec: MakeSealSpec): SesSealInfo {
  if (typeof spec.esId !== 'string' || !PRINTABLE.test(spec.esId)) throw parameter('esId');
  if (typeof spec.vid !== 'string' || !PRINTABLE.test(spec.vid)) throw parameter('vid');
  if (typeof spec.name !== 'string' || hasControl(spec.name)) throw parameter('name');
  const length = [...spec.name].length;
  if (length === 0 || length > MAX_NAME) throw parameter('name');
  if (!Number.isInteger(spec.type) || spec.type < 1 || spec.type > 0xffff) throw parameter('type');
  checkPicture(spec.picture);
  const info = new SesSealInfo();
  info.header.vendorId = spec.vid;
  info.esId = spec.esId;
  info.property.type = spec.type;
  info.property.name = spec.name;
  info.property.certListType = spec.certListType ?? 1;
  info.property.certList = certificateList(spec);
  info.property.createDate = wholeSeconds(spec.createDate, 'createDate');
  info.property.validStart = wholeSeconds(spec.validStart, 'validStart');
  info.property.validEnd = wholeSeconds(spec.validEnd, 'validEnd');
  if (info.property.validStart >= info.property.validEnd) throw parameter('validEnd');
  info.picture.type = spec.picture.type;
  info.picture.data = buffer(spec.picture.data);
  info.picture.width = spec.picture.widthMm;
  info.picture.height = spec.picture.heightMm;
  const extensions = writeExtensions(spec.extensions ?? []);
  if (extensions !== undefined) info.extDatas = extensions;
  return info;
}

/**
 * Makes a seal (制作电子印章): the maker signs the DER of SES_SealInfo.
 *
 * @returns DER of SESeal version 4, at most 64 KiB
 * @standard GB/T 38540-2020 §6.2
 * @throws {@link SmError} ERR_SEAL_PARAMETER, ERR_SEAL_PICTURE, ERR_SEAL_KEY_MISMATCH,
 * ERR_SEAL_NOT_VALID_AT_TIME, ERR_SEAL_ALGORITHM_UNSUPPORTED, ERR_SEAL_SIGNING_FAILED and those of the certificate parser
 */
export async function makeSeal(spec: MakeSealSpec, maker: SealKey): Promise<Uint8Array> {
  const certificate = checkKey(maker);
  const seal = new SesSeal();
  seal.sealInfo = sealInfo(spec);
  const { createDate } = seal.sealInfo.property;
  if (createDate < certificate.notBefore || createDate > certificate.notAfter) {
    throw SEAL_ERRORS.create('ERR_SEAL_NOT_VALID_AT_TIME');
  }
  seal.certificate = buffer(maker.certificate);
  seal.signatureAlgorithm = SEAL_OIDS.sm2WithSm3;
  const toSign = new Uint8Array(AsnConvert.serialize(seal.sealInfo));
  seal.signedValue = buffer(await signChecked(maker, certificate, toSign));
  const der = new Uint8Array(AsnConvert.serialize(seal));
  if (der.length > SEAL_MAX_BYTES) throw parameter('picture');
  // What is released is what every reader will parse.
  parseSeal(der);
  return der;
}
