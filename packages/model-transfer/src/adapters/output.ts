import { type FileHandle, mkdir, open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { syncFolder, temporaryBeside, writeAll } from '../internal/files.ts';
import { MODEL_TRANSFER_ERRORS } from '../spec/v1/errors.ts';
import type { Manifest } from '../spec/v1/manifest.ts';
import { isSafeFileName } from '../spec/v1/names.ts';
import type { ModelOutput } from '../spec/v1/receiver.ts';

const failed = (reason: string) =>
  MODEL_TRANSFER_ERRORS.create('ERR_MODEL_OUTPUT_FAILED', { detail: `reason=${reason}` });

/** Writes the files of a package into a folder of their own. */
class FolderWriter {
  readonly folder: string;
  #names: readonly string[] = [];
  #file: { readonly id: number; readonly handle: FileHandle } | undefined;

  constructor(folder: string) {
    this.folder = folder;
  }

  async begin(manifest: Manifest): Promise<void> {
    this.#names = manifest.files.map((file) => file.name);
    // The manifest was checked when it was read; a name is not used on trust all the same.
    if (!this.#names.every(isSafeFileName)) throw failed('name');
    await mkdir(this.folder, { mode: 0o700 });
  }

  async write(fileId: number, plaintext: Uint8Array): Promise<void> {
    if (this.#file?.id !== fileId) {
      await this.finish();
      const handle = await open(join(this.folder, this.#names[fileId]!), 'wx', 0o600);
      this.#file = { id: fileId, handle };
    }
    await writeAll(this.#file.handle, plaintext);
  }

  async finish(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    if (file === undefined) return;
    try {
      await file.handle.sync();
    } finally {
      await file.handle.close();
    }
  }

  async remove(): Promise<void> {
    await this.finish().catch(() => {});
    await rm(this.folder, { recursive: true, force: true });
  }
}

/**
 * Writes the one file of a package to `path`, mode 0600, by a temporary folder beside it
 * and a rename. A file that is there already is replaced.
 *
 * @throws {@link SmError} ERR_MODEL_OUTPUT_FAILED from `begin` when the package has several files
 */
export function fileOutput({ path }: { readonly path: string }): ModelOutput {
  const writer = new FolderWriter(temporaryBeside(path));
  let name = '';
  return {
    specVersion: '1',
    name: `file ${basename(path)}`,
    persistent: true,
    async begin(manifest) {
      if (manifest.files.length !== 1) throw failed('several-files');
      name = manifest.files[0]!.name;
      await writer.begin(manifest);
    },
    write: (fileId, plaintext) => writer.write(fileId, plaintext),
    async commit() {
      await writer.finish();
      await rename(join(writer.folder, name), path);
      await writer.remove();
      await syncFolder(dirname(path));
    },
    abort: () => writer.remove(),
  };
}

/**
 * Writes the files of a package into the new folder `folder`, mode 0700, which appears with
 * all files or not at all.
 */
export function folderOutput({ folder }: { readonly folder: string }): ModelOutput {
  const writer = new FolderWriter(temporaryBeside(folder));
  return {
    specVersion: '1',
    name: `folder ${basename(folder)}`,
    persistent: true,
    begin: (manifest) => writer.begin(manifest),
    write: (fileId, plaintext) => writer.write(fileId, plaintext),
    async commit() {
      await writer.finish();
      await rename(writer.folder, folder);
      await syncFolder(dirname(folder));
    },
    abort: () => writer.remove(),
  };
}
