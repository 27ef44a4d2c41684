export { ALLOWED_VECTOR_SKIPS, type AllowedVectorSkip, type VectorSkipName } from './allowed-skips.ts';
export type { PkiVectorFileResult, PkiVectorSkips } from './report.ts';
export { PKI_VECTOR_TIME, type PkiVectorOptions, runPkiVectorFile } from './run.ts';
