// Runs the pending migrations. The tables may have later migrations, because nodes of a later version share the database.
import { type Kysely, sql } from 'kysely';
import { type Migration, Migrator } from 'kysely/migration';
import { migrations } from './migrations.ts';
import type { Schema } from './schema.ts';

/** Runs the pending migrations of `known`, and ignores later ones that have run already.
 *  @throws the error of a failed migration, which is rolled back. */
export async function migrate(database: Kysely<Schema>, known = migrations): Promise<void> {
  for (let later = await laterThan(known, database); ; ) {
    const all = { ...known, ...Object.fromEntries(later.map((name) => [name, { up: async () => {} }])) };
    const migrator = new Migrator({ db: database, provider: { getMigrations: async () => all } });
    const { error } = await migrator.migrateToLatest();
    if (error === undefined) return;
    const found = await laterThan(known, database);
    if (found.length === later.length) throw error;
    later = found; // a node of a later version has migrated in the meantime
  }
}

/** Returns the names of the migrations that have run and are not in `known`. */
async function laterThan(known: Readonly<Record<string, Migration>>, database: Kysely<Schema>): Promise<string[]> {
  const tables = await database.introspection.getTables({ withInternalKyselyTables: true });
  if (!tables.some(({ name }) => name === 'kysely_migration')) return [];
  const { rows } = await sql<{ name: string }>`select name from kysely_migration`.execute(database);
  return rows.map(({ name }) => name).filter((name) => !(name in known));
}
