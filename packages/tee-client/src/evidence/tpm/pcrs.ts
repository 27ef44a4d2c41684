import { equalBytes } from '@cssi/sm-core';
import type { MeasurementRole } from '../../spec/v1/attestation.ts';
import type { LogAlgorithm } from '../event-log/types.ts';
import type { FindingText, ReportBuilder } from '../report-builder.ts';
import { digestOf } from './algorithms.ts';
import type { TpmQuote } from './attest.ts';

/** Values of PCRs by bank and number. @group Attestation */
export type PcrValues = ReadonlyMap<LogAlgorithm, ReadonlyMap<number, Uint8Array>>;

/** Highest number of a PCR plus one. @internal */
export const MAX_PCRS = 32;

/**
 * What PCR 0 to 9 and 11 to 14 hold. None is of the role `workload`: a register sums up many files in the order
 * they were used, so that no reference value can be given; the entries of an IMA list have that role.
 *
 * @standard TCG PC Client Platform Firmware Profile 1.06 §3.3.4; UAPI Group, Linux TPM PCR Registry
 */
const ROLES: Readonly<Partial<Record<number, MeasurementRole>>> = {
  0: 'firmware',
  1: 'configuration',
  2: 'firmware',
  3: 'configuration',
  4: 'boot',
  5: 'configuration',
  7: 'configuration',
  8: 'boot',
  9: 'boot',
  11: 'boot',
  12: 'configuration',
  13: 'boot',
  14: 'configuration',
};

/** @internal */
export const pcrRole = (index: number): MeasurementRole => ROLES[index] ?? 'platform';

const DIGEST_MATCHES: FindingText = [
  'PCR_DIGEST_MATCHES',
  'The register values are those that were quoted.',
  '给出的寄存器值与引证中的一致。',
];
const DIGEST_MISMATCH: FindingText = [
  'PCR_DIGEST_MISMATCH',
  'The register values are not those that were quoted.',
  '给出的寄存器值与引证中的不一致。',
];
const NOT_GIVEN: FindingText = [
  'PCR_VALUES_NOT_GIVEN',
  'The quote came without register values, so it measures nothing by itself.',
  '引证未附带寄存器值，无法单独反映度量。',
];
const MISSING: FindingText = [
  'PCR_VALUE_MISSING',
  'The value of a quoted register is missing.',
  '缺少被引证寄存器的值。',
];
const NOT_QUOTED: FindingText = [
  'PCR_NOT_QUOTED',
  'A register value was given that the quote does not cover.',
  '给出了引证未涵盖的寄存器值。',
];

/** Digest over the selected values in the order of the selection; undefined when one is missing. @internal */
export function pcrDigest(
  hash: LogAlgorithm,
  { selections }: Pick<TpmQuote, 'selections'>,
  pcrs: PcrValues,
): Uint8Array | undefined {
  const parts: Uint8Array[] = [];
  for (const { bank, indexes } of selections) {
    for (const index of indexes) {
      const value = pcrs.get(bank)?.get(index);
      if (value === undefined) return undefined;
      parts.push(value);
    }
  }
  return digestOf(hash, ...parts);
}

/** A value nobody signed must not become a claim. */
function unquoted({ selections }: TpmQuote, pcrs: PcrValues): string | undefined {
  for (const [bank, values] of pcrs) {
    for (const index of values.keys()) {
      if (!selections.some((one) => one.bank === bank && one.indexes.includes(index)))
        return `${bank}:${index}`;
    }
  }
  return undefined;
}

/**
 * Judges the register values beside a quote, under `binding`.
 *
 * @param hash - of the signature: a TPM computes the digest with it
 * @returns whether the values are as the quote signs them
 * @internal
 */
export function judgePcrs(
  report: ReportBuilder,
  quote: TpmQuote,
  hash: LogAlgorithm,
  pcrs: PcrValues,
): boolean {
  if (pcrs.size === 0 && quote.selections.some(({ indexes }) => indexes.length > 0)) {
    report.doubt('binding', NOT_GIVEN);
    return false;
  }
  const extra = unquoted(quote, pcrs);
  if (extra !== undefined) {
    report.fail('binding', NOT_QUOTED, `register=${extra}`);
    return false;
  }
  const computed = pcrDigest(hash, quote, pcrs);
  if (computed === undefined) {
    report.fail('binding', MISSING);
    return false;
  }
  const good = equalBytes(computed, quote.pcrDigest);
  report.check('binding', good, DIGEST_MATCHES, DIGEST_MISMATCH);
  return good;
}
