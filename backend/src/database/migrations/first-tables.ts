// The tables as the first migrations create them; `migrations.ts` lists all migrations and what later ones add.
import { type Kysely, sql } from 'kysely';
import type { Schema } from '../schema.ts';

export async function createStreams(database: Kysely<Schema>): Promise<void> {
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

export async function createConversations(database: Kysely<Schema>): Promise<void> {
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

/** Columns and tables of the feed and of deletions, and indexes for the lists of conversations and messages. */
export async function createFeed(database: Kysely<Schema>): Promise<void> {
  const { schema } = database;
  const add = (table: string, column: string, type: 'bigint' | 'integer' | 'text' | 'varchar(64)') =>
    schema.alterTable(table).addColumn(column, type).execute();
  await add('streams', 'erased_at', 'bigint');
  await add('streams', 'trimmed_turns', 'integer');
  await add('streams', 'extra_prompt_tokens', 'integer');
  await add('streams', 'extra_completion_tokens', 'integer');
  await add('messages', 'trimmed_turns', 'integer');
  await add('conversations', 'active_stream_id', 'varchar(64)');
  await add('conversations', 'event_stream_id', 'varchar(64)');
  const addNeeded = (column: string, type: 'bigint' | 'text', value: number | string) =>
    schema
      .alterTable('conversations')
      .addColumn(column, type, (built) => built.notNull().defaultTo(value))
      .execute();
  await addNeeded('titled_by', 'text', 'words');
  await addNeeded('changed', 'bigint', 0);
  await addNeeded('event', 'text', 'session-changed');
  await sql`update conversations set active_stream_id = (
    select max(stream_id) from messages where messages.user_id = conversations.user_id
      and messages.session_id = conversations.session_id and role = 'assistant' and finish_reason is null)`.execute(
    database,
  );
  await schema
    .createIndex('conversations_by_update')
    .on('conversations')
    .columns(['user_id', 'updated_at', 'session_id'])
    .execute();
  await schema.createIndex('conversations_by_change').on('conversations').columns(['user_id', 'changed']).execute();
  await schema.dropIndex('messages_of_session').execute();
  await schema
    .createIndex('messages_of_session')
    .on('messages')
    .columns(['user_id', 'session_id', 'created_at'])
    .execute();
  await schema
    .createTable('feed_counters')
    .addColumn('user_id', 'text', (column) => column.primaryKey())
    .addColumn('counter', 'bigint', (column) => column.notNull())
    .addColumn('pruned', 'bigint', (column) => column.notNull().defaultTo(0))
    .execute();
  await schema
    .createTable('deleted_conversations')
    .addColumn('user_id', 'text', (column) => column.notNull())
    .addColumn('session_id', 'text', (column) => column.notNull())
    .addColumn('changed', 'bigint', (column) => column.notNull())
    .addColumn('deleted_at', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('deleted_conversations_pk', ['user_id', 'session_id'])
    .execute();
  await schema
    .createIndex('deleted_conversations_by_change')
    .on('deleted_conversations')
    .columns(['user_id', 'changed'])
    .execute();
  await schema.createIndex('deleted_conversations_by_age').on('deleted_conversations').column('deleted_at').execute();
}

/** For several nodes: their leases, the producer of each stream, and a version per user for optimistic locking. */
export async function createNodes(database: Kysely<Schema>): Promise<void> {
  const { schema } = database;
  await schema.alterTable('streams').addColumn('node_id', 'varchar(64)').execute();
  await schema
    .createIndex('streams_of_node')
    .on('streams')
    .column('node_id')
    .where(sql.ref('ended_at'), 'is', null)
    .where('node_id', 'is not', null)
    .execute();
  await schema.createIndex('streams_of_user').on('streams').columns(['user_id', 'created_at']).execute();
  await schema
    .createIndex('open_streams_of_user')
    .on('streams')
    .columns(['user_id', 'ended_at'])
    .where(sql.ref('ended_at'), 'is', null)
    .execute();
  await schema
    .createTable('nodes')
    .addColumn('node_id', 'varchar(64)', (column) => column.primaryKey())
    .addColumn('beat_at', 'bigint', (column) => column.notNull())
    .execute();
  await schema
    .createTable('user_turns')
    .addColumn('user_id', 'text', (column) => column.primaryKey())
    .addColumn('turn', 'bigint', (column) => column.notNull())
    .execute();
}
