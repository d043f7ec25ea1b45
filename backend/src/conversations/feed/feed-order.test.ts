// Concurrent changes of one user on two nodes: each gets its own counter, and no reader misses one.
import { type Postgres, startPostgres } from '@sillage/testing';
import { Client } from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Statement } from '../../database/database.ts';
import { migrated } from '../../database/postgres/migrated.contract.ts';
import { PostgresDatabase } from '../../database/postgres/postgres-database.ts';
import { ConversationService } from '../conversation.service.ts';
import { ConversationChanges } from '../conversation-changes.ts';
import { ErasureRows } from '../erasing/erasure-rows.ts';
import { FeedRows } from './feed-rows.ts';
import { Feeds } from './feeds.ts';

let postgres: Postgres;
let database: PostgresDatabase;
let gate: Client;

beforeAll(async () => {
  postgres = await startPostgres();
  const url = await postgres.createDatabase(migrated);
  database = await PostgresDatabase.open(url);
  gate = new Client(url);
  await gate.connect();
});
afterAll(async () => {
  await gate?.end();
  await database?.close();
  await postgres?.stop();
});

const startReply = (sessionId: string): readonly Statement[] => {
  const message = { id: `p${sessionId}`, content: 'Hello', parentId: null };
  const reply = { id: `r${sessionId}`, parentId: message.id, model: 'm', streamId: `S${sessionId}` };
  return new ConversationService(database).addTurn({ userId: 'ada', sessionId, message, reply }, 1);
};
const waiting = async () => {
  const { rows } = await gate.query('select count(*)::int as count from pg_locks where not granted');
  return rows[0].count;
};

test('a deletion and a concurrent change of another conversation get consecutive counters', async () => {
  const changes = new ConversationChanges(database, new Feeds());
  const rows = new FeedRows(database.query);
  await database.write(startReply('a'));
  await database.write(startReply('b'));
  const { latest } = await rows.position('ada');
  const [first, ...rest] = new ErasureRows(database).mark({ userId: 'ada', sessionId: 'a' }, 1);
  const pass = { sql: 'select pg_advisory_xact_lock_shared(1)', parameters: [] };
  await gate.query('select pg_advisory_lock(1)');

  const deleting = database.write([first as Statement, pass, ...rest]);
  await expect.poll(waiting).toBe(1);
  let isRenamed = false;
  const renaming = changes.change({ userId: 'ada', sessionId: 'b' }, { title: 'Name' }).then(() => {
    isRenamed = true;
  });
  await expect.poll(async () => isRenamed || (await waiting()) === 2).toBe(true);
  await gate.query('select pg_advisory_unlock(1)');
  await Promise.all([deleting, renaming]);

  const told = (await rows.changesAfter('ada', latest, 10)).map(({ changed }) => changed);
  expect(told).toEqual([latest + 1, latest + 2]);
});
