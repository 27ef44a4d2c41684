/**
 * The conformance kit that every layer's suite is made with, the suite of the engine
 * interface, and the runner for files of test vectors.
 *
 * @packageDocumentation
 */
export { smEngineSuite } from './engine/suite.ts';
export {
  type CaseContext,
  type CaseLevel,
  type CaseResult,
  type ConformanceCase,
  ConformanceFailure,
  type ConformanceReport,
  type ConformanceSuite,
  expectBytes,
  expectCode,
  expectTrue,
  type RunOptions,
  runSuite,
  type SubjectUnderTest,
} from './kit.ts';
export { ALLOWED_SKIPS, type AllowedSkip, type SkipKind, type SkipName } from './vectors/allowed-skips.ts';
export type { SkipCounts, VectorFailure, VectorFileResult, VectorReport } from './vectors/report.ts';
export { runVectors, type VectorRunOptions } from './vectors/run.ts';
export { runVectorFiles, type VectorFileContent, type VectorFilesOptions } from './vectors/run-files.ts';
