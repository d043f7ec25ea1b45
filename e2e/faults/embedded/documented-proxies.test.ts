// The configurations of deploy/proxies in the real programs, over TLS and HTTP/2. Heartbeats and the proxies' idle limits are
// shortened by the same factor.
import { routes } from '@sillage/protocol';
import { shortOrFull } from '@sillage/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startApp, type TestApp } from '../../../backend/src/ai-chat/test/app.testing.ts';
import { controlModel } from '../fixture/controlled-model.ts';
import { type DocumentedProxy, type ProxyName, startDocumentedProxy } from '../fixture/documented-proxies.ts';
import { Http2Client } from '../fixture/http2-client.ts';
import { startStopwatch } from '../fixture/stopwatch.ts';

const heartbeatMs = 1_500;
const idle = '6s';
const silentHeartbeats = 6;
const anonymousRequests = 4;
const words = ['one ', '你好 ', 'three ', '🚢 ', 'five'];

let app: TestApp;
let authorization: string;
beforeAll(async () => {
  const settings = { trust_proxy: '127.0.0.1', anonymous_requests_per_minute: `${anonymousRequests}` };
  app = await startApp({ settings, timings: { heartbeatMs } });
  authorization = `Bearer ${await app.token()}`;
});
afterAll(() => app.close());

const names = shortOrFull<ProxyName[]>({ short: ['nginx'], full: ['nginx', 'Caddy', 'HAProxy'] });

describe.each(names)('%s with its documented configuration', (name) => {
  let proxy: DocumentedProxy;
  let client: Http2Client;
  beforeAll(async () => {
    proxy = await startDocumentedProxy(name, app.url, idle);
  });
  afterAll(() => proxy[Symbol.asyncDispose]());
  beforeEach(() => {
    client = new Http2Client(proxy.url);
  });
  afterEach(() => client.close());

  const start = (body: object = { message: '你好' }, from = client) =>
    from.send(routes.stream, { body, headers: { authorization, 'accept-encoding': 'gzip, br' } });

  test('forwards the headers before the first token, and each event at once, to a client that accepts gzip', async () => {
    const model = controlModel(app.provider);

    const reply = await start();
    for (const word of words) {
      model.send(word);
      await reply.until((text) => contentOf(text).endsWith(word));
    }
    model.end();

    expect(contentOf(await reply.all())).toBe(words.join(''));
    expect(reply.status).toBe(200);
    expect(reply.headers['content-encoding']).toBeUndefined();
  });

  test('keeps a stream open that has no event for longer than its idle limit', async () => {
    const model = controlModel(app.provider);

    const reply = await start();
    model.send('Hello');
    await reply.until((text) => text.split('\n:').length > silentHeartbeats);
    model.send(' again');
    model.end();

    expect(contentOf(await reply.all())).toBe('Hello again');
  });

  test('a stream resumes after the proxy was killed and restarted', async () => {
    const model = controlModel(app.provider);
    const reply = await start();
    model.send('Hello 🚢');
    await reply.until((text) => contentOf(text) === 'Hello 🚢');
    const lastEventId = /^id: ?(.+)$/m.exec(reply.text().slice(reply.text().lastIndexOf('\nid:') + 1))?.[1] ?? '';

    await proxy.restart();
    await expect(reply.all()).rejects.toThrow();
    model.send(' again');
    const again = new Http2Client(proxy.url);
    const path = routes.streamById(String(reply.headers['stream-id']));
    const rest = await again.send(path, { headers: { authorization, 'last-event-id': lastEventId } });
    await rest.until((text) => contentOf(text) === ' again');
    model.end();

    expect(contentOf(await rest.all())).toBe(' again');
    again.close();
  });

  test('forwards a stop, which reaches the provider within a second', async () => {
    const requests = app.provider.requests.length;
    const model = controlModel(app.provider);
    const reply = await start();
    model.send('Hello');
    await reply.until((text) => contentOf(text) === 'Hello');
    const request = await app.provider.received(requests + 1);

    const stopwatch = startStopwatch(app.url);
    const path = routes.stop(String(reply.headers['stream-id']));
    const { status } = await client.send(path, { method: 'POST', headers: { authorization } });

    expect(status).toBe(200);
    await stopwatch.expectWithin(1_000, (await request.closed).at);
    expect(await reply.all()).toContain('"finishReason":"stopped"');
  });

  test('tells the server the address of the client, whatever the client claims, and that the connection is secure', async () => {
    const last = 10 + names.indexOf(name);
    const [one, other] = [1, 2].map((net) => new Http2Client(proxy.url, { localAddress: `127.0.${net}.${last}` }));
    const ask = async (from = one, headers: Record<string, string> = {}) => from?.send(routes.config, { headers });
    const statuses = [];
    for (let i = 0; i <= anonymousRequests; i++)
      statuses.push((await ask(one, { 'x-forwarded-for': `192.0.2.${i}` }))?.status);

    const fromOther = await ask(other, { 'x-forwarded-for': `127.0.1.${last}`, 'x-forwarded-proto': 'http' });
    for (const each of [one, other]) each?.close();

    expect(statuses).toEqual([...Array(anonymousRequests).fill(401), 429]);
    expect(fromOther?.status).toBe(401);
    expect(fromOther?.headers['strict-transport-security']).toBeTruthy();
  });

  test.each([2_500_000, 10_000_000])('a body of %d bytes is refused as too large', async (size) => {
    const { status } = await start({ message: 'x'.repeat(size) });

    expect(status).toBe(413);
    expect(
      (await client.send('/health/ready').catch(() => new Http2Client(proxy.url).send('/health/ready'))).status,
    ).toBe(200);
  });

  test('does not serve metrics, and logs no ticket', async () => {
    const { status } = await client.send('/metrics');
    await (await client.send(`${routes.feed}?ticket=a-secret`)).all();

    expect(status).toBe(404);
    expect(proxy.log()).not.toContain('a-secret');
  });
});

/** Returns the joined content of the frames in the text of an event stream. */
function contentOf(text: string): string {
  const frames = text.split('\n').filter((line) => line.startsWith('data:'));
  const complete = text.endsWith('\n') ? frames : frames.slice(0, -1);
  return complete
    .map((line) => (JSON.parse(line.slice('data:'.length)) as { content?: string }).content ?? '')
    .join('');
}
