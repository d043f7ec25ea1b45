// Checks PostgreSQL: connection, version, encoding, rights, migrations and latency. Only reads.
import type { Pool, QueryConfig } from 'pg';
import { openPool } from '../database/postgres/postgres-connections.ts';
import { type ClockReading, readClock } from './clock.ts';
import { type Finding, ok, problem, wordsOf } from './finding.ts';
import { checkLatency } from './latency.ts';
import { checkMigrations } from './migrations-check.ts';

const minVersion = 14;

interface Server {
  readonly version: string;
  readonly encoding: string;
  readonly is_read_only: boolean;
  readonly can_create: boolean;
  readonly is_migrated: boolean;
}

export async function checkPostgres(
  { databaseUrl, schema }: { databaseUrl: string; schema: string },
  { limitMs, clocks }: { limitMs: number; clocks: ClockReading[] },
): Promise<Finding[]> {
  const limits = { maxConnections: 1, connectMs: limitMs, queryTimeoutMs: limitMs };
  const pool = openPool({ server: databaseUrl, schema, ...limits });
  try {
    const bounded = { query_timeout: limitMs };
    const { rows } = await pool.query<Server>({ text: serverQuery, values: [schema], ...bounded } as QueryConfig);
    const [server] = rows;
    if (server === undefined) throw new Error('The database returned no row.');
    clocks.push(await readClock('PostgreSQL', () => timeOf(pool)));
    return [
      ...checkServer(server, schema),
      await checkLatency('database', () => pool.query('select 1')),
      checkMigrations(server.is_migrated ? await namesIn(pool, schema) : []),
    ];
  } catch (error) {
    const message = `PostgreSQL at ${new URL(databaseUrl).host} cannot be used (${wordsOf(error)})`;
    return [problem('database', message, 'Start it, or correct DATABASE_URL, its password or the firewall.')];
  } finally {
    await pool.end();
  }
}

const serverQuery = `select current_setting('server_version') as version,
  current_setting('server_encoding') as encoding,
  current_setting('transaction_read_only') = 'on' as is_read_only,
  case when to_regnamespace(quote_ident($1)) is null
    then has_database_privilege(current_database(), 'create')
    else has_schema_privilege($1, 'create') end as can_create,
  to_regclass(quote_ident($1) || '.kysely_migration') is not null as is_migrated`;

function checkServer({ version, encoding, is_read_only, can_create }: Server, schema: string): Finding[] {
  const findings: Finding[] = [];
  const add = (message: string, advice: string) => findings.push(problem('database', message, advice));
  if (Number.parseInt(version, 10) < minVersion) {
    add(`PostgreSQL ${version} is too old`, `Use version ${minVersion} or later.`);
  }
  if (encoding !== 'UTF8') add(`its encoding is ${encoding}`, "Create a database with encoding 'UTF8'.");
  if (is_read_only)
    add('it only accepts reads', 'DATABASE_URL must lead to the primary, with default_transaction_read_only off.');
  if (!can_create)
    add(`its user may not create tables in the schema ${schema}`, `grant create on schema ${schema} to the user.`);
  return findings.length > 0 ? findings : [ok('database', `PostgreSQL ${version}`)];
}

async function timeOf(pool: Pool): Promise<number> {
  const { rows } = await pool.query('select extract(epoch from clock_timestamp()) * 1000 as now');
  return Number(rows[0]?.now);
}

async function namesIn(pool: Pool, schema: string): Promise<string[]> {
  const { rows } = await pool.query<{ name: string }>(`select name from "${schema}".kysely_migration`);
  return rows.map(({ name }) => name);
}
