import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { migrate, openEmbeddedDatabase, type SqlDatabase } from '../../src/state/index.ts';
import { temporaryFolder } from './support.ts';

let database: SqlDatabase;

beforeAll(async () => {
  database = await openEmbeddedDatabase({ dataDir: await temporaryFolder('migrate') });
});
afterAll(() => database?.close());

const one = { id: '0001-one', sql: 'create table one (a integer); insert into one values (1)' };
const two = { id: '0002-two', sql: 'alter table one add b text; -- a comment at the end' };
const applied = async (layer: string) =>
  (
    await sql<{
      id: string;
    }>`select id from cssi_migrations where layer = ${layer} order by position`.execute(database.kysely())
  ).rows.map((row) => row.id);

describe('migrate', () => {
  it('applies each migration once, in order', async () => {
    await migrate(database, 'first', [one]);
    await migrate(database, 'first', [one]);
    await migrate(database, 'first', [one, two]);
    expect(await applied('first')).toEqual(['0001-one', '0002-two']);
    const { rows } = await sql`select a, b from one`.execute(database.kysely());
    expect(rows).toEqual([{ a: 1, b: null }]);
  });

  it.each([
    ['altered text', [{ ...one, sql: `${one.sql} ` }, two], 'ERR_STATE_MIGRATION_ALTERED'],
    ['a missing migration', [one], 'ERR_STATE_MIGRATION_ORDER'],
    ['another name', [one, { ...two, id: '0002-renamed' }], 'ERR_STATE_MIGRATION_ORDER'],
    ['none at all', [], 'ERR_STATE_MIGRATION_ORDER'],
    ['a gap in the numbers', [one, { ...two, id: '0003-two' }], 'ERR_STATE_MIGRATION_INVALID'],
    ['the wrong order', [two, one], 'ERR_STATE_MIGRATION_INVALID'],
    ['a repeated number', [one, two, two], 'ERR_STATE_MIGRATION_INVALID'],
    ['an id that is SQL', [one, two, { id: "0003-x', now()); --", sql: '' }], 'ERR_STATE_MIGRATION_INVALID'],
  ] as const)('refuses %s', async (_, list, code) => {
    await expect(migrate(database, 'first', list)).rejects.toMatchObject({ code });
    expect(await applied('first')).toEqual(['0001-one', '0002-two']);
  });

  it('refuses a layer name that is SQL', async () => {
    await expect(migrate(database, "x'; drop table one; --", [one])).rejects.toMatchObject({
      code: 'ERR_STATE_MIGRATION_INVALID',
    });
  });

  it('leaves nothing behind of a migration that fails half way', async () => {
    const half = { id: '0001-half', sql: 'create table half (a integer); insert into half values (1 / 0)' };
    await expect(migrate(database, 'second', [half])).rejects.toMatchObject({
      code: 'ERR_STATE_MIGRATION_FAILED',
    });
    expect(await applied('second')).toEqual([]);
    const { rows } = await sql`select to_regclass('half') as found`.execute(database.kysely());
    expect(rows).toEqual([{ found: null }]);
    await migrate(database, 'second', [{ id: '0001-half', sql: 'create table half (a integer)' }]);
    expect(await applied('second')).toEqual(['0001-half']);
  });

  it('detects an entry that was edited in the database', async () => {
    await database.execScript(`update cssi_migrations set digest = '\\x00' where layer = 'second'`);
    await expect(
      migrate(database, 'second', [{ id: '0001-half', sql: 'create table half (a integer)' }]),
    ).rejects.toMatchObject({ code: 'ERR_STATE_MIGRATION_ALTERED' });
  });
});
