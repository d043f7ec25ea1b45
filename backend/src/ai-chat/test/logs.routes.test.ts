// The server's log: what each line says, and what no line may contain.
import { cpSync } from 'node:fs';
import { Logger } from '@nestjs/common';
import { routes } from '@sillage/protocol';
import { collect, providerScripts, removeFolder, tempFolder } from '@sillage/testing';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { endOf, jwtSecret, providerKey, readUntil, startApp, type TestApp } from './app.testing.ts';

const { errorAfter, failing, hangUp, reply, stallAfter, status } = providerScripts;
const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';

const headerKey = 'a-key-in-a-header-of-the-provider';
const secretSettings = {
  ai_headers: `{"X-Api-Key":"${headerKey}"}`,
  admin_token: 'the-token-of-the-operator',
  metrics_token: 'the-token-of-the-monitoring',
};

let printed: string[];
let server: TestApp;

beforeEach(async () => {
  printed = [];
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => printed.push(String(text)) > 0);
  server = await startApp({
    settings: { log_level: 'info', ai_system_prompt: 'système 🌊 secret', ...secretSettings },
  });
});
afterEach(async () => {
  vi.restoreAllMocks();
  await server.close();
});

type Line = Record<string, unknown>;

function linesOf(msg: string | RegExp): Line[] {
  const lines = printed.map((line): Line => JSON.parse(line));
  return lines.filter((line) => (typeof msg === 'string' ? line.msg === msg : msg.test(String(line.msg))));
}

test('a reply has one line for its start and one for its end', async () => {
  server.provider.respond(reply(['潮汐', ' 🌊']));
  const headers = { 'x-request-id': 'req-1', traceparent };

  const response = await server.open(routes.stream, { body: { message: 'x' }, headers });
  await collect(response.messages);

  const streamId = response.headers['stream-id'];
  const ids = {
    streamId,
    requestId: 'req-1',
    traceId: traceparent.slice(3, 35),
    model: 'gpt-3.5-turbo',
    level: 'info',
  };
  expect(linesOf('Reply started.')).toEqual([expect.objectContaining(ids)]);
  const [end, ...others] = linesOf('Reply ended.');
  expect(others).toEqual([]);
  expect(end).toMatchObject({ ...ids, finishReason: 'stop', completionTokens: 2, length: 5 });
  expect(end?.user).toMatch(/^[0-9a-f]{16}$/);
  expect([typeof end?.durationMs, typeof end?.firstTokenMs, typeof end?.promptTokens]).toEqual(Array(3).fill('number'));
});

test("a reply that outlives its request is logged with the request's id; a request without an id gets one", async () => {
  const id = await server.start({ message: 'x' });
  await server.read(id);

  const [start] = linesOf('Reply started.');
  expect(start?.requestId).toMatch(/^[0-9a-f-]{36}$/);
  expect(linesOf('Reply ended.')).toMatchObject([{ streamId: id, requestId: start?.requestId }]);
});

test('each failure is logged once with its cause', async () => {
  server.provider.respond(failing(10, hangUp(), reply(['x'])));
  const unreachable = await server.start({ message: 'x' }, { headers: { 'x-request-id': 'req-2' } });
  await server.read(unreachable);
  server.provider.respond(errorAfter(['Hello'], { message: 'overloaded', code: 503 }));
  const broken = await server.start({ message: 'x' });
  await server.read(broken);

  const msg = expect.stringMatching(/failed: provider-unavailable: .*socket hang up/);
  expect(linesOf(new RegExp(unreachable))).toMatchObject([
    { level: 'warn', requestId: 'req-2', streamId: unreachable, msg },
  ]);
  expect(linesOf(new RegExp(broken))).toMatchObject([{ msg: expect.stringContaining('overloaded') }]);
  expect(linesOf('Reply ended.')).toMatchObject([
    { streamId: unreachable, finishReason: 'error', code: 'provider-unavailable' },
    { streamId: broken, finishReason: 'error' },
  ]);
});

test('each cause of an interrupted reply is logged once, with the stream as a field', async () => {
  const [dataDir, crashed] = [tempFolder(), tempFolder()];
  const settings = { log_level: 'info' };
  const impatient = await startApp({ settings, timings: { abandonedCheckMs: 10, abandonedMs: 0, firstReaderMs: 10 } });
  impatient.provider.respond(stallAfter(['Half']));
  const unread = await impatient.start({ message: 'x' });
  await expect.poll(() => linesOf('Reply ended.')).toHaveLength(1);
  const closing = await startApp({ settings, dataDir });
  closing.provider.respond(stallAfter(['Half']));
  const cut = await closing.start({ message: 'x' });
  await readUntil(await closing.open(routes.streamById(cut)), 'Half');
  cpSync(dataDir, crashed, { recursive: true, filter: (path) => !path.endsWith('.lock') });

  await Promise.all([impatient.close(), closing.close()]);
  const restarted = await startApp({ settings, dataDir: crashed });
  await restarted.close();
  for (const folder of [dataDir, crashed]) removeFolder(folder);

  const line = (streamId: string, msg: string) => ({ level: 'warn', streamId, msg: `Stream ${streamId} ${msg}` });
  expect(linesOf(/interrupted/)).toMatchObject([
    line(unread, 'was interrupted: nobody was reading it'),
    line(cut, 'was interrupted: the server is shutting down'),
    line(cut, 'ended as interrupted: the process that produced it is gone'), // on the copy
  ]);
});

test('the trace of a request is passed on to the provider, if it is well-formed', async () => {
  const send = (headers: Record<string, string>) => server.send(routes.stream, { body: { message: 'x' }, headers });

  await send({ traceparent, tracestate: 'vendor=1' });
  await send({ traceparent: '00-zz-1-01', tracestate: 'vendor=2' });
  await send({ traceparent: `00-${'0'.repeat(32)}-00f067aa0ba902b7-01` });
  await send({});

  const received = server.provider.requests.map(({ headers }) => [headers.traceparent, headers.tracestate]);
  expect(received).toEqual([[traceparent, 'vendor=1'], ...Array(3).fill([undefined, undefined])]);
});

test('control characters are replaced in every line, also in errors', () => {
  const error = new Error('a\u001b[31m\u202eb', { cause: new Error('c\u0007d') });
  new Logger('Test').warn('e\u001b]0;f\u0007\u2028g\u061c 字 🌊');
  new Logger('Test').error(error);

  expect(linesOf(/^e/)).toMatchObject([{ msg: 'e\ufffd]0;f\ufffd\ufffdg\ufffd 字 🌊', context: 'Test' }]);
  const [{ err } = {}] = linesOf(/^a/) as { err?: Record<string, string> }[];
  expect(err?.message).toBe('a\ufffd[31m\ufffdb: c\ufffdd');
  expect(err?.stack).toContain('logs.routes.test');
});

test('a busy run, failures included, logs no key, token, ticket, text or control character', async () => {
  const message = 'une-phrase-privée 字 🌊';
  const answer = 'une-réponse-privée 潮汐';
  const token = await server.token();
  const ticket = await server.ticket();
  const body = { message, sessionId: 'a-private-session', systemPrompt: message };
  const evil = `Bad ${message} ${providerKey} ${headerKey}\n\u001b[2J\u0007\u202eforged\u2028`;

  for (const script of [
    reply([answer]),
    reply([answer], { finishReason: evil }),
    errorAfter([answer], { message: evil, code: evil }),
    status(401, { error: { message: evil, type: evil, code: evil } }),
    status(400, evil),
    hangUp(),
  ]) {
    server.provider.respond(script);
    const headers = { 'x-request-id': 'a\u001b[31mb', 'idempotency-key': `key-${message.length}-${Math.random()}` };
    await server.send(routes.stream, { body, headers }).catch(() => {}); // a header that is not valid is not sent
    await server.send(routes.stream, { body });
  }
  server.provider.respond(stallAfter([answer]));
  const stopped = await server.open(routes.stream, { body });
  await readUntil(stopped, answer);
  await server.send(routes.stop(String(stopped.headers['stream-id'])), { method: 'POST' });
  server.provider.respond(reply([answer]));
  await server.send(`${routes.streamSse}?message=${encodeURIComponent(message)}&ticket=${ticket}`, { user: null });
  await server.send(`${routes.streamSse}?message=x&ticket=${ticket}x`, { user: null });
  await server.send(routes.stream, { user: null, headers: { authorization: `Bearer ${token}x` }, body });
  await server.send(routes.stream, { body: `{"message":"${message}`, headers: { 'content-type': 'application/json' } });
  await server.send(`/api/${encodeURIComponent(message)}?token=${token}`);
  for (const path of ['/metrics', '/api/auth/revoke']) {
    const { admin_token, metrics_token } = secretSettings;
    for (const bearer of [admin_token, metrics_token]) {
      const headers = { authorization: `Bearer ${bearer}` };
      await server.send(path, { method: path === '/metrics' ? 'GET' : 'POST', user: null, headers, body: { message } });
    }
  }
  const id = await server.start({ message });
  expect(endOf(await server.read(id))).toMatchObject({ finishReason: 'stop' });

  const log = printed.join('');
  expect(linesOf('Reply started.').length).toBeGreaterThan(6);
  expect(linesOf(/failed: provider-/).length).toBeGreaterThan(3);
  const texts = [message, 'privée', answer, 'système', 'a-private-session', '"ada"'];
  const secrets = [...texts, providerKey, headerKey, jwtSecret, ...Object.values(secretSettings), token, ticket];
  for (const secret of secrets) expect(log).not.toContain(secret);
  for (const line of printed) {
    expect(line).toMatch(/^\{[^\n]*\}\n$/);
    expect(String(JSON.parse(line).msg)).not.toMatch(/[^\P{Cc}\t\n]|[\u2028\u202e]/u);
  }
});
