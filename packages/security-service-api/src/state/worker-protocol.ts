/** What the database worker is started with. */
export interface WorkerStart {
  /** Folder of the database files. */
  readonly folder: string;
}

/** One call to the database worker. */
export type WorkerRequest =
  | {
      readonly id: number;
      readonly kind: 'query';
      readonly sql: string;
      readonly parameters: readonly unknown[];
    }
  | { readonly id: number; readonly kind: 'script'; readonly sql: string }
  | { readonly id: number; readonly kind: 'close' };

/** Rows of one statement. */
export interface WorkerResult {
  readonly rows: readonly Record<string, unknown>[];
  readonly affectedRows: number | undefined;
}

/** What is known about a failed statement. Texts of the database may quote values; they stay behind. */
export interface SqlFailure {
  /** Five-character SQLSTATE; `undefined` when the failure is not one of the database. */
  readonly sqlState: string | undefined;
  readonly constraint: string | undefined;
  /** Only for errors in the statement itself (class 42), which name columns and tables. */
  readonly text: string | undefined;
}

/** Answer of the database worker; `id` 0 reports whether it could open the database. */
export type WorkerResponse =
  | { readonly id: number; readonly ok: true; readonly result: WorkerResult }
  | { readonly id: number; readonly ok: false; readonly failure: SqlFailure };
