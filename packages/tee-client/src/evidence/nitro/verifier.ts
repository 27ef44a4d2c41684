import type { Certificate } from '@cssi/pki';
import { equalBytes } from '@cssi/sm-core';
import type { AttestationVerdict, EvidenceVerifier, VerificationOptions } from '../../spec/v1/attestation.ts';
import { coseKeyOfSpki } from '../cose/key.ts';
import { verifyCoseSign1 } from '../cose/verify.ts';
import { judgeFreshness } from '../freshness.ts';
import { malformed } from '../malformed.ts';
import { type FindingText, ReportBuilder } from '../report-builder.ts';
import { judgeChain, readCertificate } from '../x509-chain.ts';
import { nitroClaims } from './claims.ts';
import { isNitroDocument, type NitroDocument, parseNitroDocument } from './document.ts';

/** How far the enclave's clock may be ahead of the verifier's. */
const CLOCK_SKEW_MS = 60_000;

const TEXTS = {
  formatRight: ['FORMAT_RIGHT', 'The evidence is encoded as specified.', '证据编码符合规范。'],
  bundleRight: [
    'CABUNDLE_IN_ORDER',
    'Each certificate of the document was issued by the one before it.',
    '文档中的每张证书均由其前一张证书签发。',
  ],
  bundleWrong: [
    'CABUNDLE_OUT_OF_ORDER',
    'The certificates of the document do not follow on each other.',
    '文档中的证书未能前后相继。',
  ],
  rootWrong: [
    'CABUNDLE_ROOT_NOT_ANCHOR',
    'The root certificate of the document is not one of the trust anchors.',
    '文档中的根证书不在信任锚之列。',
  ],
  signatureRight: [
    'EVIDENCE_SIGNATURE_RIGHT',
    'The document was signed by the key of its certificate.',
    '文档由其证书的密钥签名。',
  ],
  signatureWrong: [
    'EVIDENCE_SIGNATURE_WRONG',
    'The document was not signed by the key of its certificate.',
    '文档并非由其证书的密钥签名。',
  ],
  algorithmWrong: [
    'EVIDENCE_ALGORITHM_WRONG',
    'The document is not signed with ECDSA on P-384, the only algorithm of its format.',
    '文档未采用该格式唯一规定的 P-384 ECDSA 签名算法。',
  ],
  timeRight: [
    'EVIDENCE_TIME_RIGHT',
    'The document was issued within the validity of its certificate.',
    '文档在其证书有效期内签发。',
  ],
  future: ['EVIDENCE_FROM_FUTURE', 'The evidence is dated in the future.', '证据签发时间在未来。'],
  outside: [
    'EVIDENCE_OUTSIDE_CERTIFICATE',
    'The document is dated outside the validity of its certificate.',
    '文档的签发时间不在其证书有效期内。',
  ],
} as const satisfies Record<string, FindingText>;

function certificate(der: Uint8Array): Certificate {
  try {
    return readCertificate(der);
  } catch (cause) {
    throw malformed('nitro-certificate', cause);
  }
}

/** Root first, each the issuer of the next, the last one that of the leaf. */
function inOrder(leaf: Certificate, bundle: readonly Certificate[]): boolean {
  const chain = [...bundle, leaf];
  return chain.every(({ issuerRaw }, index) =>
    equalBytes(issuerRaw, chain[Math.max(0, index - 1)]!.subjectRaw),
  );
}

function judgeCertificates(
  report: ReportBuilder,
  document: NitroDocument,
  leaf: Certificate,
  options: VerificationOptions,
): void {
  const bundle = document.cabundle.map(certificate);
  report.check('certificates', inOrder(leaf, bundle), TEXTS.bundleRight, TEXTS.bundleWrong);
  // A root of its own with the name and key of an anchor's would do for a path; the document has to
  // carry the anchor itself.
  const anchors = options.anchors.certificates ?? [];
  const known = anchors.some(({ raw }) => equalBytes(raw, document.cabundle[0]!));
  if (anchors.length > 0 && !known) report.fail('chain', TEXTS.rootWrong);
  // The anchor stands in the document again: one copy is enough for the search.
  const intermediates = known ? bundle.slice(1) : bundle;
  judgeChain(report, leaf, { ...options, intermediates, keyUsage: ['digitalSignature'] });
}

function judgeTime(report: ReportBuilder, document: NitroDocument, leaf: Certificate, time: Date): void {
  const issued = document.timestamp.getTime();
  const inside = issued >= leaf.notBefore.getTime() && issued < leaf.notAfter.getTime() + 1000;
  if (issued > time.getTime() + CLOCK_SKEW_MS) report.fail('validity', TEXTS.future);
  else report.check('validity', inside, TEXTS.timeRight, TEXTS.outside);
}

/**
 * The vendor signs with ES384 and nothing else: a key of another kind under an anchor that is there for
 * other evidence makes no document.
 */
function judgeSignature(report: ReportBuilder, { message }: NitroDocument, leaf: Certificate): void {
  if (message.algorithm !== 'ES384') {
    report.fail('signature', TEXTS.algorithmWrong);
    return;
  }
  const signed = verifyCoseSign1(message, coseKeyOfSpki(leaf.publicKeyInfo));
  report.check('signature', signed, TEXTS.signatureRight, TEXTS.signatureWrong);
}

function verify(evidence: Uint8Array, options: VerificationOptions): AttestationVerdict {
  const document = parseNitroDocument(evidence);
  const leaf = certificate(document.certificate);
  const report = new ReportBuilder().pass('format', TEXTS.formatRight);
  judgeCertificates(report, document, leaf, options);
  judgeSignature(report, document, leaf);
  judgeFreshness(report, document.nonce ?? new Uint8Array(0), options.reportData);
  judgeTime(report, document, leaf, options.time);
  return report.build(nitroClaims(document));
}

/**
 * Verifies attestation documents of AWS Nitro enclaves: COSE ES384 by the key of the document's certificate,
 * the chain of the document to an anchor that the document itself carries as its root, `nonce` against the
 * report data. The certificate lives three hours, so `time` decides. A document names no TCB; what the
 * platform runs is its operator's word. Whoever is an anchor vouches for documents, so give the vendor's root
 * alone where the vendor alone may.
 *
 * @example
 * ```ts
 * const verdict = nitroVerifier.verify(document, { time: new Date(), anchors: { certificates: [root] }, reportData });
 * if (isAccepted(verdict)) console.log(verdict.claims.measurements);
 * ```
 * @standard AWS Nitro Enclaves, attestation process §3.2
 * @group Attestation
 */
export const nitroVerifier: EvidenceVerifier = {
  specVersion: '1',
  type: 'nitro',
  recognises: isNitroDocument,
  verify,
};
