// A stop, a new message, a ticket and a deletion on one node take effect on all nodes, and the feed reports them.
import { type FeedEvent, headers as names, routes, type TicketResponse } from '@sillage/protocol';
import {
  collect,
  openSse,
  type ProviderScript,
  providerScripts,
  type ReceivedRequest,
  type SseMessage,
  type SseResponse,
  startCluster,
} from '@sillage/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { PlainReader, stoppedEnd } from '../faults/fixture/fixture.ts';
import { type Stopwatch, startStopwatch } from '../faults/fixture/stopwatch.ts';
import { type ClusterFixture, type Node, openClusterFixture, signIn, type User } from './support.ts';

const { hangAfterHeaders, hangBeforeHeaders, reply, stallAfter } = providerScripts;

let fixture: ClusterFixture;
let user: User;
let users = 0;
beforeAll(async () => {
  fixture = await openClusterFixture(startCluster);
});
beforeEach(async () => {
  user = await signIn(fixture, `user ${++users}`);
});
afterAll(() => fixture[Symbol.asyncDispose]());

/** Starts a reply that the model sends by `script`; resolves when the provider has received the request. */
async function startReply(script: ProviderScript, { node = fixture.nodes[0], sessionId = 'one' } = {}) {
  fixture.provider.respond(script);
  const received = fixture.provider.received(fixture.provider.requests.length + 1);
  const streamId = await user.start(node, { message: 'Hi', sessionId });
  return { streamId, request: await received };
}

async function expectClosedInTime({ closed }: ReceivedRequest, stopwatch: Stopwatch): Promise<void> {
  await stopwatch.expectWithin(1_000, (await closed).at);
}

describe.each([
  ["before the provider's headers", hangBeforeHeaders(), ''],
  ['before its first token', hangAfterHeaders(), ''],
  ['mid-stream', stallAfter(['Hel', 'lo']), 'Hello'],
])('a stop on another node %s', (_, script, text) => {
  test('closes the connection to the provider within a second, and all nodes return the same result', async () => {
    const [here, there] = fixture.nodes;
    const { streamId, request } = await startReply(script);
    const reader = new PlainReader({ headers: user.headers, streamId });
    const read = fixture.follow(reader, [there]);
    if (text !== '') await expect.poll(() => reader.text).toBe(text);

    const stopwatch = startStopwatch(fixture.nodes[0].url);
    const response = await user.stop(there, streamId);

    await expectClosedInTime(request, stopwatch);
    await read;
    expect(response).toEqual({ streamId, finishReason: 'stopped' });
    expect([reader.text, reader.end]).toEqual([text, stoppedEnd]);
    for (const node of fixture.nodes) expect(await user.stop(node, streamId)).toEqual(response);
    expect((await user.session(here, 'one')).messages).toMatchObject([{}, { content: text, finishReason: 'stopped' }]);
  });
});

test('a new message in a conversation stops its running reply on another node', async () => {
  const [here, there] = fixture.nodes;
  const first = await startReply(stallAfter(['First']));

  const stopwatch = startStopwatch(fixture.nodes[0].url);
  const second = await startReply(reply(['Second']), { node: there });

  await expectClosedInTime(first.request, stopwatch);
  expect((await user.read(here, first.streamId)).end).toEqual(stoppedEnd);
  expect((await user.read(here, second.streamId)).text).toBe('Second');
  const { messages } = await user.session(here, 'one');
  expect(messages.map(({ finishReason }) => finishReason)).toEqual([undefined, 'stopped', undefined, 'stop']);
});

test('a reply started on one node appears in the feed of another, and a feed resumes on a third', async () => {
  const [here, there, elsewhere] = fixture.nodes;
  const follow = async (node: Node, after?: string) => {
    const behind = after === undefined ? {} : { [names.lastEventId]: after };
    return (await openSse(node.url + routes.feed, { headers: { ...user.headers, ...behind } })).messages;
  };
  const feed = await follow(there);
  const first = await startReply(stallAfter(['Hello']));
  const started = await readUntil(feed, 'stream-started');
  await user.stop(here, first.streamId);
  const ended = await readUntil(feed, 'stream-ended');
  const second = await startReply(reply(['Hello']), { sessionId: 'two' });
  const more = await readUntil(await follow(elsewhere, ended.at(-1)?.id), 'stream-ended');

  const ofFirst = { sessionId: 'one', streamId: first.streamId };
  expect(started.map(({ data }) => data)).toEqual([{ type: 'stream-started', ...ofFirst }]);
  expect(ended.map(({ data }) => data)).toEqual([{ type: 'stream-ended', ...ofFirst }]);
  expect(more.at(-1)?.data).toEqual({ type: 'stream-ended', sessionId: 'two', streamId: second.streamId });
  expect(more.filter(({ data }) => (data as FeedEvent).sessionId === 'one')).toEqual([]);
  await feed.return();
});

/** Reads until an event of this type. A lost notification is repaired by the next heartbeat, which is too late. */
async function readUntil(feed: SseResponse['messages'], type: FeedEvent['type']): Promise<SseMessage[]> {
  const events: SseMessage[] = [];
  for (;;) {
    const { value } = await feed.next();
    if (value === undefined || value.comment !== undefined) throw new Error(`No ${type} before a heartbeat or the end`);
    const event = value.data as FeedEvent;
    if (event.sessionId !== undefined) events.push(value); // and not the first block
    if (event.type === type) return events;
  }
}

test('a ticket issued by one node opens its stream on every node, and no other stream', async () => {
  const [here, ...others] = fixture.nodes;
  const { streamId } = await startReply(reply(['Hello']));
  const other = await startReply(reply(['Other']), { sessionId: 'two' });
  const ticket = await issueTicket(here);
  const open = (node: typeof here, id: string) => openSse(`${node.url}${routes.streamById(id)}?ticket=${ticket}`);

  for (const node of others) {
    const { messages } = await open(node, streamId);
    expect((await collect(messages)).at(-1)?.data).toMatchObject({ finishReason: 'stop' });
  }
  for (const node of fixture.nodes) expect((await open(node, other.streamId)).status).toBe(401);
});

test('a ticket used on every node concurrently starts one reply', async () => {
  fixture.provider.respond(reply(['Hello']));
  const before = fixture.provider.requests.length;
  const query = new URLSearchParams({ message: 'Hi', ticket: await issueTicket(fixture.nodes[0]) });

  const opened = await Promise.all(fixture.nodes.map((node) => openSse(`${node.url}${routes.streamSse}?${query}`)));
  await Promise.all(opened.map(({ messages }) => collect(messages)));

  expect(new Set(opened.map(({ headers }) => headers['stream-id'])).size).toBe(1);
  expect(fixture.provider.requests.length - before).toBe(1);
});

async function issueTicket(node: Node): Promise<string> {
  const { ticket }: TicketResponse = await (await user.post(node, routes.ticket)).json();
  return ticket;
}

test.each([
  ['a conversation', routes.session('one')],
  ['all conversations', routes.sessions],
])('%s deleted on one node, while a reply runs on another, is deleted on all nodes', async (_, path) => {
  const [, there] = fixture.nodes;
  const { streamId, request } = await startReply(stallAfter(['Hello']));
  const reader = new PlainReader({ headers: user.headers, streamId });
  const read = fixture.follow(reader, [fixture.nodes[2]]);
  await expect.poll(() => reader.text).toBe('Hello');

  const stopwatch = startStopwatch(fixture.nodes[0].url);
  const { status } = await fetch(there.url + path, { method: 'DELETE', headers: user.headers });

  await expectClosedInTime(request, stopwatch);
  await read;
  expect([status, reader.end?.finishReason]).toEqual([204, 'stopped']);
  for (const { url } of fixture.nodes) {
    const paths = [routes.session('one'), routes.streamById(streamId)];
    const responses = await Promise.all(paths.map((route) => fetch(url + route, { headers: user.headers })));
    expect(responses.map(({ status }) => status)).toEqual([404, 404]);
  }
  const storedMessages = () => fixture.rows(`select * from messages where stream_id = '${streamId}'`);
  await expect.poll(storedMessages).toEqual([]); // hidden at once, deleted in the background
  const expiresInMs = async () => Number(await fixture.redis.command('pttl', `sillage:{${streamId}}:text`));
  await expect.poll(expiresInMs).toBeLessThanOrEqual(10_000); // kept briefly for current readers
});
