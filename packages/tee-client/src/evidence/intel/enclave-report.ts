import { ByteReader } from '../byte-reader.ts';
import { malformed } from '../malformed.ts';

/** Length of a report body of SGX in bytes. @internal */
export const ENCLAVE_REPORT_BYTES = 384;

/**
 * What an SGX enclave's report says (REPORTBODY). Byte fields are views of the quote.
 *
 * @standard Intel SDM vol. 3D §35.15 (REPORT structure)
 * @group Attestation
 */
export interface SgxReportBody {
  /** Security versions of the processor, 16 bytes, of which only the provisioning service knows the meaning. */
  readonly cpuSvn: Uint8Array;
  readonly miscSelect: number;
  readonly isvExtProdId: Uint8Array;
  /** Flags (8 bytes, little-endian) and XFRM (8 bytes). */
  readonly attributes: Uint8Array;
  readonly mrEnclave: Uint8Array;
  readonly mrSigner: Uint8Array;
  readonly configId: Uint8Array;
  readonly isvProdId: number;
  readonly isvSvn: number;
  readonly configSvn: number;
  readonly isvFamilyId: Uint8Array;
  readonly reportData: Uint8Array;
}

/** Bits of the first byte of `attributes`. @standard Intel SDM vol. 3D §35.7.1 @internal */
export const SGX_FLAGS = {
  init: 0x01,
  debug: 0x02,
  provisionKey: 0x10,
} as const;

/**
 * Reads the 384 bytes of a report body.
 *
 * @throws {@link SmError} ERR_TEE_EVIDENCE_MALFORMED
 * @group Attestation
 */
export function parseSgxReportBody(bytes: Uint8Array): SgxReportBody {
  if (bytes.length !== ENCLAVE_REPORT_BYTES) throw malformed('enclave-report-length');
  const reader = new ByteReader(bytes, 'enclave-report');
  const cpuSvn = reader.bytes(16);
  const miscSelect = reader.u32();
  reader.skip(12);
  const isvExtProdId = reader.bytes(16);
  const attributes = reader.bytes(16);
  const mrEnclave = reader.bytes(32);
  reader.skip(32);
  const mrSigner = reader.bytes(32);
  reader.skip(32);
  const configId = reader.bytes(64);
  const isvProdId = reader.u16();
  const isvSvn = reader.u16();
  const configSvn = reader.u16();
  reader.skip(42);
  const isvFamilyId = reader.bytes(16);
  const reportData = reader.bytes(64);
  reader.end();
  return {
    cpuSvn,
    miscSelect,
    isvExtProdId,
    attributes,
    mrEnclave,
    mrSigner,
    configId,
    isvProdId,
    isvSvn,
    configSvn,
    isvFamilyId,
    reportData,
  };
}
