// Starting over HTTP: the exact bytes of the response, and their timing.
import { failureMessages, routes } from '@sillage/protocol';
import { collect, providerScripts } from '@sillage/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { contentOf, endOf, gatedReply, readUntil, startApp, type TestApp } from '../app.testing.ts';

const { reply, status, hangBeforeHeaders, hangAfterHeaders } = providerScripts;
let server: TestApp;

beforeAll(async () => {
  server = await startApp({ timings: { heartbeatMs: 40, stallMs: 1_500 } });
});
afterAll(() => server.close());

/** Reads raw bytes until `text` is among them, or the end. */
async function rawUntil(body: ReadableStream<Uint8Array> | null, text: string): Promise<string> {
  const decoder = new TextDecoder();
  let read = '';
  for await (const bytes of body?.values({ preventCancel: true }) ?? []) {
    read += decoder.decode(bytes, { stream: true });
    if (read.includes(text)) return read;
  }
  return read;
}

async function post(path: string, body: unknown): Promise<Response> {
  const headers = { authorization: `Bearer ${await server.token()}`, 'content-type': 'application/json' };
  return fetch(`${server.url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
}

describe('POST /stream', () => {
  test('sends exactly the bytes of the protocol, each event as soon as it is stored', async () => {
    const [one, two] = [gatedReply(['Hello'], [' world']), gatedReply([], [])];
    server.provider.respond(async (request, response) => {
      await two.opened;
      await one.script(request, response);
    });

    const response = await post(routes.stream, { message: 'Hi', history: [] });
    const id = response.headers.get('stream-id');
    const read = [await rawUntil(response.body, 'false}\n\n')];
    two.open();
    read.push(await rawUntil(response.body, '"Hello","done":false}\n\n'));
    one.open();
    read.push(await rawUntil(response.body, 'never'));

    const withoutCounts = (text: string) => text.replaceAll(': heartbeat\n', '').replace(/Tokens":\d+/g, 'Tokens":0');
    expect(read.map(withoutCounts)).toEqual([
      `id: ${id}/0\ndata: {"content":"","done":false}\n\n`,
      `id: ${id}/5\ndata: {"content":"Hello","done":false}\n\n`,
      `id: ${id}/11\ndata: {"content":" world","done":false}\n\n` +
        `id: ${id}/12\ndata: {"done":true,"finishReason":"stop","usage":{"promptTokens":0,"completionTokens":0,"estimated":true}}\n\n`,
    ]);
  });

  test('sends stored text as one event, and the usage with the end', async () => {
    server.provider.respond(reply(['Hello', ' world']));
    const streamId = await server.start({ message: 'Hi' });
    await server.read(streamId);

    const { text } = await server.send(routes.streamById(streamId));

    expect(text).toBe(
      `id: ${streamId}/0\ndata: {"content":"","done":false}\n\n` +
        `id: ${streamId}/11\ndata: {"content":"Hello world","done":false}\n\n` +
        `id: ${streamId}/12\ndata: {"done":true,"finishReason":"stop","usage":{"promptTokens":9,"completionTokens":2}}\n\n`,
    );
  });

  test('sends the headers of the protocol', async () => {
    server.provider.respond(reply(['Hello']));

    const { status, headers } = await server.send(routes.stream, { body: { message: 'Hi' } });

    expect(status).toBe(200);
    expect(headers).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-cache, no-transform',
      'x-accel-buffering': 'no',
      'x-content-type-options': 'nosniff',
      'stream-id': expect.stringMatching(/^[0-9A-Z]{26}$/),
    });
  });

  test('sends headers, the first id and heartbeats before the provider has responded', async () => {
    server.provider.respond(hangBeforeHeaders());

    const response = await post(routes.stream, { message: 'Hi' });
    const read = await rawUntil(response.body, 'heartbeat\n: heartbeat\n');

    expect(read).toMatch(/^id: [0-9A-Z]{26}\/0\ndata: {"content":"","done":false}\n\n(: heartbeat\n)+$/);
  });

  test('gives each event the offset after its text in UTF-16 units', async () => {
    server.provider.respond(reply(['a👩‍👩‍👧é', '\r\n\n', 'data: x'], { throttleMs: 30 }));

    const messages = await collect((await server.open(routes.stream, { body: { message: 'Hi' } })).messages);

    expect(contentOf(messages)).toBe('a👩‍👩‍👧é\r\n\ndata: x');
    let offset = 0;
    for (const { id, data } of messages.filter(({ id }) => id !== undefined)) {
      const { content, done } = data as { content?: string; done: boolean };
      offset += done ? 1 : (content ?? '').length;
      expect(id?.split('/')[1]).toBe(`${offset}`);
    }
    expect(offset).toBe('a👩‍👩‍👧é\r\n\ndata: x'.length + 1);
  });

  test('sends the document’s completion request to the model', async () => {
    const asked = server.provider.requests.length;
    server.provider.respond(reply(['Hello']));
    const history = [
      { role: 'user', content: 'Previous message' },
      { role: 'assistant', content: 'Previous response' },
    ];
    const ids = { workspaceId: 'workspace-123', projectId: 'project-123', currentOrganizationId: 'org-123' };

    await server.send(routes.stream, {
      body: { message: 'Hello, AI!', history, sessionId: 'session-123', ...ids, temperature: 0.5, maxTokens: 7 },
    });

    expect(server.provider.requests[asked]?.body).toMatchObject({
      model: 'gpt-3.5-turbo',
      messages: [...history, { role: 'user', content: 'Hello, AI!' }],
      temperature: 0.5,
      max_tokens: 7,
      stream: true,
    });
  });
});

describe('a failure of the provider', () => {
  const secretWords = { error: { message: 'Incorrect API key provided: sk-abc', type: 'x', code: 'invalid_api_key' } };
  const cases = [
    ['provider-auth', status(401, secretWords)],
    ['provider-refused', status(404, secretWords)],
    ['provider-rate-limited', status(429, secretWords, { 'x-should-retry': 'false' })],
    ['provider-unavailable', status(500, 'broken', { 'x-should-retry': 'false' })],
    ['provider-bad-response', status(200, { choices: [] })],
    ['context-too-long', status(400, { error: { message: 'too long', code: 'context_length_exceeded' } })],
    ['prompt-refused', status(400, { error: { message: 'no', code: 'content_filter' } })],
    ['provider-timeout', hangAfterHeaders()],
  ] as const;

  test.each(cases)('is an end frame with the code %s, and never a status', async (code, script) => {
    server.provider.respond(script);

    const response = await server.open(routes.stream, { body: { message: 'Hi' } });
    const messages = await collect(response.messages);

    expect(response.status).toBe(200);
    expect(endOf(messages)).toMatchObject({ error: failureMessages[code], code, done: true, finishReason: 'error' });
    expect(JSON.stringify(messages)).not.toContain('sk-abc');
  });

  test('keeps the received text', async () => {
    server.provider.respond(providerScripts.resetAfter(['Hello', ' wor']));

    const messages = await collect((await server.open(routes.stream, { body: { message: 'Hi' } })).messages);

    expect(contentOf(messages)).toBe('Hello wor');
    expect(endOf(messages)).toMatchObject({ code: 'provider-unavailable', done: true });
  });
});

describe('POST /streams', () => {
  test('responds with 201 and the id only, and the reply continues without a reader', async () => {
    const { script, open } = gatedReply(['Hello'], [' world']);
    server.provider.respond(script);

    const { status, body, headers } = await server.send(routes.streams, { body: { message: 'Hi' } });
    open();
    const { streamId } = body as { streamId: string };

    expect(status).toBe(201);
    expect(body).toEqual({ streamId: expect.stringMatching(/^[0-9A-Z]{26}$/) });
    expect(headers['content-type']).toContain('application/json');
    expect(contentOf(await server.read(streamId))).toBe('Hello world');
  });
});

describe('a reply that is too long', () => {
  test('ends with finish reason length, and is never cut within a surrogate pair', async () => {
    const small = await startApp({ settings: { ai_max_reply: '6' } });
    small.provider.respond(reply(['Hello', '👍👍', 'never']));

    const messages = await collect((await small.open(routes.stream, { body: { message: 'Hi' } })).messages);
    await small.close();

    expect(contentOf(messages)).toBe('Hello');
    expect(endOf(messages)).toMatchObject({ done: true, finishReason: 'length' });
  });
});

describe('a reader that leaves', () => {
  test('does not end the generation', async () => {
    const { script, open } = gatedReply(['Hello'], [' world']);
    server.provider.respond(script);
    const response = await server.open(routes.stream, { body: { message: 'Hi' } });
    await readUntil(response, 'Hello');

    response.close();
    open();

    const messages = await server.read(String(response.headers['stream-id']));
    expect(contentOf(messages)).toBe('Hello world');
    expect(endOf(messages)).toMatchObject({ finishReason: 'stop' });
  });
});
