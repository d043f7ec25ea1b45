// The migrations, in order. A released migration is never changed; a new one is added at the end, with a later date. Nodes of the
// previous version continue to work during and after a migration, so it may only add: new columns are nullable or have a
// default, and nothing that the previous version reads is dropped, renamed or given another meaning.
import { type Kysely, PostgresAdapter, sql } from 'kysely';
import type { Migration } from 'kysely/migration';
import type { Schema } from '../schema.ts';
import { createConversations, createFeed, createNodes, createStreams } from './first-tables.ts';
import { createUsage } from './usage-tables.ts';

/** All migrations, by a name that begins with the date. */
export const migrations: Record<string, Migration> = {
  '2026-11-23-streams': { up: createStreams },
  '2026-11-23-conversations': { up: createConversations },
  '2026-11-24-feed': { up: createFeed },
  '2026-11-25-nodes': { up: createNodes },
  '2026-11-28-wide-counts': { up: widenCounts },
  '2026-11-28-text-parts': { up: createTextParts },
  '2026-11-29-tickets': { up: indexTickets },
  '2026-11-29-written-scopes': { up: createScopes },
  '2026-11-30-erasures': { up: createErasures },
  '2026-12-01-retry-after': { up: addRetryAfter },
  '2026-12-02-client-ids': { up: addClientIds },
  '2026-12-03-reasoning': { up: addReasoning },
  '2026-12-04-end-hooks': { up: createEndHooks },
  '2026-12-05-provider': { up: addProvider },
  '2026-12-06-pins': { up: addPins },
  '2026-12-07-usage': { up: createUsage },
  '2026-12-08-own-settings': { up: addOwnSettings },
  '2026-12-09-revocations': { up: createRevocations },
  '2026-12-10-timelines': { up: createTimelines },
};

/** Makes counts and offsets `bigint`, for values beyond 2^31. In SQLite every integer column has 64 bits already. */
async function widenCounts(database: Kysely<Schema>): Promise<void> {
  if (!(database.getExecutor().adapter instanceof PostgresAdapter)) return;
  // Changing a type rewrites the table and its indexes. Drops this index, which `postgres/search-index.ts` creates anew, per user.
  await database.schema.dropIndex('messages_by_word').ifExists().execute();
  const usage = ['prompt_tokens', 'completion_tokens'];
  const counts = {
    streams: ['end_offset', ...usage, 'extra_prompt_tokens', 'extra_completion_tokens'],
    messages: usage,
  };
  for (const [table, columns] of Object.entries(counts)) {
    const changes = columns.map((column) => sql`alter column ${sql.ref(column)} type bigint`);
    await sql`alter table ${sql.table(table)} ${sql.join(changes)}`.execute(database); // one rewrite per table
  }
}

/** Tables for the further parts of texts that are too long for one row, deleted with the row of the first part. */
async function createTextParts(database: Kysely<Schema>): Promise<void> {
  const { schema } = database;
  await schema.alterTable('stream_bodies').addColumn('parts', 'integer').execute();
  await schema
    .createTable('stream_body_parts')
    .addColumn('stream_id', 'varchar(64)', (column) =>
      column.notNull().references('stream_bodies.stream_id').onDelete('cascade'),
    )
    .addColumn('part', 'integer', (column) => column.notNull())
    .addColumn('body', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('stream_body_parts_pk', ['stream_id', 'part'])
    .execute();
  await schema.alterTable('messages').addColumn('parts', 'integer').execute();
  await schema
    .createTable('message_parts')
    .addColumn('message_id', 'varchar(64)', (column) =>
      column.notNull().references('messages.message_id').onDelete('cascade'),
    )
    .addColumn('part', 'integer', (column) => column.notNull())
    .addColumn('content', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('message_parts_pk', ['message_id', 'part'])
    .execute();
}

/** Indexes for counting a user's tickets and deleting old ones. */
async function indexTickets({ schema }: Kysely<Schema>): Promise<void> {
  await schema.createIndex('tickets_of_user').on('tickets').columns(['user_id', 'created_at']).execute();
  await schema.createIndex('tickets_by_age').on('tickets').column('created_at').execute();
}

/** Organization, workspace and project of streams and conversations; a token may be restricted to some of them. */
async function createScopes(database: Kysely<Schema>): Promise<void> {
  const { schema } = database;
  await schema.alterTable('streams').addColumn('scopes', 'text').execute();
  await schema
    .createTable('conversation_scopes')
    .addColumn('user_id', 'text', (column) => column.notNull())
    .addColumn('session_id', 'text', (column) => column.notNull())
    .addColumn('kind', 'varchar(16)', (column) => column.notNull())
    .addColumn('scope_id', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('conversation_scopes_pk', ['user_id', 'session_id', 'kind', 'scope_id'])
    .execute();
}

/** Table of erasures, and the indexes by which erasing and forgetting find their rows in bounded steps. */
async function createErasures(database: Kysely<Schema>): Promise<void> {
  const { schema } = database;
  await schema
    .createTable('erasures')
    .addColumn('user_id', 'text', (column) => column.notNull())
    .addColumn('session_id', 'text', (column) => column.notNull())
    .addColumn('until', 'bigint', (column) => column.notNull())
    .addColumn('changed', 'bigint', (column) => column.notNull().defaultTo(0))
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('purged_at', 'bigint')
    .addPrimaryKeyConstraint('erasures_pk', ['user_id', 'session_id', 'until'])
    .execute();
  await schema.createIndex('tickets_of_stream').on('tickets').column('stream_id').execute();
  await schema.createIndex('idempotency_keys_of_stream').on('idempotency_keys').column('stream_id').execute();
  await schema.createIndex('idempotency_keys_by_age').on('idempotency_keys').column('created_at').execute();
  await schema
    .createIndex('streams_to_forget')
    .on('streams')
    .column('ended_at')
    .where(sql.ref('forgotten_at'), 'is', null)
    .execute();
  await schema
    .createIndex('forgotten_streams')
    .on('streams')
    .column('forgotten_at')
    .where(sql.ref('forgotten_at'), 'is not', null)
    .execute();
}

/** The delay that a provider asked for with its failure. */
async function addRetryAfter({ schema }: Kysely<Schema>): Promise<void> {
  for (const table of ['streams', 'messages']) {
    await schema.alterTable(table).addColumn('retry_after', 'integer').execute();
  }
}

/** Ids of messages that the client chose. They are an own column, because the previous version looks messages up by
 *  `message_id` alone, and two users may choose the same id. */
async function addClientIds({ schema }: Kysely<Schema>): Promise<void> {
  await schema.alterTable('messages').addColumn('client_id', 'varchar(128)').execute();
  await schema
    .createIndex('messages_by_client_id')
    .unique()
    .on('messages')
    .columns(['user_id', 'client_id'])
    .where(sql.ref('client_id'), 'is not', null)
    .execute();
}

/** The reasoning of replies, and how long it took. */
async function addReasoning({ schema }: Kysely<Schema>): Promise<void> {
  await schema.alterTable('streams').addColumn('reasoning_ms', 'integer').execute();
  await schema.alterTable('messages').addColumn('reasoning', 'text').execute();
  await schema.alterTable('messages').addColumn('reasoning_parts', 'integer').execute();
  await schema.alterTable('messages').addColumn('reasoning_ms', 'integer').execute();
}

async function createEndHooks({ schema }: Kysely<Schema>): Promise<void> {
  await schema
    .createTable('end_hooks')
    .addColumn('stream_id', 'varchar(64)', (column) => column.primaryKey())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .execute();
}

/** The provider that wrote a reply. */
async function addProvider({ schema }: Kysely<Schema>): Promise<void> {
  await schema.alterTable('messages').addColumn('provider', 'text').execute();
}

/** Pinned conversations, which the list begins with. */
async function addPins({ schema }: Kysely<Schema>): Promise<void> {
  await schema
    .alterTable('conversations')
    .addColumn('pinned', 'integer', (column) => column.notNull().defaultTo(0))
    .execute();
  await schema
    .createIndex('conversations_by_pin')
    .on('conversations')
    .columns(['user_id', 'pinned', 'updated_at', 'session_id'])
    .execute();
}

/** A user's own settings: those of a conversation, and those that a reply was requested with. */
async function addOwnSettings({ schema }: Kysely<Schema>): Promise<void> {
  await schema.alterTable('conversations').addColumn('model', 'text').execute();
  for (const table of ['conversations', 'messages']) {
    await schema.alterTable(table).addColumn('temperature', 'double precision').execute();
    await schema.alterTable(table).addColumn('system_prompt', 'text').execute();
  }
}

/** Revoked tokens. */
async function createRevocations({ schema }: Kysely<Schema>): Promise<void> {
  await schema
    .createTable('revocations')
    .addColumn('kind', 'varchar(8)', (column) => column.notNull())
    .addColumn('subject', 'varchar(256)', (column) => column.notNull())
    .addColumn('revoked_before', 'bigint')
    .addColumn('expires_at', 'bigint')
    .addColumn('written_at', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('revocations_pk', ['kind', 'subject'])
    .execute();
  await schema.createIndex('revocations_by_time').on('revocations').column('written_at').execute();
}

/** Timelines of streams, deleted with their texts. */
async function createTimelines({ schema }: Kysely<Schema>): Promise<void> {
  await schema
    .createTable('stream_timelines')
    .addColumn('stream_id', 'varchar(64)', (column) =>
      column.notNull().references('streams.stream_id').onDelete('cascade'),
    )
    .addColumn('node_id', 'varchar(64)', (column) => column.notNull())
    .addColumn('body', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('stream_timelines_pk', ['stream_id', 'node_id'])
    .execute();
}
