import { closeSync, existsSync, fsyncSync, openSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type EmscriptenModule, type EmscriptenOptions, NodeFS } from './pglite.ts';

/** Makes one file or folder durable. */
function syncPath(path: string): void {
  const fd = openSync(path, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** Makes every file and folder below `folder` durable. */
export function syncTree(folder: string): void {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) syncTree(path);
    else if (entry.isFile()) syncPath(path);
  }
  syncPath(folder);
}

/**
 * PGlite's file system with a working `fsync`.
 *
 * Emscripten's host file system has no `fsync`, and PGlite therefore starts PostgreSQL with
 * `-F`: a commit survives the end of the process, not a loss of power. With this file system
 * and without `-F` every commit reaches the disk first.
 */
export class DurableNodeFS extends NodeFS {
  override async init(
    database: unknown,
    options: EmscriptenOptions,
  ): Promise<{ readonly emscriptenOpts: EmscriptenOptions }> {
    const { emscriptenOpts } = await super.init(database, options);
    const patch = ({ NODEFS }: EmscriptenModule) => {
      NODEFS.stream_ops.fsync = (stream) => {
        if (stream.nfd !== undefined) fsyncSync(stream.nfd);
        else if (existsSync(NODEFS.realPath(stream.node))) syncPath(NODEFS.realPath(stream.node));
        return 0;
      };
    };
    return { emscriptenOpts: { ...emscriptenOpts, preRun: [...(emscriptenOpts.preRun ?? []), patch] } };
  }
}
