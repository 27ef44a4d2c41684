import type { Measurement } from '../../spec/v1/attestation.ts';

/** Digest algorithms of measurement registers. @group Attestation */
export type LogAlgorithm = Measurement['algorithm'];

/**
 * Numbers of hash algorithms (TPM_ALG_ID) and the length of their digests.
 *
 * @standard TCG Algorithm Registry §6.10; GM/T 0012-2020 (SM3 = 0x0012)
 * @group Attestation
 */
export const LOG_ALGORITHMS = {
  sha1: { id: 0x0004, bytes: 20 },
  sha256: { id: 0x000b, bytes: 32 },
  sha384: { id: 0x000c, bytes: 48 },
  sha512: { id: 0x000d, bytes: 64 },
  sm3: { id: 0x0012, bytes: 32 },
} as const satisfies Readonly<Record<LogAlgorithm, { readonly id: number; readonly bytes: number }>>;

/** A digest an event put into the registers of one bank. @group Attestation */
export interface LogDigest {
  readonly algorithm: LogAlgorithm;
  readonly value: Uint8Array;
}

/**
 * One event of a measurement log (事件日志).
 *
 * @standard TCG PC Client Platform Firmware Profile 1.06 §10.2.2 TCG_PCR_EVENT2
 * @group Attestation
 */
export interface LogEvent {
  /** Number of the register as the log has it: the PCR of a TPM; RTMR n of TDX is n + 1, RTMR n of CSV is n. */
  readonly register: number;
  /** Event type, for example `0x80000001`. */
  readonly type: number;
  /** One per bank of the header, in its order. */
  readonly digests: readonly LogDigest[];
  readonly data: Uint8Array;
  /** Whether the registers were extended by it: informative events (EV_NO_ACTION) were not. */
  readonly extends: boolean;
}

/** A register of one bank. @group Attestation */
export interface LogRegister {
  readonly register: number;
  readonly algorithm: LogAlgorithm;
  readonly value: Uint8Array;
}

/**
 * A log that was read.
 *
 * @group Attestation
 */
export interface EventLog {
  /** `tcg2`: crypto-agile, with a Spec-ID header; `tcg1`: SHA-1 only. */
  readonly format: 'tcg2' | 'tcg1';
  readonly algorithms: readonly LogAlgorithm[];
  /** Without the header. */
  readonly events: readonly LogEvent[];
  /** Bytes of the input that are log; what follows is the fill of the firmware's buffer. */
  readonly length: number;
  /** Locality the TPM was started at, where the log says so: it is part of PCR 0's first value. */
  readonly startupLocality: number;
}

/**
 * What of an event its digests vouch for:
 *
 * - `data`: the digests are of the event's data, all of it
 * - `value`: of the part that matters (the value of a boot variable, the text of a command line); names around it
 *   may have been changed
 * - `nothing`: of something that is not in the log (code, a file), or nobody says of what; the data is a remark
 * - `mismatch`: they have to be of the data and are not
 *
 * @group Attestation
 */
export type EventCoverage = 'data' | 'value' | 'nothing' | 'mismatch';

/**
 * Where a log leads to.
 *
 * @group Attestation
 */
export interface EventLogReplay {
  readonly log: EventLog;
  /** One per event of the log. */
  readonly coverage: readonly EventCoverage[];
  /** Every register the log extends, ascending; per register in the order of the header's banks. */
  readonly registers: readonly LogRegister[];
}
