// Repeated starts with one idempotency key over HTTP: concurrent, later, and on another route.
import { routes } from '@sillage/protocol';
import { providerScripts } from '@sillage/testing';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { contentOf, gatedReply, startApp, type TestApp } from '../app.testing.ts';

let server: TestApp;
let asked: number;

beforeAll(async () => {
  server = await startApp();
});
beforeEach(() => {
  server.provider.respond(providerScripts.reply(['Hello', ' world']));
  asked = server.provider.requests.length;
});
afterAll(() => server.close());

const body = { message: 'Hi', history: [{ role: 'user', content: 'x' }], sessionId: 's' };

function keyed(key: string) {
  return { headers: { 'idempotency-key': key } };
}

test('two concurrent starts send one completion request and read the same stream', async () => {
  const answers = await Promise.all(
    Array.from({ length: 5 }, () => server.send(routes.stream, { ...keyed('a'), body })),
  );

  expect(new Set(answers.map(({ headers }) => headers['stream-id'])).size).toBe(1);
  for (const { status, text } of answers) {
    expect(status).toBe(200);
    expect(text).toContain('"done":true');
  }
  expect(server.provider.requests).toHaveLength(asked + 1);
  expect((await server.session('s')).messages).toHaveLength(2);
});

test('a repeated start does not stop its active reply as a new message would', async () => {
  const { script, open } = gatedReply(['Hello'], [' world']);
  server.provider.respond(script);
  const streamId = await server.start(body, keyed('b'));

  const twin = await server.start(body, keyed('b'));
  open();

  expect(twin).toBe(streamId);
  expect(contentOf(await server.read(streamId))).toBe('Hello world');
});

test('a repeated start after the end reads the whole reply again, on any route', async () => {
  const streamId = await server.start(body, keyed('c'));
  await server.read(streamId);

  const post = await server.send(routes.stream, { ...keyed('c'), body });
  const sse = await server.send(routes.streamSse, { ...keyed('c'), method: 'GET', body });

  expect(post.headers['stream-id']).toBe(streamId);
  expect(sse.headers['stream-id']).toBe(streamId);
  expect(post.text).toContain('Hello world');
  expect(server.provider.requests).toHaveLength(asked + 1);
});

test('the order of keys and unknown keys do not make a different request', async () => {
  const streamId = await server.start(body, keyed('d'));
  const { message, history, sessionId } = body;

  const twin = await server.start({ unknown: 1, sessionId, history, message }, keyed('d'));

  expect(twin).toBe(streamId);
});

test('a different request with the same key is 409 and has no effect', async () => {
  const streamId = await server.start(body, keyed('e'));
  await server.read(streamId);

  const { status, body: answer } = await server.send(routes.stream, {
    ...keyed('e'),
    body: { ...body, message: 'other' },
  });

  expect({ status, answer }).toEqual({ status: 409, answer: { error: expect.any(String), code: 'conflict' } });
  expect(server.provider.requests).toHaveLength(asked + 1);
});

test('another user’s key is another key', async () => {
  const mine = await server.start(body, keyed('f'));
  const theirs = await server.start({ message: 'other' }, { ...keyed('f'), user: 'bob' });

  expect(theirs).not.toBe(mine);
  expect((await server.send(routes.streamById(mine), { user: 'bob' })).status).toBe(404);
});

test('a failed start does not use its key', async () => {
  const refused = await server.send(routes.stream, { ...keyed('g'), body: { ...body, temperature: 9 } });
  const taken = await server.send(routes.stream, { ...keyed('g'), body });

  expect([refused.status, taken.status]).toEqual([400, 200]);
});

test('without a key, each start creates a stream', async () => {
  expect(await server.start({ message: 'Hi' })).not.toBe(await server.start({ message: 'Hi' }));
});
