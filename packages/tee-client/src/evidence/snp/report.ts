import { ByteReader } from '../byte-reader.ts';
import { malformed } from '../malformed.ts';
import { productOf, SNP_TCB_BYTES, type SnpProduct } from './tcb.ts';

/** Length of an attestation report, in bytes. @group Attestation */
export const SNP_REPORT_BYTES = 1184;
/** What the signature is over: the report up to the signature. @internal */
export const SNP_SIGNED_BYTES = 0x2a0;
/** Bytes of r and of s, little-endian. @internal */
export const SNP_SCALAR_BYTES = 72;
/** Bytes of a number of P-384. */
const P384_BYTES = 48;

/** Bits of a policy that mean something. @standard AMD 56860 §4.3 */
const POLICY_BITS = 26;

/** VMPL of a report that the host asked for. @internal */
export const SNP_HOST_VMPL = 0xffff_ffff;
/** ECDSA P-384 with SHA-384. @internal */
export const SNP_ECDSA_P384 = 1;

/** What the owner of a guest allows. @standard AMD 56860 §4.3 @group Attestation */
export interface SnpPolicy {
  readonly abiMajor: number;
  readonly abiMinor: number;
  readonly smtAllowed: boolean;
  readonly migrationAgentAllowed: boolean;
  readonly debugAllowed: boolean;
  readonly singleSocket: boolean;
  readonly cxlAllowed: boolean;
  readonly aes256XtsRequired: boolean;
  readonly raplDisabled: boolean;
  readonly ciphertextHidingRequired: boolean;
  readonly pageSwapDisabled: boolean;
}

/** State of the platform. @standard AMD 56860 §7.3 PLATFORM_INFO @group Attestation */
export interface SnpPlatform {
  readonly smtEnabled: boolean;
  readonly tsmeEnabled: boolean;
  readonly eccEnabled: boolean;
  readonly raplDisabled: boolean;
  readonly ciphertextHidingEnabled: boolean;
  readonly aliasCheckComplete: boolean;
  readonly tioEnabled: boolean;
}

/** A version of the SNP firmware. @group Attestation */
export interface SnpFirmware {
  readonly major: number;
  readonly minor: number;
  readonly build: number;
}

/**
 * An attestation report taken apart. Byte arrays are views of the input; TCB versions are 8 bytes,
 * little-endian.
 *
 * @standard AMD 56860 §7.3 ATTESTATION_REPORT
 * @group Attestation
 */
export interface SnpReport {
  readonly version: 2 | 3 | 4 | 5;
  readonly guestSvn: number;
  readonly policy: SnpPolicy;
  /** 16 bytes. */
  readonly familyId: Uint8Array;
  /** 16 bytes. */
  readonly imageId: Uint8Array;
  /** 0 to 3; 4,294,967,295 when the host asked for the report. */
  readonly vmpl: number;
  /** 1: ECDSA P-384 with SHA-384; 0 in a report that was not signed. */
  readonly signatureAlgorithm: number;
  readonly currentTcb: Uint8Array;
  readonly platform: SnpPlatform;
  readonly authorKeyEnabled: boolean;
  /** The chip's own key is not to be used. */
  readonly maskChipKey: boolean;
  readonly signingKey: 'vcek' | 'vlek' | 'none' | 'reserved';
  /** 64 bytes. */
  readonly reportData: Uint8Array;
  /** SHA-384 over what was loaded at launch, 48 bytes. */
  readonly measurement: Uint8Array;
  /** What the host gave at launch, 32 bytes. */
  readonly hostData: Uint8Array;
  /** 48 bytes, zeros where there is no such key; the author's too. */
  readonly idKeyDigest: Uint8Array;
  readonly authorKeyDigest: Uint8Array;
  /** 32 bytes. */
  readonly reportId: Uint8Array;
  /** Report of the migration agent, 32 bytes; all ones where there is none. */
  readonly migrationAgentReportId: Uint8Array;
  readonly reportedTcb: Uint8Array;
  /** From version 3 on. */
  readonly cpu?: { readonly family: number; readonly model: number; readonly stepping: number };
  /** By the processor's family and model; undefined for unknown ones and before version 3. */
  readonly product: SnpProduct | undefined;
  /** 64 bytes; zeros where the platform hides it. */
  readonly chipId: Uint8Array;
  readonly committedTcb: Uint8Array;
  readonly current: SnpFirmware;
  readonly committed: SnpFirmware;
  readonly launchTcb: Uint8Array;
  /** Mitigations in force at launch and now, 8 bytes each; from version 5 on. */
  readonly mitigations?: { readonly launch: Uint8Array; readonly current: Uint8Array };
  /** Bytes 0 to 671. */
  readonly signed: Uint8Array;
  /** r‖s, 96 bytes, big-endian. */
  readonly signature: Uint8Array;
}

const bit = (bits: number, n: number): boolean => ((bits >>> n) & 1) === 1;

const SIGNING_KEYS = [
  'vcek',
  'vlek',
  'reserved',
  'reserved',
  'reserved',
  'reserved',
  'reserved',
  'none',
] as const;

function readPolicy(reader: ByteReader): SnpPolicy {
  const bits = reader.u32();
  // A bit of later firmware may allow the host what nobody here knows of.
  if (reader.u32() !== 0 || bits >>> POLICY_BITS !== 0 || !bit(bits, 17)) throw malformed('snp-policy');
  return {
    abiMinor: bits & 0xff,
    abiMajor: (bits >>> 8) & 0xff,
    smtAllowed: bit(bits, 16),
    migrationAgentAllowed: bit(bits, 18),
    debugAllowed: bit(bits, 19),
    singleSocket: bit(bits, 20),
    cxlAllowed: bit(bits, 21),
    aes256XtsRequired: bit(bits, 22),
    raplDisabled: bit(bits, 23),
    ciphertextHidingRequired: bit(bits, 24),
    pageSwapDisabled: bit(bits, 25),
  };
}

function readPlatform(reader: ByteReader): SnpPlatform {
  const bits = reader.u32();
  // Bits of later firmware are no concern of ours; they are signed like the others.
  reader.skip(4);
  return {
    smtEnabled: bit(bits, 0),
    tsmeEnabled: bit(bits, 1),
    eccEnabled: bit(bits, 2),
    raplDisabled: bit(bits, 3),
    ciphertextHidingEnabled: bit(bits, 4),
    aliasCheckComplete: bit(bits, 5),
    tioEnabled: bit(bits, 7),
  };
}

function readFirmware(reader: ByteReader): SnpFirmware {
  const [build, minor, major] = [reader.u8(), reader.u8(), reader.u8()];
  reader.skip(1);
  return { major, minor, build };
}

/** One number of the signature: little-endian in 72 bytes to big-endian in 48. */
function scalar(field: Uint8Array): Uint8Array {
  if (field.subarray(P384_BYTES).some((byte) => byte !== 0)) throw malformed('snp-signature');
  return field.slice(0, P384_BYTES).reverse();
}

function readSignature(reader: ByteReader): Uint8Array {
  const signature = new Uint8Array(2 * P384_BYTES);
  signature.set(scalar(reader.bytes(SNP_SCALAR_BYTES)));
  signature.set(scalar(reader.bytes(SNP_SCALAR_BYTES)), P384_BYTES);
  // Nobody signed what follows: anything but zeros would be a second form of the same report.
  if (reader.bytes(reader.left).some((byte) => byte !== 0)) throw malformed('snp-signature');
  return signature;
}

function readVersion(reader: ByteReader): SnpReport['version'] {
  const version = reader.u32();
  if (version !== 2 && version !== 3 && version !== 4 && version !== 5) throw malformed('snp-version');
  return version;
}

/**
 * Reads an attestation report of version 2 to 5. Judges nothing.
 *
 * @param bytes - 1184 bytes
 * @standard AMD 56860 §7.3 ATTESTATION_REPORT
 * @throws {@link SmError} ERR_TEE_EVIDENCE_MALFORMED
 * @group Attestation
 */
export function parseSnpReport(bytes: Uint8Array): SnpReport {
  if (bytes.length !== SNP_REPORT_BYTES) throw malformed('snp-length');
  const reader = new ByteReader(bytes, 'snp');
  const version = readVersion(reader);
  const guestSvn = reader.u32();
  const policy = readPolicy(reader);
  const familyId = reader.bytes(16);
  const imageId = reader.bytes(16);
  const vmpl = reader.u32();
  if (vmpl > 3 && vmpl !== SNP_HOST_VMPL) throw malformed('snp-vmpl');
  const signatureAlgorithm = reader.u32();
  if (signatureAlgorithm > SNP_ECDSA_P384) throw malformed('snp-signature-algorithm');
  const currentTcb = reader.bytes(SNP_TCB_BYTES);
  const platform = readPlatform(reader);
  const flags = reader.u32();
  if (reader.u32() !== 0) throw malformed('snp-reserved');
  const reportData = reader.bytes(64);
  const measurement = reader.bytes(48);
  const hostData = reader.bytes(32);
  const idKeyDigest = reader.bytes(48);
  const authorKeyDigest = reader.bytes(48);
  const reportId = reader.bytes(32);
  const migrationAgentReportId = reader.bytes(32);
  const reportedTcb = reader.bytes(SNP_TCB_BYTES);
  const [family, model, stepping] = [reader.u8(), reader.u8(), reader.u8()];
  reader.skip(21);
  const chipId = reader.bytes(64);
  const committedTcb = reader.bytes(SNP_TCB_BYTES);
  const current = readFirmware(reader);
  const committed = readFirmware(reader);
  const launchTcb = reader.bytes(SNP_TCB_BYTES);
  const launch = reader.bytes(8);
  const now = reader.bytes(8);
  reader.skip(SNP_SIGNED_BYTES - reader.at);
  return {
    version,
    guestSvn,
    policy,
    familyId,
    imageId,
    vmpl,
    signatureAlgorithm,
    currentTcb,
    platform,
    authorKeyEnabled: bit(flags, 0),
    maskChipKey: bit(flags, 1),
    signingKey: SIGNING_KEYS[(flags >>> 2) & 7] ?? 'reserved',
    reportData,
    measurement,
    hostData,
    idKeyDigest,
    authorKeyDigest,
    reportId,
    migrationAgentReportId,
    reportedTcb,
    ...(version < 3 ? {} : { cpu: { family, model, stepping } }),
    product: version < 3 ? undefined : productOf(family, model),
    chipId,
    committedTcb,
    current,
    committed,
    launchTcb,
    ...(version < 5 ? {} : { mitigations: { launch, current: now } }),
    signed: bytes.subarray(0, SNP_SIGNED_BYTES),
    signature: readSignature(reader),
  };
}

/** Whether 1184 bytes look like a report: version, signature algorithm and what must be zero or one. @internal */
export function looksLikeSnpReport(bytes: Uint8Array): boolean {
  if (bytes.length < SNP_REPORT_BYTES) return false;
  const view = new DataView(bytes.buffer, bytes.byteOffset, SNP_REPORT_BYTES);
  const version = view.getUint32(0, true);
  if (version < 2 || version > 5 || view.getUint32(0x34, true) > SNP_ECDSA_P384) return false;
  if (!bit(view.getUint32(0x08, true), 17) || view.getUint32(0x0c) !== 0) return false;
  if (view.getUint32(0x4c) !== 0) return false;
  const rest = SNP_SIGNED_BYTES + 2 * SNP_SCALAR_BYTES;
  return bytes.subarray(rest, SNP_REPORT_BYTES).every((byte) => byte === 0);
}
