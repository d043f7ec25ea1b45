// Runs the pending migrations. The tables may have later migrations, because nodes of a later version share the database.
import { type Kysely, sql } from 'kysely';
import { type Migration, Migrator } from 'kysely/migration';
import type { Schema } from '../schema.ts';
import { migrations } from './migrations.ts';

/** Runs the pending migrations of `known`, and ignores later ones that have run already. `schema` is the PostgreSQL schema of
 *  all tables, which comes first in the search path; it is created if it does not exist.
 *  @throws the error of a failed migration, which is rolled back; an error when the schema has migrations that are not
 *  Sillage's. */
export async function migrate(
  database: Kysely<Schema>,
  known = migrations,
  { schema }: { schema?: string } = {},
): Promise<void> {
  for (let later = await laterThan(known, { database, schema }); ; ) {
    const all = { ...known, ...Object.fromEntries(later.map((name) => [name, { up: async () => {} }])) };
    const migrator = new Migrator({
      db: database,
      provider: { getMigrations: async () => all },
      ...(schema !== undefined && { migrationTableSchema: schema }),
    });
    const { error } = await migrator.migrateToLatest();
    if (error === undefined) return;
    const found = await laterThan(known, { database, schema });
    if (found.length === later.length) throw error;
    later = found; // a node of a later version has migrated in the meantime
  }
}

/** Returns the names of the migrations that have run and are not in `known`. */
async function laterThan(
  known: Readonly<Record<string, Migration>>,
  { database, schema }: { database: Kysely<Schema>; schema: string | undefined },
): Promise<string[]> {
  const tables = await database.introspection.getTables({ withInternalKyselyTables: true });
  const isOurs = (table: { name: string; schema?: string }) =>
    table.name === 'kysely_migration' && (schema === undefined || table.schema === schema);
  if (!tables.some(isOurs)) return [];
  const table = schema === undefined ? sql.table('kysely_migration') : sql.id(schema, 'kysely_migration');
  const { rows } = await sql<{ name: string }>`select name from ${table}`.execute(database);
  const names = rows.map(({ name }) => name);
  if (names.length > 0 && !names.some((name) => name in known)) throw new Error(describeForeign(schema));
  return names.filter((name) => !(name in known));
}

/** An application that migrates with Kysely as well would find these migrations in its own table. */
function describeForeign(schema: string | undefined): string {
  return `The schema ${schema ?? ''} has the migrations of another application. Name a schema of its own: database_schema, or storage.schema of the module.`;
}
