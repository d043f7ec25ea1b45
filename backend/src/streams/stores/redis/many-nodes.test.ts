// What the store for several nodes adds to the contract: nodes read, stop and take over each other's streams, and a Redis that
// has lost data is filled again.
import { Logger } from '@nestjs/common';
import type { StreamId } from '@sillage/protocol';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import {
  follow,
  openView,
  readNow,
  readStored,
  reasoning,
  start,
  text,
  textOf,
} from '../../contract/store-under-test.testing.ts';
import type { OpenStream, StreamStore } from '../../stream-store.ts';
import { type OpenedNode, openNode, sharedServers, untilOneLeaseExpires } from './opened-store.testing.ts';

const servers = sharedServers();
let ada: OpenedNode;
let bob: OpenedNode;
beforeEach(async () => {
  ada = await openNode(servers());
  bob = await ada.join();
});
afterEach(() => {
  vi.restoreAllMocks();
  return ada.close();
});

/** Records the callbacks of a node's store. */
function recordCallbacks(store: StreamStore): { endWanted: StreamId[]; orphans: number } {
  const reported = { endWanted: [] as StreamId[], orphans: 0 };
  store.watch({
    endWanted: (streamId) => void reported.endWanted.push(streamId),
    orphansFound: () => void reported.orphans++,
  });
  return reported;
}

/** Returns how many nodes follow a stream. */
async function followersOf({ streamId }: OpenStream): Promise<number> {
  const hints = `sillage:{${streamId}}:hint`;
  const [, nodes] = (await ada.link.commands.call('pubsub', 'shardnumsub', hints)) as [string, number];
  return nodes;
}

const keyOf = ({ streamId }: OpenStream) => `sillage:{${streamId}}:text`;

test('a reader on another node reads the stored text, is notified of new text, and sees the end', async () => {
  const stream = await start(ada.store, { sessionId: 'session' });
  await ada.store.append(stream, [reasoning('hm'), text('Hello 🌍')]);

  const reading = follow(bob.store, stream.streamId);
  const late = follow(bob.store, stream.streamId, 4);
  await ada.store.append(stream, [text(' and more')]);
  const { end } = await ada.store.end(stream, { finishReason: 'stop' });

  expect(textOf(await reading)).toBe('Hello 🌍 and more');
  expect(textOf(await reading, 'reasoning')).toBe('hm');
  expect((await reading).at(-1)).toEqual(end);
  expect(textOf(await late)).toBe('llo 🌍 and more');
});

test('first words reach Redis and another node without waiting for the sending interval, and ends are stored', async () => {
  const [writer, reader] = [await ada.join({ commitMs: 60_000 }), await ada.join({ commitMs: 60_000 })];
  for (let n = 0; n < 10; n++) {
    const stream = await start(writer.store);
    const notified = Promise.withResolvers<void>();
    const view = await openView(reader.store, stream.streamId, notified.resolve);

    await writer.store.append(stream, [text('你好 👋🏽')]);

    await notified.promise;
    expect(textOf(readNow(view, 0))).toBe('你好 👋🏽');
    await writer.store.end(stream, { finishReason: 'stop' });
    view.close();
  }
});

test('last words and the end reach another node without waiting for the sending interval', async () => {
  const late = { commitMs: 60_000, pollMs: 60_000, idleMs: 60_000 };
  const [writer, reader] = [await ada.join(late), await ada.join(late)];
  for (let n = 0; n < 10; n++) {
    const stream = await start(writer.store);
    const reading = follow(reader.store, stream.streamId);
    await writer.store.append(stream, [text('你好')]);
    const words = writer.store.append(stream, [text(' 👋🏽')]);

    const { end } = await writer.store.end(stream, { finishReason: 'stop' });

    expect(textOf(await reading)).toBe('你好 👋🏽');
    expect((await reading).at(-1)).toEqual(end);
    await words;
  }
});

test('an end that is stored while a text is being sent reaches another node right behind it', async () => {
  const late = { commitMs: 60_000, pollMs: 60_000, idleMs: 60_000 };
  const [writer, reader] = [await ada.join(late), await ada.join(late)];
  // First words are urgent; after some of them, what is not urgent waits.
  for (let n = 0; n < 10; n++) await writer.store.append(await start(writer.store), [text('Hello')]);
  const stream = await start(writer.store);
  const reading = follow(reader.store, stream.streamId);
  await ada.link.commands.client('PAUSE', 500, 'WRITE');
  const words = writer.store.append(stream, [text('Hello')]);
  await new Promise((resolve) => setImmediate(resolve)); // it is sent

  const { end } = await writer.store.end(stream, { finishReason: 'stop' });

  expect((await reading).at(-1)).toEqual(end);
  await words;
});

test('a reader on another node sees only text that Redis has; the id of an entry is the offset after it', async () => {
  const stream = await start(ada.store);
  await ada.store.append(stream, [text('Hel')]);
  await ada.store.append(stream, [text('lo'), reasoning('hm')]);

  const entries = await ada.link.commands.xrange(keyOf(stream), '-', '+');

  expect(entries.map(([id, fields]) => [id, ...fields])).toEqual([
    ['3-0', 'text', 'Hel'],
    ['5-0', 'text', 'lo'],
    ['7-0', 'reasoning', 'hm'],
  ]);
});

test('the text of an open stream does not expire in Redis, and expires soon after the end is stored', async () => {
  const stream = await start(ada.store);
  await ada.store.append(stream, [text('Hello')]);
  const ttl = () => ada.link.commands.pttl(keyOf(stream));
  expect(await ttl()).toBeGreaterThan(500_000);

  await ada.store.end(stream, { finishReason: 'stop' });

  await expect.poll(ttl).toBeLessThanOrEqual(10_000);
  expect(await ttl()).toBeGreaterThan(0);
});

test('an emptied Redis is filled again, for current readers and for new ones', async () => {
  const stream = await start(ada.store);
  await ada.store.append(stream, [text('Hello')]);
  const reading = follow(bob.store, stream.streamId);
  await expect.poll(async () => textOf(await readStored(bob.store, stream.streamId))).toBe('Hello');

  await servers().redis.flush();
  const carol = await ada.join();
  const late = follow(carol.store, stream.streamId);
  await ada.store.append(stream, [text(' world')]);
  await ada.store.end(stream, { finishReason: 'stop' });

  expect(textOf(await reading)).toBe('Hello world');
  expect(textOf(await late)).toBe('Hello world');
});

test('an emptied Redis is filled again while the stream is idle', async () => {
  const stream = await start(ada.store);
  await ada.store.append(stream, [text('Hello')]);

  await servers().redis.flush();

  await expect.poll(() => ada.link.commands.xlen(keyOf(stream))).toBe(1);
  expect(textOf(await readStored(bob.store, stream.streamId))).toBe('Hello');
});

test('a Redis that lost its latest entries gets them again, without duplicates', async () => {
  const writer = await ada.join({ pollMs: 60_000 }); // the append finds the loss, not a poll before it
  const stream = await start(writer.store);
  for (const words of ['one ', 'two ', 'three ']) await writer.store.append(stream, [text(words)]);
  const reading = follow(bob.store, stream.streamId);

  await ada.link.commands.xdel(keyOf(stream), '8-0', '14-0');
  await ada.link.commands.xsetid(keyOf(stream), '4-0'); // the state of a replica that lagged behind
  await writer.store.append(stream, [text('four')]);
  await writer.store.end(stream, { finishReason: 'stop' });

  expect(textOf(await reading)).toBe('one two three four');
  const entries = await ada.link.commands.xrange(keyOf(stream), '-', '+');
  expect(entries.map(([, [, words]]) => words).slice(0, -1)).toEqual(['one ', 'two three four']);
});

test('text after a gap in Redis is not shown, and after the end the whole text is', async () => {
  const stream = await start(ada.store);
  for (const words of ['one ', 'two ', 'three']) await ada.store.append(stream, [text(words)]);
  await ada.link.commands.xdel(keyOf(stream), '8-0');

  expect(textOf(await readStored(bob.store, stream.streamId))).toBe('one ');
  const reading = follow(bob.store, stream.streamId);
  await ada.store.end(stream, { finishReason: 'stop' });

  expect(textOf(await reading)).toBe('one two three');
});

test('while Redis is unreachable an append waits and its text is not shown; afterwards it resolves', async () => {
  const stream = await start(ada.store);
  await ada.store.append(stream, [text('Hello')]);
  const view = await openView(ada.store, stream.streamId);
  const { redis } = servers();
  await redis.kill();

  const appending = ada.store.append(stream, [text(' world')]);
  await expect(ada.link.commands.ping()).rejects.toThrow();
  expect(textOf(readNow(view))).toBe('Hello');

  await redis.restart();
  expect(await appending).toBe(11);
  expect(textOf(readNow(view))).toBe('Hello world');
  await expect.poll(async () => textOf(await readStored(bob.store, stream.streamId))).toBe('Hello world');
});

test('an end is stored while Redis is unreachable, and readers on other nodes see it', async () => {
  const stream = await start(ada.store);
  await ada.store.append(stream, [text('Hello')]);
  const reading = follow(bob.store, stream.streamId);
  await expect.poll(async () => textOf(await readStored(bob.store, stream.streamId))).toBe('Hello');
  const { redis } = servers();
  await redis.kill();

  const { end } = await ada.store.end(stream, { finishReason: 'stop' });

  expect((await reading).at(-1)).toEqual(end);
  await redis.restart();
});

test('a stop requested on another node reaches the producer', async () => {
  const stream = await start(ada.store);
  const reported = recordCallbacks(ada.store);

  await bob.store.requestStop(stream.streamId);

  await expect.poll(() => reported.endWanted).toContain(stream.streamId);
});

test('a stop whose notification is lost reaches the producer at the next renewal of its lease', async () => {
  const stream = await start(ada.store);
  const reported = recordCallbacks(ada.store);
  vi.spyOn(bob.link, 'publish').mockImplementation(() => {});

  await bob.store.requestStop(stream.streamId);

  await expect.poll(() => reported.endWanted).toContain(stream.streamId);
  expect((await bob.store.find(stream.streamId))?.isStopRequested).toBe(true);
});

test('a node that has closed the last stream it followed is still notified of stops', async () => {
  const carol = await ada.join({ leaseRenewMs: 60_000, nodeLeaseMs: 120_000 }); // no renewal reports it
  const followed = await start(ada.store);
  const produced = await start(carol.store);
  const reported = recordCallbacks(carol.store);

  const view = await openView(carol.store, followed.streamId);
  await expect.poll(() => followersOf(followed)).toBe(1);
  view.close();
  await expect.poll(() => followersOf(followed)).toBe(0);
  await bob.store.requestStop(produced.streamId);

  await expect.poll(() => reported.endWanted).toContain(produced.streamId);
});

test('a reader on another node counts as a reader until it leaves', async () => {
  const stream = await start(ada.store);
  expect(ada.store.unread(stream)).toMatchObject({ wasRead: false });

  const view = await openView(bob.store, stream.streamId);
  await expect.poll(() => ada.store.unread(stream)).toBeUndefined();

  view.close();
  await expect.poll(() => ada.store.unread(stream)).toMatchObject({ wasRead: true });
});

test('the streams of a stalled node are taken over; it appends nothing more, and its readers see the end', async () => {
  // No renewal for longer than a lease of the others, and no poll: the append finds the takeover.
  const carol = await ada.join({ leaseRenewMs: 60_000, nodeLeaseMs: 120_000, pollMs: 60_000 });
  const stream = await start(carol.store, { sessionId: 'session' });
  const reported = recordCallbacks(carol.store);
  await carol.store.append(stream, [text('Hello')]);
  const reading = follow(carol.store, stream.streamId);
  await untilOneLeaseExpires(ada);

  let taken: readonly OpenStream[] = [];
  await expect.poll(async () => (taken = await bob.store.takeOver())).toHaveLength(1);
  const append = carol.store.append(stream, [text(' world')]);
  await expect(append).rejects.toMatchObject({ name: 'StreamError', code: 'fenced' });
  const { end, isOwn } = await bob.store.end(taken[0] as OpenStream, {
    finishReason: 'interrupted',
    code: 'interrupted',
  });

  expect(await carol.store.end(stream, { finishReason: 'stop' })).toEqual({ end, isOwn: false });
  expect(isOwn).toBe(true);
  expect(await reading).toEqual([{ type: 'text', text: 'Hello', offset: 5 }, end]);
  expect(reported.endWanted).toContain(stream.streamId);
  expect(await readStored(carol.store, stream.streamId)).toEqual(await reading);
});

test('a node gives up a stream that was taken over at the next renewal, even if it appends nothing', async () => {
  const stream = await start(ada.store);
  const reported = recordCallbacks(ada.store);

  const take = 'update streams set node_id = $1, epoch = 2 where stream_id = $2';
  await ada.database.write([{ sql: take, parameters: ['another', stream.streamId] }]);

  await expect.poll(() => reported.endWanted).toEqual([stream.streamId]);
  await expect(ada.store.append(stream, [text('Hello')])).rejects.toMatchObject({ code: 'stream-ended' });
});

test('a node follows a stream that was taken over for as long as it has a reader', async () => {
  const stream = await start(ada.store);
  const view = await openView(ada.store, stream.streamId);
  const take = 'update streams set node_id = $1, epoch = 2 where stream_id = $2';

  await ada.database.write([{ sql: take, parameters: ['another', stream.streamId] }]);
  await expect.poll(() => followersOf(stream)).toBe(1);
  view.close();

  await expect.poll(() => followersOf(stream)).toBe(0);
});

const lostResponse = [
  'that was committed before the connection was lost counts as written by this node',
  1,
  [],
] as const;
const sameEnd = ['of another node does not, though it is the same', 2, [expect.any(String)]] as const;
test.each([lostResponse, sameEnd])('an end %s', async (_, epoch, endWanted) => {
  const carol = await ada.join({ leaseRenewMs: 60_000, nodeLeaseMs: 120_000 });
  const stream = await start(carol.store);
  const reported = recordCallbacks(carol.store);
  await carol.store.append(stream, [text('Hello')]);
  const reading = follow(carol.store, stream.streamId);
  const written = `update streams set ended_at = 1, end_offset = 6, finish_reason = 'stop', epoch = $1 where stream_id = $2`;
  await ada.database.write([{ sql: written, parameters: [epoch, stream.streamId] }]);

  const { end, isOwn } = await carol.store.end(stream, { finishReason: 'stop' });

  expect(end).toEqual({ type: 'end', offset: 6, finishReason: 'stop' });
  expect(isOwn).toBe(epoch === stream.epoch);
  expect(await reading).toEqual([{ type: 'text', text: 'Hello', offset: 5 }, end]);
  expect(reported.endWanted).toEqual(endWanted);
});

test('when two nodes find a third one dead, each stream is taken over by one of them', async () => {
  const carol = await ada.join({ leaseRenewMs: 60_000, nodeLeaseMs: 120_000 });
  const streams = await Promise.all(Array.from({ length: 10 }, () => start(carol.store)));
  await untilOneLeaseExpires(ada);

  const taken = new Set<StreamId>();
  await expect
    .poll(async () => {
      const both = await Promise.all([ada.store.takeOver(), bob.store.takeOver()]);
      for (const { streamId } of both.flat()) {
        expect(taken.has(streamId)).toBe(false);
        taken.add(streamId);
      }
      return taken.size;
    })
    .toBe(streams.length);
});

test('a node that has just started or was stalled itself takes over nothing', async () => {
  const carol = await ada.join({ leaseRenewMs: 60_000, nodeLeaseMs: 120_000 });
  await start(carol.store);
  await untilOneLeaseExpires(ada);
  const dave = await ada.join({ nodeLeaseMs: 60_000 });

  expect(await carol.store.takeOver()).toEqual([]);
  expect(await dave.store.takeOver()).toEqual([]);
});

test('a start that was committed without a response is found and ended by the same node', async () => {
  const reported = recordCallbacks(ada.store);
  const lost = await start(ada.store);
  const copy = `insert into streams (stream_id, user_id, epoch, created_at, node_id)
    select 'stray', user_id, epoch, created_at, node_id from streams where stream_id = $1`;
  await ada.database.write([{ sql: copy, parameters: [lost.streamId] }]);

  await expect.poll(() => reported.orphans).toBeGreaterThan(0);

  expect(await ada.store.takeOver()).toMatchObject([{ streamId: 'stray', epoch: 2 }]);
});

test('open streams of a node without a lease are taken over', async () => {
  await ada.join({ sweepMs: 20 });
  const carol = await ada.join({ leaseRenewMs: 60_000, nodeLeaseMs: 120_000 });
  const stream = await start(carol.store);
  await ada.database.write([{ sql: 'delete from nodes', parameters: [] }]);

  await expect.poll(() => bob.store.takeOver()).toMatchObject([{ streamId: stream.streamId }]);
});

test('a takeover that fails is logged once with its cause, and is done when the cause is gone', async () => {
  const warn = vi.spyOn(Logger.prototype, 'warn').mockImplementation(() => {});
  const lost = await start(ada.store);
  await ada.store.append(lost, [text('潮汐 🌊')]);
  const copy = `insert into streams (stream_id, user_id, epoch, created_at, node_id)
    select 'stray', user_id, epoch, created_at, node_id from streams where stream_id = $1`;
  await ada.link.commands.set(keyOf({ streamId: 'stray', userId: 'ada', epoch: 1 }), 'not a stream');
  await ada.database.write([{ sql: copy, parameters: [lost.streamId] }]);

  expect([await ada.store.takeOver(), await ada.store.takeOver()]).toEqual([[], []]);

  const lines = warn.mock.calls.map(([line]) => String(line)).filter((line) => line.includes('stray'));
  expect(lines).toEqual([expect.stringContaining('WRONGTYPE')]);
  await ada.link.commands.del(keyOf({ streamId: 'stray', userId: 'ada', epoch: 1 }));
  expect(await ada.store.takeOver()).toMatchObject([{ streamId: 'stray' }]);
});

test('a lease that cannot be renewed is logged once, and again when it is renewed', async () => {
  const warn = vi.spyOn(Logger.prototype, 'warn').mockImplementation(() => {});
  const linesWith = (words: string) => warn.mock.calls.filter(([line]) => String(line).includes(words)).length;

  await ada.database.write([{ sql: 'alter table nodes rename to nodes_away', parameters: [] }]);
  await expect.poll(() => linesWith('cannot be renewed')).toBe(2); // each of two nodes
  await expect.poll(() => ada.store.databaseUnreachable).toBeDefined(); // many renewals later
  await ada.database.write([{ sql: 'alter table nodes_away rename to nodes', parameters: [] }]);

  await expect.poll(() => linesWith('is renewed again')).toBe(2);
  expect(linesWith('cannot be renewed')).toBe(2);
});
