import type { VectorReport } from './report.ts';
import { runVectorFiles, type VectorFilesOptions } from './run-files.ts';

/** What to run. */
export interface VectorRunOptions extends VectorFilesOptions {
  /** Folder whose JSON files are read, with its subfolders. */
  readonly dir: string;
}

/**
 * Runs every vector file below a folder on one engine, as {@link runVectorFiles} does
 * with files from memory. Needs Node.
 *
 * @throws SmError ERR_VECTORS_UNREADABLE when the folder cannot be read
 * @example
 * ```ts
 * import { nobleEngine } from '@cssi/sm-core/adapters/noble';
 * import { runVectors } from '@cssi/sm-core/conformance';
 * const report = await runVectors({ dir: 'vectors', engine: nobleEngine });
 * ```
 */
export async function runVectors({ dir, ...options }: VectorRunOptions): Promise<VectorReport> {
  // Loaded here, so that a browser can load everything else.
  const { readTree } = await import('./read-tree.ts');
  return runVectorFiles(readTree(dir), options);
}
