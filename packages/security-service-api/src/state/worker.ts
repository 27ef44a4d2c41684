import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { DurableNodeFS, syncTree } from './durable-fs.ts';
import { PGlite, type PGliteDatabase } from './pglite.ts';
import type {
  SqlFailure,
  WorkerRequest,
  WorkerResponse,
  WorkerResult,
  WorkerStart,
} from './worker-protocol.ts';

/*
 * The database runs here because a statement blocks the thread that runs it. One request
 * is handled at a time; the other side keeps the order.
 */

/** PostgreSQL's type number of `bigint`, which JavaScript numbers cannot hold: it stays text. */
const INT8 = 20;

const NOTHING: WorkerResult = { rows: [], affectedRows: undefined };

function describe(error: unknown): SqlFailure {
  const { code, constraint, message } = error as { code?: unknown; constraint?: unknown; message?: unknown };
  const sqlState = typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) ? code : undefined;
  return {
    sqlState,
    constraint: typeof constraint === 'string' && sqlState !== undefined ? constraint : undefined,
    text: sqlState?.startsWith('42') && typeof message === 'string' ? message.slice(0, 500) : undefined,
  };
}

async function openDatabase(folder: string): Promise<PGliteDatabase> {
  const fresh = !existsSync(join(folder, 'PG_VERSION'));
  const database = await PGlite.create({
    fs: new DurableNodeFS(folder),
    // Without -F and with this method each commit calls fsync; see DurableNodeFS.
    startParams: [
      ...PGlite.defaultStartParams.filter((parameter) => parameter !== '-F'),
      '-c',
      'wal_sync_method=fsync',
    ],
    parsers: { [INT8]: (text: string) => text },
  });
  // The files of a new database are written by a second module that knows no fsync.
  if (fresh) syncTree(folder);
  return database;
}

async function handle(database: PGliteDatabase, request: WorkerRequest): Promise<WorkerResult> {
  switch (request.kind) {
    case 'query': {
      const { rows, affectedRows } = await database.query(request.sql, request.parameters);
      return { rows, affectedRows };
    }
    case 'script':
      await database.exec(request.sql);
      return NOTHING;
    case 'close':
      await database.exec('CHECKPOINT');
      await database.close();
      return NOTHING;
  }
}

const port = parentPort;
if (port !== null) {
  const answer = (response: WorkerResponse) => port.postMessage(response);
  const run = async (id: number, action: () => Promise<WorkerResult>): Promise<boolean> => {
    try {
      answer({ id, ok: true, result: await action() });
      return true;
    } catch (error) {
      answer({ id, ok: false, failure: describe(error) });
      return false;
    }
  };
  let database: PGliteDatabase | undefined;
  const opened = await run(0, async () => {
    database = await openDatabase((workerData as WorkerStart).folder);
    return NOTHING;
  });
  if (opened) {
    let last: Promise<unknown> = Promise.resolve();
    port.on('message', (request: WorkerRequest) => {
      last = last.then(async () => {
        await run(request.id, () => handle(database!, request));
        if (request.kind === 'close') port.close();
      });
    });
  }
}
