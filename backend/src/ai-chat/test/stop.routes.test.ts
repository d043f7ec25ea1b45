// Stopping over HTTP: in every state of a reply and repeatedly, and starts that stop the previous reply.
import { routes } from '@sillage/protocol';
import { collect, providerScripts } from '@sillage/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { contentOf, endOf, estimated, gatedReply, readUntil, startApp, type TestApp } from './app.testing.ts';

const { hangBeforeHeaders, hangAfterHeaders, stallAfter, reply } = providerScripts;
let server: TestApp;

beforeAll(async () => {
  server = await startApp();
});
afterAll(() => server.close());

function stop(streamId: string) {
  return server.send(routes.stop(streamId), { method: 'POST' });
}

describe('POST /streams/:id/stop', () => {
  test.each([
    ['before the provider’s headers', hangBeforeHeaders(), ''],
    ['before its first token', hangAfterHeaders(), ''],
    ['mid-stream', stallAfter(['Hello']), 'Hello'],
  ])('closes the connection to the provider %s, within a second', async (_, script, content) => {
    server.provider.respond(script);
    const asked = server.provider.requests.length;
    const startedAt = Date.now();
    const response = await server.open(routes.stream, { body: { message: 'x' } });
    const streamId = String(response.headers['stream-id']);
    const request = await server.provider.received(asked + 1);
    const first = content === '' ? [] : await readUntil(response, content);

    const at = Date.now();
    const startTookMs = at - startedAt; // a few hundredths of a second, except on a busy machine
    const { status, body } = await stop(streamId);
    const closed = await request.closed;
    const messages = [...first, ...(await collect(response.messages))];

    expect(status).toBe(200);
    expect(body).toEqual({ streamId, finishReason: 'stopped' });
    expect(closed.at - at).toBeLessThan(1_000 + 10 * startTookMs);
    expect(contentOf(messages)).toBe(content);
    expect(endOf(messages)).toEqual({ done: true, finishReason: 'stopped', usage: estimated });
  });

  test('is idempotent, also for concurrent requests', async () => {
    server.provider.respond(stallAfter(['Hello']));
    const streamId = await server.start({ message: 'x' });

    const answers = [...(await Promise.all([stop(streamId), stop(streamId)])), await stop(streamId)];

    expect(answers.map(({ status, body }) => ({ status, body }))).toEqual(
      Array(3).fill({ status: 200, body: { streamId, finishReason: 'stopped' } }),
    );
  });

  test('returns the end of an ended stream, and changes nothing', async () => {
    server.provider.respond(reply(['Hello']));
    const streamId = await server.start({ message: 'x' });
    await server.read(streamId);

    const { status, body } = await stop(streamId);

    expect({ status, body }).toEqual({ status: 200, body: { streamId, finishReason: 'stop' } });
    expect(endOf(await server.read(streamId))).toMatchObject({ finishReason: 'stop' });
  });

  test('sends the end to every reader', async () => {
    server.provider.respond(stallAfter(['Hello']));
    const streamId = await server.start({ message: 'x' });
    const open = () => server.open(routes.streamById(streamId));
    const readers = await Promise.all([open(), open(), open()]);

    await stop(streamId);

    for (const reader of readers) {
      expect(endOf(await collect(reader.messages))).toEqual({ done: true, finishReason: 'stopped', usage: estimated });
    }
  });
});

describe('a start in a conversation with an active reply', () => {
  test('stops that reply, keeps its text, and makes it part of the context', async () => {
    server.provider.respond(stallAfter(['Half a']));
    const first = await server.open(routes.stream, { body: { message: 'One', sessionId: 's1' } });
    const read = await readUntil(first, 'Half a');
    server.provider.respond(reply(['Whole']));
    const asked = server.provider.requests.length;

    await server.send(routes.stream, { body: { message: 'Two', sessionId: 's1' } });
    read.push(...(await collect(first.messages)));
    const { messages, activeStreamId } = await server.session('s1');

    expect(endOf(read)).toEqual({ done: true, finishReason: 'stopped', usage: estimated });
    expect(activeStreamId).toBeUndefined();
    expect(messages.map(({ content, finishReason }) => [content, finishReason])).toEqual([
      ['One', undefined],
      ['Half a', 'stopped'],
      ['Two', undefined],
      ['Whole', 'stop'],
    ]);
    expect(server.provider.requests[asked]?.body).toMatchObject({
      messages: [
        { role: 'user', content: 'One' },
        { role: 'assistant', content: 'Half a' },
        { role: 'user', content: 'Two' },
      ],
    });
  });

  test('stops nothing if it fails', async () => {
    server.provider.respond(stallAfter(['Half a']));
    const streamId = await server.start({ message: 'One', sessionId: 's2' });

    const { status } = await server.send(routes.streams, { body: { message: 'x', sessionId: 's2', parentId: 'none' } });

    expect(status).toBe(400);
    expect((await server.session('s2')).activeStreamId).toBe(streamId);
  });

  test('does not affect other conversations', async () => {
    const { script, open } = gatedReply(['Hello'], [' world']);
    server.provider.respond(script);
    const streamId = await server.start({ message: 'One', sessionId: 's3' });

    await server.start({ message: 'Two', sessionId: 's4' });
    await server.start({ message: 'Two', sessionId: 's3' }, { user: 'bob' });
    open();

    expect(contentOf(await server.read(streamId))).toBe('Hello world');
  });
});
