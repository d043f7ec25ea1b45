// What the embedded store adds to the contract: one journal for all streams, which stays short and is replayed at recovery.
import { DatabaseSync } from 'node:sqlite';
import { setImmediate as nextIteration } from 'node:timers/promises';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { readStored, reasoning, start, text, textOf } from '../../contract/store-under-test.testing.ts';
import type { OpenStream } from '../../stream-store.ts';
import { type OpenedStore, openStore } from './opened-store.testing.ts';

let opened: OpenedStore;
afterEach(() => opened.close());

const journalRows = () => opened.database.all('select journal_id from journal').length;

describe('a journal', () => {
  beforeEach(async () => {
    opened = await openStore();
  });

  test('writes concurrent appends of all streams as one row in one commit', async () => {
    const { store, database } = opened;
    const streams = await Promise.all([start(store), start(store), start(store)]);
    const before = database.groupCommit.commits;

    await Promise.all(
      Array.from({ length: 300 }, (_, n) => store.append(streams[n % 3] as OpenStream, [text(`${n} `)])),
    );

    expect(database.groupCommit.commits - before).toBe(1);
    expect(journalRows()).toBe(1);
  });

  test('needs few commits while producers await each append', async () => {
    const { store, database } = opened;
    const streams = await Promise.all(Array.from({ length: 20 }, () => start(store)));
    const before = database.groupCommit.commits;

    await Promise.all(
      streams.map(async (stream) => {
        for (let n = 0; n < 10; n++) await store.append(stream, [text('word ')]);
      }),
    );

    expect(database.groupCommit.commits - before).toBeLessThanOrEqual(11);
  });

  test('has its statements prepared once, not for each reply', async () => {
    const { store } = opened;
    const reply = async () => {
      const stream = await start(store);
      await store.append(stream, [text('你好')]);
      await store.end(stream, { finishReason: 'stop' });
    };
    await reply();
    await reply();
    const prepare = vi.spyOn(DatabaseSync.prototype, 'prepare');

    await reply();

    expect(prepare.mock.calls).toEqual([]);
    prepare.mockRestore();
  });

  test('is not written without text', async () => {
    const stream = await start(opened.store);
    const before = opened.database.groupCommit.commits;

    await opened.store.append(stream, [text('')]);

    expect(opened.database.groupCommit.commits).toBe(before);
  });

  test('keeps the rows that an open stream needs and deletes the others', async () => {
    const { store } = opened;
    const first = await start(store);
    await store.append(first, [text('a')]);
    await store.append(first, [text('b')]);
    const second = await start(store);
    await store.append(second, [text('c')]);
    expect(journalRows()).toBe(3);

    await store.end(first, { finishReason: 'stop' });
    expect(journalRows()).toBe(1);

    await store.end(second, { finishReason: 'stop' });
    expect(journalRows()).toBe(0);
  });
});

describe('a journal whose next throttled commit is a minute away', () => {
  const isPending = async (append: Promise<unknown>) => {
    for (let turn = 0; turn < 5; turn++) await nextIteration();
    return (await Promise.race([append, 'pending'])) === 'pending';
  };

  test('stores starts, first words, ends and stops at once, and the middle of a reply with the next of these', async () => {
    opened = await openStore({ commitMs: 60_000 });
    const { store, database } = opened;
    const long = await start(store);
    for (const words of ['Bonjour, ', '你好 ', '👋🏽 ', 'a', 'b'])
      await Promise.race([store.append(long, [text(words)]), nextIteration()]);
    const middle = store.append(long, [text('middle')]);
    expect(await isPending(middle)).toBe(true);
    const before = database.groupCommit.commits;

    const first = store.append(await start(store), [text('first words')]);

    expect(await isPending(first)).toBe(false);
    expect(await isPending(middle)).toBe(false);
    for (let n = 0; n < 100; n++) {
      const stream = await start(store);
      await store.append(stream, [text('first words')]);
      await store.requestStop(stream.streamId);
      await store.end(stream, { finishReason: 'stopped' });
    }
    expect(database.groupCommit.commits - before).toBeLessThanOrEqual(2 + 4 * 100);
    expect(await isPending(store.append(long, [text('later')]))).toBe(true);
    expect(textOf(await readStored(store, long.streamId))).toBe('Bonjour, 你好 👋🏽 abmiddle');
  });
});

describe('a journal with a small length limit', () => {
  beforeEach(async () => {
    opened = await openStore({ journalLength: 2_000 });
  });

  test('stays short during a long reply, also with an idle open stream', async () => {
    const { store, database, reopen } = opened;
    const quiet = await start(store);
    await store.append(quiet, [text('quiet')]);
    const long = await start(store);

    for (let n = 0; n < 200; n++) await store.append(long, [n % 5 ? text('x'.repeat(100)) : reasoning('hm')]);
    await database.write([]);

    expect(journalRows()).toBeLessThan(40);
    const reopened = await reopen();
    await reopened.takeOver();
    expect(textOf(await readStored(reopened, long.streamId))).toBe('x'.repeat(160 * 100));
    expect(textOf(await readStored(reopened, long.streamId), 'reasoning')).toBe('hm'.repeat(40));
    expect(textOf(await readStored(reopened, quiet.streamId))).toBe('quiet');
  });

  test('keeps the text after a save of its stream when the end of another stream deletes rows', async () => {
    const { store, database, reopen } = opened;
    const long = await start(store);
    await store.append(long, [text('x'.repeat(2_500))]);
    await database.write([]); // the save is committed by now
    await store.append(long, [text('tail')]);
    const other = await start(store);

    await store.end(other, { finishReason: 'stop' });

    expect(journalRows()).toBe(1);
    const reopened = await reopen();
    await reopened.takeOver();
    expect(textOf(await readStored(reopened, long.streamId))).toBe(`${'x'.repeat(2_500)}tail`);
  });

  test('after a crash at any point, recovers a prefix of the appended text with all resolved appends', async () => {
    const steps = fc.array(fc.record({ which: fc.nat(2), length: fc.nat(900), wait: fc.boolean(), crash: fc.nat(9) }), {
      minLength: 10,
      maxLength: 60,
    });
    await fc.assert(
      fc.asyncProperty(steps, async (appends) => {
        const { store, reopen } = opened;
        const streams = [await start(store), await start(store), await start(store)];
        const whole = ['', '', ''];
        const promised = [0, 0, 0];
        const crashes: { whole: string[]; promised: number[]; reopened: ReturnType<typeof reopen> }[] = [];
        const underWay: Promise<unknown>[] = [];
        for (const [n, { which, length, wait, crash }] of appends.entries()) {
          const words = `${n}🌊`.repeat(length / 4 + 1);
          whole[which] += words;
          const appending = store.append(streams[which] as OpenStream, [text(words)]).then((offset) => {
            promised[which] = offset;
          });
          underWay.push(appending);
          if (wait) await appending;
          if (crash === 0 && crashes.length < 2) {
            crashes.push({ whole: [...whole], promised: [...promised], reopened: reopen() });
          }
        }
        await Promise.all(underWay);
        crashes.push({ whole, promised, reopened: reopen() });

        for (const crash of crashes) {
          const reopened = await crash.reopened;
          await reopened.takeOver();
          for (const [which, { streamId }] of streams.entries()) {
            const survived = textOf(await readStored(reopened, streamId));
            expect(crash.whole[which]?.startsWith(survived)).toBe(true);
            expect(survived.length).toBeGreaterThanOrEqual(crash.promised[which] ?? 0);
          }
        }
        for (const stream of streams) await store.end(stream, { finishReason: 'stop' });
      }),
      { numRuns: 8 },
    );
  });
});

test('a stream that was taken over after a crash, and its new text, survive a second crash', async () => {
  opened = await openStore({ journalLength: 200 });
  const stream = await start(opened.store);
  await opened.store.append(stream, [text('one '.repeat(100))]);
  const { folder } = opened;
  await opened.store.close();
  await opened.database.close();

  opened = await openStore({ folder, journalLength: 200 });
  const [taken] = await opened.store.takeOver();
  for (let n = 0; n < 20; n++) await opened.store.append(taken as OpenStream, [text('two '.repeat(20))]);
  const second = await opened.reopen();
  await second.takeOver();

  expect(textOf(await readStored(second, stream.streamId))).toBe('one '.repeat(100) + 'two '.repeat(400));
});
