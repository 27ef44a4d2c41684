/**
 * Migration of a trusted application (可信应用迁移) from one TEE to another: code, seed and stored data move,
 * and at every moment one of the two has the only copy that can run.
 *
 * The two cores talk over an attested channel; whoever carries their messages sees ciphertext and
 * can delay or stop, but not fork the application. Order of things, each on the disk before the next:
 *
 * 1. source `exporting`: the application is stopped; package and files go to the target
 * 2. target `incoming`: it has everything, sealed under a release key it does not have
 * 3. source `departed`: seed and registration are gone for good; it keeps the release key alone
 * 4. target `activated`: it got the release key and runs the application; the source forgets the key
 *
 * Personalisation data are part of what the application stored. What no core can see is not kept out
 * by this: with the software TEE an administrator of the host who lets the old process run on although
 * it was told to end, puts back the whole data folder of the source, or copies that of the target, has a
 * second copy. And a factory reset ends migrations like all else: at a source that has departed it
 * takes the release key away, and with it the application.
 */
import type { SecurityModule } from './module.ts';
import type { TeecUuid } from './uuid.ts';

/** Format of the package between two cores. @group Migration */
export const MIGRATION_FORMAT = 'cssi-tee-migration/1';

/** Bounds of a migration. @group Migration */
export const MIGRATION_LIMITS = {
  /** Bytes of a file that one step moves. */
  chunk: 1 << 20,
  /** Of a message between two cores, in bytes. */
  message: 8 << 20,
  /** Files of an application's storage. */
  files: 8,
  /** Bytes of one of them. */
  fileBytes: 2 ** 32,
  /** Migrations under way at a time, each way counted. */
  transfers: 32,
} as const;

/** @group Migration */
export type MigrationRole = 'source' | 'target';

/**
 * How far a migration is on one side.
 *
 * - `none`: there is none, or it ended
 * - `exporting` (source): the application is stopped and may still be kept by `cancel-migration`
 * - `departed` (source): the application is gone from here; only the target can have it
 * - `expecting` (target): `import-ta` was given, nothing has come
 * - `incoming` (target): everything has come but the release key
 * - `activated` (target): the application is installed here
 *
 * @group Migration
 */
export type MigrationState = 'none' | 'exporting' | 'departed' | 'expecting' | 'incoming' | 'activated';

/** A file of the application's storage; its contents are ciphertext. @group Migration */
export interface MigrationFile {
  readonly name: string;
  readonly size: number;
  /** SM3, hex. */
  readonly digest: string;
}

/**
 * One step of a migration, as the module-side interface takes it.
 *
 * - `status`: changes nothing
 * - `open` (source): begins a conversation of the two cores; a new one ends the one before
 * - `message`: what the other core answered
 * - `read` (source), `write` (target): files, as far as the answer to a message named them
 * - `staged` (target): the files are there
 *
 * @group Migration
 */
export type ModuleMigrationRequest =
  | { readonly step: 'status'; readonly ta: TeecUuid; readonly role: MigrationRole }
  | { readonly step: 'open'; readonly ta: TeecUuid; readonly role: 'source' }
  | {
      readonly step: 'message';
      readonly ta: TeecUuid;
      readonly role: MigrationRole;
      readonly message: Uint8Array;
    }
  | {
      readonly step: 'read';
      readonly ta: TeecUuid;
      readonly role: 'source';
      readonly name: string;
      readonly offset: number;
      readonly length: number;
    }
  | {
      readonly step: 'write';
      readonly ta: TeecUuid;
      readonly role: 'target';
      readonly name: string;
      readonly offset: number;
      readonly data: Uint8Array;
    }
  | { readonly step: 'staged'; readonly ta: TeecUuid; readonly role: 'target' };

/** Answer to a step. @group Migration */
export interface ModuleMigrationAnswer {
  /** Of this side, after the step. */
  readonly state: MigrationState;
  /** Number of the migration, 32 hex digits; empty where there is none yet. */
  readonly transfer: string;
  /**
   * For the other core, or what was read. Empty: on the source when all is done, on the target when it
   * waits for files and then `staged`.
   */
  readonly message: Uint8Array;
  /** Files the target still has to be given before `staged`. */
  readonly files: readonly MigrationFile[];
}

/** How far both sides are; told after each step. @group Migration */
export interface MigrationProgress {
  readonly source: MigrationState;
  readonly target: MigrationState;
  /** Bytes of files that were carried so far. */
  readonly bytes: number;
}

/** Options of `migrateApplication`. @group Migration */
export interface MigrationOptions {
  readonly ta: TeecUuid;
  readonly source: SecurityModule;
  readonly target: SecurityModule;
  /** Signed `export-ta` for the source and `import-ta` for the target; given once, also where it is taken up again. */
  readonly exportCommand: Uint8Array;
  readonly importCommand: Uint8Array;
  readonly onProgress?: (progress: MigrationProgress) => void;
}

/** What a migration ended in. @group Migration */
export interface MigrationResult {
  /** Number of the migration, 32 hex digits, as both audit logs have the beginning of it. */
  readonly transfer: string;
  /** Signed receipts of the commands that were executed now; none of those executed before a cut. */
  readonly exportReceipt?: Uint8Array;
  readonly importReceipt?: Uint8Array;
}
