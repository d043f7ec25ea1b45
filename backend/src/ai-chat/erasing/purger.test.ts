// Erasing a large conversation holds the event loop in no step, the search index included.
import { cpuMsSince, removeFolder, shortOrFull, tempFolder, yardstickMs } from '@sillage/testing';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ConversationService } from '../../conversations/conversation.service.ts';
import { ErasureRows } from '../../conversations/erasing/erasure-rows.ts';
import { Feeds } from '../../conversations/feed/feeds.ts';
import type { ConversationSearch } from '../../conversations/search/conversation-search.ts';
import { SqliteSearch } from '../../conversations/search/sqlite-search.ts';
import { SqliteDatabase } from '../../database/sqlite/sqlite-database.ts';
import { StreamRemoval } from '../../streams/stream-removal.ts';
import type { StreamStore } from '../../streams/stream-store.ts';
import { defaultTimings } from '../../timings.ts';
import type { ChatOptions } from '../chat-options.ts';
import { Purger } from './purger.ts';

const turns = shortOrFull({ short: 150, full: 900 });
const end = { type: 'end', offset: 1, finishReason: 'stop' } as const;

/** Returns a text of about 32,000 units from a vocabulary of 20,000 words. */
const textOf = (turn: number) =>
  Array.from({ length: 4_500 }, (_, index) => `词${(((turn * 4_500 + index) * 7_919) % 20_000).toString(36)}`).join(
    ' ',
  );

let folder: string;
let database: SqliteDatabase;
let search: SqliteSearch;

beforeEach(async () => {
  folder = tempFolder();
  database = await SqliteDatabase.open(folder, { commitMs: 1 });
  search = await SqliteSearch.open(database);
  const conversations = new ConversationService(database);
  for (let turn = 0; turn < turns; turn++) {
    const message = { id: `p-${turn}`, content: textOf(2 * turn), parentId: turn === 0 ? null : `r-${turn - 1}` };
    const reply = { id: `r-${turn}`, parentId: `p-${turn}`, model: 'm', streamId: `S-${turn}` };
    await database.write(conversations.addTurn({ userId: 'ada', sessionId: 'a', message, reply }, turn));
    await database.write(conversations.endReply(reply.streamId, { parts: [textOf(2 * turn + 1)], end }));
  }
});
afterEach(async () => {
  await database.close();
  removeFolder(folder);
});

test('no step that drops the words of a large conversation holds the event loop', async () => {
  const costsMs: number[] = [];
  const measured: ConversationSearch = {
    holding: (userId, words) => search.holding(userId, words),
    newestMessages: (userId, words, sessionIds) => search.newestMessages(userId, words, sessionIds),
    dropDeletedWords: async () => {
      const before = process.threadCpuUsage();
      const hasMore = await search.dropDeletedWords();
      costsMs.push(cpuMsSince(before));
      return hasMore;
    },
  };
  const store = { async *dropErased() {} } as Partial<StreamStore> as StreamStore; // it has no streams
  const options = { timings: { ...defaultTimings, purgePauseMs: 0 } } as ChatOptions;
  const purger = new Purger(database, store, measured, options, new Feeds(), new StreamRemoval(database));
  await database.write(new ErasureRows(database).mark({ userId: 'ada' }, turns));

  purger.notify();
  await purger.idle();

  expect(database.all('select count(*) as count from search_entries')).toEqual([{ count: 0 }]);
  expect(costsMs.length).toBeGreaterThan(2);
  costsMs.sort((one, other) => other - one);
  const unitMs = yardstickMs();
  expect((costsMs[5] ?? 0) / unitMs).toBeLessThan(0.4); // 20 ms on a quiet machine
  expect((costsMs[0] ?? 0) / unitMs).toBeLessThan(1); // a few steps may meet a garbage collection or a checkpoint
});
