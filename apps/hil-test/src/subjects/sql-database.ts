import { join } from 'node:path';
import { openEmbeddedDatabase, type SqlDatabase } from '@cssi/security-service-api/sql';
import type { Setting } from '../trial.ts';

/** An embedded database in the folder of the trial. */
export async function openDatabase(setting: Setting): Promise<SqlDatabase> {
  const database = await openEmbeddedDatabase({ dataDir: join(setting.folder, 'sql') });
  setting.onClose(() => database.close());
  return database;
}
