import { parseJson } from '../../encoding/json.ts';
import { createSm2 } from '../../sm2.ts';
import { createSm3 } from '../../sm3.ts';
import { createSm4 } from '../../sm4.ts';
import type { SmEngine } from '../../spec/v1/engine.ts';
import { createZuc } from '../../zuc.ts';
import { readerFor } from './readers.ts';
import { reportOf, Tally, type VectorFileResult, type VectorReport } from './report.ts';
import type { VectorCase, VectorSubject } from './vector-case.ts';

/** Longest file of vectors that is read: 64 MiB. */
export const MAX_VECTOR_FILE_BYTES: number = 1 << 26;
/** How long cases run before other work gets its turn. */
const MILLISECONDS_PER_TURN = 50;

/** One file of vectors from memory. */
export interface VectorFileContent {
  /** Path with `/`, for the report; the last part chooses the reader. */
  readonly path: string;
  /** The JSON document; asked for once, when the file is due. */
  readonly content: Uint8Array;
}

/** How to run files of vectors. */
export interface VectorFilesOptions {
  /** The engine under test; nothing else computes, and what it lacks is skipped by name. */
  readonly engine: SmEngine;
  /** Called after each file, for progress. */
  readonly onFile?: (result: VectorFileResult) => void;
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
    tally.pass();
  } catch (error) {
    tally.fail(item.id, error);
  }
}

const otherWork = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));

async function runFile(file: VectorFileContent, subject: VectorSubject): Promise<VectorFileResult> {
  const tally = new Tally();
  try {
    const content = parseJson(file.content, MAX_VECTOR_FILE_BYTES);
    let turn = performance.now();
    for (const item of readerFor(file.path.slice(file.path.lastIndexOf('/') + 1), content)(content)) {
      runCase(item, subject, tally);
      if (performance.now() - turn < MILLISECONDS_PER_TURN) continue;
      await otherWork();
      turn = performance.now();
    }
  } catch (error) {
    // A file that cannot be read to its end is a failure: its other cases did not run.
    tally.fail('file', error);
  }
  return tally.result(file.path);
}

/**
 * Runs files of vectors from memory on one engine; needs neither a file system nor Node,
 * so a browser can run it. A failing case is a result, not an exception; a file that
 * nobody here can read is skipped under `unknown-file`.
 *
 * @example
 * ```ts
 * import { utf8 } from '@cssi/sm-core';
 * import { nobleEngine } from '@cssi/sm-core/adapters/noble';
 * import { runVectorFiles } from '@cssi/sm-core/conformance';
 * const digest = '66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0';
 * const content = utf8(JSON.stringify({ cases: [{ msg: '616263', digest }] }));
 * const report = await runVectorFiles([{ path: 'sm3.json', content }], { engine: nobleEngine });
 * ```
 */
export async function runVectorFiles(
  files: Iterable<VectorFileContent>,
  options: VectorFilesOptions,
): Promise<VectorReport> {
  const { engine, onFile } = options;
  const subject = {
    engine,
    sm2: createSm2(engine),
    sm3: createSm3(engine),
    sm4: createSm4(engine),
    zuc: createZuc(engine),
  };
  const results: VectorFileResult[] = [];
  for (const file of files) {
    // A schema lies beside the vectors and holds none.
    if (file.path.endsWith('.schema.json')) continue;
    const result = await runFile(file, subject);
    results.push(result);
    onFile?.(result);
  }
  return reportOf(engine.name, results);
}
