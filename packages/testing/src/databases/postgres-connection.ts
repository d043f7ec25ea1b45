// A test's own connection to PostgreSQL, independent of the server; it reconnects after a loss.
import { Pool, types } from 'pg';

/** A connection for a test's statements. The caller closes it. */
export interface PostgresConnection {
  /** Runs one statement and returns its rows; `bigint` values are returned as numbers. */
  rows(sql: string): Promise<Record<string, unknown>[]>;
  close(): Promise<void>;
}

/** Creates a connection, which connects on its first statement. */
export function connectPostgres(url: string): PostgresConnection {
  const pool = new Pool({ connectionString: url, max: 1, types: { getTypeParser: parserOf as never } });
  pool.on('error', () => {}); // lost while idle: the next statement opens a new connection
  pool.on('connect', (client) => void client.on('error', () => {}));
  return {
    rows: async (sql) => (await pool.query<Record<string, unknown>>(sql)).rows,
    close: () => pool.end(),
  };
}

function parserOf(oid: number) {
  return oid === types.builtins.INT8 ? Number : types.getTypeParser(oid, 'text');
}
