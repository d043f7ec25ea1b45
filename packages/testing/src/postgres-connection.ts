// What a PostgreSQL holds, asked beside the server: a test's own connection, made anew when it was lost.
import { Pool, types } from 'pg';

/** Is a connection for a test's questions; who opens it closes it. */
export interface PostgresConnection {
  /** Runs one statement and returns its rows; `bigint` comes as a number. */
  rows(sql: string): Promise<Record<string, unknown>[]>;
  close(): Promise<void>;
}

/** Opens a connection; it connects when it is first asked. */
export function connectPostgres(url: string): PostgresConnection {
  const pool = new Pool({ connectionString: url, max: 1, types: { getTypeParser: parserOf as never } });
  pool.on('error', () => {}); // lost while it was idle: the next question makes a new one
  pool.on('connect', (client) => void client.on('error', () => {}));
  return {
    rows: async (sql) => (await pool.query<Record<string, unknown>>(sql)).rows,
    close: () => pool.end(),
  };
}

function parserOf(oid: number) {
  return oid === types.builtins.INT8 ? Number : types.getTypeParser(oid, 'text');
}
