/**
 * The embedded SQL database: PGlite in a worker thread under an exclusive folder lock,
 * Kysely on top, numbered migrations.
 *
 * @packageDocumentation
 */
export {
  type EmbeddedDatabaseOptions,
  openEmbeddedDatabase,
  type SqlDatabase,
} from './database.ts';
export { type FolderLock, lockFolder } from './folder-lock.ts';
export { type Migration, migrate } from './migrate.ts';
export { isUniqueViolation, sqlFailure } from './sql-failure.ts';
export type { SqlFailure } from './worker-protocol.ts';
