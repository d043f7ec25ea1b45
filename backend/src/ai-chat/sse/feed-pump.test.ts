// The pump of the feed: it reads no faster than its sink takes, and misses nothing that came meanwhile.
import { expect, test } from 'vitest';
import type { Change } from '../../conversations/feed-rows.ts';
import { FeedPump, type FeedPumpOptions } from './feed-pump.ts';

const change = (changed: number): Change => ({ changed, event: { type: 'session-changed', sessionId: `s${changed}` } });

/** A sink that is full after each write, over rows that a test adds to. */
function pumpOver(rows: Change[], options: Partial<FeedPumpOptions> = {}) {
  const written: number[][] = [];
  const counts = { reads: 0, heartbeats: 0, ends: 0, closes: 0 };
  const pump = new FeedPump(
    {
      write: (changes) => {
        written.push(changes.map(({ changed }) => changed));
        return false;
      },
      heartbeat: () => void counts.heartbeats++,
      end: () => void counts.ends++,
    },
    {
      after: 0,
      heartbeatMs: 60_000,
      maxAgeMs: 60_000,
      read: async (after, limit) => {
        counts.reads++;
        return rows.filter(({ changed }) => changed > after).slice(0, limit);
      },
      onClose: () => void counts.closes++,
      ...options,
    },
  );
  return { pump, written, counts };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

test('a sink that is full is written nothing, and then all that has gathered, once', async () => {
  const rows = [change(1)];
  const { pump, written, counts } = pumpOver(rows);
  pump.ready();
  await settled();

  rows.push(change(2));
  pump.wake();
  rows.push(change(3));
  pump.wake();
  await settled();
  const [readsWhileFull, writtenWhileFull] = [counts.reads, [...written]];
  pump.ready();
  await settled();
  pump.close();

  expect(readsWhileFull).toBe(1);
  expect(writtenWhileFull).toEqual([[1]]);
  expect(written).toEqual([[1], [2, 3]]);
});

test('what comes while the rows are read is read again', async () => {
  const rows = [change(1)];
  const reading = Promise.withResolvers<void>();
  const { pump, written } = pumpOver(rows, {
    read: async (after) => {
      const found = rows.filter(({ changed }) => changed > after);
      if (after === 0) await reading.promise;
      return found;
    },
  });
  pump.ready();
  rows.push(change(2));
  pump.wake();
  reading.resolve();
  await settled();
  pump.ready();
  await settled();
  pump.close();

  expect(written).toEqual([[1], [2]]);
});

test('a storage that fails is read again at the next wake-up', async () => {
  let isFailing = true;
  const { pump, written } = pumpOver([], {
    read: async () => {
      if (isFailing) throw new Error('the disk');
      return [change(1)];
    },
  });
  pump.ready();
  await settled();
  isFailing = false;
  pump.wake();
  await settled();
  pump.close();

  expect(written).toEqual([[1]]);
});

test('an end is told once, and nothing is written after it', async () => {
  const { pump, written, counts } = pumpOver([change(1)]);
  pump.finish();
  pump.finish();
  pump.ready();
  await settled();

  expect([counts.ends, counts.closes, written]).toEqual([1, 1, []]);
});
