import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Kysely } from 'kysely';
import { SECURITY_SERVICE_ERRORS } from '../errors.ts';
import { ConnectionGate } from './connection-gate.ts';
import { workerDialect } from './dialect.ts';
import { lockFolder } from './folder-lock.ts';
import { WorkerClient } from './worker-client.ts';

/**
 * A SQL database that speaks PostgreSQL (数据库).
 *
 * Guarantee: a committed change survives a crash of the process and a loss of power.
 * Concurrency: any number of calls at once; there is one connection, a transaction holds it
 * until it ends, and the others wait in a bounded queue. Inside a transaction use only the
 * transaction object: a call on the outer one would wait for itself and end with
 * ERR_STATE_TIMEOUT. Types: `bytea` is `Uint8Array`, `bigint` is text, `timestamptz` is
 * `Date`, `numeric` is text. A failed statement is ERR_STATE_CONSTRAINT or ERR_STATE_QUERY
 * without the database's text, which may quote values; see {@link sqlFailure}.
 */
export interface SqlDatabase {
  /** The query builder, typed by the caller's tables. */
  kysely<Tables>(): Kysely<Tables>;
  /** Runs a script without parameters, as one transaction unless it holds transaction control itself. */
  execScript(sql: string): Promise<void>;
  /** Writes a checkpoint, closes and lets the folder go. A second call waits for the first. */
  close(): Promise<void>;
}

/** Options of {@link openEmbeddedDatabase}. */
export interface EmbeddedDatabaseOptions {
  /** Folder that this process alone may use; made when missing. On a local file system. */
  readonly dataDir: string;
  /** Most calls that may wait for the connection. Default 1024. */
  readonly maxWaiting?: number;
  /** Longest wait for the connection in milliseconds. Default 30,000. */
  readonly waitMilliseconds?: number;
}

/**
 * The worker's compiled file, also when this module runs from its TypeScript source
 * (Node 20 loads no TypeScript).
 */
export function workerEntry(moduleUrl: string): URL {
  const entry = moduleUrl.endsWith('.ts')
    ? new URL('../../dist/state/worker.js', moduleUrl)
    : new URL('./worker.js', moduleUrl);
  if (!existsSync(entry)) throw SECURITY_SERVICE_ERRORS.create('ERR_STATE_WORKER_NOT_BUILT');
  return entry;
}

/**
 * Opens the embedded database (PGlite: PostgreSQL as WebAssembly) in a thread of its own.
 * The first opening of a folder takes some seconds, later ones about half a second.
 *
 * @throws {@link SmError} ERR_STATE_LOCKED when a process has the folder open already,
 * ERR_STATE_LOCK_FAILED, ERR_STATE_WORKER_NOT_BUILT, ERR_STATE_OPEN_FAILED
 * @example
 * ```ts
 * const database = await openEmbeddedDatabase({ dataDir: './data' });
 * await database.execScript('create table if not exists t (id text primary key)');
 * await database.close();
 * ```
 */
export async function openEmbeddedDatabase(options: EmbeddedDatabaseOptions): Promise<SqlDatabase> {
  const entry = workerEntry(import.meta.url);
  const lock = await lockFolder(options.dataDir);
  let client: WorkerClient;
  try {
    const folder = join(options.dataDir, 'pgdata');
    await mkdir(folder, { recursive: true, mode: 0o700 });
    client = await WorkerClient.start(entry, { folder });
  } catch (error) {
    await lock.release();
    if (SECURITY_SERVICE_ERRORS.is(error)) throw error;
    throw SECURITY_SERVICE_ERRORS.create('ERR_STATE_OPEN_FAILED', { cause: error });
  }
  // After a crash of the thread nobody writes any more: a new start must not need a new process.
  // A lock file that cannot be removed harms nobody: nothing listens behind it any more.
  client.exited.then(() => lock.release()).catch(() => undefined);

  const gate = new ConnectionGate({
    maxWaiting: options.maxWaiting ?? 1024,
    waitMilliseconds: options.waitMilliseconds ?? 30_000,
  });
  const shared = new Kysely<never>({ dialect: workerDialect(client, gate) });
  let closing: Promise<void> | undefined;
  return {
    kysely: <Tables>() => shared as unknown as Kysely<Tables>,
    execScript: async (sql) => {
      await gate.enter();
      try {
        await client.script(sql);
      } finally {
        gate.leave();
      }
    },
    close: () => {
      closing ??= (async () => {
        try {
          await gate.close();
        } finally {
          await client.close().finally(() => lock.release());
        }
      })();
      return closing;
    },
  };
}
