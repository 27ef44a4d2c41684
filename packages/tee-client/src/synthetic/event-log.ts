import { extendRegister, logDigest } from '../evidence/event-log/digest.ts';
import { LOG_ALGORITHMS, type LogAlgorithm, type LogRegister } from '../evidence/event-log/types.ts';
import { ByteWriter } from './byte-writer.ts';

const EV_NO_ACTION = 3;
const SHA1_BYTES = 20;

/** An event to be written. @group Synthetic evidence */
export interface SyntheticEvent {
  /** Number of the register in the log. */
  readonly register: number;
  /** One of `EVENT_TYPES`. */
  readonly type: number;
  /** What the event carries. */
  readonly data: Uint8Array;
  /** What was measured; `data` when left out. */
  readonly measured?: Uint8Array;
}

/** Options of {@link synthesizeEventLog}. @group Synthetic evidence */
export interface SyntheticEventLogOptions {
  /** Banks of the log; SM3 only when left out. */
  readonly algorithms?: readonly LogAlgorithm[];
  readonly events: readonly SyntheticEvent[];
  /** Length of the firmware's buffer, filled up with `fillByte`; no fill when left out. */
  readonly bufferBytes?: number;
  /** 0xFF when left out. */
  readonly fillByte?: 0 | 0xff;
}

/** A log and where it leads. @group Synthetic evidence */
export interface SyntheticEventLog {
  readonly log: Uint8Array;
  readonly registers: readonly LogRegister[];
}

function writeHeader(writer: ByteWriter, algorithms: readonly LogAlgorithm[]): void {
  const header = new ByteWriter().text('Spec ID Event03\0').u32(0).u8(0).u8(2).u8(0).u8(2);
  header.u32(algorithms.length);
  for (const algorithm of algorithms) {
    const { id, bytes } = LOG_ALGORITHMS[algorithm];
    header.u16(id).u16(bytes);
  }
  header.u8(0);
  writer.u32(0).u32(EV_NO_ACTION).zeros(SHA1_BYTES).u32(header.length).bytes(header.finish());
}

/**
 * Writes a crypto-agile measurement log and computes the registers it leads to. Registers start from zeros.
 *
 * @standard TCG PC Client Platform Firmware Profile 1.06 §10.2
 * @group Synthetic evidence
 * @example
 * ```ts
 * import { EVENT_TYPES } from '@cssi/tee-client/evidence';
 * import { synthesizeEventLog } from '@cssi/tee-client/synthetic';
 *
 * const { log, registers } = synthesizeEventLog({
 *   events: [{ register: 1, type: EVENT_TYPES.EV_SEPARATOR, data: new Uint8Array(4) }],
 * });
 * console.log(log.length, registers[0]?.algorithm); // sm3
 * ```
 */
export function synthesizeEventLog({
  algorithms = ['sm3'],
  events,
  bufferBytes,
  fillByte = 0xff,
}: SyntheticEventLogOptions): SyntheticEventLog {
  const writer = new ByteWriter();
  writeHeader(writer, algorithms);
  const registers = new Map<string, LogRegister>();
  for (const { register, type, data, measured = data } of events) {
    writer.u32(register).u32(type).u32(algorithms.length);
    for (const algorithm of algorithms) {
      const { id, bytes } = LOG_ALGORITHMS[algorithm];
      const extending = type !== EV_NO_ACTION;
      const digest = extending ? logDigest(algorithm, measured) : new Uint8Array(bytes);
      writer.u16(id).bytes(digest);
      if (!extending) continue;
      const key = `${register} ${algorithm}`;
      const before = registers.get(key)?.value ?? new Uint8Array(bytes);
      registers.set(key, { register, algorithm, value: extendRegister(algorithm, before, digest) });
    }
    writer.u32(data.length).bytes(data);
  }
  if (bufferBytes !== undefined) writer.fill(fillByte, Math.max(0, bufferBytes - writer.length));
  return { log: writer.finish(), registers: [...registers.values()] };
}
