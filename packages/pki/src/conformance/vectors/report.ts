import { SmError } from '@cssi/sm-core';
import { ConformanceFailure } from '@cssi/sm-core/conformance';
import type { VectorSkipName } from './allowed-skips.ts';

/** How many failures of one file are described; all are counted. */
const MAX_DESCRIBED = 20;

/** Number of checks that were left out, by name. */
export type PkiVectorSkips = Readonly<Partial<Record<VectorSkipName, number>>>;

/** Result of one file; plain JSON. */
export interface PkiVectorFileResult {
  /** Path as it was given. */
  readonly file: string;
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly skips: PkiVectorSkips;
  /** The first twenty failures. */
  readonly failures: readonly { readonly id: string; readonly detail: string }[];
}

/** Counts of one file while it runs. */
export class VectorTally {
  #passed = 0;
  #failed = 0;
  readonly #skips: Partial<Record<VectorSkipName, number>> = {};
  readonly #failures: { id: string; detail: string }[] = [];

  pass(): void {
    this.#passed++;
  }

  skip(name: VectorSkipName): void {
    this.#skips[name] = (this.#skips[name] ?? 0) + 1;
  }

  fail(id: string, error: unknown): void {
    this.#failed++;
    if (this.#failures.length < MAX_DESCRIBED) this.#failures.push({ id, detail: describe(error) });
  }

  result(file: string): PkiVectorFileResult {
    const skipped = Object.values(this.#skips).reduce((sum, count) => sum + count, 0);
    return {
      file,
      passed: this.#passed,
      failed: this.#failed,
      skipped,
      skips: this.#skips,
      failures: this.#failures,
    };
  }
}

function describe(error: unknown): string {
  if (error instanceof ConformanceFailure) return error.message;
  if (!(error instanceof SmError)) return `threw ${String(error)}, expected a coded error`;
  return error.detail === undefined ? error.code : `${error.code} (${error.detail})`;
}
