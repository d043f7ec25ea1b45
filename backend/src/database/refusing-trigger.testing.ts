// Makes a real database reject statements, by a trigger that raises an error.
import type { Database } from './database.ts';
import { SqliteDatabase } from './sqlite/sqlite-database.ts';

/** The statements to reject: those on `table` that write or delete a row for which `condition` is true. */
export interface Refused {
  readonly table: string;
  readonly on?: 'insert or update' | 'delete';
  /** SQL condition on `new`, or on `old` for a deletion. */
  readonly condition?: string;
}

/** Rejects the statements from now on; the returned function allows them again. */
export async function refuse(database: Database, refused: Refused): Promise<() => Promise<void>> {
  const statements = database instanceof SqliteDatabase ? sqliteTriggers(refused) : postgresTrigger(refused);
  const run = (texts: readonly string[]) => database.write(texts.map((sql) => ({ sql, parameters: [] })));
  await run(statements.create);
  return async () => void (await run(statements.drop));
}

function sqliteTriggers({ table, on = 'insert or update', condition = 'true' }: Refused) {
  const events = on.split(' or ');
  const create = events.map(
    (event) => `create trigger refuse_${event} before ${event} on ${table} when ${condition}
      begin select raise(abort, 'refused by a test'); end`,
  );
  return { create, drop: events.map((event) => `drop trigger refuse_${event}`) };
}

function postgresTrigger({ table, on = 'insert or update', condition = 'true' }: Refused) {
  return {
    create: [
      `create or replace function refuse() returns trigger language plpgsql as
        $$ begin raise exception 'refused by a test'; end $$`,
      `create trigger refuse before ${on} on ${table} for each row when (${condition}) execute function refuse()`,
    ],
    drop: [`drop trigger refuse on ${table}`],
  };
}
