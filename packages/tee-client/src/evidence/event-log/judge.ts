import { equalBytes } from '@cssi/sm-core';
import type { FindingText, ReportBuilder } from '../report-builder.ts';
import { firstValue, replayEventLog } from './replay.ts';
import type { EventLogReplay, LogRegister } from './types.ts';

const LOG_LEADS_TO_REGISTERS: FindingText = [
  'EVENT_LOG_MATCHES',
  'The event log leads to the registers the evidence signs.',
  '事件日志可重算出证明证据所签名的度量寄存器值。',
];
const REGISTER_DIFFERS: FindingText = [
  'EVENT_LOG_REGISTER_DIFFERS',
  'The event log leads to other values than the evidence signs.',
  '由事件日志重算的度量寄存器值与证明证据所签名的不一致。',
];
const BANK_MISSING: FindingText = [
  'EVENT_LOG_BANK_MISSING',
  'The event log has no digests of the algorithm the registers are kept in.',
  '事件日志缺少度量寄存器所用杂凑算法的摘要。',
];
const NOT_COVERING: FindingText = [
  'EVENT_LOG_NOT_COVERING',
  'Registers were extended that the event log has no events for.',
  '有度量寄存器被扩展，但事件日志中没有相应事件。',
];
const EVENT_DATA_RIGHT: FindingText = [
  'EVENT_DATA_MATCHES',
  'Events that carry what was measured have the digests of it.',
  '凡携带被度量数据的事件，其摘要与数据一致。',
];
const EVENT_DATA_WRONG: FindingText = [
  'EVENT_DATA_DIFFERS',
  'Events carry other data than their digests are of.',
  '有事件携带的数据与其摘要不符。',
];
const LISTED = 8;
const ALL_ONES = 0xff;

/** A register that was signed, and how the log numbers it. @internal */
export interface SignedRegister extends LogRegister {
  /** Name of the format, for findings: `rtmr0`, `pcr7`. */
  readonly name: string;
}

/** A log that was compared with signed registers. @internal */
export interface JudgedEventLog extends EventLogReplay {
  /** Registers that were signed and that the log leads to; events of others are nobody's word. */
  readonly bound: readonly number[];
}

const list = (items: readonly (number | string)[]): string =>
  items.slice(0, LISTED).join(',') + (items.length > LISTED ? `,+${items.length - LISTED}` : '');

/**
 * Enters whether events carry the data their digests are of.
 *
 * @internal
 */
export function judgeEventData(report: ReportBuilder, { coverage }: EventLogReplay): boolean {
  const wrong = coverage.flatMap((one, i) => (one === 'mismatch' ? [i] : []));
  if (wrong.length > 0) report.fail('event-log', EVENT_DATA_WRONG, `events=${list(wrong)}`);
  else report.pass('event-log', EVENT_DATA_RIGHT);
  return wrong.length === 0;
}

/** Never touched: zeros (PCR 0: the locality), or, for registers of a dynamic launch that was not, ones. */
function untouched({ register, algorithm, value }: LogRegister, startupLocality: number): boolean {
  if (equalBytes(value, firstValue(register, algorithm, startupLocality))) return true;
  return register >= 17 && register <= 22 && value.every((byte) => byte === ALL_ONES);
}

/**
 * Enters the step `event-log`: do the events lead to the registers, and do events carry the data their digests are
 * of?
 *
 * @param registers - signed by the evidence. `register` is the number the LOG uses: PCR n is n; RTMR n of TDX is
 *   n + 1, of CSV n. Every one given is judged; leave out what another log explains (PCR 10 of IMA). A register
 *   the log has no event for passes while it holds its first value (zeros; PCR 17 to 22: ones or zeros), and
 *   is otherwise indeterminate, which counts for trust: the register is right, what is in it is unknown.
 * @returns the replay, for claims
 * @throws {@link SmError} ERR_TEE_EVIDENCE_MALFORMED
 * @internal
 */
export function judgeEventLog(
  report: ReportBuilder,
  log: Uint8Array,
  registers: readonly SignedRegister[],
): JudgedEventLog {
  const replay = replayEventLog(log);
  const dataRight = judgeEventData(report, replay);
  const bound = new Set<number>();
  const wrong: string[] = [];
  const unexplained: string[] = [];
  const missing = registers.filter(({ algorithm }) => !replay.log.algorithms.includes(algorithm));
  for (const signed of registers) {
    if (missing.includes(signed)) continue;
    const { register, algorithm, value, name } = signed;
    const found = replay.registers.find((one) => one.register === register && one.algorithm === algorithm);
    if (found === undefined) {
      if (!untouched(signed, replay.log.startupLocality)) unexplained.push(name);
    } else if (equalBytes(found.value, value)) bound.add(register);
    else wrong.push(name);
  }
  if (missing.length > 0)
    report.fail('event-log', BANK_MISSING, `registers=${list(missing.map((one) => one.name))}`);
  if (wrong.length > 0) report.fail('event-log', REGISTER_DIFFERS, `registers=${list(wrong)}`);
  if (unexplained.length > 0) {
    report.add('event-log', 'indeterminate', 'trust', NOT_COVERING, `registers=${list(unexplained)}`);
  }
  if (dataRight && missing.length + wrong.length === 0 && bound.size > 0) {
    const unbound = replay.log.events.filter((event) => event.extends && !bound.has(event.register)).length;
    const rest = unbound === 0 ? '' : ` unboundEvents=${unbound}`;
    report.pass('event-log', LOG_LEADS_TO_REGISTERS, `registers=${list([...bound])}${rest}`);
  }
  return { ...replay, bound: [...bound] };
}
