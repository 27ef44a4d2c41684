/**
 * What a CSV guest was started with (虚拟机策略).
 *
 * @standard Hygon CSV API, guest policy
 * @group Attestation
 */
export interface CsvPolicy {
  /** The 32 bits as they are. */
  readonly bits: number;
  /** Bit 0: the host may not debug the guest. */
  readonly noDebug: boolean;
  /** Bit 1: the key is not shared with other guests. */
  readonly noKeySharing: boolean;
  /** Bit 2: registers are encrypted too (CSV2). */
  readonly encryptedState: boolean;
  /** Bit 3: it is never sent to another machine. */
  readonly noSend: boolean;
  /** Bit 4: it is sent to machines of its owner only. */
  readonly domain: boolean;
  /** Bit 5: it is sent to machines with CSV only. */
  readonly csv: boolean;
  /** Bit 6: memory is isolated from the host (CSV3). */
  readonly csv3: boolean;
  /** Bit 7: its address space number may be used again. */
  readonly asidReuse: boolean;
  /** Bits 8 to 11. */
  readonly hskVersion: number;
  /** Bits 12 to 15. */
  readonly cekVersion: number;
  /** Bits 16 to 23: oldest interface of the firmware it runs on. */
  readonly apiMajor: number;
  /** Bits 24 to 31. */
  readonly apiMinor: number;
}

/** Reads a policy. @group Attestation */
export function csvPolicy(bits: number): CsvPolicy {
  const bit = (number: number): boolean => ((bits >>> number) & 1) === 1;
  return {
    bits: bits >>> 0,
    noDebug: bit(0),
    noKeySharing: bit(1),
    encryptedState: bit(2),
    noSend: bit(3),
    domain: bit(4),
    csv: bit(5),
    csv3: bit(6),
    asidReuse: bit(7),
    hskVersion: (bits >>> 8) & 15,
    cekVersion: (bits >>> 12) & 15,
    apiMajor: (bits >>> 16) & 255,
    apiMinor: bits >>> 24,
  };
}
