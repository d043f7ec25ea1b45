// The pump of the feed reads no faster than its sink accepts, and misses no change meanwhile.
import { expect, test } from 'vitest';
import type { Change } from '../../conversations/feed/feed-rows.ts';
import { FeedPump, type FeedPumpOptions } from './feed-pump.ts';

const change = (changed: number): Change => ({ changed, event: { type: 'session-changed', sessionId: `s${changed}` } });

/** Creates a pump whose sink is full after each write; the test adds rows. */
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

test('a full sink gets nothing until it is ready, then all accumulated changes in one write', async () => {
  const rows = [change(1)];
  const { pump, written, counts } = pumpOver(rows);
  pump.ready();
  await settled();

  rows.push(change(2));
  pump.notify();
  rows.push(change(3));
  pump.notify();
  await settled();
  const [readsWhileFull, writtenWhileFull] = [counts.reads, [...written]];
  pump.ready();
  await settled();
  pump.close();

  expect(readsWhileFull).toBe(1);
  expect(writtenWhileFull).toEqual([[1]]);
  expect(written).toEqual([[1], [2, 3]]);
});

test('a change that arrives during a read is read afterwards', async () => {
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
  pump.notify();
  reading.resolve();
  await settled();
  pump.ready();
  await settled();
  pump.close();

  expect(written).toEqual([[1], [2]]);
});

test('after a storage error the next notification reads again', async () => {
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
  pump.notify();
  await settled();
  pump.close();

  expect(written).toEqual([[1]]);
});

test('the pump ends the connection once and writes nothing afterwards', async () => {
  const { pump, written, counts } = pumpOver([change(1)]);
  pump.finish();
  pump.finish();
  pump.ready();
  await settled();

  expect([counts.ends, counts.closes, written]).toEqual([1, 1, []]);
});
