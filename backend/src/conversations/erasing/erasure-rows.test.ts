// Erased rows are purged in steps that are too short to be noticed by other users.
import { cpuMsSince, removeFolder, shortOrFull, tempFolder, yardstickMs } from '@sillage/testing';
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

test('no step of purging a large conversation holds the event loop', async () => {
  const rows = new ErasureRows(database);
  await database.write(rows.mark({ userId: 'ada' }, turns));
  const costsMs: number[] = [];
  const isDone = async (steps: AsyncGenerator<void>) => {
    const before = process.threadCpuUsage();
    const { done } = await steps.next();
    costsMs.push(cpuMsSince(before));
    return done;
  };

  for (let erasure = await rows.findPending(); erasure; erasure = await rows.findPending()) {
    const steps = rows.purge(erasure, () => turns);
    while (!(await isDone(steps)));
    await rows.markPurged(erasure, turns);
  }

  const [slowest, ...others] = costsMs.sort((one, other) => other - one);
  expect(others.length).toBeGreaterThan(turns / 4);
  const unitMs = yardstickMs();
  expect((others[0] ?? 0) / unitMs).toBeLessThan(0.4); // 20 ms on a quiet machine
  expect((slowest ?? 0) / unitMs).toBeLessThan(1); // one step may meet a garbage collection or a checkpoint
});
