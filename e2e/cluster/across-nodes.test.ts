// What a person does on one node holds on all: a stop, a new message, a ticket, a deletion; and the feed tells it.
import { type FeedEvent, headers as names, routes, type TicketAnswer } from '@sillage/protocol';
import {
  collect,
  openSse,
  type ProviderScript,
  providerAnswers,
  type ReceivedRequest,
  type SseMessage,
  type SseResponse,
  startCluster,
} from '@sillage/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { PlainReader } from '../faults/support.ts';
import { type Node, openStage, type Person, type Stage, signIn } from './support.ts';

const { hangAfterHeaders, hangBeforeHeaders, reply, stallAfter } = providerAnswers;
const hintedWithinMs = 5_000; // a heartbeat comes every 15 s

let stage: Stage;
let someone: Person;
let users = 0;
beforeAll(async () => {
  stage = await openStage(startCluster);
});
beforeEach(async () => {
  someone = await signIn(stage, `user ${++users}`);
});
afterAll(() => stage[Symbol.asyncDispose]());

/** Lets the model answer so, and starts a reply; resolves when the model was asked for it. */
async function startReply(script: ProviderScript, { node = stage.nodes[0], sessionId = 'one' } = {}) {
  stage.provider.answer(script);
  const asked = stage.provider.received(stage.provider.requests.length + 1);
  const streamId = await someone.start(node, { message: 'Hi', sessionId });
  return { streamId, request: await asked };
}

async function expectClosedInTime({ closed }: ReceivedRequest, pressedAt: number): Promise<void> {
  expect((await closed).at - pressedAt).toBeLessThan(1_000);
}

describe.each([
  ["before the provider's headers", hangBeforeHeaders(), ''],
  ['before its first token', hangAfterHeaders(), ''],
  ['mid-stream', stallAfter(['Hel', 'lo']), 'Hello'],
])('a stop on another node %s', (_, script, text) => {
  test('closes the connection to the provider within a second, and all nodes agree', async () => {
    const [here, there] = stage.nodes;
    const { streamId, request } = await startReply(script);
    const reader = new PlainReader({ headers: someone.headers, streamId });
    const read = stage.follow(reader, [there]);
    if (text !== '') await expect.poll(() => reader.text).toBe(text);

    const pressedAt = Date.now();
    const answer = await someone.stop(there, streamId);

    await expectClosedInTime(request, pressedAt);
    await read;
    expect(answer).toEqual({ streamId, finishReason: 'stopped' });
    expect([reader.text, reader.end]).toEqual([text, { done: true, finishReason: 'stopped' }]);
    for (const node of stage.nodes) expect(await someone.stop(node, streamId)).toEqual(answer);
    expect((await someone.session(here, 'one')).messages).toMatchObject([
      {},
      { content: text, finishReason: 'stopped' },
    ]);
  });
});

test('a message into a conversation whose reply is under way on another node stops that', async () => {
  const [here, there] = stage.nodes;
  const first = await startReply(stallAfter(['First']));

  const pressedAt = Date.now();
  const second = await startReply(reply(['Second']), { node: there });

  await expectClosedInTime(first.request, pressedAt);
  expect((await someone.read(here, first.streamId)).end).toEqual({ done: true, finishReason: 'stopped' });
  expect((await someone.read(here, second.streamId)).text).toBe('Second');
  const { messages } = await someone.session(here, 'one');
  expect(messages.map(({ finishReason }) => finishReason)).toEqual([undefined, 'stopped', undefined, 'stop']);
});

test('a reply that is started on one node shows on the feed of another, and a feed goes on on a third', async () => {
  const [here, there, elsewhere] = stage.nodes;
  const follow = async (node: Node, after?: string) => {
    const behind = after === undefined ? {} : { [names.lastEventId]: after };
    return (await openSse(node.url + routes.feed, { headers: { ...someone.headers, ...behind } })).messages;
  };
  const feed = await follow(there);
  const first = await startReply(stallAfter(['Hello']));
  const started = await untilTold(feed, 'stream-started');
  await someone.stop(here, first.streamId);
  const ended = await untilTold(feed, 'stream-ended');
  const second = await startReply(reply(['Hello']), { sessionId: 'two' });
  const more = await untilTold(await follow(elsewhere, ended.at(-1)?.id), 'stream-ended');

  const ofFirst = { sessionId: 'one', streamId: first.streamId };
  expect(started.map(({ data }) => data)).toEqual([{ type: 'stream-started', ...ofFirst }]);
  expect(ended.map(({ data }) => data)).toEqual([{ type: 'stream-ended', ...ofFirst }]);
  expect(more.at(-1)?.data).toEqual({ type: 'stream-ended', sessionId: 'two', streamId: second.streamId });
  expect(more.filter(({ data }) => (data as FeedEvent).sessionId === 'one')).toEqual([]);
  await feed.return();
});

/** Reads up to what is told so; a hint that is lost is made up for by a heartbeat, which is too late. */
async function untilTold(feed: SseResponse['messages'], type: FeedEvent['type']): Promise<SseMessage[]> {
  const told: SseMessage[] = [];
  for (const deadline = Date.now() + hintedWithinMs; Date.now() < deadline; ) {
    const { value } = await feed.next();
    if (value?.data !== undefined) told.push(value);
    if ((value?.data as FeedEvent | undefined)?.type === type) return told;
  }
  throw new Error(`No ${type} within ${hintedWithinMs} ms`);
}

test('a ticket that one node gave opens its stream on every node, and nothing else', async () => {
  const [here, ...others] = stage.nodes;
  const { streamId } = await startReply(reply(['Hello']));
  const other = await startReply(reply(['Other']), { sessionId: 'two' });
  const ticket = await issueTicket(here);
  const open = (node: typeof here, id: string) => openSse(`${node.url}${routes.streamById(id)}?ticket=${ticket}`);

  for (const node of others) {
    const { messages } = await open(node, streamId);
    expect((await collect(messages)).at(-1)?.data).toMatchObject({ finishReason: 'stop' });
  }
  for (const node of stage.nodes) expect((await open(node, other.streamId)).status).toBe(401);
});

test('a ticket that starts a reply on every node at the same moment starts one', async () => {
  stage.provider.answer(reply(['Hello']));
  const before = stage.provider.requests.length;
  const query = new URLSearchParams({ message: 'Hi', ticket: await issueTicket(stage.nodes[0]) });

  const opened = await Promise.all(stage.nodes.map((node) => openSse(`${node.url}${routes.streamSse}?${query}`)));
  await Promise.all(opened.map(({ messages }) => collect(messages)));

  expect(new Set(opened.map(({ headers }) => headers['stream-id'])).size).toBe(1);
  expect(stage.provider.requests.length - before).toBe(1);
});

async function issueTicket(node: Node): Promise<string> {
  const { ticket }: TicketAnswer = await (await someone.post(node, routes.ticket)).json();
  return ticket;
}

test.each([
  ['a conversation', routes.session('one')],
  ['all of them', routes.sessions],
])('%s deleted on one node, while a reply is under way on another, is gone everywhere', async (_, path) => {
  const [, there] = stage.nodes;
  const { streamId, request } = await startReply(stallAfter(['Hello']));
  const reader = new PlainReader({ headers: someone.headers, streamId });
  const read = stage.follow(reader, [stage.nodes[2]]);
  await expect.poll(() => reader.text).toBe('Hello');

  const pressedAt = Date.now();
  const { status } = await fetch(there.url + path, { method: 'DELETE', headers: someone.headers });

  await expectClosedInTime(request, pressedAt);
  await read;
  expect([status, reader.end?.finishReason]).toEqual([204, 'stopped']);
  for (const { url } of stage.nodes) {
    const asked = [routes.session('one'), routes.streamById(streamId)];
    const answers = await Promise.all(asked.map((route) => fetch(url + route, { headers: someone.headers })));
    expect(answers.map((answer) => answer.status)).toEqual([404, 404]);
  }
  expect(await stage.rows(`select * from messages where stream_id = '${streamId}'`)).toEqual([]);
  const keptMs = async () => Number(await stage.redis.command('pttl', `sillage:{${streamId}}:text`));
  await expect.poll(keptMs).toBeLessThanOrEqual(10_000); // for those who were reading
});
