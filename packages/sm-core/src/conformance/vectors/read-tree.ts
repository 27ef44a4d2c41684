import { type Dirent, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { SM_CORE_ERRORS } from '../../errors.ts';
import { MAX_VECTOR_FILE_BYTES, type VectorFileContent } from './run-files.ts';

const MAX_DEPTH = 8;
const MAX_FILES = 10_000;

const unreadable = (reason: string, cause?: unknown) =>
  SM_CORE_ERRORS.create('ERR_VECTORS_UNREADABLE', { detail: `reason=${reason}`, cause });

/** A file of the tree, read when its content is asked for, so that one at a time is in memory. */
class TreeFile implements VectorFileContent {
  readonly path: string;
  readonly #location: string;

  constructor(path: string, location: string) {
    this.path = path;
    this.#location = location;
  }

  get content(): Uint8Array {
    try {
      if (statSync(this.#location).size <= MAX_VECTOR_FILE_BYTES) return readFileSync(this.#location);
    } catch (cause) {
      throw unreadable('file', cause);
    }
    throw unreadable(`size max=${MAX_VECTOR_FILE_BYTES}`);
  }
}

/**
 * The JSON files below `dir` in the order of their names, with paths below `dir`. Links
 * are not followed.
 *
 * @throws SmError ERR_VECTORS_UNREADABLE, also when the tree is too deep or too large
 */
export function readTree(dir: string): readonly VectorFileContent[] {
  const files: VectorFileContent[] = [];
  const visit = (folder: string, prefix: string, depth: number): void => {
    if (depth > MAX_DEPTH) throw unreadable('depth');
    for (const entry of entriesOf(folder)) {
      const location = join(folder, entry.name);
      const path = prefix + entry.name;
      if (entry.isDirectory()) visit(location, `${path}/`, depth + 1);
      else if (entry.isFile() && entry.name.endsWith('.json')) {
        if (files.length >= MAX_FILES) throw unreadable(`files max=${MAX_FILES}`);
        files.push(new TreeFile(path, location));
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
    throw unreadable('folder', cause);
  }
}
