import { SmError } from '@cssi/sm-core';
import { type Generated, sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { workerEntry } from '../../src/state/database.ts';
import {
  isUniqueViolation,
  openEmbeddedDatabase,
  type SqlDatabase,
  sqlFailure,
} from '../../src/state/index.ts';
import { temporaryFolder } from './support.ts';

interface Tables {
  thing: { id: string; size: string | bigint; data: Uint8Array; made: Generated<Date> };
  counter: { id: string; n: number };
}

let dataDir: string;
let database: SqlDatabase;

beforeAll(async () => {
  dataDir = await temporaryFolder('database');
  const started = performance.now();
  database = await openEmbeddedDatabase({ dataDir, maxWaiting: 200, waitMilliseconds: 1500 });
  console.info(`first opening took ${Math.round(performance.now() - started)} ms`);
  await database.execScript(`
    create table thing (id text primary key, size bigint not null, data bytea not null, made timestamptz default now());
    create table counter (id text primary key, n integer not null);
    insert into counter values ('a', 0);
  `);
});

afterAll(() => database?.close());

const codeOf = async (promise: Promise<unknown>): Promise<string> => {
  try {
    await promise;
  } catch (error) {
    expect(error).toBeInstanceOf(SmError);
    return (error as SmError).code;
  }
  return 'accepted';
};

describe('embedded database', () => {
  it('keeps bytes, 64-bit numbers and times as they are', async () => {
    const db = database.kysely<Tables>();
    const data = Uint8Array.from({ length: 256 }, (_, i) => i);
    await db.insertInto('thing').values({ id: 'x', size: 9_007_199_254_740_993n, data }).execute();
    const row = await db.selectFrom('thing').selectAll().where('id', '=', 'x').executeTakeFirstOrThrow();
    expect(row.size).toBe('9007199254740993');
    expect(row.data).toBeInstanceOf(Uint8Array);
    expect(row.data).toEqual(data);
    expect(row.made).toBeInstanceOf(Date);
  });

  it('reports how many rows a change touched', async () => {
    const db = database.kysely<Tables>();
    const done = await db.updateTable('counter').set({ n: 0 }).where('id', '=', 'a').executeTakeFirst();
    expect(done.numUpdatedRows).toBe(1n);
    const none = await db.deleteFrom('counter').where('id', '=', 'nobody').executeTakeFirst();
    expect(none.numDeletedRows).toBe(0n);
  });

  it('runs transactions one after another, so concurrent read-modify-write loses nothing', async () => {
    const db = database.kysely<Tables>();
    await db.updateTable('counter').set({ n: 0 }).execute();
    const increment = () =>
      db.transaction().execute(async (trx) => {
        const { n } = await trx
          .selectFrom('counter')
          .select('n')
          .where('id', '=', 'a')
          .forUpdate()
          .executeTakeFirstOrThrow();
        await trx
          .updateTable('counter')
          .set({ n: n + 1 })
          .where('id', '=', 'a')
          .execute();
      });
    await Promise.all(Array.from({ length: 50 }, increment));
    expect((await db.selectFrom('counter').select('n').executeTakeFirstOrThrow()).n).toBe(50);
  });

  it('rolls a failed transaction back and frees the connection', async () => {
    const db = database.kysely<Tables>();
    await expect(
      db.transaction().execute(async (trx) => {
        await trx.insertInto('counter').values({ id: 'rolled', n: 1 }).execute();
        throw new Error('changed my mind');
      }),
    ).rejects.toThrow('changed my mind');
    expect(await db.selectFrom('counter').select('n').where('id', '=', 'rolled').execute()).toEqual([]);
  });

  it('commits with fsync on: a commit must not depend on the power supply', async () => {
    const db = database.kysely<Tables>();
    for (const [name, value] of [
      ['fsync', 'on'],
      ['synchronous_commit', 'on'],
      ['full_page_writes', 'on'],
    ]) {
      const { rows } = await sql<Record<string, string>>`show ${sql.raw(name!)}`.execute(db);
      expect(Object.values(rows[0]!)).toEqual([value]);
    }
  });

  it('reports a broken constraint by code, without the values', async () => {
    const db = database.kysely<Tables>();
    const error = await db
      .insertInto('counter')
      .values({ id: 'a', n: 1 })
      .execute()
      .catch((e: unknown) => e as SmError);
    expect((error as SmError).code).toBe('ERR_STATE_CONSTRAINT');
    expect(isUniqueViolation(error)).toBe(true);
    expect(isUniqueViolation(error, 'counter_pkey')).toBe(true);
    expect(isUniqueViolation(error, 'thing_pkey')).toBe(false);
    expect(String(error)).not.toContain('(a)');
  });

  it('reports a refused statement by code and goes on', async () => {
    const db = database.kysely<Tables>();
    const error = await sql`select secret_thing from nowhere`.execute(db).catch((e: unknown) => e);
    expect((error as SmError).code).toBe('ERR_STATE_QUERY');
    expect(sqlFailure(error)?.sqlState).toBe('42P01');
    expect((error as SmError).message).not.toContain('nowhere');
    expect(await codeOf(sql`select 'private value'::integer`.execute(db))).toBe('ERR_STATE_QUERY');
    const value = await sql`select 'private value'::integer`.execute(db).catch((e: unknown) => e);
    expect(JSON.stringify((value as SmError).cause)).not.toContain('private value');
    await sql`select 1`.execute(db);
  });

  it('refuses a parameter that cannot go to the worker', async () => {
    const db = database.kysely<Tables>();
    expect(await codeOf(sql`select ${Symbol('no copy')}`.execute(db))).toBe('ERR_STATE_QUERY');
  });

  it('refuses to stream instead of holding the only connection', async () => {
    const stream = database.kysely<Tables>().selectFrom('counter').selectAll().stream();
    expect(
      await codeOf(
        (async () => {
          for await (const _ of stream) break;
        })(),
      ),
    ).toBe('ERR_STATE_QUERY');
  });

  it('ends a call that waits for its own transaction instead of hanging', async () => {
    const db = database.kysely<Tables>();
    const code = await codeOf(
      db.transaction().execute(async () => {
        await db.selectFrom('counter').selectAll().execute();
      }),
    );
    expect(code).toBe('ERR_STATE_TIMEOUT');
    await sql`select 1`.execute(db);
  });

  it('bounds the queue', async () => {
    const db = database.kysely<Tables>();
    const codes = await Promise.all(Array.from({ length: 400 }, () => codeOf(sql`select 1`.execute(db))));
    expect(codes.filter((code) => code === 'ERR_STATE_OVERLOADED').length).toBeGreaterThan(100);
    expect(codes.filter((code) => code === 'accepted').length).toBeGreaterThanOrEqual(200);
  });

  it('leaves the event loop free during a long statement', async () => {
    const ticks: number[] = [];
    const timer = setInterval(() => ticks.push(performance.now()), 5);
    await sql`select count(*) from generate_series(1, 2000000)`.execute(database.kysely<Tables>());
    clearInterval(timer);
    expect(ticks.length).toBeGreaterThan(5);
  });

  it('refuses a second opening of the same folder in this process', async () => {
    expect(await codeOf(openEmbeddedDatabase({ dataDir }))).toBe('ERR_STATE_LOCKED');
  });

  it('names the missing build', () => {
    expect(() => workerEntry('file:///nowhere/src/state/database.ts')).toThrow(
      expect.objectContaining({ code: 'ERR_STATE_WORKER_NOT_BUILT' }),
    );
  });

  it('closes once, refuses afterwards and keeps everything', async () => {
    const db = database.kysely<Tables>();
    const waiting = codeOf(db.transaction().execute((trx) => sql`select pg_sleep(0.1)`.execute(trx)));
    const refused = codeOf(sql`select 1`.execute(db));
    await new Promise((resolve) => setTimeout(resolve, 20));
    await Promise.all([database.close(), database.close()]);
    expect(await waiting).toBe('accepted');
    expect(await refused).toBe('ERR_STATE_CLOSED');
    expect(await codeOf(sql`select 1`.execute(db))).toBe('ERR_STATE_CLOSED');
    expect(await codeOf(database.execScript('select 1'))).toBe('ERR_STATE_CLOSED');

    const started = performance.now();
    database = await openEmbeddedDatabase({ dataDir });
    console.info(`opening again took ${Math.round(performance.now() - started)} ms`);
    const rows = await database.kysely<Tables>().selectFrom('counter').select('n').execute();
    expect(rows).toEqual([{ n: 50 }]);
  });
});
