// Starting twice is starting once: at the same moment, after the end, after a restart, and on a network that fails early.
import { connect } from 'node:net';
import { headers as names, routes } from '@sillage/protocol';
import { providerAnswers, shortOrFull, startProxy } from '@sillage/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openStage, type Stage, turns } from './support.ts';

let stage: Stage;
let requestsBefore = 0;
beforeAll(async () => {
  stage = await openStage();
});
beforeEach(() => {
  stage.provider.answer(providerAnswers.reply(['Hello', ' world'], { throttleMs: 5 }));
  requestsBefore = stage.provider.requests.length;
});
afterAll(() => stage[Symbol.asyncDispose]());

function asked(): number {
  return stage.provider.requests.length - requestsBefore;
}

test('twenty starts with one key at the same moment are one stream, and all get it', async () => {
  const request = { message: 'Hi', sessionId: 'at-once' };

  const streamIds = await Promise.all(Array.from({ length: 20 }, () => stage.start(request, 'at-once')));

  expect(new Set(streamIds).size).toBe(1);
  const { text } = await stage.read(streamIds[0] ?? '');
  expect(text).toBe('Hello world');
  expect(asked()).toBe(1);
  expect((await stage.session('at-once')).messages).toHaveLength(2);
});

test('a start again after the end, a restart and a kill is the same stream', async () => {
  const request = { message: 'Hi', sessionId: 'again' };
  const streamId = await stage.start(request, 'again');
  await stage.read(streamId);

  const afterEnd = await stage.start(request, 'again');
  await stage.server.restart();
  const afterRestart = await stage.start(request, 'again');
  await stage.server.kill();
  await stage.server.restart();
  const afterKill = await stage.start(request, 'again');

  expect([afterEnd, afterRestart, afterKill]).toEqual([streamId, streamId, streamId]);
  expect((await stage.read(afterKill)).text).toBe('Hello world');
  expect(asked()).toBe(1);
  expect((await stage.session('again')).messages).toHaveLength(2);
});

test('a start again while the reply is under way does not stop it', async () => {
  stage.provider.answer(providerAnswers.stallAfter(['Hello']));
  const request = { message: 'Hi', sessionId: 'under-way' };
  const streamId = await stage.start(request, 'under-way');

  expect(await stage.start(request, 'under-way')).toBe(streamId);
  expect((await stage.session('under-way')).activeStreamId).toBe(streamId);
  await stage.stop(streamId);
});

test('the same key with another body is 409, and starts nothing', async () => {
  await stage.read(await stage.start({ message: 'Hi' }, 'other-body'));

  for (const path of [routes.stream, routes.streams]) {
    const answer = await stage.post(path, { message: 'Ho' }, { [names.idempotencyKey]: 'other-body' });
    expect(answer.status).toBe(409);
    expect(await answer.json()).toMatchObject({ code: 'conflict' });
  }
  expect(asked()).toBe(1);
});

test('the same key of another user is another start', async () => {
  const first = await stage.start({ message: 'Hi' }, 'shared');
  const authorization = `Bearer ${await stage.server.token('eve')}`;

  const answer = await stage.post(
    routes.streams,
    { message: 'Hi' },
    { authorization, [names.idempotencyKey]: 'shared' },
  );

  expect((await answer.json()).streamId).not.toBe(first);
});

test('two honest sends of the same words are two', async () => {
  const request = { message: 'Hi', sessionId: 'twice' };

  const first = await stage.start(request);
  const second = await stage.start(request);

  await stage.read(second);
  expect(second).not.toBe(first);
  expect((await stage.session('twice')).messages).toHaveLength(4);
});

/** Ways to say which start it is, for who can send no body. */
const ways: [string, (key: string) => Promise<{ query: Record<string, string>; headers: Record<string, string> }>][] = [
  ['a ticket', async () => ({ query: { ticket: await stage.ticket() }, headers: {} })],
  ['idempotencyKey', async (key) => ({ query: { idempotencyKey: key }, headers: stage.headers })],
];

const earlyDeaths = shortOrFull({ short: 10, full: 40 });
const bytesBetweenCuts = shortOrFull({ short: 37, full: 7 });
const mostHeaderBytes = 600;

describe.each(ways)('GET /stream-sse by %s', (way, identify) => {
  test('starts nothing twice when its connection dies in the first moments', async () => {
    for (let attempt = 0; attempt < earlyDeaths; attempt++) {
      const sessionId = `${way.replace(' ', '-')}-${attempt}`;
      const { query, headers } = await identify(sessionId);
      const path = `${routes.streamSse}?${new URLSearchParams({ message: 'Hi', sessionId, ...query })}`;

      for (let death = 0; death < 3; death++) await dieEarly(path, headers, attempt * death);
      const answer = await fetch(stage.server.url + path, { headers });

      expect(await answer.text()).toContain('"finishReason":"stop"');
      expect((await stage.session(sessionId)).messages).toHaveLength(2);
    }
    expect(asked()).toBe(earlyDeaths);
  });

  test('starts nothing twice when the network cuts its answer after any byte of the headers', async () => {
    await using proxy = await startProxy(stage.server.url);
    let cutAnswers = 0;
    for (let count = 1; count <= mostHeaderBytes; count += bytesBetweenCuts) {
      cutAnswers += 1;
      const { query, headers } = await identify(`cut-${count}`);
      const path = `${routes.streamSse}?${new URLSearchParams({ message: 'Hi', ...query })}`;
      const cuts = [count];
      proxy.setCutAfterBytes(() => cuts.shift());

      await expect(fetch(proxy.url + path, { headers }).then((answer) => answer.text())).rejects.toThrow();
      expect(await (await fetch(stage.server.url + path, { headers })).text()).toContain('"finishReason":"stop"');
    }
    expect(asked()).toBe(cutAnswers);
  });
});

/** Sends the request and destroys the connection a few turns of the event loop later. */
async function dieEarly(path: string, headers: Readonly<Record<string, string>>, afterTurns: number): Promise<void> {
  const socket = connect(stage.server.port, '127.0.0.1');
  const closed = new Promise((resolve) => socket.once('close', resolve));
  socket.on('error', () => {}).resume();
  const lines = Object.entries({ host: 'localhost', ...headers }).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.write(`GET ${path} HTTP/1.1\r\n${lines.join('')}\r\n`);
  await turns(afterTurns);
  socket.destroy();
  await closed;
}
