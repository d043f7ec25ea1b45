// Guarantees across nodes: stops, one reply per conversation, one start per idempotency key, limits, tickets, the feed.
import { type FeedEvent, routes, type SessionResponse } from '@sillage/protocol';
import { collect, providerScripts } from '@sillage/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { contentOf, endOf, estimated, readUntil, type TestApp } from '../app.testing.ts';
import { startNodes, type TestNodes } from './nodes.testing.ts';

const { hangBeforeHeaders, hangAfterHeaders, stallAfter, reply } = providerScripts;
let nodes: TestNodes;
let one: TestApp;
let other: TestApp;
let user: string;
let count = 0;

beforeAll(async () => {
  nodes = await startNodes({ settings: { max_streams_per_user: '3', starts_per_minute: '12' } });
  ({ one, other } = nodes);
});
beforeEach(() => {
  user = `user-${++count}`;
  for (const { provider } of [one, other]) provider.respond(reply(['Hello']));
});
afterAll(() => nodes?.close());

const stop = (node: TestApp, streamId: string) => node.send(routes.stop(streamId), { user, method: 'POST' });
const turnsOf = async (node: TestApp, sessionId: string) =>
  (await node.session(sessionId, { user })).messages.map(({ content, finishReason }) => [content, finishReason]);

describe('a stop on another node', () => {
  test.each([
    ['before the provider’s headers', hangBeforeHeaders(), ''],
    ['before its first token', hangAfterHeaders(), ''],
    ['mid-stream', stallAfter(['Hello']), 'Hello'],
  ])('closes the connection to the provider %s, within a second', async (_, script, content) => {
    one.provider.respond(script);
    const asked = one.provider.requests.length;
    const startedAt = Date.now();
    const response = await one.open(routes.stream, { user, body: { message: 'x' } });
    const streamId = String(response.headers['stream-id']);
    const request = await one.provider.received(asked + 1);
    const first = content === '' ? [] : await readUntil(response, content);

    const at = Date.now();
    const startTookMs = at - startedAt; // a few hundredths of a second, except on a busy machine
    const { status, body } = await stop(other, streamId);
    const closed = await request.closed;
    const messages = [...first, ...(await collect(response.messages))];

    expect({ status, body }).toEqual({ status: 200, body: { streamId, finishReason: 'stopped' } });
    expect(closed.at - at).toBeLessThan(1_000 + 10 * startTookMs);
    expect(contentOf(messages)).toBe(content);
    expect(endOf(messages)).toEqual({ done: true, finishReason: 'stopped', usage: estimated });
  });

  test('responds with the end of the stream if that came first', async () => {
    const streamId = await one.start({ message: 'x' }, { user });
    await one.read(streamId, { user });

    expect((await stop(other, streamId)).body).toEqual({ streamId, finishReason: 'stop' });
  });
});

test('a stop gets its response while Redis is unreachable, although the text waits for Redis', async () => {
  one.provider.respond(reply(Array(2_000).fill('word '), { throttleMs: 1 }));
  const response = await one.open(routes.stream, { user, body: { message: 'x' } });
  const streamId = String(response.headers['stream-id']);
  await readUntil(response, 'word');

  await nodes.redis.kill();
  const stopped = await stop(one, streamId);
  const end = endOf(await collect(response.messages));
  await nodes.redis.restart();

  expect(stopped).toMatchObject({ status: 200, body: { streamId, finishReason: 'stopped' } });
  expect(end).toEqual({ done: true, finishReason: 'stopped', usage: estimated });
});

describe('a conversation', () => {
  test('with a reply under way on another node: a start stops that reply, and has its text in its context', async () => {
    one.provider.respond(stallAfter(['Half a']));
    const first = await one.open(routes.stream, { user, body: { message: 'One', sessionId: 's' } });
    const read = await readUntil(first, 'Half a');
    const asked = other.provider.requests.length;

    await other.send(routes.stream, { user, body: { message: 'Two', sessionId: 's' } });
    read.push(...(await collect(first.messages)));

    expect(endOf(read)).toEqual({ done: true, finishReason: 'stopped', usage: estimated });
    expect(await turnsOf(one, 's')).toEqual([
      ['One', undefined],
      ['Half a', 'stopped'],
      ['Two', undefined],
      ['Hello', 'stop'],
    ]);
    expect(other.provider.requests[asked]?.body).toMatchObject({ messages: [{}, { content: 'Half a' }, {}] });
  });

  test('has one reply under way, however many concurrent starts there are', async () => {
    for (const { provider } of [one, other]) provider.respond(stallAfter(['Half']));
    const say = (node: TestApp, message: string) => node.start({ message, sessionId: 's' }, { user });

    const started = await Promise.all([1, 2, 3, 4].flatMap((i) => [say(one, `one ${i}`), say(other, `other ${i}`)]));
    const { messages, activeStreamId } = await one.session('s', { user });

    const open = messages.filter(({ role, finishReason }) => role === 'assistant' && finishReason === undefined);
    expect(open.map(({ streamId }) => streamId)).toEqual([activeStreamId]);
    expect(started).toContain(activeStreamId);
    expect(new Set(started).size).toBe(8);
    // One after another: each message follows the reply that it stopped.
    expect(new Set(messages.map(({ parentId }) => parentId)).size).toBe(messages.length);
    await stop(one, String(activeStreamId));
  });

  test('that is deleted on another node is deleted with its reply under way', async () => {
    one.provider.respond(stallAfter(['Half']));
    const response = await one.open(routes.stream, { user, body: { message: 'One', sessionId: 's' } });
    await readUntil(response, 'Half');

    const { status } = await other.send(routes.session('s'), { user, method: 'DELETE' });

    expect(status).toBe(204);
    expect(endOf(await collect(response.messages))).toEqual({ done: true, finishReason: 'stopped', usage: estimated });
    const found = [one, other].map((node) => node.send(routes.session('s'), { user }));
    expect((await Promise.all(found)).map((answer) => answer.status)).toEqual([404, 404]);
  });

  test('that is deleted during a start does not exist, or has that start only', async () => {
    for (const { provider } of [one, other]) provider.respond(stallAfter(['Half']));
    for (const sessionId of ['a', 'b', 'c', 'd', 'e']) {
      await one.start({ message: 'First', sessionId }, { user });

      const [streamId] = await Promise.all([
        one.start({ message: 'Second', sessionId }, { user }),
        other.send(routes.session(sessionId), { user, method: 'DELETE' }),
      ]);

      const { status, body } = await other.send(routes.session(sessionId), { user });
      const { messages = [], activeStreamId } = body as Partial<SessionResponse>;
      const expected = status === 404 ? [[], undefined] : [['Second', ''], streamId];
      expect([messages.map(({ content }) => content), activeStreamId]).toEqual(expected);
      if (status === 404) expect((await one.send(routes.streamById(streamId), { user })).status).toBe(404);
      await one.send(routes.session(sessionId), { user, method: 'DELETE' });
    }
  });
});

describe('limits', () => {
  test('of concurrent replies hold for any number of concurrent starts', async () => {
    for (const { provider } of [one, other]) provider.respond(stallAfter(['Half']));
    const users = Array.from({ length: 10 }, (_, index) => `${user}-${index}`);
    const start = (node: TestApp, as: string) => node.send(routes.streams, { user: as, body: { message: 'x' } });

    for (const as of users) {
      const answers = await Promise.all([1, 2, 3].flatMap(() => [start(one, as), start(other, as)]));

      expect(answers.map(({ status }) => status).sort()).toEqual([201, 201, 201, 429, 429, 429]);
      const { body } = answers.find(({ status }) => status === 429) ?? {};
      expect(body).toMatchObject({ code: 'rate-limited', error: expect.stringContaining('3 active replies') });
      await one.send(routes.sessions, { user: as, method: 'DELETE' });
    }
  });

  test('of starts per minute hold, with Retry-After', async () => {
    const start = (node: TestApp, i: number) =>
      node.send(routes.stream, { user, body: { message: 'x', sessionId: `${i}` } });

    const statuses = [];
    for (let i = 0; i < 14; i++) statuses.push((await start(i % 2 === 0 ? one : other, i)).status);
    const refused = await start(one, 15);

    expect(statuses).toEqual([...Array(12).fill(200), 429, 429]);
    expect(refused.body).toMatchObject({ code: 'rate-limited' });
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(30);
    expect(Number(refused.headers['retry-after'])).toBeLessThanOrEqual(60);
  });
});

test('concurrent starts with the same key on any nodes are one start, which does not stop itself', async () => {
  for (let round = 0; round < 20; round++) {
    const as = `${user}-${round}`;
    const start = (node: TestApp) =>
      node.start({ message: 'x', sessionId: 's' }, { user: as, headers: { 'idempotency-key': 'key' } });

    const started = await Promise.all([one, other, one, other, one, other].map(start));
    await one.read(String(started[0]), { user: as });

    expect(new Set(started).size).toBe(1);
    const { messages } = await other.session('s', { user: as });
    expect(messages.map(({ content, finishReason }) => [content, finishReason])).toEqual([
      ['x', undefined],
      ['Hello', 'stop'],
    ]);
  }
});

test('the same key for another request is rejected on another node too', async () => {
  const asked = (message: string) => ({ user, body: { message }, headers: { 'idempotency-key': 'key' } });
  await one.send(routes.streams, asked('x'));

  expect((await other.send(routes.streams, asked('y'))).status).toBe(409);
});

test('a ticket that one node issued opens one stream on another node, and the same stream on the first node', async () => {
  const ticket = await one.ticket({ user });
  const read = async (node: TestApp) => {
    const { messages } = await node.open(`${routes.streamSse}?message=x&ticket=${ticket}`, { user: null });
    return collect(messages);
  };

  const [first, second] = [await read(other), await read(one)];

  expect(contentOf(first)).toBe('Hello');
  expect(second.at(-1)?.id).toBe(first.at(-1)?.id);
});

test('the feed reports changes of another node at once', async () => {
  const feed = await one.open(routes.feed, { user });
  const told = async (type: FeedEvent['type']) => {
    for (;;) {
      const { value, done } = await feed.messages.next();
      if (done) throw new Error(`Ended before ${type}`);
      if ((value.data as FeedEvent | undefined)?.type === type) return value.data as FeedEvent;
    }
  };

  const streamId = await other.start({ message: 'x', sessionId: 's' }, { user });
  const ended = await told('stream-ended');
  await other.send(routes.session('s'), { user, method: 'PATCH', body: { title: 'Mine' } });
  const changed = await told('session-changed');
  await other.send(routes.session('s'), { user, method: 'DELETE' });
  const deleted = await told('session-deleted');
  feed.close();

  expect(ended).toEqual({ type: 'stream-ended', sessionId: 's', streamId });
  expect([changed.sessionId, deleted.sessionId]).toEqual(['s', 's']);
});
