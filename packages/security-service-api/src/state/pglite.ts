import { createRequire } from 'node:module';

/*
 * The parts of PGlite that are used, declared by hand: its own declarations need the types
 * of a browser and of Emscripten, which a strict build of this package does not have.
 */

/** Rows of one statement. */
export interface PGliteResults {
  readonly rows: readonly Record<string, unknown>[];
  readonly affectedRows?: number;
}

/** An open database. */
export interface PGliteDatabase {
  query(sql: string, parameters: readonly unknown[]): Promise<PGliteResults>;
  exec(script: string): Promise<unknown>;
  close(): Promise<void>;
}

/** Emscripten's start options; `preRun` sees the module before PostgreSQL runs. */
export interface EmscriptenOptions {
  readonly preRun?: readonly ((module: EmscriptenModule) => void)[];
}

/** The part of Emscripten's stream that a sync needs. */
export interface HostStream {
  readonly nfd?: number;
  readonly node: unknown;
}

/** The part of Emscripten's module that is patched. */
export interface EmscriptenModule {
  readonly NODEFS: {
    realPath(node: unknown): string;
    readonly stream_ops: { fsync?: (stream: HostStream) => number };
  };
}

/** PGlite's file system on a folder of the host. */
export interface PGliteFileSystem {
  init(
    database: unknown,
    options: EmscriptenOptions,
  ): Promise<{ readonly emscriptenOpts: EmscriptenOptions }>;
}

interface PGliteClass {
  readonly defaultStartParams: readonly string[];
  create(options: {
    readonly fs: PGliteFileSystem;
    readonly startParams: readonly string[];
    readonly parsers: Readonly<Record<number, (text: string) => unknown>>;
  }): Promise<PGliteDatabase>;
}

const require = createRequire(import.meta.url);

/** The database engine. */
export const { PGlite } = require('@electric-sql/pglite') as { readonly PGlite: PGliteClass };

/** Its file system. */
export const { NodeFS } = require('@electric-sql/pglite/nodefs') as {
  readonly NodeFS: new (folder: string) => PGliteFileSystem;
};
