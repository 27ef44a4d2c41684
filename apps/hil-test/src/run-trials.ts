import { describeEnvironment, describeTool } from './environment.ts';
import { buildReport, type InteropReport } from './report.ts';
import type { Trial, TrialOptions, TrialResult } from './trial.ts';

/** What a run works with. */
export interface RunOptions extends TrialOptions {
  /** Called after each trial. */
  readonly onResult?: (result: TrialResult) => void;
}

/** Runs trials one after another, so that the times of one do not depend on another. */
export async function runTrials(trials: readonly Trial[], options: RunOptions): Promise<InteropReport> {
  const started = performance.now();
  const results: TrialResult[] = [];
  for (const trial of trials) {
    const result = await trial.run(options);
    results.push(result);
    options.onResult?.(result);
  }
  const facts = {
    tool: describeTool(),
    started: options.now.toISOString(),
    milliseconds: Math.round(performance.now() - started),
    seed: options.seed,
    environment: describeEnvironment(),
  };
  return buildReport(facts, results);
}
