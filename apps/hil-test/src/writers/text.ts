import type { ConformanceReport } from '@cssi/sm-core/conformance';
import { type ReportSummary, trialVerdict } from '../report.ts';
import { plain } from '../text.ts';
import type { TrialResult } from '../trial.ts';

/** What is printed beside the name of a subject that stands in for a device. */
export const EMULATED = 'emulated';

const WORDS = { pass: 'pass', fail: 'FAIL', problem: 'PROBLEM' } as const;

const countsOf = ({ passed, failed, skipped }: ConformanceReport): string =>
  `${passed} passed, ${failed} failed, ${skipped} skipped`;

/** One line for the trial, and one for each failed case and each problem. */
export function trialLines(result: TrialResult): string[] {
  const { layer, suite, subject, report, problem, milliseconds } = result;
  const mark = report?.emulated === true ? ` [${EMULATED}]` : '';
  const counts = report === undefined ? 'did not run' : countsOf(report);
  const lines = [
    `${WORDS[trialVerdict(result)]} ${layer}: ${suite} on ${subject}${mark}: ${counts} (${milliseconds} ms)`,
  ];
  for (const { id, level, outcome, detail } of report?.results ?? []) {
    if (outcome === 'fail') lines.push(`    ${level} ${id}: ${detail ?? ''}`);
  }
  if (problem !== undefined) lines.push(`    ${problem}`);
  // The indent is ours; all the rest may hold texts of the subject.
  return lines.map((line) => line.replace(/\S.*/s, plain));
}

/** The last line of a run. */
export function summaryLine(summary: ReportSummary, seed: string): string {
  const { suites, passed, failed, failedMust, skipped, problems, conformant } = summary;
  return [
    `${conformant ? 'conformant' : 'NOT conformant'}: ${suites} suites`,
    `${passed} cases passed`,
    `${failed} failed (${failedMust} of them MUST)`,
    `${skipped} skipped`,
    `${problems} problems; seed ${seed}`,
  ].join(', ');
}
