// Ends of long replies on both databases, measured by the CPU time of this thread: none of them holds the event loop.
import { cpuMsSince, removeFolder, tempFolder, yardstickMs } from '@sillage/testing';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ConversationService } from '../../conversations/conversation.service.ts';
import { PostgresSearch } from '../../conversations/search/postgres-search.ts';
import { SqliteSearch } from '../../conversations/search/sqlite-search.ts';
import { PostgresDatabase } from '../../database/postgres/postgres-database.ts';
import { SqliteDatabase } from '../../database/sqlite/sqlite-database.ts';
import { readStored, type StoreUnderTest, start, textOf } from '../../streams/contract/store-under-test.testing.ts';
import { openNode, sharedServers } from '../../streams/stores/redis/opened-store.testing.ts';
import { openStore } from '../../streams/stores/sqlite/opened-store.testing.ts';

const chunk = '渡轮在哪里？ Où est le ferry ? 🎉 '.repeat(1_000);

function suite(open: () => Promise<StoreUnderTest>): void {
  let opened: StoreUnderTest;
  let conversations: ConversationService;

  beforeEach(async () => {
    opened = await open();
    conversations = new ConversationService(opened.database);
  });
  afterEach(() => opened.close());

  /** Starts a reply and appends all of its text; returns what ends it. */
  async function reply(name: string, chunks: number): Promise<() => Promise<unknown>> {
    const { store } = opened;
    const message = { id: `${name}-prompt`, content: 'Where is it?', parentId: null };
    const answer = { id: `${name}-reply`, parentId: message.id, model: 'm', streamId: name };
    const turn = conversations.addTurn({ userId: 'ada', sessionId: name, message, reply: answer }, 1);
    const stream = await start(store, { streamId: name, sessionId: name, extraStatements: turn });
    for (let n = 0; n < chunks; n++) await store.append(stream, [{ type: 'text', text: chunk }]);
    return () =>
      store.end(stream, { finishReason: 'stop' }, ({ parts }, end) => conversations.endReply(name, { parts, end }));
  }

  test.each([
    ['one reply of 7.9 million units', 1, 7_900_000],
    ['six replies of 1.5 million units at once', 6, 1_500_000],
  ])('%s', async (_, count, length) => {
    const chunks = Math.floor(length / chunk.length);
    const names = Array.from({ length: count }, (_, n) => `S${n}`);
    const ends = await Promise.all(names.map((name) => reply(name, chunks)));

    const longestMs = await longestTurnMs(() => Promise.all(ends.map((end) => end())));

    expect(longestMs / yardstickMs()).toBeLessThan(1);
    for (const name of names) {
      expect(textOf(await readStored(opened.store, name)) === chunk.repeat(chunks)).toBe(true);
    }
  });
}

/** CPU time of the longest turn of the event loop while `work` runs, and for a while after. */
async function longestTurnMs(work: () => Promise<unknown>): Promise<number> {
  let longest = 0;
  let isOver = false;
  const over = work().finally(() => {
    isOver = true;
  });
  let before = process.threadCpuUsage();
  for (let turnsAfter = 0; turnsAfter < 200; turnsAfter += isOver ? 1 : 0) {
    await new Promise((resolve) => setImmediate(resolve));
    longest = Math.max(longest, cpuMsSince(before));
    before = process.threadCpuUsage();
  }
  await over;
  return longest;
}

describe('an end on SQLite does not hold the event loop', () => {
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

describe('an end on PostgreSQL does not hold the event loop', () => {
  const servers = sharedServers();

  suite(async () => {
    const opened = await openNode(servers());
    await PostgresSearch.open(opened.database as PostgresDatabase);
    return opened;
  });
});
