import type { CaseResult, ConformanceReport } from '@cssi/sm-core/conformance';
import type { RunEnvironment } from './environment.ts';
import type { LayerName, TrialResult } from './trial.ts';

/** Version of the form of {@link InteropReport}. */
export const REPORT_VERSION = '1';

/** Counts over all trials. */
export interface ReportSummary {
  readonly suites: number;
  readonly passed: number;
  readonly failed: number;
  /** Of the failed cases, those that the standard requires. */
  readonly failedMust: number;
  readonly skipped: number;
  /** Trials whose subject could not be set up, run to the end or taken down. */
  readonly problems: number;
  /** True when no trial failed, by {@link verdictOf}, and none met a problem. */
  readonly conformant: boolean;
}

/** One report of one suite on one subject. */
export interface LayerReport extends ConformanceReport {
  readonly layer: LayerName;
}

/** A trial that met a problem. Its suite has a report only when it ran to its end. */
export interface TrialProblem {
  readonly layer: LayerName;
  readonly suite: string;
  readonly subject: string;
  readonly problem: string;
}

/** The interop report; plain JSON. */
export interface InteropReport {
  readonly reportVersion: typeof REPORT_VERSION;
  readonly tool: { readonly name: string; readonly version: string };
  /** ISO 8601, UTC. */
  readonly started: string;
  readonly milliseconds: number;
  /** Give it to `--seed` to repeat the run. */
  readonly seed: string;
  readonly environment: RunEnvironment;
  readonly summary: ReportSummary;
  readonly reports: readonly LayerReport[];
  readonly problems: readonly TrialProblem[];
}

/** Verdict on one trial. */
export type TrialVerdict = 'pass' | 'fail' | 'problem';

const isFailedMust = ({ outcome, level }: CaseResult): boolean => outcome === 'fail' && level === 'MUST';

/** Number of required cases that failed. */
const failedMustOf = (report: ConformanceReport): number => report.results.filter(isFailedMust).length;

/**
 * Verdict on one suite. A subject that skips everything shows nothing, so a suite in which
 * no required case passed is failed.
 */
export function verdictOf(report: ConformanceReport): 'pass' | 'fail' {
  const proved = report.results.some(({ outcome, level }) => outcome === 'pass' && level === 'MUST');
  return proved && failedMustOf(report) === 0 ? 'pass' : 'fail';
}

/** Verdict on one trial; a failed case weighs more than a problem around it. */
export function trialVerdict({ report, problem }: TrialResult): TrialVerdict {
  if (report !== undefined && verdictOf(report) === 'fail') return 'fail';
  return problem === undefined && report !== undefined ? 'pass' : 'problem';
}

/** Facts about the run itself. */
export type RunFacts = Pick<InteropReport, 'tool' | 'started' | 'milliseconds' | 'seed' | 'environment'>;

/** Puts the report together. */
export function buildReport(facts: RunFacts, results: readonly TrialResult[]): InteropReport {
  const reports = results.flatMap(({ layer, report }) =>
    report === undefined ? [] : [{ layer, ...report }],
  );
  const problems = results.flatMap(({ layer, suite, subject, problem }) =>
    problem === undefined ? [] : [{ layer, suite, subject, problem }],
  );
  const sum = (of: (report: ConformanceReport) => number): number =>
    reports.reduce((total, report) => total + of(report), 0);
  return {
    reportVersion: REPORT_VERSION,
    ...facts,
    summary: {
      suites: results.length,
      passed: sum(({ passed }) => passed),
      failed: sum(({ failed }) => failed),
      failedMust: sum(failedMustOf),
      skipped: sum(({ skipped }) => skipped),
      problems: problems.length,
      conformant: results.length > 0 && results.every((result) => trialVerdict(result) === 'pass'),
    },
    reports,
    problems,
  };
}
