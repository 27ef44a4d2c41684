import { SmError } from '../../error.ts';
import { ConformanceFailure } from '../kit.ts';
import type { SkipName } from './allowed-skips.ts';

/** How many failures of one file are described; all are counted. */
const MAX_DESCRIBED = 20;

/** A case that failed. */
export interface VectorFailure {
  readonly id: string;
  readonly detail: string;
}

/** Number of skipped cases by capability name. */
export type SkipCounts = Readonly<Partial<Record<SkipName, number>>>;

/** Result of one file. */
export interface VectorFileResult {
  /** Path below the folder, with `/`. */
  readonly file: string;
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly skips: SkipCounts;
  /** The first twenty failures. */
  readonly failures: readonly VectorFailure[];
}

/** Result of one run; plain JSON. */
export interface VectorReport {
  readonly engine: string;
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly skips: SkipCounts;
  readonly files: readonly VectorFileResult[];
}

/** Counts of one file while it runs. */
export class Tally {
  #passed = 0;
  #failed = 0;
  #skipped = 0;
  readonly #skips: Partial<Record<SkipName, number>> = {};
  readonly #failures: VectorFailure[] = [];

  pass(): void {
    this.#passed++;
  }

  skip(name: SkipName): void {
    this.#skipped++;
    this.#skips[name] = (this.#skips[name] ?? 0) + 1;
  }

  fail(id: string, error: unknown): void {
    this.#failed++;
    if (this.#failures.length < MAX_DESCRIBED) this.#failures.push({ id, detail: describe(error) });
  }

  result(file: string): VectorFileResult {
    return {
      file,
      passed: this.#passed,
      failed: this.#failed,
      skipped: this.#skipped,
      skips: this.#skips,
      failures: this.#failures,
    };
  }
}

function describe(error: unknown): string {
  if (error instanceof ConformanceFailure) return error.message;
  if (error instanceof SmError)
    return `${error.code}${error.detail === undefined ? '' : ` (${error.detail})`}`;
  return `threw ${String(error)}, expected a coded error`;
}

/** The sums over all files. */
export function reportOf(engine: string, files: readonly VectorFileResult[]): VectorReport {
  const skips: Partial<Record<SkipName, number>> = {};
  for (const file of files) {
    for (const [name, count] of Object.entries(file.skips) as [SkipName, number][]) {
      skips[name] = (skips[name] ?? 0) + count;
    }
  }
  const sum = (of: 'passed' | 'failed' | 'skipped') => files.reduce((total, file) => total + file[of], 0);
  return { engine, passed: sum('passed'), failed: sum('failed'), skipped: sum('skipped'), skips, files };
}
