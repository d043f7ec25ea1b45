// Ends of replies on both databases while each table that an end writes rejects it: a stream always ends.
import type { EndEvent } from '@sillage/protocol';
import { removeFolder, tempFolder } from '@sillage/testing';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ConversationService } from '../../conversations/conversation.service.ts';
import { PostgresSearch } from '../../conversations/search/postgres-search.ts';
import { SqliteSearch } from '../../conversations/search/sqlite-search.ts';
import { PostgresDatabase } from '../../database/postgres/postgres-database.ts';
import { type Refused, refuse } from '../../database/refusing-trigger.testing.ts';
import { SqliteDatabase } from '../../database/sqlite/sqlite-database.ts';
import { readStored, type StoreUnderTest, start, textOf } from '../../streams/contract/store-under-test.testing.ts';
import { openNode, sharedServers } from '../../streams/stores/redis/opened-store.testing.ts';
import { openStore } from '../../streams/stores/sqlite/opened-store.testing.ts';
import { StreamDirectory } from '../../streams/stream-directory.ts';

const key = { userId: 'ada', sessionId: 'ferry' };
const usage = { promptTokens: 9.007e15, completionTokens: 3_000_000_000 };
const long = '渡轮在哪里？ Où est le ferry ? 🎉 '.repeat(10_000);
const internal = { finishReason: 'error', code: 'internal' };
const stop = { finishReason: 'stop' };

function suite(open: () => Promise<StoreUnderTest>): void {
  let opened: StoreUnderTest;
  let conversations: ConversationService;

  beforeEach(async () => {
    opened = await open();
    conversations = new ConversationService(opened.database);
  });
  afterEach(() => opened.close());

  async function endReply(text: string, refused?: Refused): Promise<EndEvent> {
    const { store, database } = opened;
    const message = { id: 'prompt', content: 'Where is it?', parentId: null };
    const reply = { id: 'reply', parentId: 'prompt', model: 'm', streamId: 'S' };
    const turn = conversations.addTurn({ ...key, message, reply }, 1);
    const stream = await start(store, { streamId: 'S', sessionId: key.sessionId, extraStatements: turn });
    await store.append(stream, [{ type: 'text', text }]);
    if (refused !== undefined) await refuse(database, refused);
    const { end } = await store.end(stream, { finishReason: 'stop', usage }, ({ parts }, end) =>
      conversations.endReply('S', { parts, end }),
    );
    return end;
  }
  const replyOf = async () => (await conversations.find(key))?.messages.find(({ id }) => id === 'reply');

  test('a long reply is stored completely, in its stream and in its conversation', async () => {
    const end = await endReply(long);

    expect(end).toMatchObject({ finishReason: 'stop', usage, offset: long.length + 1 });
    expect(await replyOf()).toMatchObject({ finishReason: 'stop', usage });
    expect((await replyOf())?.content === long).toBe(true);
    expect(textOf(await readStored(await opened.reopen(), 'S')) === long).toBe(true);
  });

  test('a deleted row takes its parts with it', async () => {
    await endReply(long);
    const { database } = opened;
    const count = (table: 'message_parts' | 'stream_body_parts') =>
      database.query
        .selectFrom(table)
        .select('part')
        .execute()
        .then((rows) => rows.length);
    expect([await count('message_parts'), await count('stream_body_parts')]).toEqual([2, 2]);

    await database.write([
      database.query.deleteFrom('messages').where('user_id', '=', 'ada').compile(),
      database.query.deleteFrom('stream_bodies').where('stream_id', '=', 'S').compile(),
    ]);

    expect([await count('message_parts'), await count('stream_body_parts')]).toEqual([0, 0]);
  });

  test.each<[string, Refused, object, object]>([
    ['the end with counts', { table: 'streams', condition: 'new.prompt_tokens is not null' }, stop, stop],
    ['an end without an error', { table: 'streams', condition: `new.code is null` }, internal, internal],
    ['the text of the stream', { table: 'stream_bodies' }, stop, { ...stop, content: long }],
    ['a part of it', { table: 'stream_body_parts' }, stop, { ...stop, content: long }],
    ['the message with counts', { table: 'messages', condition: 'new.completion_tokens > 0' }, stop, stop],
    ['the message with text', { table: 'messages', condition: `new.content <> ''` }, internal, { content: '' }],
    ['the message', { table: 'messages' }, { ...stop, usage }, { content: '' }],
    ['a part of the message', { table: 'message_parts' }, internal, internal],
    ['the feed’s counter', { table: 'feed_counters' }, { ...stop, usage }, { ...stop, usage, content: long }],
    ['the conversation', { table: 'conversations' }, { ...stop, usage }, { ...stop, usage, content: long }],
  ])('a reply ends even if the database rejects %s', async (_, refused, expectedEnd, expectedMessage) => {
    const end = await endReply(long, refused);

    expect(end).toMatchObject({ offset: long.length + 1, ...expectedEnd });
    expect((await opened.store.find('S'))?.end).toEqual(end);
    expect(await replyOf()).toMatchObject(expectedMessage);
    expect(await new StreamDirectory(opened.database).listActive('ada')).toEqual([]);
  });

  test.each(['stream_body_parts', 'message_parts'])('a reply ends even if the table %s is missing', async (table) => {
    await opened.database.write([{ sql: `drop table ${table}`, parameters: [] }]);

    expect(await endReply(long)).toMatchObject({ type: 'end', offset: long.length + 1 });
    expect(await new StreamDirectory(opened.database).listActive('ada')).toEqual([]);
  });
}

describe('on SQLite', () => {
  const folders: string[] = [];
  afterEach(() => folders.splice(0).forEach(removeFolder));

  suite(async () => {
    const folder = tempFolder();
    folders.push(folder);
    const opened = await openStore({ folder });
    await SqliteSearch.open(opened.database as SqliteDatabase);
    return opened;
  });
});

describe('on PostgreSQL', () => {
  const servers = sharedServers();

  suite(async () => {
    const opened = await openNode(servers());
    await PostgresSearch.open(opened.database as PostgresDatabase);
    return opened;
  });
});
