import { inspect } from 'node:util';
import { MODEL_TRANSFER_ERRORS } from '../spec/v1/errors.ts';
import type { Manifest } from '../spec/v1/manifest.ts';
import type { ModelOutput } from '../spec/v1/receiver.ts';

/** Most plaintext that is kept in memory when nothing else is said: 1 GiB. */
export const MAX_MEMORY_BYTES: number = 2 ** 30;

/**
 * The opened files of a package, in memory only. Nothing that prints a value shows the
 * bytes. Call {@link ModelFiles.destroy} as soon as they were loaded; copies that an
 * inference framework made are out of its reach.
 */
export class ModelFiles {
  readonly #files: Map<string, Uint8Array>;

  /** Takes ownership of the bytes. */
  constructor(files: Map<string, Uint8Array>) {
    this.#files = files;
  }

  /** Names in the order of the manifest; none after {@link ModelFiles.destroy}. */
  get names(): readonly string[] {
    return [...this.#files.keys()];
  }

  /** The bytes of one file: not a copy, zeroed by {@link ModelFiles.destroy}. */
  get(name: string): Uint8Array | undefined {
    return this.#files.get(name);
  }

  /** Zeroes all bytes. A second call does nothing. */
  destroy(): void {
    for (const bytes of this.#files.values()) bytes.fill(0);
    this.#files.clear();
  }

  /** The fixed text `[ModelFiles]`. */
  toJSON(): string {
    return '[ModelFiles]';
  }

  [inspect.custom](): string {
    return '[ModelFiles]';
  }
}

/** The output of who gives none: memory. */
export class MemoryOutput implements ModelOutput {
  readonly specVersion = '1';
  readonly name = 'memory';
  readonly persistent = false;
  readonly #maxBytes: number;
  #files: { readonly name: string; readonly bytes: Uint8Array; filled: number }[] = [];
  #committed = false;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  async begin(manifest: Manifest): Promise<void> {
    const total = manifest.files.reduce((sum, file) => sum + file.size, 0);
    // The size is signed, but a publisher's mistake must not take the process down.
    if (total > this.#maxBytes) {
      throw MODEL_TRANSFER_ERRORS.create('ERR_MODEL_LIMIT', {
        detail: `bytes=${total} max=${this.#maxBytes}`,
      });
    }
    try {
      this.#files = manifest.files.map(({ name, size }) => ({
        name,
        bytes: new Uint8Array(size),
        filled: 0,
      }));
    } catch (cause) {
      throw MODEL_TRANSFER_ERRORS.create('ERR_MODEL_LIMIT', { detail: `bytes=${total}`, cause });
    }
  }

  async write(fileId: number, plaintext: Uint8Array): Promise<void> {
    const file = this.#files[fileId]!;
    file.bytes.set(plaintext, file.filled);
    file.filled += plaintext.length;
  }

  async commit(): Promise<void> {
    this.#committed = true;
  }

  async abort(): Promise<void> {
    for (const { bytes } of this.#files) bytes.fill(0);
    this.#files = [];
  }

  /** The files, once committed; the caller owns them then. */
  take(): ModelFiles {
    const files = this.#committed ? this.#files : [];
    this.#files = [];
    return new ModelFiles(new Map(files.map(({ name, bytes }) => [name, bytes])));
  }
}
