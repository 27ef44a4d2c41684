import { canonicalJson, concatBytes, sm3, toHex, utf8 } from '@cssi/sm-core';

/**
 * Name of the evidence format this package writes and reads.
 *
 * @group Evidence
 */
export const EVIDENCE_FORMAT = 'cssi-tee-evidence/1';

/**
 * What a boot stage is. Code that runs on the trusted side is `library`, `worker` or `ta`.
 *
 * @group Evidence
 */
export type BootStage = 'runtime' | 'adapter' | 'library' | 'worker' | 'ta';

/**
 * One measured stage (度量事件), recorded before the stage runs.
 *
 * @group Evidence
 */
export interface BootEvent {
  readonly stage: BootStage;
  /** What was measured, for example `@cssi/sm-core 0.1.0`; at most 128 characters. */
  readonly name: string;
  /** SM3 of what was measured, hex. */
  readonly digest: string;
}

/**
 * The boot log and the register (度量寄存器) it was extended into.
 *
 * @group Evidence
 */
export interface BootLog {
  readonly events: readonly BootEvent[];
  /** Hex; equals {@link replayEvents} of the events. */
  readonly register: string;
}

/**
 * What evidence states.
 *
 * @group Evidence
 */
export interface EvidenceClaims {
  /** `software` for the software TEE. */
  readonly platform: string;
  /** True when no hardware isolates the trusted side. */
  readonly emulated: boolean;
  /** Whether the memory of the trusted side is encrypted by hardware. */
  readonly memoryEncryption: 'none' | 'active';
  readonly nonce: Uint8Array;
  readonly userData: Uint8Array;
  readonly ta: {
    readonly uuid: string;
    readonly version: number;
    /** {@link codeMeasurement} of the boot log, hex SM3. */
    readonly measurement: string;
  };
  readonly boot: BootLog;
  /** Version of the trusted computing base (TCB) that runs; the attestation certificate names it too. */
  readonly tcbVersion: number;
  /** Starts of the TEE on this device so far, from its anti-rollback counter. */
  readonly starts: number;
  /** Time of issue by the clock of the host. */
  readonly issuedAt: Date;
}

/** Stages whose code runs on the trusted side. */
const TRUSTED_STAGES: readonly BootStage[] = ['library', 'worker', 'ta'];

/**
 * The register after one more event: SM3(register ‖ SM3(canonical JSON of the event)), so that
 * order, stage and name are bound as well as the digest.
 *
 * @param register - 32 bytes
 * @group Evidence
 */
export function extendRegister(register: Uint8Array, event: BootEvent): Uint8Array {
  const { stage, name, digest } = event;
  return sm3(concatBytes(register, sm3(canonicalJson({ stage, name, digest }))));
}

/**
 * The register that `events` lead to from 32 zero bytes, hex.
 *
 * @group Evidence
 */
export function replayEvents(events: readonly BootEvent[]): string {
  return toHex(events.reduce(extendRegister, new Uint8Array(32)));
}

/**
 * The measurement of a trusted application: the register over the events of the code that runs on
 * the trusted side. Unlike the full register it does not depend on the host's adapter and runtime,
 * so that one reference value serves one release.
 *
 * @group Evidence
 */
export function codeMeasurement(events: readonly BootEvent[]): string {
  return replayEvents(events.filter((event) => TRUSTED_STAGES.includes(event.stage)));
}

/**
 * The bytes an attestation key signs for `payload`: the format's name, a zero byte, the payload.
 * The prefix keeps the key from signing anything that means something elsewhere.
 *
 * @group Evidence
 */
export function evidenceSigningInput(payload: Uint8Array): Uint8Array {
  return concatBytes(utf8(EVIDENCE_FORMAT), Uint8Array.of(0), payload);
}

/**
 * True for 64 lower-case hex digits.
 *
 * @internal
 */
export function isDigestText(text: unknown): text is string {
  return typeof text === 'string' && /^[0-9a-f]{64}$/.test(text);
}
