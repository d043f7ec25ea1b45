// Erased rows are purged in steps that are too short to be noticed by other users.
import { removeFolder, shortOrFull, tempFolder } from '@sillage/testing';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { SqliteDatabase } from '../../database/sqlite/sqlite-database.ts';
import { ConversationService } from '../conversation.service.ts';
import { SqliteSearch } from '../search/sqlite-search.ts';
import { ErasureRows } from './erasure-rows.ts';

const turns = shortOrFull({ short: 100, full: 1_800 });
const text = '长的回复👍 and a long reply. '.repeat(1_400).slice(0, 32_000);
const end = { type: 'end', offset: text.length, finishReason: 'stop' } as const;

let folder: string;
let database: SqliteDatabase;

beforeEach(async () => {
  folder = tempFolder();
  database = await SqliteDatabase.open(folder, { commitMs: 1 });
  await SqliteSearch.open(database); // its triggers are part of the cost
  const conversations = new ConversationService(database);
  let parentId: string | null = null;
  for (let turn = 0; turn < turns; turn++) {
    const message = { id: `p-${turn}`, content: text, parentId };
    const reply = { id: `r-${turn}`, parentId: `p-${turn}`, model: 'm', streamId: `S-${turn}` };
    await database.write(conversations.addTurn({ userId: 'ada', sessionId: 'a', message, reply }, turn));
    await database.write(conversations.endReply(reply.streamId, { parts: [text], end }));
    parentId = `r-${turn}`;
  }
});
afterEach(async () => {
  await database.close();
  removeFolder(folder);
});

test('a step of purging a large conversation takes less than 20 ms of CPU', async () => {
  const rows = new ErasureRows(database);
  await database.write(rows.mark({ userId: 'ada' }, turns));
  const costsMs: number[] = [];
  const isDone = async (steps: AsyncGenerator<void>) => {
    const before = process.threadCpuUsage();
    const { done } = await steps.next();
    const { user, system } = process.threadCpuUsage(before);
    costsMs.push((user + system) / 1_000);
    return done;
  };

  for (let erasure = await rows.findPending(); erasure; erasure = await rows.findPending()) {
    const steps = rows.purge(erasure, () => turns);
    while (!(await isDone(steps)));
    await rows.markPurged(erasure, turns);
  }

  const [slowest, ...others] = costsMs.sort((one, other) => other - one);
  expect(others.length).toBeGreaterThan(turns / 4);
  expect(others[0]).toBeLessThan(20);
  expect(slowest).toBeLessThan(50); // one step may meet a garbage collection or a checkpoint
});
