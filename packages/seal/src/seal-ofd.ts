import { parseCertificate } from '@cssi/pki';
import { SEAL_ERRORS } from './errors.ts';
import { assembleSignature } from './internal/assemble-signature.ts';
import { checkSignatureAlgorithm, verifyValue } from './internal/judge-seal.ts';
import { sealLists } from './internal/judge-signature.ts';
import { readDocument, readSignatureList, type SignatureList } from './internal/ofd-document.ts';
import { readSignatureFile } from './internal/ofd-signature.ts';
import { checkKey, sm2KeyOf, wholeSeconds } from './internal/seal-key.ts';
import { parseSeal } from './internal/ses-codec.ts';
import { type OfdParts, readParts } from './internal/zip-read.ts';
import { writeParts } from './internal/zip-write.ts';
import { OFD_DEFAULT_LIMITS, OFD_MAX_SIGNATURES, type OfdLimits } from './spec/v1/oids.ts';
import type { SealOfdSpec, StampBoundary } from './spec/v1/service.ts';

const MAX_COORDINATE_MM = 10_000;
/** Highest number a signature list may have reached; the reader knows numbers of nine digits. */
const OFD_MAX_SIGNATURE_ID = 999_999_998;

function boundaryText({ x, y, width, height }: StampBoundary): string {
  const numbers = [x, y, width, height];
  const inside = numbers.every((n) => Number.isFinite(n) && n >= 0 && n <= MAX_COORDINATE_MM);
  if (!inside || width < 1 || height < 1) {
    throw SEAL_ERRORS.create('ERR_SEAL_PARAMETER', { detail: 'parameter=boundary' });
  }
  return numbers.map((n) => String(Math.round(n * 1000) / 1000)).join(' ');
}

/** Whether this key may use this seal at this time. @standard GB/T 38540-2020 §7.2 */
function checkUse(spec: SealOfdSpec, time: Date): void {
  const certificate = checkKey(spec.signer);
  const seal = parseSeal(spec.seal);
  checkSignatureAlgorithm(seal.signatureAlgorithm);
  const makerKey = sm2KeyOf(parseCertificate(seal.makerCertificate));
  if (!verifyValue(makerKey, seal.sealInfoRaw, seal.makerSignature)) {
    throw SEAL_ERRORS.create('ERR_SEAL_MAKER_SIGNATURE');
  }
  if (!sealLists(seal, spec.signer.certificate)) throw SEAL_ERRORS.create('ERR_SEAL_SIGNER_NOT_IN_SEAL');
  const periods = [
    { from: seal.validStart, to: seal.validEnd },
    { from: certificate.notBefore, to: certificate.notAfter },
  ];
  if (!periods.every(({ from, to }) => from <= time && time <= to)) {
    throw SEAL_ERRORS.create('ERR_SEAL_NOT_VALID_AT_TIME');
  }
}

/** Existing signatures, after checking that one more does not harm them. @throws SmError ERR_OFD_LOCKED */
function existing(parts: OfdParts, listPart: string | undefined): SignatureList {
  if (listPart === undefined) return { signatures: [], maxId: 0, plain: true };
  const list = readSignatureList(parts, listPart);
  if (!list.plain) throw SEAL_ERRORS.create('ERR_OFD_UNSUPPORTED', { detail: 'feature=signature-list' });
  if (list.signatures.length >= OFD_MAX_SIGNATURES) {
    throw SEAL_ERRORS.create('ERR_OFD_LIMIT', { detail: `limit=signatures max=${OFD_MAX_SIGNATURES}` });
  }
  if (list.maxId >= OFD_MAX_SIGNATURE_ID) {
    throw SEAL_ERRORS.create('ERR_OFD_LIMIT', { detail: `limit=signature-id max=${OFD_MAX_SIGNATURE_ID}` });
  }
  for (const { path } of list.signatures) {
    if (readSignatureFile(parts, path).references.some(({ part }) => part === listPart)) {
      throw SEAL_ERRORS.create('ERR_OFD_LOCKED');
    }
  }
  return list;
}

/**
 * Seals a document (文档签章): describes the package in a new Signature.xml and signs
 * it with the seal. Earlier signatures are kept and stay valid; they are not judged.
 *
 * @param limits - bounds of the package; {@link OFD_DEFAULT_LIMITS} when left out
 * @returns the sealed package; the order of the parts is kept, the times in it are `spec.time`
 * @standard GB/T 38540-2020 §7.2, GB/T 33190-2016 §18
 * @throws {@link SmError} ERR_SEAL_SIGNER_NOT_IN_SEAL, ERR_SEAL_NOT_VALID_AT_TIME, ERR_SEAL_KEY_MISMATCH,
 * ERR_SEAL_MAKER_SIGNATURE, ERR_SEAL_PARAMETER, ERR_OFD_PAGE_UNKNOWN, ERR_OFD_LOCKED,
 * ERR_SEAL_SIGNING_FAILED, and those of reading the seal, the package and the certificate
 */
export async function sealOfd(
  spec: SealOfdSpec,
  limits: OfdLimits = OFD_DEFAULT_LIMITS,
): Promise<Uint8Array> {
  const time = wholeSeconds(spec.time, 'time');
  const boundary = boundaryText(spec.boundary);
  checkUse(spec, time);
  const parts = readParts(spec.ofd, limits);
  const document = readDocument(parts);
  const pageId = document.pageIds[spec.page - 1];
  if (pageId === undefined) throw SEAL_ERRORS.create('ERR_OFD_PAGE_UNKNOWN');
  const list = existing(parts, document.signatureList);
  const sealed = await assembleSignature(parts, document, {
    seal: spec.seal,
    signer: spec.signer,
    pageId,
    boundary,
    time,
    rows: list.signatures,
    maxId: list.maxId,
  });
  const out = writeParts(sealed, time);
  // What leaves must be readable under the limits it came in with.
  readDocument(readParts(out, limits));
  return out;
}
