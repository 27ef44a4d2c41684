import { equalBytes, sm3, toHex, utf8 } from '@cssi/sm-core';
import { SECURITY_SERVICE_ERRORS } from '../errors.ts';
import type { SqlDatabase } from './database.ts';

/** One step of a layer's schema (数据库迁移). Once released its text never changes. */
export interface Migration {
  /** Four digits, a dash and a name, for example `0001-users`; numbered from 0001 without gaps. */
  readonly id: string;
  /** Statements without parameters and without transaction control. */
  readonly sql: string;
}

interface Tables {
  cssi_migrations: { layer: string; position: number; id: string; digest: Uint8Array; applied_at: Date };
}

const LAYER = /^[a-z][a-z0-9-]{0,63}$/;
const ID = /^(\d{4})-[a-z0-9-]{1,60}$/;

const BOOKKEEPING = `
create table if not exists cssi_migrations (
  layer text not null,
  position integer not null,
  id text not null,
  digest bytea not null,
  applied_at timestamptz not null default now(),
  primary key (layer, position)
)`;

function checkList(layer: string, migrations: readonly Migration[]): void {
  if (!LAYER.test(layer)) {
    throw SECURITY_SERVICE_ERRORS.create('ERR_STATE_MIGRATION_INVALID', { detail: 'field=layer' });
  }
  for (const [i, { id }] of migrations.entries()) {
    if (Number(ID.exec(id)?.[1]) !== i + 1) {
      throw SECURITY_SERVICE_ERRORS.create('ERR_STATE_MIGRATION_INVALID', {
        detail: `field=id position=${i + 1}`,
      });
    }
  }
}

/**
 * Brings a layer's schema up to date. Each migration runs in one transaction together with
 * its entry in the table `cssi_migrations`, so it has happened wholly or not at all.
 *
 * The digests show a script that was changed after it ran; they are no protection against
 * somebody who can write to the database.
 *
 * @param layer - lower-case name, unique per schema owner
 * @param migrations - all migrations of the layer, in order, the applied ones included
 * @throws {@link SmError} ERR_STATE_MIGRATION_INVALID for a badly numbered list,
 * ERR_STATE_MIGRATION_ALTERED when an applied one differs, ERR_STATE_MIGRATION_ORDER when the
 * database is ahead of the list or the names differ, ERR_STATE_MIGRATION_FAILED
 */
export async function migrate(
  database: SqlDatabase,
  layer: string,
  migrations: readonly Migration[],
): Promise<void> {
  checkList(layer, migrations);
  await database.execScript(BOOKKEEPING);
  const db = database.kysely<Tables>();
  const applied = await db
    .selectFrom('cssi_migrations')
    .select(['position', 'id', 'digest'])
    .where('layer', '=', layer)
    .orderBy('position')
    .execute();

  for (const [i, row] of applied.entries()) {
    const migration = migrations[i];
    if (row.position !== i + 1 || migration?.id !== row.id) {
      throw SECURITY_SERVICE_ERRORS.create('ERR_STATE_MIGRATION_ORDER', {
        detail: `layer=${layer} position=${i + 1}`,
      });
    }
    if (!equalBytes(sm3(utf8(migration.sql)), row.digest)) {
      throw SECURITY_SERVICE_ERRORS.create('ERR_STATE_MIGRATION_ALTERED', {
        detail: `layer=${layer} id=${row.id}`,
      });
    }
  }

  for (const [i, migration] of migrations.entries()) {
    if (i < applied.length) continue;
    // One script without transaction control is one transaction. Layer and id are of a
    // checked form, so they may stand in the text.
    const entry = `insert into cssi_migrations (layer, position, id, digest)
      values ('${layer}', ${i + 1}, '${migration.id}', '\\x${toHex(sm3(utf8(migration.sql)))}')`;
    try {
      await database.execScript(`${migration.sql}\n;\n${entry}`);
    } catch (cause) {
      throw SECURITY_SERVICE_ERRORS.create('ERR_STATE_MIGRATION_FAILED', {
        detail: `layer=${layer} id=${migration.id}`,
        cause,
      });
    }
  }
}
