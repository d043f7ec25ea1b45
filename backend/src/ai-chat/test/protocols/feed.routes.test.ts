// The feed over HTTP: its events, recipients and order, where it resumes, and how it ends.
import { type FeedEvent, routes } from '@sillage/protocol';
import { collect, providerScripts, type SseMessage, type SseResponse, tempFolder } from '@sillage/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type RequestOptions, startApp, type TestApp } from '../app.testing.ts';

let server: TestApp;
let user: string;
let count = 0;

beforeAll(async () => {
  server = await startApp();
});
beforeEach(() => {
  user = `user-${++count}`;
  server.provider.respond(providerScripts.reply(['Answer']));
});
afterAll(() => server.close());

const follow = (after?: string, options: RequestOptions = {}) =>
  server.open(routes.feed, { user, ...(after !== undefined && { headers: { 'last-event-id': after } }), ...options });
const say = (sessionId: string, message = 'x') => server.send(routes.stream, { user, body: { message, sessionId } });
const rename = (sessionId: string, title: string) =>
  server.send(routes.session(sessionId), { user, method: 'PATCH', body: { title } });
const erase = (sessionId: string) => server.send(routes.session(sessionId), { user, method: 'DELETE' });
const eventOf = ({ data }: SseMessage) => data as FeedEvent | undefined;

/** Reads until an event of this kind has come, the first block and heartbeats left out; the connection stays open. */
async function until({ messages }: SseResponse, type: FeedEvent['type'], sessionId?: string): Promise<SseMessage[]> {
  const read: SseMessage[] = [];
  for (;;) {
    const { value, done } = await messages.next();
    if (done) throw new Error(`Ended before ${type}`);
    if (eventOf(value)?.sessionId === undefined) continue;
    read.push(value);
    if (eventOf(value)?.type === type && (sessionId ?? eventOf(value)?.sessionId) === eventOf(value)?.sessionId)
      return read;
  }
}

/** Returns the first block as it is on the wire. */
async function beginning(after?: string, app = server, as = user): Promise<string> {
  const headers = {
    Authorization: `Bearer ${await app.token(as)}`,
    ...(after !== undefined && { 'Last-Event-ID': after }),
  };
  const { body } = await fetch(`${app.url}${routes.feed}`, { headers });
  let text = '';
  for await (const bytes of body ?? []) {
    text += Buffer.from(bytes).toString();
    if (text.includes('\n\n')) break;
  }
  return text.slice(0, text.indexOf('\n\n'));
}

/** Returns where the feed is now. */
async function present(app = server, as = user): Promise<string> {
  return /^id: (\d+)\n/.exec(await beginning(undefined, app, as))?.[1] ?? '';
}

describe('the feed reports', () => {
  test('the start of a reply, its end, a new title and a deletion, with increasing ids', async () => {
    const feed = await follow();
    await say('a');
    const ended = await until(feed, 'stream-ended');
    await rename('a', 'Mine');
    const changed = await until(feed, 'session-changed');
    await erase('a');
    const deleted = await until(feed, 'session-deleted');
    feed.close();

    const { streamId } = eventOf(ended.at(-1) as SseMessage) ?? {};
    expect(feed.headers['content-type']).toBe('text/event-stream; charset=utf-8');
    expect(ended.at(-1)?.data).toEqual({ type: 'stream-ended', sessionId: 'a', streamId });
    expect(streamId).toMatch(/^\w{26}$/);
    expect(changed.map(({ data }) => data)).toEqual([{ type: 'session-changed', sessionId: 'a', streamId: undefined }]);
    expect(deleted.map(({ data }) => data)).toEqual([{ type: 'session-deleted', sessionId: 'a' }]);
    const ids = [...ended, ...changed, ...deleted].map(({ id }) => Number(id));
    expect(ids).toEqual([...new Set(ids)].sort((one, other) => one - other));
  });

  test('a start at once, while the reply is under way', async () => {
    server.provider.respond(providerScripts.stallAfter(['Half']));
    const feed = await follow();
    const streamId = await server.start({ message: 'x', sessionId: 'a' }, { user });

    const [started] = await until(feed, 'stream-started');
    await server.send(routes.stop(streamId), { user, method: 'POST' });
    const [ended] = await until(feed, 'stream-ended');
    feed.close();

    expect(started?.data).toEqual({ type: 'stream-started', sessionId: 'a', streamId });
    expect(ended?.data).toEqual({ type: 'stream-ended', sessionId: 'a', streamId });
  });

  test('the same to every device of the user, and nothing to other users', async () => {
    const [phone, laptop, foreign] = [await follow(), await follow(), await follow(undefined, { user: 'eve' })];
    await say('a');
    await server.send(routes.stream, { user: 'eve', body: { message: 'x', sessionId: 'hers' } });

    const last = [await until(phone, 'stream-ended'), await until(laptop, 'stream-ended')].map((read) => read.at(-1));
    const hers = await until(foreign, 'stream-ended');
    for (const feed of [phone, laptop, foreign]) feed.close();

    expect(last[0]).toEqual(last[1]);
    expect(hers.map((message) => eventOf(message)?.sessionId)).not.toContain('a');
  });

  test('nothing about streams without a conversation', async () => {
    const feed = await follow();
    await server.send(routes.stream, { user, body: { message: 'x' } });
    await say('a');

    const read = await until(feed, 'stream-ended');
    feed.close();

    expect(new Set(read.map((message) => eventOf(message)?.sessionId))).toEqual(new Set(['a']));
  });

  test('every conversation of a large deletion', async () => {
    for (const id of ['a', 'b', 'c']) await say(id);
    const after = await present();
    await server.send(routes.sessions, { user, method: 'DELETE' });

    const feed = await follow(after);
    const read = await until(feed, 'session-deleted', 'c');
    feed.close();

    expect(read.map(({ id, data }) => [Number(id) - Number(after), (data as FeedEvent).sessionId])).toEqual([
      [2, 'a'], // 1 is the erasure itself; each conversation follows when it is purged
      [3, 'b'],
      [4, 'c'],
    ]);
  });
});

describe('resuming', () => {
  test('after n sends the changes after n, the last of each conversation, and nothing else', async () => {
    await say('old');
    const after = await present();
    await say('a');
    await say('b');
    await rename('a', 'Mine');
    await say('gone');
    await erase('gone');

    const resumed = await follow(after);
    const read = await until(resumed, 'session-deleted');
    resumed.close();
    const middle = String(read[1]?.id);
    const again = await follow(middle);
    const rest = await until(again, 'session-deleted');
    again.close();

    expect(read.map((message) => [eventOf(message)?.type, eventOf(message)?.sessionId])).toEqual([
      ['stream-ended', 'b'],
      ['session-changed', 'a'],
      ['session-deleted', 'gone'],
    ]);
    expect(rest).toEqual(read.slice(2));
  });

  test('without new changes sends nothing but a heartbeat', async () => {
    const own = await startApp({ timings: { heartbeatMs: 20 } });
    await own.send(routes.stream, { body: { message: 'x', sessionId: 'a' } });
    const after = await present(own, 'ada');

    const feed = await own.open(routes.feed, { headers: { 'last-event-id': after } });
    const first = await feed.messages.next();
    const second = await feed.messages.next();
    feed.close();
    const block = await beginning(after, own, 'ada');
    await own.close();

    expect(block).toBe(`id: ${after}\ndata: {"type":"ready"}`);
    expect(first.value).toEqual({ id: after, data: { type: 'ready' } });
    expect(second.value).toEqual({ comment: 'heartbeat' });
  });

  test('sends more changes than one slice completely, in order', async () => {
    const after = await present();
    for (let i = 0; i < 120; i++) await say(`s${i}`);

    const feed = await follow(after);
    const read = await until(feed, 'stream-ended', 's119');
    feed.close();

    expect(read.map((message) => eventOf(message)?.sessionId)).toEqual(Array.from({ length: 120 }, (_, i) => `s${i}`));
  });

  test('from a counter that never existed begins now, and says so', async () => {
    await say('a');

    expect(await beginning('999999')).toBe(`id: ${await present()}\ndata: {"type":"resync"}`);
  });

  test('with an id of another format is 400', async () => {
    for (const id of ['01JDA5ZQ/5', '-1', 'x']) {
      const { status, body } = await server.send(routes.feed, { user, headers: { 'last-event-id': id } });
      expect([status, body]).toMatchObject([400, { fields: { 'Last-Event-ID': 'must be an id of the feed' } }]);
    }
  });

  test('works after the server was restarted', async () => {
    const dataDir = tempFolder('sillage-feed-');
    const first = await startApp({ dataDir });
    await first.send(routes.stream, { body: { message: 'x', sessionId: 'a' } });
    const after = await present(first, 'ada');
    await first.send(routes.session('a'), { method: 'PATCH', body: { title: 'Mine' } });
    await first.close();

    const second = await startApp({ dataDir });
    const resumed = await second.open(routes.feed, { headers: { 'last-event-id': after } });
    const [told] = await until(resumed, 'session-changed');
    resumed.close();
    await second.close();

    expect(told?.data).toEqual({ type: 'session-changed', sessionId: 'a' });
  });
});

describe('deletions', () => {
  test('whose records are deleted make an older resume begin now', async () => {
    const own = await startApp({ timings: { deletionsMs: 0, sweepMs: 10 } });
    await own.send(routes.stream, { body: { message: 'x', sessionId: 'a' } });
    const before = await present(own, 'ada');
    await own.send(routes.session('a'), { method: 'DELETE' });
    const now = await present(own, 'ada');

    let begun = '';
    while (!begun.includes('resync')) begun = await beginning(before, own, 'ada');
    const resumed = await beginning(now, own, 'ada');
    await own.close();

    expect(begun).toBe(`id: ${now}\ndata: {"type":"resync"}`);
    expect(resumed).toBe(`id: ${now}\ndata: {"type":"ready"}`);
  });
});

describe('a ticket', () => {
  test('opens the feed, and again when it reconnects', async () => {
    const path = `${routes.feed}?ticket=${await server.ticket({ user })}`;
    const feed = await server.open(path, { user: null });
    await say('a');
    const read = await until(feed, 'stream-ended');
    feed.close();

    const again = await server.open(path, { user: null, headers: { 'last-event-id': '0' } });
    const resumed = await until(again, 'stream-ended');
    again.close();

    expect(resumed.at(-1)).toEqual(read.at(-1));
  });

  test('that opened the feed opens nothing else, and starts nothing', async () => {
    const ticket = await server.ticket({ user });
    (await server.open(`${routes.feed}?ticket=${ticket}`, { user: null })).close();
    const asked = server.provider.requests.length;
    const streamId = await server.start({ message: 'x' }, { user });

    const answers = [
      await server.send(`${routes.streamSse}?ticket=${ticket}&message=x&sessionId=a`, { user: null }),
      await server.send(`${routes.streamById(streamId)}?ticket=${ticket}`, { user: null }),
    ];

    expect(answers.map(({ status }) => status)).toEqual([401, 401]);
    expect(server.provider.requests).toHaveLength(asked + 1);
    expect((await server.send(routes.sessions, { user })).body).toEqual({ sessions: [] });
  });

  test('that opened a stream does not open the feed', async () => {
    const ticket = await server.ticket({ user });
    await server.send(`${routes.streamSse}?ticket=${ticket}&message=x`, { user: null });

    expect((await server.send(`${routes.feed}?ticket=${ticket}`, { user: null })).status).toBe(401);
  });
});

test('a connection ends when it is too old, and when the server closes', async () => {
  const own = await startApp({ timings: { maxAgeMs: 30 } });
  const aged = await collect((await own.open(routes.feed)).messages);
  await own.close();
  const other = await startApp();
  const whole = collect((await other.open(routes.feed)).messages);

  await other.close();

  const onlyReady = [{ id: '0', data: { type: 'ready' } }];
  expect([aged, await whole]).toEqual([onlyReady, onlyReady]);
});
