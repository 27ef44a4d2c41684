import { type KeyObject, sign } from 'node:crypto';
import { SNP_REPORT_BYTES, SNP_SCALAR_BYTES, SNP_SIGNED_BYTES } from '../evidence/snp/report.ts';
import { encodeTcb, type SnpProduct, type SnpTcbPart } from '../evidence/snp/tcb.ts';

/** Versions of a TCB version by part; those left out are 0. @group Synthetic evidence */
export type SyntheticSnpTcb = Readonly<Partial<Record<SnpTcbPart, number>>>;

/**
 * Fields of a synthetic report; what is left out is zero or as a guest of an ordinary host has it.
 *
 * @group Synthetic evidence
 */
export interface SyntheticSnpReport {
  /** 2, 3, 4 or 5; 3 when left out. */
  readonly version?: number;
  readonly guestSvn?: number;
  /** GUEST_POLICY, low 32 bits; SMT allowed and nothing else when left out. */
  readonly policy?: number;
  readonly vmpl?: number;
  /** 1, ECDSA P-384, when left out. */
  readonly signatureAlgorithm?: number;
  /** PLATFORM_INFO, low 32 bits. */
  readonly platform?: number;
  /** Flags besides the kind of the key: bit 0 author key, bit 1 chip key masked. */
  readonly flags?: number;
  /** Up to 64 bytes. */
  readonly reportData?: Uint8Array;
  /** 48 bytes. */
  readonly measurement?: Uint8Array;
  /** 32 bytes. */
  readonly hostData?: Uint8Array;
  /** 48 bytes. */
  readonly idKeyDigest?: Uint8Array;
  /** 48 bytes. */
  readonly authorKeyDigest?: Uint8Array;
  /** The endorsement's when left out, as for the other three. */
  readonly reportedTcb?: SyntheticSnpTcb;
  readonly currentTcb?: SyntheticSnpTcb;
  readonly committedTcb?: SyntheticSnpTcb;
  readonly launchTcb?: SyntheticSnpTcb;
  /** 64 bytes; the endorsement's chip when left out. */
  readonly chipId?: Uint8Array;
  /** Family, model, stepping; the product's when left out. */
  readonly cpu?: readonly [family: number, model: number, stepping: number];
  /** 0 VCEK, 1 VLEK, 7 none; the endorsement's kind when left out. */
  readonly signingKey?: number;
  /** Launch and current mitigation vectors, of version 5. */
  readonly mitigations?: readonly [launch: number, current: number];
}

/** What a report takes from its endorsement. @internal */
export interface SnpReportContext {
  readonly product: SnpProduct;
  readonly kind: 'vcek' | 'vlek';
  readonly tcb: SyntheticSnpTcb;
  readonly chipId: Uint8Array;
}

const CPUS: Readonly<Record<SnpProduct, readonly [number, number, number]>> = {
  Milan: [0x19, 0x01, 0x01],
  Genoa: [0x19, 0x11, 0x01],
  Turin: [0x1a, 0x02, 0x01],
};
/** SMT allowed, and the bit that is always one. */
const PLAIN_POLICY = 0x3_0000;

/** The report up to its signature. */
function fieldsOf(fields: SyntheticSnpReport, context: SnpReportContext): Uint8Array {
  const report = new Uint8Array(SNP_REPORT_BYTES);
  const view = new DataView(report.buffer);
  const { version = 3, signingKey = context.kind === 'vlek' ? 1 : 0, flags = 0 } = fields;
  const tcb = (at: number, value: SyntheticSnpTcb = context.tcb) =>
    report.set(encodeTcb(value, context.product), at);
  const bytes = (at: number, max: number, value: Uint8Array = new Uint8Array(0)) =>
    report.set(value.subarray(0, max), at);
  view.setUint32(0x00, version, true);
  view.setUint32(0x04, fields.guestSvn ?? 0, true);
  view.setUint32(0x08, fields.policy ?? PLAIN_POLICY, true);
  view.setUint32(0x30, fields.vmpl ?? 0, true);
  view.setUint32(0x34, fields.signatureAlgorithm ?? 1, true);
  tcb(0x38, fields.currentTcb);
  view.setUint32(0x40, fields.platform ?? 0, true);
  view.setUint32(0x48, flags | (signingKey << 2), true);
  bytes(0x50, 64, fields.reportData);
  bytes(0x90, 48, fields.measurement);
  bytes(0xc0, 32, fields.hostData);
  bytes(0xe0, 48, fields.idKeyDigest);
  bytes(0x110, 48, fields.authorKeyDigest);
  report.fill(0xff, 0x160, 0x180);
  tcb(0x180, fields.reportedTcb);
  if (version >= 3) report.set(fields.cpu ?? CPUS[context.product], 0x188);
  bytes(0x1a0, 64, fields.chipId ?? context.chipId);
  tcb(0x1e0, fields.committedTcb);
  report.set([1, 55, 1, 0, 1, 55, 1, 0], 0x1e8);
  tcb(0x1f0, fields.launchTcb);
  const [launch, current] = fields.mitigations ?? [0, 0];
  view.setUint32(0x1f8, launch, true);
  view.setUint32(0x200, current, true);
  return report;
}

/**
 * Signs a report as the secure processor does: r and s little-endian, 72 bytes each.
 *
 * @param report - 1184 bytes; its signature is replaced in the copy that is returned
 * @group Synthetic evidence
 */
export function signSnpReport(report: Uint8Array, privateKey: KeyObject): Uint8Array {
  const out = report.slice();
  out.fill(0, SNP_SIGNED_BYTES);
  const signature = sign('sha384', out.subarray(0, SNP_SIGNED_BYTES), {
    key: privateKey,
    dsaEncoding: 'ieee-p1363',
  });
  const half = signature.length / 2;
  out.set(Uint8Array.from(signature.subarray(0, half)).reverse(), SNP_SIGNED_BYTES);
  out.set(Uint8Array.from(signature.subarray(half)).reverse(), SNP_SIGNED_BYTES + SNP_SCALAR_BYTES);
  return out;
}

/** @internal */
export const writeSnpReport = (
  fields: SyntheticSnpReport,
  context: SnpReportContext,
  privateKey: KeyObject,
): Uint8Array => signSnpReport(fieldsOf(fields, context), privateKey);
