// What stands in front of a server: nginx as it comes, with gzip, with HTTP/2. Nothing is held back on the way. Each word
// is said only after the one before it was seen, so a proxy that holds one back makes the test wait for ever.
import { once } from 'node:events';
import { connect as connectHttp2 } from 'node:http2';
import type { AIStream } from '@sillage/client';
import { headers as names, routes } from '@sillage/protocol';
import { launchBrowser, openSse, providerAnswers, startProxy, until } from '@sillage/testing';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Dictation, dictate } from './dictation.ts';
import { type Nginx, startNginx } from './nginx.ts';
import { openPageClient, type PageClient } from './page-client.ts';
import { hastyClient, openStage, type Stage } from './support.ts';

const words = ['one ', 'two ', 'three ', 'four ', 'five ', 'six ', 'seven'];
const gzip = 'gzip on; gzip_types text/event-stream; gzip_proxied any; gzip_min_length 0;';

let stage: Stage;
let browser: Browser;
let asked: number;
beforeAll(async () => {
  [stage, browser] = await Promise.all([openStage(), launchBrowser()]);
});
afterAll(async () => {
  await Promise.all([browser.close(), stage[Symbol.asyncDispose]()]);
});
beforeEach(() => {
  asked = stage.provider.requests.length;
});

function timesAsked(): number {
  return stage.provider.requests.length - asked;
}

type Shown = Pick<AIStream, 'getState' | 'subscribe'>;

/** Dictates `words`, each once all that came before it is shown everywhere. */
async function dictateInStep(model: Dictation, clients: readonly Shown[]): Promise<void> {
  for (const [index, word] of words.entries()) {
    model.say(word);
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
    nginx = await startNginx(stage.server.url, { directives });
  });
  afterAll(() => nginx[Symbol.asyncDispose]());

  test('gives on each event as it comes', async () => {
    const model = dictate(stage.provider);
    const client = hastyClient(nginx.url, stage);
    const ended = until(client, () => client.getState().status === 'ended');

    client.start({ message: 'Hi' });
    await dictateInStep(model, [client]);
    await ended;

    expect(client.getState()).toMatchObject({ text: words.join(''), finishReason: 'stop' });
    expect(timesAsked()).toBe(1);
  });

  test('gives on the beginning of an answer before the model has said a word', async () => {
    const model = dictate(stage.provider);
    const headers = { ...stage.headers, 'accept-encoding': 'gzip' };

    const {
      status,
      headers: answered,
      close,
    } = await openSse(`${nginx.url}${routes.stream}`, {
      headers,
      body: { message: 'Hi' },
    });

    expect(status).toBe(200);
    expect(answered['content-encoding']).toBe(directives === '' ? undefined : 'gzip');
    expect(answered[names.streamId.toLowerCase()]).toBeTruthy();
    await stage.provider.received(asked + 1); // else the next test takes it for its own
    close();
    model.end();
  });

  test('carries a stop to the provider within a second', async () => {
    const model = dictate(stage.provider);
    const client = hastyClient(nginx.url, stage);
    client.start({ message: 'Hi' });
    model.say('Hello');
    await until(client, () => client.getState().text === 'Hello');
    const request = await stage.provider.received(asked + 1);

    const pressedAt = Date.now();
    await client.stop();

    expect((await request.closed).at - pressedAt).toBeLessThan(1_000);
    expect(client.getState()).toMatchObject({ text: 'Hello', finishReason: 'stopped', error: undefined });
  });
});

test('nginx adds less than 50 ms to the first word of a reply', async () => {
  await using nginx = await startNginx(stage.server.url);
  const body = { message: 'Hi' };
  const firstWordMs = async (origin: string) => {
    const began = performance.now();
    const { messages } = await openSse(origin + routes.stream, { headers: stage.headers, body });
    for await (const _ of messages) break;
    return performance.now() - began;
  };
  stage.provider.answer(providerAnswers.reply(['Hello']));

  const added: number[] = [];
  for (let i = 0; i < 15; i++) {
    const direct = await firstWordMs(stage.server.url);
    added.push((await firstWordMs(nginx.url)) - direct);
  }

  expect(added.sort((a, b) => a - b)[7]).toBeLessThan(50);
});

describe('HTTP/2 in front', () => {
  test('answers without a header of HTTP/1 connections, and gives on each event as it comes', async () => {
    await using nginx = await startNginx(stage.server.url, { hasHttp2: true });
    const session = connectHttp2(nginx.url, { rejectUnauthorized: false });
    const model = dictate(stage.provider);
    const request = session.request({
      ':method': 'POST',
      ':path': routes.stream,
      'content-type': 'application/json',
      authorization: stage.headers.authorization,
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
      model.say(word);
      await promise;
    }
    model.end();
    await once(request, 'end');
    session.close();

    expect(headers).toMatchObject({ ':status': 200, 'content-type': 'text/event-stream; charset=utf-8' });
    expect(Object.keys(headers)).not.toContain('connection');
    expect(received).toContain('"finishReason":"stop"');
    expect(timesAsked()).toBe(1);
  });

  test('carries seven streams of one browser at once, word by word: HTTP/1.1 has six connections', async () => {
    await using nginx = await startNginx(stage.server.url, { hasHttp2: true });
    const context = await browser.newContext({ ignoreHTTPSErrors: true });
    const model = dictate(stage.provider);
    const clients: PageClient[] = [];
    for (let i = 0; i < 7; i++) clients.push(await openPageClient(context, { origin: nginx.url, token: stage.token }));

    await Promise.all(clients.map((client) => client.start({ message: 'Hi' })));
    await dictateInStep(model, clients);
    await Promise.all(clients.map((client) => until(client, () => client.getState().status === 'ended')));
    const protocols = await Promise.all(clients.map(({ page }) => page.evaluate(protocolOf, routes.stream)));
    await context.close();

    expect(clients.map((client) => client.getState().text)).toEqual(Array(7).fill(words.join('')));
    expect(protocols).toEqual(Array(7).fill('h2'));
    expect(timesAsked()).toBe(7);
  });

  test('a reply is resumed when the connection behind it is cut, and stopped on request', async () => {
    await using proxy = await startProxy(stage.server.url);
    await using nginx = await startNginx(proxy.url, { hasHttp2: true });
    const context = await browser.newContext({ ignoreHTTPSErrors: true });
    const timings = { backoffMs: 5, backoffMaxMs: 10 };
    const client = await openPageClient(context, { origin: nginx.url, token: stage.token, timings });
    const model = dictate(stage.provider);
    await client.start({ message: 'Hi' });
    model.say('Hel');
    await until(client, () => client.getState().text === 'Hel');
    const request = await stage.provider.received(asked + 1);

    proxy.cut();
    model.say('lo');
    await until(client, () => client.getState().text === 'Hello');
    const pressedAt = Date.now();
    await client.stop();

    const { at } = await request.closed;
    await context.close();
    expect(at - pressedAt).toBeLessThan(1_000);
    expect(proxy.cuts).toBeGreaterThan(0);
    expect(client.getState()).toMatchObject({ text: 'Hello', finishReason: 'stopped', error: undefined });
    expect(timesAsked()).toBe(1);
  });
});

/** Runs in a page: names the protocol of the requests whose address ends in `path`. */
function protocolOf(path: string): string {
  const requests = performance.getEntriesByType('resource').filter(({ name }) => name.endsWith(path));
  return requests.map((entry) => (entry as PerformanceResourceTiming).nextHopProtocol).join();
}
