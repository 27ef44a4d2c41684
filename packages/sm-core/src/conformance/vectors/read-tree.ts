import { type Dirent, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { SM_CORE_ERRORS } from '../../errors.ts';

const MAX_DEPTH = 8;
const MAX_FILES = 10_000;

/** One file of the tree. */
export interface VectorFile {
  /** Path below the folder, with `/`. */
  readonly name: string;
  readonly path: string;
}

/**
 * The JSON files below `dir` in the order of their names. Links are not followed.
 *
 * @throws SmError ERR_VECTORS_UNREADABLE, also when the tree is too deep or too large
 */
export function readTree(dir: string): readonly VectorFile[] {
  const files: VectorFile[] = [];
  const visit = (folder: string, prefix: string, depth: number): void => {
    if (depth > MAX_DEPTH) throw SM_CORE_ERRORS.create('ERR_VECTORS_UNREADABLE', { detail: 'reason=depth' });
    for (const entry of entriesOf(folder)) {
      const path = join(folder, entry.name);
      const name = prefix + entry.name;
      if (entry.isDirectory()) visit(path, `${name}/`, depth + 1);
      else if (entry.isFile() && entry.name.endsWith('.json')) {
        if (files.length >= MAX_FILES) {
          throw SM_CORE_ERRORS.create('ERR_VECTORS_UNREADABLE', { detail: `reason=files max=${MAX_FILES}` });
        }
        files.push({ name, path });
      }
    }
  };
  visit(dir, '', 0);
  return files;
}

function entriesOf(folder: string): readonly Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch (cause) {
    throw SM_CORE_ERRORS.create('ERR_VECTORS_UNREADABLE', { detail: 'reason=folder', cause });
  }
}
