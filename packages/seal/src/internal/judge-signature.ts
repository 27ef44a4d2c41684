import { parseCertificate } from '@cssi/pki';
import { equalBytes, sm3, toHex } from '@cssi/sm-core';
import { SEAL_OIDS, SM3_NAME } from '../spec/v1/oids.ts';
import type { SealVerifyOptions } from '../spec/v1/service.ts';
import type { Seal, SealSignature } from '../spec/v1/structures.ts';
import type { OfdSignatureVerdict, SignatureStepId } from '../spec/v1/verdicts.ts';
import { judgeCoverage, judgeReferences, type PartDigests, type SignatureParts } from './coverage.ts';
import { judgeCertificate, SIGNER_CODES } from './judge-certificate.ts';
import { checkSignatureAlgorithm, judgeSeal, summarize, verifyValue } from './judge-seal.ts';
import type { ListedSignature, OfdDocument } from './ofd-document.ts';
import { sm2KeyOf } from './seal-key.ts';
import { StepRecorder } from './step-recorder.ts';
import type { OfdParts } from './zip-read.ts';

/** The package around one signature. */
interface SignatureSurroundings {
  readonly parts: OfdParts;
  readonly document: OfdDocument;
  readonly listPart: string;
  readonly digests: PartDigests;
  readonly all: readonly SignatureParts[];
}

/** How a digest of a certificate may name SM3. */
const SM3_NAMES: readonly string[] = [SM3_NAME, SEAL_OIDS.sm3];

/** True when the seal lists the certificate, by its bytes or by its digest. @standard GB/T 38540-2020 §7.3 */
export function sealLists(seal: Seal, certificate: Uint8Array): boolean {
  if (seal.certListType === 1) return seal.certificates.some((listed) => equalBytes(listed, certificate));
  const digest = sm3(certificate);
  return seal.certificateDigests.some(
    ({ algorithm, value }) => SM3_NAMES.includes(algorithm) && equalBytes(value, digest),
  );
}

function methodAgrees(own: SignatureParts, signature: SealSignature): boolean {
  const { signatureMethod } = own.file;
  return signatureMethod === undefined || signatureMethod === signature.signatureAlgorithm;
}

/** Judges one signature of a package. @standard GB/T 38540-2020 §7.3, GB/T 33190-2016 §18 */
export function judgeSignature(
  listed: ListedSignature,
  own: SignatureParts,
  around: SignatureSurroundings,
  options: SealVerifyOptions,
): OfdSignatureVerdict {
  const { parts, document } = around;
  const { signature } = own;
  checkSignatureAlgorithm(signature.signatureAlgorithm);
  const { seal, timeInfo } = signature;
  const certificate = parseCertificate(signature.signerCertificate);
  const signerKey = sm2KeyOf(certificate);
  const recorder = new StepRecorder<SignatureStepId>();

  recorder.step('signature-format', 'GB/T 38540-2020 §7.3 a', (record) => {
    if (signature.extensions.some((extension) => extension.critical)) {
      record.doubt('integrity', 'SEAL_EXTENSION_CRITICAL');
    } else record.pass('integrity', 'SIGNATURE_FORMAT_VALID');
  });
  recorder.step('signature-value', 'GB/T 38540-2020 §7.3 b', (record) => {
    const right = verifyValue(signerKey, signature.toSignRaw, signature.signature);
    record.check(right, 'integrity', 'SIGNATURE_VALUE_VALID', 'SIGNATURE_VALUE_WRONG');
  });
  recorder.step('signer-certificate', 'GB/T 38540-2020 §7.3 c', (record) => {
    judgeCertificate(record, certificate, SIGNER_CODES, {
      anchors: options.anchors,
      intermediates: options.intermediates ?? [],
      extendedKeyUsage: undefined,
      at: timeInfo,
      now: options.time,
    });
  });
  recorder.step('signing-time', 'GB/T 38540-2020 §7.3 d', (record) => {
    const inside = certificate.notBefore <= timeInfo && timeInfo <= certificate.notAfter;
    if (!inside) record.fail('time', 'SIGNING_TIME_OUTSIDE_CERTIFICATE');
    if (timeInfo > options.time) record.fail('time', 'SIGNING_TIME_IN_FUTURE');
    if (inside && timeInfo <= options.time) record.pass('time', 'SIGNING_TIME_VALID');
  });
  recorder.step('document-digest', 'GB/T 38540-2020 §7.3 e', (record) => {
    const right = equalBytes(signature.dataHash, sm3(own.file.raw));
    record.check(right, 'integrity', 'DOCUMENT_DIGEST_VALID', 'DOCUMENT_DIGEST_WRONG');
    if (!methodAgrees(own, signature)) record.fail('integrity', 'SIGNATURE_METHOD_MISMATCH');
  });
  recorder.step('property-info', 'GB/T 38540-2020 §7.1', (record) => {
    const right = signature.propertyInfo.replace(/^\//, '') === own.path;
    record.check(right, 'integrity', 'PROPERTY_INFO_VALID', 'PROPERTY_INFO_WRONG');
  });
  recorder.step('references', 'GB/T 33190-2016 §18.2', (record) => {
    judgeReferences(record, around.digests, own.file);
  });
  recorder.step('coverage', 'GB/T 33190-2016 §18.2', (record) => {
    judgeCoverage(record, parts, own, around.all, around.listPart);
  });
  judgeSeal(recorder, seal, options, timeInfo);
  recorder.step('seal-file', 'GB/T 33190-2016 §18.2', (record) => {
    const file = own.file.sealFile;
    if (file === undefined) record.pass('integrity', 'SEAL_FILE_ABSENT');
    else {
      const bytes = parts.get(file);
      const same = bytes !== undefined && equalBytes(bytes, seal.raw);
      record.check(same, 'integrity', 'SEAL_FILE_EQUAL', 'SEAL_FILE_DIFFERENT');
    }
  });
  recorder.step('signer-in-seal', 'GB/T 38540-2020 §7.3 f', (record) => {
    const listedInSeal = sealLists(seal, signature.signerCertificate);
    record.check(listedInSeal, 'integrity', 'SIGNER_IN_SEAL', 'SIGNER_NOT_IN_SEAL');
  });
  recorder.step('stamp', 'GB/T 33190-2016 §18.2', (record) => {
    const { stamps } = own.file;
    if (stamps.length === 0) record.fail('integrity', 'STAMP_MISSING');
    else {
      const known = stamps.every((stamp) => document.pageIds.includes(stamp.pageRef));
      record.check(known, 'integrity', 'STAMP_VALID', 'STAMP_PAGE_UNKNOWN');
    }
  });
  return {
    id: listed.id,
    path: listed.path,
    verdict: recorder.verdict,
    steps: recorder.steps,
    seal: summarize(seal),
    timeInfo,
    signer: certificate.subject.commonName ?? '',
    signerFingerprint: toHex(sm3(signature.signerCertificate)),
  };
}
