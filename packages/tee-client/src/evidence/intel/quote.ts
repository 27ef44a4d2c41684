import { ByteReader } from '../byte-reader.ts';
import { malformed } from '../malformed.ts';
import { ENCLAVE_REPORT_BYTES, parseSgxReportBody, type SgxReportBody } from './enclave-report.ts';
import { MAX_INTEL_QUOTE_BYTES } from './limits.ts';
import { parseQuoteSignature, type QuoteSignature } from './quote-signature.ts';
import { parseTdReportBody, TD_REPORT_10_BYTES, TD_REPORT_15_BYTES, type TdReportBody } from './td-report.ts';

const HEADER_BYTES = 48;
/** ECDSA over P-256 with SHA-256, the one kind of attestation key in use. */
const ECDSA_P256 = 2;
const TEE_SGX = 0;
const TEE_TDX = 0x81;

/** Bodies of version 5, by their number. @standard Intel TDX DCAP Quoting Library API, A.3 (Quote Format 5) */
const BODIES: Readonly<Record<number, { readonly tee: number; readonly bytes: number }>> = {
  1: { tee: TEE_SGX, bytes: ENCLAVE_REPORT_BYTES },
  2: { tee: TEE_TDX, bytes: TD_REPORT_10_BYTES },
  3: { tee: TEE_TDX, bytes: TD_REPORT_15_BYTES },
};

/** What both kinds of quote have. @group Attestation */
export interface IntelQuoteFrame {
  /** 3, 4 or 5. */
  readonly version: number;
  /** Security version of the quoting enclave; version 3 only, 0 later. */
  readonly qeSvn: number;
  /** Security version of the provisioning certification enclave; version 3 only, 0 later. */
  readonly pceSvn: number;
  /** Who made the quoting enclave. */
  readonly qeVendor: Uint8Array;
  /** Free field of the quoting enclave; its first 16 bytes name the platform within a data centre. */
  readonly userData: Uint8Array;
  /** The bytes the attestation key signed: header and body. */
  readonly signed: Uint8Array;
  readonly signature: QuoteSignature;
}

/**
 * A quote of an SGX enclave or of a trust domain. Byte fields are views of the input.
 *
 * @group Attestation
 */
export type IntelQuote = IntelQuoteFrame &
  (
    | { readonly tee: 'sgx'; readonly body: SgxReportBody }
    | { readonly tee: 'tdx'; readonly body: TdReportBody }
  );

/** Which TEE the header speaks of; undefined when it is no quote. @internal */
export function quoteTee(bytes: Uint8Array): 'sgx' | 'tdx' | undefined {
  if (bytes.length < HEADER_BYTES + ENCLAVE_REPORT_BYTES || bytes.length > MAX_INTEL_QUOTE_BYTES) return;
  const version = bytes[0];
  if (bytes[1] !== 0 || bytes[2] !== ECDSA_P256 || bytes[3] !== 0) return;
  if (bytes[5] !== 0 || bytes[6] !== 0 || bytes[7] !== 0) return;
  if (bytes[4] === TEE_SGX && (version === 3 || version === 4 || version === 5)) return 'sgx';
  if (bytes[4] === TEE_TDX && (version === 4 || version === 5)) return 'tdx';
  return;
}

/** Type and length of the body; version 5 states them, the others follow from the TEE. */
function bodyLength(reader: ByteReader, version: number, tee: number): number {
  if (version < 5) return tee === TEE_SGX ? ENCLAVE_REPORT_BYTES : TD_REPORT_10_BYTES;
  const known = BODIES[reader.u16()];
  const bytes = reader.u32();
  if (known === undefined || known.tee !== tee) throw malformed('quote-body-type');
  if (known.bytes !== bytes) throw malformed('quote-body-length');
  return bytes;
}

/** Drivers hand quotes out in buffers of fixed length; what follows the quote may be zeros, nothing else. */
function checkPadding(rest: Uint8Array): void {
  if (rest.some((byte) => byte !== 0)) throw malformed('quote-trailing');
}

/**
 * Reads a quote: SGX in versions 3, 4 and 5, TDX in versions 4 and 5 (bodies 1.0 and 1.5).
 *
 * @param bytes - at most {@link MAX_INTEL_QUOTE_BYTES}; zeros behind the quote are read over
 * @standard Intel SGX ECDSA Quote Library API, Appendix A (version 3); Intel TDX DCAP Quoting Library API,
 *   Appendix A (versions 4 and 5)
 * @throws {@link SmError} ERR_TEE_EVIDENCE_MALFORMED
 * @group Attestation
 */
export function parseIntelQuote(bytes: Uint8Array): IntelQuote {
  if (bytes.length > MAX_INTEL_QUOTE_BYTES) throw malformed('quote-too-long');
  const reader = new ByteReader(bytes, 'quote');
  const version = reader.u16();
  if (version < 3 || version > 5) throw malformed('quote-version');
  if (reader.u16() !== ECDSA_P256) throw malformed('quote-key-type');
  const tee = reader.u32();
  if (tee !== TEE_SGX && (tee !== TEE_TDX || version === 3)) throw malformed('quote-tee-type');
  const [qeSvn, pceSvn] = [reader.u16(), reader.u16()];
  const qeVendor = reader.bytes(16);
  const userData = reader.bytes(20);
  const body = reader.bytes(bodyLength(reader, version, tee));
  const signed = bytes.subarray(0, reader.at);
  const signature = parseQuoteSignature(reader.bytes(reader.u32()), version);
  checkPadding(reader.bytes(reader.left));
  const frame = { version, qeSvn, pceSvn, qeVendor, userData, signed, signature };
  if (tee === TEE_SGX) return { tee: 'sgx', ...frame, body: parseSgxReportBody(body) };
  return { tee: 'tdx', ...frame, body: parseTdReportBody(body) };
}
