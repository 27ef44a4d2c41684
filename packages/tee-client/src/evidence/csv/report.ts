import { plainBytes } from '../../spec/v1/plain-bytes.ts';
import { ByteReader } from '../byte-reader.ts';
import { malformed } from '../malformed.ts';
import {
  CSV_ALGORITHM_SM2,
  CSV_CERTIFICATE_BYTES,
  CSV_ROOT_CERTIFICATE_BYTES,
  CSV_USAGES,
  type CsvCertificate,
  type CsvDeviceCertificate,
  parseCsvCertificate,
  parseHygonCertificates,
} from './certificate.ts';
import { allZero, readSignature } from './fields.ts';
import { type CsvPolicy, csvPolicy } from './policy.ts';

/** Length of a report of version 1. @group Attestation */
export const CSV_REPORT_V1_BYTES = 2548;
/** Length of a report of version 2. @group Attestation */
export const CSV_REPORT_V2_BYTES = 3380;
/** Length of the device's answer: a report with zeros behind it. @group Attestation */
export const CSV_REPORT_PADDED_BYTES = 4096;
const APPENDED = CSV_ROOT_CERTIFICATE_BYTES + CSV_CERTIFICATE_BYTES;

/** Offsets both versions have in common. @standard Hygon CSV API, attestation report */
const USAGE_AT = 0xb4;
const ALGORITHM_AT = 0xb8;
const ANONCE_AT = 0xbc;
/** Version 1: 0x00 to 0xB3 are signed as transmitted. */
const V1_SIGNED = 0xb4;
const V1_MASKED = 0xbc;
const V1_SIGNATURE_AT = 0xc0;
const V1_SIGNER_AT = 0x150;
const V2_SIGNED = 0x400;
const V2_RTMR_AT = 0xc0;
const V2_SIGNER_AT = 0x490;
const RTMRS = 5;
const SERIAL_BYTES = 64;
const MAC_BYTES = 32;
/** Certificate, serial number, reserved. */
const SIGNER_BYTES = CSV_CERTIFICATE_BYTES + SERIAL_BYTES + 32;

/**
 * A report of a CSV guest (CSV 证明报告), fields as they mean, not as they were masked.
 *
 * @group Attestation
 */
export interface CsvReport {
  readonly version: 1 | 2;
  /** SM3 of the key of the guest's owner, or zeros. */
  readonly userKeyDigest: Uint8Array;
  readonly vmId: Uint8Array;
  readonly vmVersion: Uint8Array;
  /** 64 bytes of the guest's choice. */
  readonly reportData: Uint8Array;
  /** 16 bytes of the guest's choice, key of the MAC. */
  readonly mnonce: Uint8Array;
  /** SM3 of what the guest was started with. */
  readonly measurement: Uint8Array;
  readonly policy: CsvPolicy;
  /** Version 1: what fields were masked with. Outside the signature. */
  readonly anonce: number;
  /** Version 2: build of the firmware. */
  readonly build: number | undefined;
  readonly rtmrVersion: number | undefined;
  /** Version 2: run-time measurement registers 0 to 4; 0 is the measurement again. */
  readonly rtmrs: readonly Uint8Array[];
  /** The bytes under the signature, as transmitted. */
  readonly signed: Uint8Array;
  /** r‖s, 64 bytes. */
  readonly signature: Uint8Array;
  /** The key that signed. */
  readonly pek: CsvDeviceCertificate;
  /** Serial number of the chip. Outside the signature. */
  readonly serialNumber: string;
  /** HMAC-SM3 with the mnonce as its key. */
  readonly mac: Uint8Array;
  /** What the MAC is over, as transmitted. */
  readonly macInput: Uint8Array;
  /** HSK and CEK that came behind the report. */
  readonly appended: readonly CsvCertificate[];
}

function wordAt(bytes: Uint8Array, at: number): number {
  return (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0;
}

/** The report without what was added behind it, and its version; undefined when it has no form we know. */
function split(
  bytes: Uint8Array,
): { readonly version: 1 | 2; readonly report: Uint8Array; readonly rest: Uint8Array } | undefined {
  const plain = plainBytes(bytes);
  for (const behind of [0, APPENDED]) {
    const length = bytes.length - behind;
    const report = plain.subarray(0, Math.max(0, length));
    const rest = plain.subarray(Math.max(0, length));
    if (length === CSV_REPORT_V1_BYTES) return { version: 1, report, rest };
    if (length === CSV_REPORT_V2_BYTES) return { version: 2, report, rest };
    if (length !== CSV_REPORT_PADDED_BYTES) continue;
    if (allZero(report.subarray(CSV_REPORT_V1_BYTES))) {
      return { version: 1, report: report.subarray(0, CSV_REPORT_V1_BYTES), rest };
    }
    if (allZero(report.subarray(CSV_REPORT_V2_BYTES))) {
      return { version: 2, report: report.subarray(0, CSV_REPORT_V2_BYTES), rest };
    }
  }
  return undefined;
}

/** Both versions say that a PEK signed with SM2; version 1 under its mask. */
function namesPek(version: 1 | 2, report: Uint8Array): boolean {
  const mask = version === 1 ? wordAt(report, ANONCE_AT) : 0;
  return (
    (wordAt(report, USAGE_AT) ^ mask) >>> 0 === CSV_USAGES.PEK &&
    (wordAt(report, ALGORITHM_AT) ^ mask) >>> 0 === CSV_ALGORITHM_SM2
  );
}

/** Is it a CSV report, by length and signer? @internal */
export function isCsvReport(bytes: Uint8Array): boolean {
  const parts = split(bytes);
  return parts !== undefined && namesPek(parts.version, parts.report);
}

/** A copy without the mask: every 32-bit word of the range is XORed with the anonce. */
function unmask(report: Uint8Array, from: number, to: number): Uint8Array {
  const plain = report.slice(from, to);
  for (let i = 0; i < plain.length; i++) plain[i]! ^= report[ANONCE_AT + (i & 3)]!;
  return plain;
}

/**
 * Letters, digits, `-`, `.` and `_` up to the first NUL; only NULs after it. Nobody signs it, and it ends up in
 * the address HSK and CEK are asked for at: nothing that means something there may be in it.
 */
function serialText(field: Uint8Array): string {
  const end = field.indexOf(0);
  const bytes = end < 0 ? field : field.subarray(0, end);
  const text = String.fromCharCode(...bytes);
  if (!/^[\w.-]*$/.test(text) || !allZero(field.subarray(bytes.length))) {
    throw malformed('csv-serial-number');
  }
  return text;
}

function readRtmrs(reader: ByteReader): Pick<CsvReport, 'rtmrVersion' | 'rtmrs'> {
  reader.skip(V2_RTMR_AT - reader.at);
  const rtmrVersion = reader.u16();
  reader.skip(14);
  return { rtmrVersion, rtmrs: Array.from({ length: RTMRS }, () => reader.bytes(MAC_BYTES)) };
}

/**
 * Reads a CSV report of version 1 or 2, padded or not, with or without HSK and CEK behind it.
 *
 * @standard Hygon CSV API, attestation report (TEE info V1, V2)
 * @param bytes - 2,548, 3,380 or 4,096 bytes, or 2,916 more
 * @throws {@link SmError} ERR_TEE_EVIDENCE_MALFORMED
 * @group Attestation
 */
export function parseCsvReport(bytes: Uint8Array): CsvReport {
  const parts = split(bytes);
  if (parts === undefined) throw malformed('csv-report-length');
  const { version, report, rest } = parts;
  if (!namesPek(version, report)) throw malformed('csv-report-signer');
  const first = version === 1;
  const signerAt = first ? V1_SIGNER_AT : V2_SIGNER_AT;
  const macAt = signerAt + SIGNER_BYTES;
  const serialAt = signerAt + CSV_CERTIFICATE_BYTES;
  const plain = first ? unmask(report, 0, V1_MASKED) : report.slice(0, V2_SIGNED);
  const open = (from: number, to: number): Uint8Array =>
    first ? unmask(report, from, to) : report.slice(from, to);
  const reader = new ByteReader(plain, 'csv-report');
  const fields = {
    userKeyDigest: reader.bytes(32),
    vmId: reader.bytes(16),
    vmVersion: reader.bytes(16),
    reportData: reader.bytes(64),
    mnonce: reader.bytes(16),
    measurement: reader.bytes(32),
    policy: csvPolicy(reader.u32()),
  };
  const registers = first ? { rtmrVersion: undefined, rtmrs: [] } : readRtmrs(reader);
  return {
    version,
    ...fields,
    anonce: first ? wordAt(report, ANONCE_AT) : 0,
    build: first ? undefined : wordAt(report, ANONCE_AT),
    ...registers,
    signed: report.slice(0, first ? V1_SIGNED : V2_SIGNED),
    signature: readSignature(
      new ByteReader(report.subarray(first ? V1_SIGNATURE_AT : V2_SIGNED), 'csv-report'),
    ),
    pek: parseCsvCertificate(open(signerAt, serialAt)),
    serialNumber: serialText(open(serialAt, serialAt + SERIAL_BYTES)),
    mac: report.slice(macAt, macAt + MAC_BYTES),
    macInput: report.slice(signerAt, macAt),
    appended: rest.length === 0 ? [] : parseHygonCertificates(rest),
  };
}
