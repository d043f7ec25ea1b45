// The tables and columns of accounting, as their migration creates them.
import { type Kysely, sql } from 'kysely';
import type { Schema } from '../schema.ts';

/** Details of usage, and usage by day, which starts with the usage of the streams that are still stored. */
export async function createUsage(database: Kysely<Schema>): Promise<void> {
  const { schema } = database;
  for (const table of ['streams', 'messages']) {
    await schema.alterTable(table).addColumn('cached_tokens', 'bigint').execute();
    await schema.alterTable(table).addColumn('reasoning_tokens', 'bigint').execute();
    await schema.alterTable(table).addColumn('is_usage_estimated', 'integer').execute();
    await schema.alterTable(table).addColumn('cost', 'double precision').execute();
  }
  await schema.alterTable('streams').addColumn('model', 'text').execute();
  await schema.alterTable('streams').addColumn('request_tokens', 'bigint').execute();
  await schema.alterTable('streams').addColumn('reserved_tokens', 'bigint').execute();
  await schema.alterTable('streams').addColumn('organization', 'text').execute();
  await createUsageDays(database);
  await schema
    .createTable('usage_locks')
    .addColumn('kind', 'varchar(16)', (column) => column.notNull())
    .addColumn('subject', 'text', (column) => column.notNull())
    .addColumn('checked_at', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('usage_locks_pk', ['kind', 'subject'])
    .execute();
  await schema
    .createIndex('open_streams_of_organization')
    .on('streams')
    .column('organization')
    .where(sql.ref('ended_at'), 'is', null)
    .where(sql.ref('organization'), 'is not', null)
    .execute();
}

async function createUsageDays(database: Kysely<Schema>): Promise<void> {
  const counts = ['replies', 'estimated_replies', 'prompt_tokens', 'completion_tokens'];
  let table = database.schema
    .createTable('usage_days')
    .addColumn('kind', 'varchar(16)', (column) => column.notNull())
    .addColumn('subject', 'text', (column) => column.notNull())
    .addColumn('day', 'integer', (column) => column.notNull())
    .addColumn('model', 'text', (column) => column.notNull())
    .addColumn('cost', 'double precision', (column) => column.notNull().defaultTo(0));
  for (const count of [...counts, 'cached_tokens', 'reasoning_tokens']) {
    table = table.addColumn(count, 'bigint', (column) => column.notNull().defaultTo(0));
  }
  await table.addPrimaryKeyConstraint('usage_days_pk', ['kind', 'subject', 'day', 'model']).execute();
  await sql`insert into usage_days (kind, subject, day, model, replies, prompt_tokens, completion_tokens)
    select 'user', user_id, cast(ended_at / 86400000 as integer), '', count(*),
      cast(sum(coalesce(prompt_tokens, 0) + coalesce(extra_prompt_tokens, 0)) as bigint),
      cast(sum(coalesce(completion_tokens, 0) + coalesce(extra_completion_tokens, 0)) as bigint)
    from streams where ended_at is not null group by user_id, ended_at / 86400000`.execute(database);
}
