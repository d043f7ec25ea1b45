// `/metrics`: what it counts, who may read it, and that docs/operations.md lists it.
import { readFileSync } from 'node:fs';
import { get, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import { routes } from '@sillage/protocol';
import { collect, providerScripts } from '@sillage/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { endOf, gatedReply, readUntil, startApp, type TestApp } from '../../ai-chat/test/app.testing.ts';
import { readConfig } from '../../config/config.ts';
import { mayReadMetrics } from './metrics-access.ts';
import { MetricsServer } from './metrics-server.ts';

const { failing, reply, stallAfter, status } = providerScripts;
const token = 'a-token-of-the-metrics';

let server: TestApp;
beforeAll(async () => {
  server = await startApp({ settings: { METRICS_TOKEN: token } });
});
afterAll(() => server.close());

async function metrics(): Promise<string> {
  return (await server.send('/metrics', { user: null })).text;
}

/** Reads one value, by its name and labels as they are printed. */
function valueIn(text: string, name: string): number | undefined {
  const line = text.split('\n').find((one) => one.startsWith(`${name} `));
  return line === undefined ? undefined : Number(line.slice(name.length + 1));
}

test('a reply, its readers, a resume, a stop and failures are counted', async () => {
  const gate = gatedReply(['潮汐 ', '🌊'], [' done']);
  server.provider.respond(gate.script);
  const response = await server.open(routes.stream, { body: { message: 'x' } });
  await readUntil(response, '🌊');
  const feed = await server.open(routes.feed);
  await feed.messages.next();
  const streamId = String(response.headers['stream-id']);

  const during = await metrics();
  expect(valueIn(during, 'sillage_replies_running')).toBe(1);
  expect(valueIn(during, 'sillage_readers')).toBe(1);
  expect(valueIn(during, 'sillage_feeds')).toBe(1);
  expect(valueIn(during, 'sillage_reader_lag_characters')).toBe(0);

  gate.open();
  await collect(response.messages);
  feed.close();
  await server.read(streamId, { headers: { 'last-event-id': `${streamId}/3` } });
  server.provider.respond(failing(1, status(500, { error: { message: 'No' } }), reply(['a', 'b', 'c'])));
  await server.read(await server.start({ message: 'x' }));
  server.provider.respond(status(401, { error: { message: 'No' } }));
  expect(endOf(await server.read(await server.start({ message: 'x' })))).toMatchObject({ code: 'provider-auth' });
  server.provider.respond(stallAfter(['Hello']));
  await server.send(routes.stop(await server.start({ message: 'x' })), { method: 'POST' });

  const after = await metrics();
  const labels = (reason: string) => `{model="gpt-3.5-turbo",reason="${reason}"}`;
  expect(valueIn(after, `sillage_replies_total${labels('stop')}`)).toBe(2);
  expect(valueIn(after, `sillage_replies_total${labels('error')}`)).toBe(1);
  expect(valueIn(after, `sillage_replies_total${labels('stopped')}`)).toBe(1);
  expect(valueIn(after, 'sillage_replies_running')).toBe(0);
  await expect.poll(async () => valueIn(await metrics(), 'sillage_feeds')).toBe(0);
  expect(valueIn(after, 'sillage_resumes_total')).toBe(1);
  expect(valueIn(after, 'sillage_replayed_characters_total')).toBeGreaterThanOrEqual(8);
  expect(valueIn(after, 'sillage_provider_errors_total{code="provider-auth"}')).toBe(1);
  expect(valueIn(after, 'sillage_provider_retries_total')).toBe(1);
  expect(valueIn(after, 'sillage_tokens_total{model="gpt-3.5-turbo",kind="completion"}')).toBeGreaterThan(3);
  expect(valueIn(after, 'sillage_stop_seconds_count')).toBe(1);
  expect(valueIn(after, 'sillage_time_to_first_token_seconds_count{model="gpt-3.5-turbo"}')).toBeGreaterThanOrEqual(2);
  expect(valueIn(after, 'sillage_time_per_output_token_seconds_count{model="gpt-3.5-turbo"}')).toBeGreaterThanOrEqual(
    1,
  );
  expect(valueIn(after, 'sillage_reply_duration_seconds_count{model="gpt-3.5-turbo"}')).toBe(4);
  expect(valueIn(after, 'sillage_store_append_seconds_count')).toBeGreaterThanOrEqual(4);
  expect(valueIn(after, 'sillage_store_append_seconds_bucket{le="+Inf"}')).toBe(
    valueIn(after, 'sillage_store_append_seconds_count'),
  );
  expect(valueIn(after, 'sillage_store_commit_seconds_count')).toBeGreaterThan(8);
  expect(valueIn(after, 'sillage_process_resident_memory_bytes')).toBeGreaterThan(1e7);
});

test('a delay of the event loop is seen by every scraper', async () => {
  const delay = async () => valueIn(await metrics(), 'sillage_event_loop_delay_seconds');
  const blockEventLoop = () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300);

  const delayOfBlock = () => {
    blockEventLoop();
    return delay();
  };
  await expect.poll(delayOfBlock).toBeGreaterThan(0.25);
  const scrapes = [await delay(), await delay(), await delay()];

  for (const seconds of scrapes) expect(seconds).toBeGreaterThan(0.25);
});

test('wrong tokens of an address are limited', async () => {
  const limited = await startApp({ settings: { METRICS_TOKEN: token, anonymous_requests_per_minute: '2' } });
  const send = async (bearer: string) => {
    const headers = { via: '1.1 proxy', authorization: `Bearer ${bearer}` };
    return (await limited.send('/metrics', { user: null, headers })).status;
  };

  const statuses = [await send('one'), await send('two'), await send('three'), await send(token)];
  await limited.close();

  expect(statuses).toEqual([401, 401, 429, 200]);
});

test('docs/operations.md lists the metrics with their types', async () => {
  const exposed = [...(await metrics()).matchAll(/^# TYPE (\w+) (\w+)$/gm)].map(([, name, type]) => `${name} ${type}`);
  const docs = readFileSync(new URL('../../../../docs/operations.md', import.meta.url), 'utf8');

  const listed = [...docs.matchAll(/^\| `(sillage_\w+)` \| (\w+) \|/gm)].map(([, name, type]) => `${name} ${type}`);

  expect(listed.toSorted()).toEqual(exposed.toSorted());
});

test('a request through a proxy needs the token', async () => {
  const send = (headers: Record<string, string>) => server.send('/metrics', { user: null, headers });
  const proxied = { 'x-forwarded-for': '127.0.0.1' };

  expect((await send(proxied)).status).toBe(401);
  expect((await send({ ...proxied, authorization: 'Bearer wrong' })).status).toBe(401);
  expect((await send({ ...proxied, authorization: `Bearer ${await server.token()}` })).status).toBe(401);
  expect((await send({ ...proxied, authorization: `Bearer ${token}` })).status).toBe(200);
});

test.each([
  ['127.0.0.1', true],
  ['::1', true],
  ['::ffff:127.0.0.1', true],
  ['10.0.0.1', false],
  ['::ffff:10.0.0.1', false],
])('from %s without a token: %s', (remoteAddress, isAllowed) => {
  const request = { socket: { remoteAddress }, headers: {} } as unknown as IncomingMessage;

  expect(mayReadMetrics(request, undefined)).toBe(isAllowed);
  expect(mayReadMetrics(request, token)).toBe(isAllowed);
});

test('metrics_port moves them to a port of their own', async () => {
  await using other = await withPort();

  expect((await other.app.send('/metrics', { user: null })).status).toBe(404);
  expect(await other.get('/metrics')).toMatchObject({
    status: 200,
    text: expect.stringContaining('sillage_readers 0'),
    headers: { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' },
  });
  expect(await other.get('/metrics', { via: '1.1 proxy' })).toMatchObject({
    status: 401,
    text: '',
    headers: { 'cache-control': 'no-store' },
  });
  expect(await other.get('/')).toMatchObject({ status: 404 });
});

test('a short METRICS_TOKEN is refused', () => {
  expect(() => readConfig({ METRICS_TOKEN: 'short' })).toThrow('METRICS_TOKEN must have at least 16 characters');
});

async function withPort() {
  const app = await startApp({ settings: { metrics_port: '0' } });
  const port = app.provided(MetricsServer).port;
  return {
    app,
    get: (path: string, headers = {}) =>
      new Promise<{ status: number | undefined; text: string; headers: IncomingHttpHeaders }>((resolve, reject) => {
        get({ host: '127.0.0.1', port, path, headers }, async (message) => {
          let text = '';
          for await (const piece of message.setEncoding('utf8')) text += piece;
          resolve({ status: message.statusCode, text, headers: message.headers });
        }).on('error', reject);
      }),
    [Symbol.asyncDispose]: () => app.close(),
  };
}
