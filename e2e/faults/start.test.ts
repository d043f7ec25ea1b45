// Starts are idempotent: concurrent starts, starts after the end, after a restart, and on connections that break early.
import { connect } from 'node:net';
import { headers as names, routes } from '@sillage/protocol';
import { providerScripts, shortOrFull, startProxy } from '@sillage/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Fixture, openFixture, waitLoopIterations } from './fixture/fixture.ts';

let fixture: Fixture;
let requestsBefore = 0;
beforeAll(async () => {
  fixture = await openFixture();
});
beforeEach(() => {
  fixture.provider.respond(providerScripts.reply(['Hello', ' world'], { throttleMs: 5 }));
  requestsBefore = fixture.provider.requests.length;
});
afterAll(() => fixture[Symbol.asyncDispose]());

function requestCount(): number {
  return fixture.provider.requests.length - requestsBefore;
}

test('twenty concurrent starts with one key create one stream, and all return it', async () => {
  const request = { message: 'Hi', sessionId: 'at-once' };

  const streamIds = await Promise.all(Array.from({ length: 20 }, () => fixture.start(request, 'at-once')));

  expect(new Set(streamIds).size).toBe(1);
  const { text } = await fixture.read(streamIds[0] ?? '');
  expect(text).toBe('Hello world');
  expect(requestCount()).toBe(1);
  expect((await fixture.session('at-once')).messages).toHaveLength(2);
});

test('a repeated start after the end, a restart and a kill returns the same stream', async () => {
  const request = { message: 'Hi', sessionId: 'again' };
  const streamId = await fixture.start(request, 'again');
  await fixture.read(streamId);

  const afterEnd = await fixture.start(request, 'again');
  await fixture.server.restart();
  const afterRestart = await fixture.start(request, 'again');
  await fixture.server.kill();
  await fixture.server.restart();
  const afterKill = await fixture.start(request, 'again');

  expect([afterEnd, afterRestart, afterKill]).toEqual([streamId, streamId, streamId]);
  expect((await fixture.read(afterKill)).text).toBe('Hello world');
  expect(requestCount()).toBe(1);
  expect((await fixture.session('again')).messages).toHaveLength(2);
});

test('a repeated start does not stop the running reply', async () => {
  fixture.provider.respond(providerScripts.stallAfter(['Hello']));
  const request = { message: 'Hi', sessionId: 'under-way' };
  const streamId = await fixture.start(request, 'under-way');

  expect(await fixture.start(request, 'under-way')).toBe(streamId);
  expect((await fixture.session('under-way')).activeStreamId).toBe(streamId);
  await fixture.stop(streamId);
});

test('the same key with another body returns 409 and starts nothing', async () => {
  await fixture.read(await fixture.start({ message: 'Hi' }, 'other-body'));

  for (const path of [routes.stream, routes.streams]) {
    const response = await fixture.post(path, { message: 'Ho' }, { [names.idempotencyKey]: 'other-body' });
    expect(response.status).toBe(409);
    expect(await response.json()).toMatchObject({ code: 'conflict' });
  }
  expect(requestCount()).toBe(1);
});

test('the same key of another user starts another stream', async () => {
  const first = await fixture.start({ message: 'Hi' }, 'shared');
  const authorization = `Bearer ${await fixture.server.token('eve')}`;

  const response = await fixture.post(
    routes.streams,
    { message: 'Hi' },
    { authorization, [names.idempotencyKey]: 'shared' },
  );

  expect((await response.json()).streamId).not.toBe(first);
});

test('two requests with the same message and no key start two streams', async () => {
  const request = { message: 'Hi', sessionId: 'twice' };

  const first = await fixture.start(request);
  const second = await fixture.start(request);

  await fixture.read(second);
  expect(second).not.toBe(first);
  expect((await fixture.session('twice')).messages).toHaveLength(4);
});

/** How a GET request identifies its start. */
const identities: [
  string,
  (key: string) => Promise<{ query: Record<string, string>; headers: Record<string, string> }>,
][] = [
  ['a ticket', async () => ({ query: { ticket: await fixture.ticket() }, headers: {} })],
  ['idempotencyKey', async (key) => ({ query: { idempotencyKey: key }, headers: fixture.headers })],
];

const earlyDisconnects = shortOrFull({ short: 10, full: 40 });
const bytesBetweenCuts = shortOrFull({ short: 37, full: 7 });
const mostHeaderBytes = 600;

describe.each(identities)('GET /stream-sse identified by %s', (name, identify) => {
  test('starts one stream when its connection breaks in the first moments', async () => {
    for (let attempt = 0; attempt < earlyDisconnects; attempt++) {
      const sessionId = `${name.replace(' ', '-')}-${attempt}`;
      const { query, headers } = await identify(sessionId);
      const path = `${routes.streamSse}?${new URLSearchParams({ message: 'Hi', sessionId, ...query })}`;

      for (let disconnect = 0; disconnect < 3; disconnect++) await disconnectEarly(path, headers, attempt * disconnect);
      const response = await fetch(fixture.server.url + path, { headers });

      expect(await response.text()).toContain('"finishReason":"stop"');
      expect((await fixture.session(sessionId)).messages).toHaveLength(2);
    }
    expect(requestCount()).toBe(earlyDisconnects);
  });

  test('starts one stream when the network cuts the response after any byte of the headers', async () => {
    await using proxy = await startProxy(fixture.server.url);
    let cutResponses = 0;
    for (let count = 1; count <= mostHeaderBytes; count += bytesBetweenCuts) {
      cutResponses += 1;
      const { query, headers } = await identify(`cut-${count}`);
      const path = `${routes.streamSse}?${new URLSearchParams({ message: 'Hi', ...query })}`;
      const cuts = [count];
      proxy.setCutAfterBytes(() => cuts.shift());

      await expect(fetch(proxy.url + path, { headers }).then((response) => response.text())).rejects.toThrow();
      expect(await (await fetch(fixture.server.url + path, { headers })).text()).toContain('"finishReason":"stop"');
    }
    expect(requestCount()).toBe(cutResponses);
  });
});

/** Sends the request and destroys the connection after a few iterations of the event loop. */
async function disconnectEarly(
  path: string,
  headers: Readonly<Record<string, string>>,
  afterIterations: number,
): Promise<void> {
  const socket = connect(fixture.server.port, '127.0.0.1');
  const closed = new Promise((resolve) => socket.once('close', resolve));
  socket.on('error', () => {}).resume();
  const lines = Object.entries({ host: 'localhost', ...headers }).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.write(`GET ${path} HTTP/1.1\r\n${lines.join('')}\r\n`);
  await waitLoopIterations(afterIterations);
  socket.destroy();
  await closed;
}
