import {
  CompiledQuery,
  type DatabaseConnection,
  type DatabaseIntrospector,
  type Dialect,
  type DialectAdapter,
  type Driver,
  type Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type QueryCompiler,
  type QueryResult,
  type TransactionSettings,
} from 'kysely';
import { SECURITY_SERVICE_ERRORS } from '../errors.ts';
import type { ConnectionGate } from './connection-gate.ts';
import type { WorkerClient } from './worker-client.ts';

class GatedConnection implements DatabaseConnection {
  readonly #client: WorkerClient;

  constructor(client: WorkerClient) {
    this.#client = client;
  }

  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    const { rows, affectedRows } = await this.#client.query(query.sql, query.parameters);
    const changes = query.query.kind !== 'SelectQueryNode' && affectedRows !== undefined;
    return {
      rows: rows as unknown as R[],
      ...(changes ? { numAffectedRows: BigInt(affectedRows) } : {}),
    };
  }

  /** Cursors are not offered: one would hold the single connection. Page with a key instead. */
  streamQuery<R>(): AsyncIterableIterator<QueryResult<R>> {
    throw SECURITY_SERVICE_ERRORS.create('ERR_STATE_QUERY', { detail: 'reason=streaming' });
  }
}

const run = async (connection: DatabaseConnection, statement: string): Promise<void> => {
  await connection.executeQuery(CompiledQuery.raw(statement));
};

/** Every Kysely object of one database shares the gate, so a transaction holds the connection alone. */
class GatedDriver implements Driver {
  readonly #connection: GatedConnection;
  readonly #gate: ConnectionGate;

  constructor(client: WorkerClient, gate: ConnectionGate) {
    this.#connection = new GatedConnection(client);
    this.#gate = gate;
  }

  async init(): Promise<void> {}

  async acquireConnection(): Promise<DatabaseConnection> {
    await this.#gate.enter();
    return this.#connection;
  }

  async beginTransaction(connection: DatabaseConnection, settings: TransactionSettings): Promise<void> {
    const level = settings.isolationLevel === undefined ? '' : ` isolation level ${settings.isolationLevel}`;
    const access = settings.accessMode === undefined ? '' : ` ${settings.accessMode}`;
    await run(connection, `begin${level}${access}`);
  }

  commitTransaction(connection: DatabaseConnection): Promise<void> {
    return run(connection, 'commit');
  }

  rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    return run(connection, 'rollback');
  }

  async releaseConnection(): Promise<void> {
    this.#gate.leave();
  }

  /** The database is closed by its owner, not by one of the objects that query it. */
  async destroy(): Promise<void> {}
}

/** PostgreSQL's dialect of Kysely over the database worker. */
export function workerDialect(client: WorkerClient, gate: ConnectionGate): Dialect {
  return {
    createAdapter: (): DialectAdapter => new PostgresAdapter(),
    createDriver: (): Driver => new GatedDriver(client, gate),
    createIntrospector: <T>(db: Kysely<T>): DatabaseIntrospector => new PostgresIntrospector(db),
    createQueryCompiler: (): QueryCompiler => new PostgresQueryCompiler(),
  };
}
