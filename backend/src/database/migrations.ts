// How the tables came to be, in order. One that has been released is never changed; a new one is added below.
import type { Kysely } from 'kysely';
import { type Migration, Migrator } from 'kysely/migration';
import type { Schema } from './schema.ts';

const migrations: Record<string, Migration> = {
  '2026-11-23-streams': { up: createStreams },
  '2026-11-23-conversations': { up: createConversations },
};

/** Brings the tables up to date.
 *  @throws what the failing migration threw; nothing of that migration stays. */
export async function migrate(database: Kysely<Schema>): Promise<void> {
  const migrator = new Migrator({ db: database, provider: { getMigrations: async () => migrations } });
  const { error } = await migrator.migrateToLatest();
  if (error !== undefined) throw error;
}

async function createStreams(database: Kysely<Schema>): Promise<void> {
  const { schema } = database;
  await schema
    .createTable('streams')
    .addColumn('stream_id', 'varchar(64)', (column) => column.primaryKey())
    .addColumn('user_id', 'text', (column) => column.notNull())
    .addColumn('session_id', 'text')
    .addColumn('epoch', 'integer', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('stop_requested_at', 'bigint')
    .addColumn('ended_at', 'bigint')
    .addColumn('end_offset', 'integer')
    .addColumn('finish_reason', 'text')
    .addColumn('code', 'text')
    .addColumn('prompt_tokens', 'integer')
    .addColumn('completion_tokens', 'integer')
    .addColumn('forgotten_at', 'bigint')
    .execute();
  await schema.createIndex('streams_of_session').on('streams').columns(['user_id', 'session_id', 'ended_at']).execute();
  await schema.createIndex('streams_by_end').on('streams').columns(['ended_at', 'forgotten_at']).execute();
  await schema
    .createTable('stream_bodies')
    .addColumn('stream_id', 'varchar(64)', (column) => column.primaryKey())
    .addColumn('body', 'text', (column) => column.notNull())
    .execute();
  await schema
    .createTable('idempotency_keys')
    .addColumn('user_id', 'text', (column) => column.notNull())
    .addColumn('key', 'text', (column) => column.notNull())
    .addColumn('request_hash', 'text', (column) => column.notNull())
    .addColumn('stream_id', 'varchar(64)', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('idempotency_keys_pk', ['user_id', 'key'])
    .execute();
  await schema
    .createTable('tickets')
    .addColumn('ticket_hash', 'varchar(64)', (column) => column.primaryKey())
    .addColumn('user_id', 'text', (column) => column.notNull())
    .addColumn('claims', 'text', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('bound_to', 'text')
    .addColumn('stream_id', 'varchar(64)')
    .execute();
}

async function createConversations(database: Kysely<Schema>): Promise<void> {
  const { schema } = database;
  await schema
    .createTable('conversations')
    .addColumn('user_id', 'text', (column) => column.notNull())
    .addColumn('session_id', 'text', (column) => column.notNull())
    .addColumn('title', 'text', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('updated_at', 'bigint', (column) => column.notNull())
    .addColumn('leaf_id', 'varchar(64)')
    .addPrimaryKeyConstraint('conversations_pk', ['user_id', 'session_id'])
    .execute();
  await schema
    .createTable('messages')
    .addColumn('message_id', 'varchar(64)', (column) => column.primaryKey())
    .addColumn('user_id', 'text', (column) => column.notNull())
    .addColumn('session_id', 'text', (column) => column.notNull())
    .addColumn('parent_id', 'varchar(64)')
    .addColumn('role', 'text', (column) => column.notNull())
    .addColumn('content', 'text', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('model', 'text')
    .addColumn('finish_reason', 'text')
    .addColumn('code', 'text')
    .addColumn('prompt_tokens', 'integer')
    .addColumn('completion_tokens', 'integer')
    .addColumn('stream_id', 'varchar(64)')
    .execute();
  await schema.createIndex('messages_of_session').on('messages').columns(['user_id', 'session_id']).execute();
  await schema.createIndex('messages_of_stream').on('messages').column('stream_id').execute();
}
