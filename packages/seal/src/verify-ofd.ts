import { AspectBuilder, type VerdictAspect } from '@cssi/sm-core';
import { SEAL_ERRORS } from './errors.ts';
import { checkVerifyOptions } from './internal/check-options.ts';
import { checkDigestMethod, PartDigests } from './internal/coverage.ts';
import { judgeSignature } from './internal/judge-signature.ts';
import { partOf, readDocument, readSignatureList } from './internal/ofd-document.ts';
import { readSignatureFile } from './internal/ofd-signature.ts';
import { parseSealSignature } from './internal/ses-codec.ts';
import { readParts } from './internal/zip-read.ts';
import { OFD_DEFAULT_LIMITS, type OfdLimits } from './spec/v1/oids.ts';
import type { SealVerifyOptions } from './spec/v1/service.ts';
import type { OfdVerdict } from './spec/v1/verdicts.ts';

/**
 * Verifies every signature of an OFD document (验证签章文档). Certificates and seals
 * are judged at the signing time the signature states; where they have expired
 * since, the time is indeterminate, because nothing proves that statement.
 *
 * @standard GB/T 38540-2020 §7.3, GB/T 33190-2016 §18
 * @throws {@link SmError} ERR_OFD_NOT_SIGNED, ERR_SEAL_SIGNATURE_UNSUPPORTED, ERR_SEAL_VERSION_UNSUPPORTED,
 * ERR_SEAL_ALGORITHM_UNSUPPORTED, every ERR_OFD code of reading, and those of the certificate parser
 */
export function verifyOfd(
  ofd: Uint8Array,
  options: SealVerifyOptions,
  limits: OfdLimits = OFD_DEFAULT_LIMITS,
): OfdVerdict {
  checkVerifyOptions(options);
  const parts = readParts(ofd, limits);
  const document = readDocument(parts);
  const listPart = document.signatureList;
  const listed = listPart === undefined ? [] : readSignatureList(parts, listPart).signatures;
  if (listPart === undefined || listed.length === 0) throw SEAL_ERRORS.create('ERR_OFD_NOT_SIGNED');
  if (listed.some(({ type }) => type !== 'Seal')) {
    throw SEAL_ERRORS.create('ERR_SEAL_SIGNATURE_UNSUPPORTED', { detail: 'field=Type' });
  }
  const all = listed.map(({ path }) => {
    const file = readSignatureFile(parts, path);
    checkDigestMethod(file.checkMethod);
    return { path, file, signature: parseSealSignature(partOf(parts, file.signedValue)) };
  });
  const around = { parts, document, listPart, all, digests: new PartDigests(parts) };
  const signatures = listed.map((row, index) => judgeSignature(row, all[index]!, around, options));
  const worst = (aspect: 'integrity' | 'trust' | 'time'): VerdictAspect => {
    const builder = new AspectBuilder();
    for (const signature of signatures) builder.add(signature.verdict[aspect]);
    return builder.build();
  };
  return {
    specVersion: '1',
    verdict: { integrity: worst('integrity'), trust: worst('trust'), time: worst('time') },
    signatures,
  };
}
