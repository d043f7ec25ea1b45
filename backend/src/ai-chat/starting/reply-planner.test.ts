// The order of messages in a conversation that a node with another clock has written to.
import { tempFolder } from '@sillage/testing';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ConversationService } from '../../conversations/conversation.service.ts';
import { SqliteDatabase } from '../../database/sqlite/sqlite-database.ts';
import { ReplyPlanner } from './reply-planner.ts';

let database: SqliteDatabase;
let conversations: ConversationService;
let planner: ReplyPlanner;

const key = { userId: 'ada', sessionId: 's' };

beforeEach(async () => {
  database = await SqliteDatabase.open(tempFolder(), { commitMs: 1 });
  conversations = new ConversationService(database);
  planner = new ReplyPlanner(conversations);
  const message = { id: 'zz', content: 'One', parentId: null };
  const reply = { id: 'zzz', parentId: 'zz', model: 'm', streamId: 'A' };
  await database.write(conversations.addTurn({ ...key, message, reply }, Date.now() + 60_000));
});
afterEach(() => database.close());

test('a message is listed after its parent, even if the clock of the parent’s node was ahead', async () => {
  const plan = await planner.plan('ada', { message: 'Two', sessionId: 's' });
  await database.write([...plan.extraStatements({ streamId: 'B', model: 'm' })]);

  const { messages = [] } = (await conversations.find(key)) ?? {};

  expect(messages.map(({ content, streamId }) => content || streamId)).toEqual(['One', 'A', 'Two', 'B']);
});

test('a regenerated reply is listed after the first one', async () => {
  const plan = await planner.plan('ada', { regenerate: 'zzz', sessionId: 's' });
  await database.write([...plan.extraStatements({ streamId: 'B', model: 'm' })]);

  const { messages = [] } = (await conversations.find(key)) ?? {};

  expect(messages.map(({ content, streamId }) => content || streamId)).toEqual(['One', 'A', 'B']);
});
