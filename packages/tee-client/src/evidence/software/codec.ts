import { canonicalJson, toBase64 } from '@cssi/sm-core';
import { EVIDENCE_FORMAT } from '../../spec/v1/evidence.ts';
import { EVIDENCE_MAX_REPORT_BYTES } from '../../spec/v1/evidence-codec.ts';
import type { Evidence } from '../../spec/v1/root-key-service.ts';
import { strictJson } from '../../spec/v1/strict-json.ts';
import { malformed } from '../malformed.ts';

/** Most certificates of one evidence. @internal */
export const MAX_SOFTWARE_CERTIFICATES = 8;
/** Longest certificate of evidence, in bytes. @internal */
export const MAX_SOFTWARE_CERTIFICATE_BYTES = 16_384;
/**
 * Longest encoded evidence of the software TEE, in bytes: report and certificates in base64.
 *
 * @group Attestation
 */
export const MAX_SOFTWARE_EVIDENCE_BYTES = 270_336;

const json = /* @__PURE__ */ strictJson(malformed);

/** `{"certificates":[`: members are sorted, so that every encoded evidence starts like this. */
const START = /* @__PURE__ */ Buffer.from('{"certificates":[');
/** What follows the certificates. Base64 has neither bracket nor quote, so its first place is the only one. */
const MIDDLE = /* @__PURE__ */ Buffer.from(`],"format":"${EVIDENCE_FORMAT}","report":"`);

/**
 * Whether the bytes look like {@link encodeEvidence}'s.
 *
 * @internal
 */
export function looksEncoded(bytes: Uint8Array): boolean {
  if (bytes.length > MAX_SOFTWARE_EVIDENCE_BYTES) return false;
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  if (!view.subarray(0, START.length).equals(START)) return false;
  const end = view.indexOf(0x5d);
  return end > 0 && view.subarray(end, end + MIDDLE.length).equals(MIDDLE);
}

/**
 * Evidence as bytes: canonical JSON of `certificates` and `report` in base64, and `format`.
 *
 * @example
 * ```ts
 * const bytes = encodeEvidence(await enclave.evidence(nonce));
 * const verdict = softwareVerifier.verify(bytes, { time: new Date(), anchors, reportData: nonce });
 * ```
 * @throws {@link SmError} ERR_TEE_EVIDENCE_MALFORMED for evidence that {@link decodeEvidence} would not read
 * @group Attestation
 */
export function encodeEvidence(evidence: Evidence): Uint8Array {
  const { format, report, certificates } = evidence;
  const encoded = canonicalJson({
    format,
    report: toBase64(report),
    certificates: certificates.map((der) => toBase64(der)),
  });
  decodeEvidence(encoded);
  return encoded;
}

/**
 * Reads what {@link encodeEvidence} wrote, strictly: one content has one encoding. Judges nothing.
 *
 * @param bytes - at most {@link MAX_SOFTWARE_EVIDENCE_BYTES}
 * @throws {@link SmError} ERR_TEE_EVIDENCE_MALFORMED
 * @group Attestation
 */
export function decodeEvidence(bytes: Uint8Array): Evidence {
  const value = json.canonical(bytes, 'evidence', MAX_SOFTWARE_EVIDENCE_BYTES);
  const { format, report, certificates } = json.fields(value, ['certificates', 'format', 'report']);
  if (format !== EVIDENCE_FORMAT) throw malformed('format');
  const list = json.list(certificates, 'certificates', MAX_SOFTWARE_CERTIFICATES);
  if (list.length === 0) throw malformed('certificates');
  return {
    format: EVIDENCE_FORMAT,
    report: json.bytes(report, 'report', 1, EVIDENCE_MAX_REPORT_BYTES),
    certificates: list.map((der) => json.bytes(der, 'certificate', 1, MAX_SOFTWARE_CERTIFICATE_BYTES)),
  };
}
