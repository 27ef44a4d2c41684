import { eventCoverage } from './coverage.ts';
import { extendRegister } from './digest.ts';
import { parseEventLog } from './parse.ts';
import {
  type EventLog,
  type EventLogReplay,
  LOG_ALGORITHMS,
  type LogAlgorithm,
  type LogRegister,
} from './types.ts';

/**
 * Value of a register before its first event: zeros; PCR 0 ends with the locality the TPM was started at.
 *
 * @standard TCG PC Client Platform Firmware Profile 1.06 §10.4.5.3
 * @internal
 */
export function firstValue(register: number, algorithm: LogAlgorithm, startupLocality: number): Uint8Array {
  const value = new Uint8Array(LOG_ALGORITHMS[algorithm].bytes);
  if (register === 0) value[value.length - 1] = startupLocality;
  return value;
}

function replayRegisters({ algorithms, events, startupLocality }: EventLog): readonly LogRegister[] {
  const values = new Map<number, Map<LogAlgorithm, Uint8Array>>();
  for (const { register, digests, extends: extending } of events) {
    if (!extending) continue;
    const banks = values.get(register) ?? new Map<LogAlgorithm, Uint8Array>();
    values.set(register, banks);
    for (const { algorithm, value } of digests) {
      const before = banks.get(algorithm) ?? firstValue(register, algorithm, startupLocality);
      banks.set(algorithm, extendRegister(algorithm, before, value));
    }
  }
  return [...values]
    .sort(([a], [b]) => a - b)
    .flatMap(([register, banks]) =>
      algorithms.flatMap((algorithm) => {
        const value = banks.get(algorithm);
        return value === undefined ? [] : [{ register, algorithm, value }];
      }),
    );
}

/**
 * Reads a measurement log, computes the registers it leads to, and computes again the digests of those events
 * whose data is what was measured (see {@link EventLogReplay.coverage}).
 *
 * Guarantee: none by itself. Only a register that something signed makes the events before it true;
 * {@link csvVerifier} and the other verifiers compare where they are given a log.
 *
 * @standard TCG PC Client Platform Firmware Profile 1.06 §10.2, §10.4; UEFI 2.10 §38.4
 * @param bytes - the log, or the firmware's whole buffer
 * @throws {@link SmError} ERR_TEE_EVIDENCE_MALFORMED
 * @group Attestation
 * @example
 * ```ts
 * import { replayEventLog } from '@cssi/tee-client/evidence';
 *
 * declare const log: Uint8Array; // /sys/firmware/acpi/tables/data/CCEL
 * for (const { register, algorithm, value } of replayEventLog(log).registers) {
 *   console.log(register, algorithm, Buffer.from(value).toString('hex'));
 * }
 * ```
 */
export function replayEventLog(bytes: Uint8Array): EventLogReplay {
  const log = parseEventLog(bytes);
  return { log, coverage: log.events.map(eventCoverage), registers: replayRegisters(log) };
}
