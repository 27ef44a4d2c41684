import { ByteReader } from '../byte-reader.ts';
import { malformed } from '../malformed.ts';

/** Length of the body of TDX 1.0 in bytes. @internal */
export const TD_REPORT_10_BYTES = 584;
/** Length of the body of TDX 1.5 in bytes. @internal */
export const TD_REPORT_15_BYTES = 648;

/**
 * What the report of a trust domain says. Byte fields are views of the quote.
 *
 * @standard Intel TDX DCAP Quoting Library API, A.3.2 (TD Quote Body), A.3.3 (TD Quote Body 1.5)
 * @group Attestation
 */
export interface TdReportBody {
  readonly version: '1.0' | '1.5';
  /** Security versions of the TDX module at the launch of the TD, 16 bytes. */
  readonly teeTcbSvn: Uint8Array;
  /** Measurement of the TDX module (SHA-384). */
  readonly mrSeam: Uint8Array;
  /** Signer of the TDX module; zeros for Intel. */
  readonly mrSignerSeam: Uint8Array;
  readonly seamAttributes: Uint8Array;
  /** TD attributes, 8 bytes, little-endian. */
  readonly tdAttributes: Uint8Array;
  readonly xfam: Uint8Array;
  /** Measurement of the TD's first memory (SHA-384). */
  readonly mrTd: Uint8Array;
  readonly mrConfigId: Uint8Array;
  readonly mrOwner: Uint8Array;
  readonly mrOwnerConfig: Uint8Array;
  /** Registers extended at run time (SHA-384), RTMR0 to RTMR3. */
  readonly rtmrs: readonly [Uint8Array, Uint8Array, Uint8Array, Uint8Array];
  readonly reportData: Uint8Array;
  /** Security versions of the TDX module now, after an update that kept the TD. Since 1.5. */
  readonly teeTcbSvn2?: Uint8Array;
  /** Service TDs bound to this one, as that which migrates it. Since 1.5. */
  readonly mrServiceTd?: Uint8Array;
}

/**
 * Reads the body of a TD quote: 584 bytes (1.0) or 648 bytes (1.5).
 *
 * @throws {@link SmError} ERR_TEE_EVIDENCE_MALFORMED
 * @group Attestation
 */
export function parseTdReportBody(bytes: Uint8Array): TdReportBody {
  const newer = bytes.length === TD_REPORT_15_BYTES;
  if (!newer && bytes.length !== TD_REPORT_10_BYTES) throw malformed('td-report-length');
  const reader = new ByteReader(bytes, 'td-report');
  const body = {
    version: newer ? '1.5' : '1.0',
    teeTcbSvn: reader.bytes(16),
    mrSeam: reader.bytes(48),
    mrSignerSeam: reader.bytes(48),
    seamAttributes: reader.bytes(8),
    tdAttributes: reader.bytes(8),
    xfam: reader.bytes(8),
    mrTd: reader.bytes(48),
    mrConfigId: reader.bytes(48),
    mrOwner: reader.bytes(48),
    mrOwnerConfig: reader.bytes(48),
    rtmrs: [reader.bytes(48), reader.bytes(48), reader.bytes(48), reader.bytes(48)],
    reportData: reader.bytes(64),
    ...(newer ? { teeTcbSvn2: reader.bytes(16), mrServiceTd: reader.bytes(48) } : {}),
  } as const satisfies TdReportBody;
  reader.end();
  return body;
}
