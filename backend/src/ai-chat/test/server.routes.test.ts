// Server behaviour over HTTP: CORS, health, config, logs, replies without readers, and shutdown.
import { connect } from 'node:net';
import { Logger } from '@nestjs/common';
import { failureMessages, routes } from '@sillage/protocol';
import { collect, providerScripts, tempFolder } from '@sillage/testing';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { STREAM_STORE, type StreamStore } from '../../streams/stream-store.ts';
import { UserStreamsService } from '../starting/user-streams.service.ts';
import {
  type AppOptions,
  contentOf,
  endOf,
  estimated,
  gatedReply,
  providerKey,
  readUntil,
  startApp,
  type TestApp,
} from './app.testing.ts';

const { stallAfter, reply, status, hangBeforeHeaders } = providerScripts;
let server: TestApp;

async function start(options?: AppOptions): Promise<TestApp> {
  server = await startApp(options);
  return server;
}

function loggedWarnings(): string[] {
  const lines: string[] = [];
  vi.spyOn(Logger.prototype, 'warn').mockImplementation(({ msg }) => void lines.push(msg));
  return lines;
}

afterEach(async () => {
  vi.restoreAllMocks();
  await server.close();
});

describe('CORS', () => {
  const origin = 'https://app.example.com';
  const preflight = (from: string) =>
    server.send(routes.stream, {
      user: null,
      method: 'OPTIONS',
      headers: {
        origin: from,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization,content-type,idempotency-key,last-event-id',
      },
    });

  test('allows the origins of the settings to start, resume and read the headers that they need', async () => {
    await start({ settings: { cors_origins: `${origin},http://localhost:5173` } });

    const asked = await preflight(origin);
    const answered = await server.send(routes.stream, { headers: { origin }, body: { message: 'x' } });
    const sse = await server.send(`${routes.streamSse}?message=x`, { headers: { origin } });
    const refused = await server.send(routes.stream, { headers: { origin }, body: {} });

    expect(asked.status).toBe(204);
    expect(asked.headers['access-control-allow-headers']?.split(/, ?/)).toEqual(
      expect.arrayContaining(['Authorization', 'Content-Type', 'Idempotency-Key', 'Last-Event-ID']),
    );
    for (const { headers } of [asked, answered, sse, refused]) {
      expect(headers['access-control-allow-origin']).toBe(origin);
      expect(headers.vary).toContain('Origin');
    }
    for (const { headers } of [answered, sse, refused]) {
      expect(headers['access-control-expose-headers']?.split(/, ?/)).toEqual(['Stream-Id', 'Retry-After']);
    }
  });

  test.each(['https://evil.example.com', `${origin}.evil.com`, 'http://app.example.com', 'null'])(
    'lets %s do nothing',
    async (other) => {
      await start({ settings: { cors_origins: origin } });

      const asked = await preflight(other);
      const answered = await server.send(routes.config, { headers: { origin: other } });

      expect(asked.headers).not.toHaveProperty('access-control-allow-origin');
      expect(answered.headers).not.toHaveProperty('access-control-allow-origin');
    },
  );

  test('allows no origin without the setting', async () => {
    await start();

    expect((await preflight(origin)).headers).not.toHaveProperty('access-control-allow-origin');
  });
});

test('health needs no token, and config has what a page must know', async () => {
  await start({ settings: { ai_models: 'gpt-4o', ai_max_temperature: '1.5' } });

  const live = await server.send('/health/live', { user: null });
  const ready = await server.send('/health/ready', { user: null });
  const config = await server.send(routes.config);

  expect([live.status, live.body]).toEqual([200, { status: 'live' }]);
  expect([ready.status, ready.body]).toEqual([200, { status: 'ready' }]);
  expect(config.body).toEqual({
    models: ['gpt-3.5-turbo', 'gpt-4o'],
    defaultModel: 'gpt-3.5-turbo',
    demo: false,
    limits: {
      messageLength: 32_000,
      historyTurns: 200,
      historyTurnLength: 128_000,
      maxTemperature: 1.5,
      systemPromptLength: 8_000,
    },
  });
  expect(config.text).not.toContain(providerKey);
});

test('the log names the stream that failed and why, and holds no key, token or text', async () => {
  const printed: string[] = [];
  for (const stream of [process.stdout, process.stderr]) {
    vi.spyOn(stream, 'write').mockImplementation((text) => printed.push(String(text)) > 0);
  }
  await start();
  const message = 'a-private-message';
  const said = { error: { message: `Bad ${message} for ${providerKey}`, code: 'invalid_api_key', type: message } };
  const token = await server.token();

  for (const script of [
    status(401, said),
    status(400, said),
    providerScripts.errorAfter(['a-private-reply'], said.error),
  ]) {
    server.provider.respond(script);
    await server.send(routes.stream, { body: { message, sessionId: 's' } });
  }
  await server.send(routes.stream, {
    body: `{"message":"${message}"`,
    headers: { 'content-type': 'application/json' },
  });
  await server.send(`${routes.streamSse}?message=${message}&ticket=${token}`, { user: null });
  await server.send(`/api/${message}`);
  const log = printed.join('');
  vi.restoreAllMocks();

  expect(log).toMatch(/Stream [0-9A-Z]{26} failed: provider-auth/);
  for (const secret of [message, 'a-private-reply', providerKey, token]) expect(log).not.toContain(secret);
});

describe('a reply that nobody reads', () => {
  const timings = { abandonedCheckMs: 10, firstReaderMs: 60_000 };

  test('ends as interrupted when nobody has read for ai_abandoned_after, and says so', async () => {
    await start({ timings: { ...timings, abandonedMs: 40 } });
    const lines = loggedWarnings();
    server.provider.respond(stallAfter(['Hello']));
    const response = await server.open(routes.stream, { body: { message: 'x', sessionId: 's' } });
    await readUntil(response, 'Hello');
    const request = await server.provider.received();

    response.close();
    await request.closed;
    const messages = await server.read(String(response.headers['stream-id']));

    expect(contentOf(messages)).toBe('Hello');
    expect(endOf(messages)).toEqual({
      error: failureMessages.abandoned,
      code: 'abandoned',
      done: true,
      finishReason: 'interrupted',
      usage: estimated,
    });
    expect((await server.session('s')).messages[1]).toMatchObject({ content: 'Hello', code: 'abandoned' });
    expect(lines).toEqual([`Stream ${response.headers['stream-id']} was interrupted: nobody was reading it`]);
  });

  test('continues while it has a reader', async () => {
    await start({ timings: { ...timings, abandonedMs: 0 } });
    const answered = reply(['Hello'], { throttleMs: 200 });
    server.provider.respond(answered);

    const { text } = await server.send(routes.stream, { body: { message: 'x' } });

    expect(text).toContain('"finishReason":"stop"');
  });

  test('with 0, ends at once when its reader disconnects, however long it would have waited for the first one', async () => {
    await start({ timings: { ...timings, abandonedMs: 0 } });
    server.provider.respond(stallAfter(['Hello']));
    const read = await server.open(routes.stream, { body: { message: 'x' } });
    await readUntil(read, 'Hello');
    const { closed } = await server.provider.received();

    read.close();
    await closed;

    expect(endOf(await server.read(String(read.headers['stream-id'])))).toMatchObject({ code: 'abandoned' });
  });

  test('with 0, ends later if it never had a reader', async () => {
    const firstReaderMs = 300;
    await start({ timings: { ...timings, abandonedMs: 0, firstReaderMs } });
    server.provider.respond(stallAfter(['Hello']));
    const startedAt = Date.now();
    const streamId = await server.start({ message: 'x' });

    const { at } = await (await server.provider.received()).closed;

    expect(at - startedAt).toBeGreaterThanOrEqual(firstReaderMs - 1); // the clocks round
    expect(endOf(await server.read(streamId))).toMatchObject({ code: 'abandoned' });
  });

  test('does not count a reader by @Sse() that disconnected before its stream was created', async () => {
    await start({ timings: { ...timings, abandonedMs: 0, firstReaderMs: 150 } });
    server.provider.respond(stallAfter(['Hello']));
    const streams = server.provided(UserStreamsService);
    const startStream = streams.start.bind(streams);
    const hasLeft = Promise.withResolvers<void>();
    vi.spyOn(streams, 'start').mockImplementation(async (...options) => {
      const streamId = await startStream(...options);
      await hasLeft.promise;
      return streamId;
    });
    const leaving = new AbortController();
    server.open(`${routes.streamSse}?message=x`, { signal: leaving.signal }).catch(() => {});
    const { closed } = await server.provider.received();

    leaving.abort();
    for (let i = 0; i < 3; i++) await server.send(routes.config); // the server has noticed it
    hasLeft.resolve();

    await expect(closed).resolves.toMatchObject({ at: expect.any(Number) });
  });
});

describe('a reader that accepts no data', () => {
  test.each([routes.stream, routes.streamSse])(
    'is disconnected at %s, and no longer counts as a reader',
    async (path) => {
      await start({ timings: { slowReaderMs: 150, heartbeatMs: 40, abandonedCheckMs: 10, abandonedMs: 0 } });
      server.provider.respond(stallAfter(Array(30).fill('x'.repeat(250_000))));
      const { port } = new URL(server.url);
      const body = JSON.stringify({ message: 'x', sessionId: 's' });
      const head = [
        `${path === routes.stream ? 'POST' : 'GET'} ${path} HTTP/1.1`,
        'Host: localhost',
        `Authorization: Bearer ${await server.token()}`,
        'Content-Type: application/json',
        `Content-Length: ${body.length}`,
      ];

      const socket = connect(Number(port), '127.0.0.1').on('error', () => {});
      socket.pause();
      socket.write(`${head.join('\r\n')}\r\n\r\n${body}`);
      const { closed } = await server.provider.received();
      await closed; // by the generation, which nobody reads now

      // The stored message: on a busy machine a reader of the stream would be taken for a slow one too.
      await expect.poll(async () => (await server.session('s')).messages[1]?.code).toBe('abandoned');
      socket.destroy();
    },
  );
});

describe('the shutdown of the server', () => {
  test('refuses starts, lets short replies end and be read, and interrupts the others', async () => {
    await start({ timings: { shutdownGraceMs: 3_000 } });
    const short = gatedReply(['Short'], [' reply']);
    server.provider.respond(short.script);
    const shortReader = await server.open(routes.stream, { body: { message: 'x', sessionId: 'short' } });
    await readUntil(shortReader, 'Short');
    server.provider.respond(stallAfter(['Long']));
    const longReader = await server.open(routes.stream, { body: { message: 'x', sessionId: 'long' } });
    await readUntil(longReader, 'Long');
    const sseReader = await server.open(`${routes.streamSse}?message=x`);
    await readUntil(sseReader, 'Long');

    const closed = server.close();
    const refused = await server.send(routes.stream, { body: { message: 'x' } });
    const ready = await server.send('/health/ready', { user: null });
    const resumed = await server.open(routes.streamById(String(shortReader.headers['stream-id'])));
    short.open();
    const ends = await Promise.all(
      [shortReader, resumed, longReader, sseReader].map(async ({ messages }) => endOf(await collect(messages))),
    );
    await closed;

    expect(refused).toMatchObject({ status: 503, body: { code: 'shutting-down' } });
    expect(refused.headers).toHaveProperty('retry-after');
    expect(ready).toMatchObject({ status: 503, body: { status: 'shutting-down' } });
    expect(ends.map(({ finishReason, code }) => [finishReason, code])).toEqual([
      ['stop', undefined],
      ['stop', undefined],
      ['interrupted', 'interrupted'],
      ['interrupted', 'interrupted'],
    ]);
  });

  test('ends the reply of a start that was being stored, before the store closes', async () => {
    const dataDir = tempFolder();
    const first = await startApp({ dataDir });
    first.provider.respond(hangBeforeHeaders());
    const lines = loggedWarnings();
    const store = first.provided<StreamStore>(STREAM_STORE);
    const create = store.create.bind(store);
    const [isStored, response] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    vi.spyOn(store, 'create').mockImplementation(async (stream) => {
      const created = await create(stream);
      isStored.resolve();
      await response.promise;
      return created;
    });
    const starting = first.start({ message: 'x', sessionId: 's' });
    await isStored.promise;

    const closed = first.close();
    for (let i = 0; i < 3; i++) await first.send('/health/ready').catch(() => {}); // the grace is over
    response.resolve();
    const streamId = await starting;
    await closed;
    await start({ dataDir });

    expect(endOf(await server.read(streamId))).toMatchObject({ code: 'interrupted', finishReason: 'interrupted' });
    expect(lines).toContain(`Stream ${streamId} was interrupted: the server is shutting down`);
    expect(first.provider.requests).toHaveLength(1); // the SDK has not repeated it
  });

  test('keeps its data for the next server on its folder', async () => {
    const dataDir = tempFolder();
    const first = await startApp({ dataDir });
    const lines = loggedWarnings();
    first.provider.respond(stallAfter(['Half']));
    const streamId = await first.start({ message: 'x', sessionId: 's' });
    await readUntil(await first.open(routes.streamById(streamId)), 'Half');

    await first.close();
    await start({ dataDir });
    const messages = await server.read(streamId);
    const { activeStreamId, messages: stored } = await server.session('s');

    expect(contentOf(messages)).toBe('Half');
    expect(endOf(messages)).toMatchObject({ code: 'interrupted', finishReason: 'interrupted' });
    expect(activeStreamId).toBeUndefined();
    expect(stored[1]).toMatchObject({ content: 'Half', finishReason: 'interrupted' });
    expect(lines).toContain(`Stream ${streamId} was interrupted: the server is shutting down`);
  });

  test('does not wait for readers when no reply is under way', async () => {
    await start({ timings: { shutdownGraceMs: 60_000 } });
    await server.send(routes.stream, { body: { message: 'x' } });

    await expect(server.close()).resolves.toBeUndefined();
  });
});
