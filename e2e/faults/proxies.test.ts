// Reverse proxies: nginx with its defaults, with gzip and with HTTP/2. The model sends each word only after the client received
// the one before, so a proxy that buffers makes the test time out.
import { once } from 'node:events';
import { connect as connectHttp2 } from 'node:http2';
import type { AIStream } from '@sillage/client';
import { headers as names, routes } from '@sillage/protocol';
import { launchBrowser, openSse, providerScripts, startProxy, until } from '@sillage/testing';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type ControlledModel, controlModel } from './fixture/controlled-model.ts';
import { createTestClient, type Fixture, openFixture } from './fixture/fixture.ts';
import { type Nginx, startNginx } from './fixture/nginx.ts';
import { openPageClient, type PageClient } from './fixture/page-client.ts';
import { startStopwatch } from './fixture/stopwatch.ts';

const words = ['one ', 'two ', 'three ', 'four ', 'five ', 'six ', 'seven'];
const gzip = 'gzip on; gzip_types text/event-stream; gzip_proxied any; gzip_min_length 0;';

let fixture: Fixture;
let browser: Browser;
let requestsBefore: number;
beforeAll(async () => {
  [fixture, browser] = await Promise.all([openFixture(), launchBrowser()]);
});
afterAll(async () => {
  await Promise.all([browser.close(), fixture[Symbol.asyncDispose]()]);
});
beforeEach(() => {
  requestsBefore = fixture.provider.requests.length;
});

function requestCount(): number {
  return fixture.provider.requests.length - requestsBefore;
}

type Observable = Pick<AIStream, 'getState' | 'subscribe'>;

/** Sends `words`, each after every client has received all words before it. */
async function sendInStep(model: ControlledModel, clients: readonly Observable[]): Promise<void> {
  for (const [index, word] of words.entries()) {
    model.send(word);
    const text = words.slice(0, index + 1).join('');
    await Promise.all(clients.map((client) => until(client, () => client.getState().text === text)));
  }
  model.end();
}

describe.each([
  ['with its defaults', ''],
  ['with gzip on', gzip],
])('nginx %s', (_, directives) => {
  let nginx: Nginx;
  beforeAll(async () => {
    nginx = await startNginx(fixture.server.url, { directives });
  });
  afterAll(() => nginx[Symbol.asyncDispose]());

  test('forwards each event immediately', async () => {
    const model = controlModel(fixture.provider);
    const client = createTestClient(nginx.url, fixture);
    const ended = until(client, () => client.getState().status === 'ended');

    client.start({ message: 'Hi' });
    await sendInStep(model, [client]);
    await ended;

    expect(client.getState()).toMatchObject({ text: words.join(''), finishReason: 'stop' });
    expect(requestCount()).toBe(1);
  });

  test('forwards the response headers before the first token', async () => {
    const model = controlModel(fixture.provider);
    const headers = { ...fixture.headers, 'accept-encoding': 'gzip' };

    const {
      status,
      headers: responseHeaders,
      close,
    } = await openSse(`${nginx.url}${routes.stream}`, {
      headers,
      body: { message: 'Hi' },
    });

    expect(status).toBe(200);
    expect(responseHeaders['content-encoding']).toBe(directives === '' ? undefined : 'gzip');
    expect(responseHeaders[names.streamId.toLowerCase()]).toBeTruthy();
    await fixture.provider.received(requestsBefore + 1); // so that the next test does not count it
    close();
    model.end();
  });

  test('forwards a stop, which reaches the provider within a second', async () => {
    const model = controlModel(fixture.provider);
    const client = createTestClient(nginx.url, fixture);
    client.start({ message: 'Hi' });
    model.send('Hello');
    await until(client, () => client.getState().text === 'Hello');
    const request = await fixture.provider.received(requestsBefore + 1);

    const stopwatch = startStopwatch(fixture.server.url);
    await client.stop();

    await stopwatch.expectWithin(1_000, (await request.closed).at);
    expect(client.getState()).toMatchObject({ text: 'Hello', finishReason: 'stopped', error: undefined });
  });
});

test('nginx adds less than 50 ms to the time to first token', async () => {
  await using nginx = await startNginx(fixture.server.url);
  const body = { message: 'Hi' };
  const firstTokenMs = async (origin: string) => {
    const startedAt = performance.now();
    const { messages } = await openSse(origin + routes.stream, { headers: fixture.headers, body });
    for await (const _ of messages) break;
    return performance.now() - startedAt;
  };
  fixture.provider.respond(providerScripts.reply(['Hello']));

  const directMs: number[] = [];
  const throughNginxMs: number[] = [];
  for (let i = 0; i < 15; i++) {
    directMs.push(await firstTokenMs(fixture.server.url));
    throughNginxMs.push(await firstTokenMs(nginx.url));
  }

  // The quickest of each, because on a busy machine the others also wait for a core, and relative to its speed.
  const quickestMs = Math.min(...directMs);
  expect(Math.min(...throughNginxMs)).toBeLessThan(2 * quickestMs + 50);
});

describe('nginx with HTTP/2', () => {
  test('sends no connection header, and forwards each event immediately', async () => {
    await using nginx = await startNginx(fixture.server.url, { hasHttp2: true });
    const session = connectHttp2(nginx.url, { rejectUnauthorized: false });
    const model = controlModel(fixture.provider);
    const request = session.request({
      ':method': 'POST',
      ':path': routes.stream,
      'content-type': 'application/json',
      authorization: fixture.headers.authorization,
    });
    request.end(JSON.stringify({ message: 'Hi' }));

    const [headers] = await once(request, 'response');
    let received = '';
    let onReceived = () => {};
    request.setEncoding('utf8').on('data', (text: string) => {
      received += text;
      onReceived();
    });
    for (const word of words) {
      const { promise, resolve } = Promise.withResolvers<void>();
      onReceived = () => received.includes(word) && resolve();
      model.send(word);
      await promise;
    }
    model.end();
    await once(request, 'end');
    session.close();

    expect(headers).toMatchObject({ ':status': 200, 'content-type': 'text/event-stream; charset=utf-8' });
    expect(Object.keys(headers)).not.toContain('connection');
    expect(received).toContain('"finishReason":"stop"');
    expect(requestCount()).toBe(1);
  });

  test('forwards seven concurrent streams of one browser, more than the six connections of HTTP/1.1', async () => {
    await using nginx = await startNginx(fixture.server.url, { hasHttp2: true });
    const context = await browser.newContext({ ignoreHTTPSErrors: true });
    const model = controlModel(fixture.provider);
    const clients: PageClient[] = [];
    for (let i = 0; i < 7; i++)
      clients.push(await openPageClient(context, { origin: nginx.url, token: fixture.token }));

    await Promise.all(clients.map((client) => client.start({ message: 'Hi' })));
    await sendInStep(model, clients);
    await Promise.all(clients.map((client) => until(client, () => client.getState().status === 'ended')));
    const protocols = await Promise.all(clients.map(({ page }) => page.evaluate(protocolOf, routes.stream)));
    await context.close();

    expect(clients.map((client) => client.getState().text)).toEqual(Array(7).fill(words.join('')));
    expect(protocols).toEqual(Array(7).fill('h2'));
    expect(requestCount()).toBe(7);
  });

  test('a reply is resumed when the connection behind nginx is cut, and can be stopped', async () => {
    await using proxy = await startProxy(fixture.server.url);
    await using nginx = await startNginx(proxy.url, { hasHttp2: true });
    const context = await browser.newContext({ ignoreHTTPSErrors: true });
    const timings = { backoffMs: 5, backoffMaxMs: 10 };
    const client = await openPageClient(context, { origin: nginx.url, token: fixture.token, timings });
    const model = controlModel(fixture.provider);
    await client.start({ message: 'Hi' });
    model.send('Hel');
    await until(client, () => client.getState().text === 'Hel');
    const request = await fixture.provider.received(requestsBefore + 1);

    proxy.cut();
    model.send('lo');
    await until(client, () => client.getState().text === 'Hello');
    const stopwatch = startStopwatch(fixture.server.url);
    await client.stop();

    const { at } = await request.closed;
    await context.close();
    await stopwatch.expectWithin(1_000, at);
    expect(proxy.cuts).toBeGreaterThan(0);
    expect(client.getState()).toMatchObject({ text: 'Hello', finishReason: 'stopped', error: undefined });
    expect(requestCount()).toBe(1);
  });
});

/** Runs in a page: returns the protocol of the requests whose URL ends in `path`. */
function protocolOf(path: string): string {
  const requests = performance.getEntriesByType('resource').filter(({ name }) => name.endsWith(path));
  return requests.map((entry) => (entry as PerformanceResourceTiming).nextHopProtocol).join();
}
