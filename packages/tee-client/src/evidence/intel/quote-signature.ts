import { ByteReader } from '../byte-reader.ts';
import { malformed } from '../malformed.ts';
import { ENCLAVE_REPORT_BYTES, parseSgxReportBody, type SgxReportBody } from './enclave-report.ts';
import { MAX_CERTIFICATION_BYTES } from './limits.ts';

/** Certification data that is the PCK chain in PEM. @internal */
export const CERTIFICATION_PCK_CHAIN = 5;
/** Certification data that is the report of the quoting enclave, with certification data of its own. */
const CERTIFICATION_QE_REPORT = 6;
/** Longest authentication data of the quoting enclave in bytes; real ones have 32. */
const MAX_AUTHENTICATION_BYTES = 1024;

/**
 * The signature part of a quote: what the attestation key signed with, and who vouches for that key.
 *
 * @group Attestation
 */
export interface QuoteSignature {
  /** r‖s over header and body, 64 bytes. */
  readonly signature: Uint8Array;
  /** Attestation key x‖y on P-256, 64 bytes. */
  readonly attestationKey: Uint8Array;
  /** Report of the quoting enclave as the PCK signed it, 384 bytes. */
  readonly qeReportRaw: Uint8Array;
  readonly qeReport: SgxReportBody;
  /** r‖s of the PCK over `qeReportRaw`. */
  readonly qeReportSignature: Uint8Array;
  /** Hashed with the attestation key into the report data of the quoting enclave. */
  readonly authenticationData: Uint8Array;
  /** 5: PCK chain in PEM; others name the platform without certificates. */
  readonly certificationType: number;
  readonly certificationData: Uint8Array;
}

function certificationData(reader: ByteReader): { type: number; data: Uint8Array } {
  const type = reader.u16();
  const length = reader.u32();
  if (length > MAX_CERTIFICATION_BYTES) throw malformed('certification-data-length');
  return { type, data: reader.bytes(length) };
}

/**
 * Version 3 has the report of the quoting enclave in place; later ones have it inside of
 * certification data of type 6, which then has to be there.
 *
 * @standard Intel SGX ECDSA Quote Library API, A.4; Intel TDX DCAP Quoting Library API, A.3.8
 * @throws {@link SmError} ERR_TEE_EVIDENCE_MALFORMED
 * @internal
 */
export function parseQuoteSignature(bytes: Uint8Array, version: number): QuoteSignature {
  const outer = new ByteReader(bytes, 'quote-signature');
  const signature = outer.bytes(64);
  const attestationKey = outer.bytes(64);
  let reader = outer;
  if (version > 3) {
    const { type, data } = certificationData(outer);
    if (type !== CERTIFICATION_QE_REPORT) throw malformed('certification-data-type');
    outer.end();
    reader = new ByteReader(data, 'qe-certification');
  }
  const qeReportRaw = reader.bytes(ENCLAVE_REPORT_BYTES);
  const qeReportSignature = reader.bytes(64);
  const authenticationLength = reader.u16();
  if (authenticationLength > MAX_AUTHENTICATION_BYTES) throw malformed('authentication-data-length');
  const authenticationData = reader.bytes(authenticationLength);
  const { type, data } = certificationData(reader);
  // Nesting ends here: a chain, or a name for one.
  if (type < 1 || type > CERTIFICATION_PCK_CHAIN) throw malformed('certification-data-type');
  reader.end();
  return {
    signature,
    attestationKey,
    qeReportRaw,
    qeReport: parseSgxReportBody(qeReportRaw),
    qeReportSignature,
    authenticationData,
    certificationType: type,
    certificationData: data,
  };
}
