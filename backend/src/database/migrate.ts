// Runs the migrations that have not run yet. The tables may be ahead: nodes of a later version work beside this one.
import { type Kysely, sql } from 'kysely';
import { type Migration, Migrator } from 'kysely/migration';
import { migrations } from './migrations.ts';
import type { Schema } from './schema.ts';

/** Brings the tables up to date; those of a later version than `known` are left as they are.
 *  @throws what the failing migration threw; nothing of that migration stays. */
export async function migrate(database: Kysely<Schema>, known = migrations): Promise<void> {
  for (let later = await laterThan(known, database); ; ) {
    const all = { ...known, ...Object.fromEntries(later.map((name) => [name, { up: async () => {} }])) };
    const migrator = new Migrator({ db: database, provider: { getMigrations: async () => all } });
    const { error } = await migrator.migrateToLatest();
    if (error === undefined) return;
    const found = await laterThan(known, database);
    if (found.length === later.length) throw error;
    later = found; // a node of a later version was migrating meanwhile
  }
}

/** Reads which migrations have run that only a later version knows. */
async function laterThan(known: Readonly<Record<string, Migration>>, database: Kysely<Schema>): Promise<string[]> {
  const tables = await database.introspection.getTables({ withInternalKyselyTables: true });
  if (!tables.some(({ name }) => name === 'kysely_migration')) return [];
  const { rows } = await sql<{ name: string }>`select name from kysely_migration`.execute(database);
  return rows.map(({ name }) => name).filter((name) => !(name in known));
}
