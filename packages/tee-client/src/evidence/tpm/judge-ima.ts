import { equalBytes } from '@cssi/sm-core';
import { LOG_ALGORITHMS, type LogAlgorithm } from '../event-log/types.ts';
import type { FindingText, ReportBuilder } from '../report-builder.ts';
import { digestOf } from './algorithms.ts';
import type { ImaEntry } from './ima-log.ts';
import type { PcrValues } from './pcrs.ts';

const REPLAYED: FindingText = [
  'IMA_LOG_REPLAYED',
  'The measurement list leads to the quoted register.',
  '度量列表重放结果与被引证的寄存器一致。',
];
const MISMATCH: FindingText = [
  'IMA_LOG_MISMATCH',
  'The measurement list does not lead to the quoted register.',
  '度量列表重放结果与被引证的寄存器不符。',
];
const DIGEST_WRONG: FindingText = [
  'IMA_ENTRY_DIGEST_WRONG',
  'A digest in the measurement list is not that of its entry.',
  '度量列表中有条目的摘要与其内容不符。',
];
const NOT_QUOTED: FindingText = [
  'IMA_REGISTER_NOT_QUOTED',
  'The register of the measurement list was not quoted.',
  '度量列表对应的寄存器未被引证。',
];
const WEAK_BANK: FindingText = [
  'IMA_BANK_WEAK',
  'Only a SHA-1 register vouches for the measurement list.',
  '仅有 SHA-1 寄存器为度量列表作证。',
];
const AGGREGATE_MISMATCH: FindingText = [
  'IMA_BOOT_AGGREGATE_MISMATCH',
  'The measurement list began after another boot than the quoted one.',
  '度量列表起始于另一次启动，与引证的启动不符。',
];

/** Entries that the quote covers. @internal */
export interface CoveredEntries {
  readonly entries: readonly ImaEntry[];
  /** Of the register that vouches for them. */
  readonly bank: LogAlgorithm;
  /** Behind them: measured after the quote, or made up. */
  readonly uncovered: number;
}

/**
 * How many entries lead to `value`; the first fit counts. A list read after the quote is longer than
 * what was quoted.
 */
function fit(entries: readonly ImaEntry[], bank: LogAlgorithm, value: Uint8Array): number | undefined {
  const { bytes } = LOG_ALGORITHMS[bank];
  const ones = new Uint8Array(bytes).fill(0xff);
  let register: Uint8Array = new Uint8Array(bytes);
  if (equalBytes(register, value)) return 0;
  for (const [index, { violation, data }] of entries.entries()) {
    register = digestOf(bank, register, violation ? ones : digestOf(bank, data));
    if (equalBytes(register, value)) return index + 1;
  }
  return undefined;
}

/** The banks that quote `register`, strong ones only where there is one. */
function banksOf(register: number, pcrs: PcrValues): [LogAlgorithm, Uint8Array][] {
  const banks = [...pcrs].flatMap(([bank, values]) => {
    const value = values.get(register);
    return value === undefined ? [] : [[bank, value] as [LogAlgorithm, Uint8Array]];
  });
  const strong = banks.filter(([bank]) => bank !== 'sha1');
  return strong.length > 0 ? strong : banks;
}

/** Name of the entry that the kernel makes by itself before anything else runs. @internal */
export const BOOT_AGGREGATE = 'boot_aggregate';

/** That entry: the first of its name, wherever a list puts entries of other registers. @internal */
export const bootAggregate = (entries: readonly ImaEntry[]): ImaEntry | undefined =>
  entries.find(({ file, violation }) => file?.path === BOOT_AGGREGATE && !violation);

/**
 * The kernel's first entry is the digest over PCR 0 to 9 as it found them; in SHA-1 over PCR 0 to 7.
 *
 * @standard Linux kernel, security/integrity/ima/ima_crypto.c ima_calc_boot_aggregate
 */
function aggregateAgrees({ file }: ImaEntry, pcrs: PcrValues): boolean {
  if (file?.algorithm === undefined) return true;
  const count = file.algorithm === 'sha1' ? 8 : 10;
  const values = Array.from({ length: count }, (_, index) => pcrs.get(file.algorithm!)?.get(index));
  // Without all of them nothing can be said; the register vouches for the entry in any case.
  if (values.some((value) => value === undefined)) return true;
  return equalBytes(digestOf(file.algorithm, ...(values as Uint8Array[])), file.digest);
}

/**
 * Judges a measurement list against registers that were quoted, under `event-log`.
 *
 * @param pcrs - values a quote covers
 * @returns the entries that count; none when the list is refused
 * @internal
 */
export function judgeImaLog(
  report: ReportBuilder,
  entries: readonly ImaEntry[],
  pcrs: PcrValues,
): CoveredEntries {
  const none: CoveredEntries = { entries: [], uncovered: entries.length, bank: 'sm3' };
  const wrong = entries.findIndex(({ digestRight }) => !digestRight);
  if (wrong >= 0) {
    report.fail('event-log', DIGEST_WRONG, `entry=${wrong}`);
    return none;
  }
  const covered = new Set<ImaEntry>();
  let bank: LogAlgorithm = 'sm3';
  let weak = false;
  for (const register of new Set(entries.map((entry) => entry.register))) {
    const own = entries.filter((entry) => entry.register === register);
    const banks = banksOf(register, pcrs);
    if (banks.length === 0) {
      report.doubt('event-log', NOT_QUOTED, `register=pcr${register}`);
      return none;
    }
    const fits = new Set(banks.map(([bank, value]) => fit(own, bank, value)));
    const [count] = fits;
    if (fits.size !== 1 || count === undefined) {
      report.fail('event-log', MISMATCH, `register=pcr${register}`);
      return none;
    }
    bank = banks[0]![0];
    if (bank === 'sha1') weak = true;
    for (const entry of own.slice(0, count)) covered.add(entry);
  }
  const counted = entries.filter((entry) => covered.has(entry));
  const aggregate = bootAggregate(counted);
  if (aggregate !== undefined && !aggregateAgrees(aggregate, pcrs)) {
    report.fail('event-log', AGGREGATE_MISMATCH);
    return none;
  }
  const uncovered = entries.length - counted.length;
  const detail = `entries=${counted.length} uncovered=${uncovered}`;
  if (weak) report.doubt('event-log', WEAK_BANK, detail);
  else report.pass('event-log', REPLAYED, detail);
  return { entries: counted, uncovered, bank };
}
