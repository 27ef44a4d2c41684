import { concatBytes, fromHex } from '@cssi/sm-core';
import { littleEndian } from './bytes.ts';

/** Intel's quoting enclaves name themselves by this. */
const QE_VENDOR = fromHex('939a7233f79c4ca9940a0db3957f0607');
const ECDSA_P256 = 2;
const CERTIFICATION_QE_REPORT = 6;

/** Parts of a quote. @internal */
export interface QuoteParts {
  readonly version: number;
  readonly tee: number;
  /** Number of the body; written in version 5 only. */
  readonly bodyType: number;
  readonly body: Uint8Array;
  readonly attestationPoint: Uint8Array;
  readonly sign: (signed: Uint8Array) => Uint8Array;
  readonly qeReport: Uint8Array;
  readonly qeReportSignature: Uint8Array;
  readonly authenticationData: Uint8Array;
  readonly certificationType: number;
  readonly certificationData: Uint8Array;
  readonly padding: number;
}

const withLength = (type: number, data: Uint8Array): Uint8Array =>
  concatBytes(littleEndian(type, 2), littleEndian(data.length, 4), data);

const header = ({ version, tee }: QuoteParts): Uint8Array =>
  concatBytes(
    littleEndian(version, 2),
    littleEndian(ECDSA_P256, 2),
    littleEndian(tee, 4),
    // Version 3 has the security versions of the two enclaves here, later ones zeros.
    littleEndian(version === 3 ? 8 : 0, 2),
    littleEndian(version === 3 ? 13 : 0, 2),
    QE_VENDOR,
    new Uint8Array(20),
  );

/**
 * Puts a quote together.
 *
 * @standard Intel SGX ECDSA Quote Library API, Appendix A; Intel TDX DCAP Quoting Library API, Appendix A
 * @internal
 */
export function assembleQuote(parts: QuoteParts): Uint8Array {
  const { version, bodyType, body, authenticationData } = parts;
  const signed = concatBytes(header(parts), version < 5 ? body : withLength(bodyType, body));
  const certification = concatBytes(
    parts.qeReport,
    parts.qeReportSignature,
    littleEndian(authenticationData.length, 2),
    authenticationData,
    withLength(parts.certificationType, parts.certificationData),
  );
  const signature = concatBytes(
    parts.sign(signed),
    parts.attestationPoint,
    version === 3 ? certification : withLength(CERTIFICATION_QE_REPORT, certification),
  );
  return concatBytes(signed, littleEndian(signature.length, 4), signature, new Uint8Array(parts.padding));
}
