// `GET /stream-sse` and tickets over HTTP: use with an EventSource, and the access that a ticket grants.
import { routes } from '@sillage/protocol';
import { collect, providerScripts } from '@sillage/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { contentOf, endOf, gatedReply, readUntil, startApp, type TestApp } from '../app.testing.ts';

let server: TestApp;

beforeAll(async () => {
  server = await startApp({ timings: { heartbeatMs: 40, ticketMs: 5_000 } });
});
beforeEach(() => server.provider.respond(providerScripts.reply(['Hello', ' world'])));
afterAll(() => server.close());

const noToken = { user: null };

function sse(query: Record<string, string>) {
  return `${routes.streamSse}?${new URLSearchParams(query)}`;
}

function seen(id: string, offset: number) {
  return { 'last-event-id': `${id}/${offset}` };
}

describe('GET /stream-sse', () => {
  test('starts the chat request of the query, with a JWT in the header', async () => {
    const asked = server.provider.requests.length;
    const history = [{ role: 'user', content: 'Previous message' }];
    const query = { message: 'Hi', history: JSON.stringify(history), temperature: '0.5', maxTokens: '7' };

    const response = await server.open(sse(query));
    const messages = (await collect(response.messages)).filter(({ data }) => data !== undefined);
    const id = String(response.headers['stream-id']);

    expect(response.status).toBe(200);
    expect(response.headers['content-type']).toContain('text/event-stream');
    expect(response.headers['x-content-type-options']).toBe('nosniff');
    expect(contentOf(messages)).toBe('Hello world');
    expect(messages.at(-1)).toEqual({
      id: `${id}/12`,
      data: { done: true, finishReason: 'stop', usage: { promptTokens: 9, completionTokens: 2 } },
    });
    expect(server.provider.requests[asked]?.body).toMatchObject({
      messages: [{ role: 'user', content: `${history[0]?.content}\n\nHi` }], // user messages in a row are joined
      temperature: 0.5,
      max_tokens: 7,
    });
  });

  test('starts the chat request of the body, if there is one', async () => {
    const response = await server.open(routes.streamSse, { method: 'GET', body: { message: 'Hi', history: [] } });

    expect(contentOf(await collect(response.messages))).toBe('Hello world');
  });

  test('sends the first id and heartbeats before the provider has responded', async () => {
    server.provider.respond(providerScripts.hangBeforeHeaders());
    const headers = { authorization: `Bearer ${await server.token()}` };

    const response = await fetch(`${server.url}${sse({ message: 'Hi' })}`, { headers });
    let read = '';
    for await (const bytes of response.body ?? []) {
      read += new TextDecoder().decode(bytes);
      if (read.includes(': heartbeat\n')) break;
    }

    // No empty line before the first block, which Nest would write, and none after a comment.
    const id = `${response.headers.get('stream-id')}/0`;
    expect(read).toMatch(new RegExp(`^id: ${id}\ndata: {"content":"","done":false}\n\n(: heartbeat\n)+$`));
  });

  test('resumes by Last-Event-ID instead of starting again, and responds with 204 once the end was received', async () => {
    const first = await server.open(sse({ message: 'Hi' }));
    await collect(first.messages);
    const id = String(first.headers['stream-id']);
    const asked = server.provider.requests.length;

    const resumed = await server.open(sse({ message: 'Hi' }), { headers: seen(id, 5) });
    const ended = await server.send(sse({ message: 'Hi' }), { headers: seen(id, 12) });

    expect(contentOf(await collect(resumed.messages))).toBe(' world');
    expect(resumed.headers['stream-id']).toBe(id);
    expect([ended.status, ended.text]).toEqual([204, '']);
    expect(server.provider.requests).toHaveLength(asked);
  });

  test.each([
    [{ message: 'x', history: '{' }, { history: 'must be JSON' }],
    [{ message: 'x', history: '[{"role":"system","content":""}]' }, { 'history.0.role': expect.any(String) }],
    [{ message: 'x', temperature: 'warm' }, { temperature: 'must be a number' }],
    [{ message: 'x', maxTokens: '1.5' }, { maxTokens: expect.any(String) }],
    [{ history: '[]' }, { message: 'is missing' }],
  ])('names each invalid field of the query: %j', async (query, fields) => {
    const { status, body } = await server.send(sse(query as Record<string, string>));

    expect({ status, body }).toEqual({ status: 400, body: { error: expect.any(String), code: 'bad-request', fields } });
  });

  test('takes the idempotency key from the query', async () => {
    const query = { message: 'Hi', idempotencyKey: 'in-the-query' };
    const asked = server.provider.requests.length;

    const answers = await Promise.all([server.send(sse(query)), server.send(sse(query))]);
    const conflict = await server.send(sse({ ...query, message: 'other' }));

    expect(answers[0].headers['stream-id']).toBe(answers[1].headers['stream-id']);
    expect(conflict).toMatchObject({ status: 409, body: { code: 'conflict' } });
    expect(server.provider.requests).toHaveLength(asked + 1);
  });

  test('sends a long reply byte for byte, in events of bounded length', async () => {
    const text = 'Zeile\r\n👍 '.repeat(40_000);
    server.provider.respond(providerScripts.reply([text]));

    const messages = await collect((await server.open(sse({ message: 'Hi' }))).messages);

    expect(contentOf(messages) === text).toBe(true);
    for (const { data } of messages) {
      expect((data as { content?: string } | undefined)?.content?.length ?? 0).toBeLessThanOrEqual(16_384);
    }
  });
});

describe('a ticket', () => {
  test('opens one stream without a header, and is the idempotency key of its start', async () => {
    const asked = server.provider.requests.length;
    const issued = await server.send(routes.ticket, { method: 'POST' });
    const { ticket, expiresAt } = issued.body as { ticket: string; expiresAt: string };

    const both = await Promise.all([
      server.send(sse({ message: 'Hi', ticket }), noToken),
      server.send(sse({ message: 'Hi', ticket }), noToken),
    ]);

    expect(issued.status).toBe(201);
    expect(issued.headers['cache-control']).toBe('no-store');
    expect(Date.parse(expiresAt)).toBeGreaterThan(Date.now());
    expect(both.map(({ status }) => status)).toEqual([200, 200]);
    expect(both[0].headers['stream-id']).toBe(both[1].headers['stream-id']);
    expect(server.provider.requests).toHaveLength(asked + 1);
  });

  test('resumes its stream when an EventSource reconnects, and is 204 once the end was received', async () => {
    const { script, open } = gatedReply(['Hello'], [' world']);
    server.provider.respond(script);
    const path = sse({ message: 'Hi', ticket: await server.ticket() });
    const first = await server.open(path, noToken);
    await readUntil(first, 'Hello');
    first.close();
    const id = String(first.headers['stream-id']);

    const again = await server.open(path, { ...noToken, headers: seen(id, 5) });
    open();
    const rest = await collect(again.messages);
    const ended = await server.send(path, { ...noToken, headers: seen(id, 12) });
    const fromStart = await server.send(path, noToken);

    expect(contentOf(rest)).toBe(' world');
    expect(endOf(rest)).toMatchObject({ finishReason: 'stop' });
    expect(ended.status).toBe(204);
    expect(fromStart.headers['stream-id']).toBe(id);
  });

  test('is 401 for another query, another stream’s Last-Event-ID and another route', async () => {
    const ticket = await server.ticket();
    const other = await server.start({ message: 'other' });
    const path = sse({ message: 'Hi', ticket });
    const { headers } = await server.send(path, noToken);
    const asked = server.provider.requests.length;

    const answers = [
      await server.send(sse({ message: 'Hello', ticket }), noToken),
      await server.send(sse({ message: 'Hi', sessionId: 's', ticket }), noToken),
      await server.send(path, { ...noToken, headers: seen(other, 1) }),
      await server.send(`${routes.streamById(other)}?ticket=${ticket}`, noToken),
      await server.send(`${routes.streamById(String(headers['stream-id']))}?ticket=${ticket}`, noToken),
    ];

    for (const { status, body } of answers) {
      expect({ status, body }).toEqual({ status: 401, body: { error: expect.any(String), code: 'unauthorized' } });
    }
    expect(server.provider.requests).toHaveLength(asked);
  });

  test('accepts one of two different concurrent starts', async () => {
    const ticket = await server.ticket();
    const asked = server.provider.requests.length;

    const answers = await Promise.all(['One', 'Two'].map((message) => server.send(sse({ message, ticket }), noToken)));

    expect(answers.map(({ status }) => status).sort()).toEqual([200, 401]);
    expect(server.provider.requests).toHaveLength(asked + 1);
  });

  test.each([
    ['the feed', () => routes.feed],
    ['another stream', routes.streamById],
  ])('starts nothing if %s uses it concurrently', async (_, pathOf) => {
    const slow = await startApp({ settings: { max_streams_per_user: '100' }, timings: { commitMs: 50 } });
    const other = await slow.start({ message: 'other' });
    const ticket = await slow.ticket();
    // Starts of one user wait for each other: the one by ticket is far from over when the other use comes.
    const waitedFor = Array.from({ length: 15 }, () => slow.start({ message: 'first' }));
    await Promise.race(waitedFor);

    const starting = slow.open(sse({ message: 'Hi', ticket }), noToken);
    const read = await slow.open(`${pathOf(other)}?ticket=${ticket}`, noToken);
    const started = await starting;
    const ids = await Promise.all(waitedFor);
    await Promise.all([other, ...ids].map((id) => slow.read(id)));
    if (started.status === 200) await collect(started.messages);
    read.close();
    const asked = slow.provider.requests.length;
    await slow.close();

    expect([started.status, read.status].sort()).toEqual([200, 401]);
    expect(asked).toBe(1 + waitedFor.length + (started.status === 200 ? 1 : 0));
  });

  test('reads one stream, in one form of request only', async () => {
    const [one, two] = [await server.start({ message: 'One' }), await server.start({ message: 'Two' })];
    await Promise.all([server.read(one), server.read(two)]);
    const ticket = await server.ticket();
    const path = `${routes.streamById(one)}?after=5&ticket=${ticket}`;

    const first = await collect((await server.open(path, noToken)).messages);
    const resumed = await collect((await server.open(path, { ...noToken, headers: seen(one, 8) })).messages);
    const refused = [
      await server.send(`${routes.streamById(two)}?after=5&ticket=${ticket}`, noToken),
      await server.send(`${routes.streamById(one)}?after=0&ticket=${ticket}`, noToken),
      await server.send(path, { ...noToken, headers: seen(two, 5) }),
      await server.send(sse({ message: 'One', ticket }), noToken),
    ];

    expect(contentOf(first)).toBe(' world');
    expect(contentOf(resumed)).toBe('rld');
    expect(refused.map(({ status }) => status)).toEqual([401, 401, 401, 401]);
  });

  test('is not used up by an invalid position', async () => {
    const ticket = await server.ticket();
    const id = await server.start({ message: 'x' });

    const refused = await server.send(`${routes.streamById(id)}?after=${'9'.repeat(9_000)}&ticket=${ticket}`, noToken);
    const read = await server.send(`${routes.streamById(id)}?ticket=${ticket}`, noToken);

    expect([refused.status, read.status]).toEqual([400, 200]);
  });

  test('is not used up by the stream id of another user', async () => {
    const ticket = await server.ticket({ user: 'eve' });
    const id = await server.start({ message: 'x' });
    const mine = await server.start({ message: 'x' }, { user: 'eve' });

    const refused = await server.send(`${routes.streamById(id)}?ticket=${ticket}`, noToken);
    const read = await server.send(`${routes.streamById(mine)}?ticket=${ticket}`, noToken);

    expect([refused.status, read.status]).toEqual([404, 200]);
  });

  test('opens no route that requires the header', async () => {
    const ticket = await server.ticket();
    const id = await server.start({ message: 'x' });

    const answers = [
      await server.send(`${routes.stream}?ticket=${ticket}`, { ...noToken, body: { message: 'x' } }),
      await server.send(`${routes.streams}?ticket=${ticket}`, { ...noToken, body: { message: 'x' } }),
      await server.send(`${routes.stop(id)}?ticket=${ticket}`, { ...noToken, method: 'POST' }),
      await server.send(`${routes.config}?ticket=${ticket}`, noToken),
      await server.send(`${routes.ticket}?ticket=${ticket}`, { ...noToken, method: 'POST' }),
    ];

    expect(answers.map(({ status }) => status)).toEqual([401, 401, 401, 401, 401]);
  });

  test('keeps the scopes of the token that it was issued for', async () => {
    const ticket = await server.ticket({ claims: { projects: ['p1'] } });

    const refused = await server.send(sse({ message: 'x', projectId: 'other', ticket }), noToken);
    const taken = await server.send(sse({ message: 'x', projectId: 'p1', ticket }), noToken);

    expect([refused.status, taken.status]).toEqual([403, 200]);
  });

  test('is 401 if its first use is too late, or it was never issued', async () => {
    const short = await startApp({ timings: { ticketMs: -1 } });
    const ticket = await short.ticket();

    const late = await short.send(sse({ message: 'x', ticket }), noToken);
    const unknown = await short.send(sse({ message: 'x', ticket: 'x' }), noToken);
    const asked = short.provider.requests.length;
    await short.close();

    expect([late.status, unknown.status]).toEqual([401, 401]);
    expect(asked).toBe(0);
  });
});
