import { readFileSync, statSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { parseJson } from '../../encoding/json.ts';
import { SmError } from '../../error.ts';
import { createSm2 } from '../../sm2.ts';
import { createSm3 } from '../../sm3.ts';
import { createSm4 } from '../../sm4.ts';
import type { SmEngine } from '../../spec/v1/engine.ts';
import { ConformanceFailure } from '../kit.ts';
import type { SkipName } from './allowed-skips.ts';
import { readTree, type VectorFile } from './read-tree.ts';
import { readerFor } from './readers.ts';
import type { VectorCase, VectorSubject } from './vector-case.ts';

const MAX_FILE_BYTES = 1 << 26;
/** How many failures of one file are described; all are counted. */
const MAX_DESCRIBED = 20;
/** How many cases run before other work gets its turn. */
const CASES_PER_TURN = 16;

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

/** What to run. */
export interface VectorRunOptions {
  /** Folder whose JSON files are read, with its subfolders. */
  readonly dir: string;
  /** The engine under test; nothing else computes, and what it lacks is skipped by name. */
  readonly engine: SmEngine;
  /** Called after each file, for progress. */
  readonly onFile?: (result: VectorFileResult) => void;
}

/** Counts of one file while it runs. */
class Tally {
  passed = 0;
  failed = 0;
  skipped = 0;
  readonly skips: Partial<Record<SkipName, number>> = {};
  readonly failures: VectorFailure[] = [];

  skip(name: SkipName): void {
    this.skipped++;
    this.skips[name] = (this.skips[name] ?? 0) + 1;
  }

  fail(id: string, error: unknown): void {
    this.failed++;
    if (this.failures.length < MAX_DESCRIBED) this.failures.push({ id, detail: describe(error) });
  }
}

function describe(error: unknown): string {
  if (error instanceof ConformanceFailure) return error.message;
  if (error instanceof SmError)
    return `${error.code}${error.detail === undefined ? '' : ` (${error.detail})`}`;
  return `threw ${String(error)}, expected a coded error`;
}

function runCase(item: VectorCase, subject: VectorSubject, tally: Tally): void {
  if ('skip' in item) {
    tally.skip(item.skip);
    return;
  }
  const missing = item.requires.find((name) => !subject.engine.capabilities.has(name));
  if (missing !== undefined) {
    tally.skip(missing);
    return;
  }
  try {
    item.check(subject);
    tally.passed++;
  } catch (error) {
    tally.fail(item.id, error);
  }
}

async function runFile(file: VectorFile, subject: VectorSubject): Promise<VectorFileResult> {
  const tally = new Tally();
  try {
    if (statSync(file.path).size > MAX_FILE_BYTES) throw new ConformanceFailure('the file is too large');
    const content = parseJson(readFileSync(file.path), MAX_FILE_BYTES);
    let turn = 0;
    for (const item of readerFor(file.name.slice(file.name.lastIndexOf('/') + 1), content)(content)) {
      runCase(item, subject, tally);
      if (++turn % CASES_PER_TURN === 0) await setImmediate();
    }
  } catch (error) {
    // A file that cannot be read to its end is a failure: its other cases did not run.
    tally.fail('file', error);
  }
  const { passed, failed, skipped, skips, failures } = tally;
  return { file: file.name, passed, failed, skipped, skips, failures };
}

/**
 * Runs every vector file below a folder on one engine. A failing case is a result, not
 * an exception; a file that nobody here can read is skipped under `unknown-file`.
 *
 * @throws SmError ERR_VECTORS_UNREADABLE when the folder cannot be read
 * @example
 * ```ts
 * import { nobleEngine } from '@cssi/sm-core/adapters/noble';
 * import { runVectors } from '@cssi/sm-core/conformance';
 * const report = await runVectors({ dir: 'vectors', engine: nobleEngine });
 * ```
 */
export async function runVectors(options: VectorRunOptions): Promise<VectorReport> {
  const { dir, engine, onFile } = options;
  const subject = { engine, sm2: createSm2(engine), sm3: createSm3(engine), sm4: createSm4(engine) };
  const files: VectorFileResult[] = [];
  const skips: Partial<Record<SkipName, number>> = {};
  for (const file of readTree(dir)) {
    const result = await runFile(file, subject);
    files.push(result);
    for (const [name, count] of Object.entries(result.skips) as [SkipName, number][]) {
      skips[name] = (skips[name] ?? 0) + count;
    }
    onFile?.(result);
  }
  const sum = (of: 'passed' | 'failed' | 'skipped') => files.reduce((total, file) => total + file[of], 0);
  return {
    engine: engine.name,
    passed: sum('passed'),
    failed: sum('failed'),
    skipped: sum('skipped'),
    skips,
    files,
  };
}
