// Stop closes the provider's connection: in every phase, from any connection, after a crash, and in a race with the natural end.
import { routes, type StopResponse } from '@sillage/protocol';
import { type ProviderScript, providerScripts, type ReceivedRequest, shortOrFull, until } from '@sillage/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  createTestClient,
  type Fixture,
  openFixture,
  PlainReader,
  stoppedEnd,
  waitLoopIterations,
} from './fixture/fixture.ts';
import { isEmbedded } from './fixture/fixture-store.ts';
import { type Stopwatch, startStopwatch } from './fixture/stopwatch.ts';

let fixture: Fixture;
beforeAll(async () => {
  fixture = await openFixture();
});
afterAll(() => fixture[Symbol.asyncDispose]());

/** Resolves with the next request that the provider receives. */
function nextRequest(): Promise<ReceivedRequest> {
  return fixture.provider.received(fixture.provider.requests.length + 1);
}

/** Expects the provider's socket to close within a second. */
async function expectClosedInTime(request: ReceivedRequest, stopwatch: Stopwatch): Promise<void> {
  const { at } = await request.closed;
  await stopwatch.expectWithin(1_000, at);
}

const phases: [string, ProviderScript, string][] = [
  ["before the provider's headers", providerScripts.hangBeforeHeaders(), ''],
  ['before its first token', providerScripts.hangAfterHeaders(), ''],
  ['mid-stream', providerScripts.stallAfter(['Hel', 'lo']), 'Hello'],
];

describe.each(phases)('a stop %s closes the connection to the provider within a second', (_, script, text) => {
  test('sent by the client that reads the reply', async () => {
    fixture.provider.respond(script);
    const nextReceived = nextRequest();
    const client = createTestClient(fixture.server.url, fixture);
    client.start({ message: 'Hi', sessionId: `own ${text}` });
    const request = await nextReceived;
    await until(client, () => client.getState().streamId !== undefined && client.getState().text === text);

    const stopwatch = startStopwatch(fixture.server.url);
    await client.stop();

    await expectClosedInTime(request, stopwatch);
    const { streamId = '', ...state } = client.getState();
    expect(state).toMatchObject({ status: 'ended', finishReason: 'stopped', text, error: undefined });
    const { end, text: stored } = await fixture.read(streamId);
    expect([stored, end]).toEqual([text, stoppedEnd]);
  });

  test('sent on another connection', async () => {
    fixture.provider.respond(script);
    const nextReceived = nextRequest();
    const streamId = await fixture.start({ message: 'Hi', sessionId: `other ${_}` });
    const request = await nextReceived;
    const reader = new PlainReader({ headers: fixture.headers, streamId });
    const received = Promise.withResolvers<void>();
    reader.onText = () => reader.text === text && received.resolve();
    const read = reader.readToEnd(fixture.server.url);
    if (text !== '') await received.promise;

    const stopwatch = startStopwatch(fixture.server.url);
    const response = await fixture.stop(streamId);

    await expectClosedInTime(request, stopwatch);
    await read;
    expect(response).toEqual({ streamId, finishReason: 'stopped' });
    expect([reader.text, reader.end]).toEqual([text, stoppedEnd]);
    expect(await fixture.stop(streamId)).toEqual(response);
    const { messages } = await fixture.session(`other ${_}`);
    expect(messages).toMatchObject([{ role: 'user' }, { content: text, finishReason: 'stopped', streamId }]);
  });
});

test('a stop before the client knows the stream id stops the stream and starts no second one', async () => {
  fixture.provider.respond(providerScripts.stallAfter(['Hello']));
  const nextReceived = nextRequest();
  const requestsBefore = fixture.provider.requests.length;
  const client = createTestClient(fixture.server.url, fixture);

  client.start({ message: 'Hi', sessionId: 'early' });
  const stopwatch = startStopwatch(fixture.server.url);
  await client.stop();

  expect(client.getState()).toMatchObject({ status: 'ended', finishReason: 'stopped', error: undefined });
  const { messages } = await fixture.session('early');
  expect(messages).toMatchObject([{ role: 'user' }, { role: 'assistant', finishReason: 'stopped' }]);
  expect(fixture.provider.requests.length - requestsBefore).toBeLessThanOrEqual(1);
  if (fixture.provider.requests.length > requestsBefore) await expectClosedInTime(await nextReceived, stopwatch);
});

test('a new message in a conversation stops the running reply', async () => {
  fixture.provider.respond(providerScripts.stallAfter(['First']));
  const nextReceived = nextRequest();
  const first = await fixture.start({ message: 'One', sessionId: 'busy' });
  const request = await nextReceived;
  fixture.provider.respond(providerScripts.reply(['Second']));

  const stopwatch = startStopwatch(fixture.server.url);
  const second = await fixture.start({ message: 'Two', sessionId: 'busy' });

  await expectClosedInTime(request, stopwatch);
  expect((await fixture.read(first)).end).toEqual(stoppedEnd);
  expect((await fixture.read(second)).text).toBe('Second');
  const { messages } = await fixture.session('busy');
  expect(messages.map(({ finishReason }) => finishReason)).toEqual([undefined, 'stopped', undefined, 'stop']);
});

test('a stop that was stored before a crash ends the stream as stopped, with its text', async () => {
  fixture.provider.respond(providerScripts.stallAfter(['Hello']));
  const streamId = await fixture.start({ message: 'Hi', sessionId: 'crashed' });
  const reader = new PlainReader({ headers: fixture.headers, streamId });
  const received = Promise.withResolvers<void>();
  reader.onText = () => received.resolve();
  const read = reader.readToEnd(fixture.server.url);
  await received.promise;

  await fixture.server.kill();
  await fixture.store.change(`update streams set stop_requested_at = ${Date.now()} where stream_id = '${streamId}'`);
  await fixture.server.restart();
  await read;

  expect([reader.text, reader.end]).toEqual(['Hello', stoppedEnd]);
  expect((await fixture.session('crashed')).messages).toMatchObject([
    {},
    { content: 'Hello', finishReason: 'stopped' },
  ]);
  expect(await fixture.stop(streamId)).toEqual({ streamId, finishReason: 'stopped' });
});

test('a kill before, during or after a stop never contradicts the stored stop or the response', async () => {
  fixture.provider.respond(providerScripts.stallAfter(['Hello']));
  // On shared databases, each restart waits for a lease to expire.
  const kills = isEmbedded ? shortOrFull({ short: 8, full: 20 }) : shortOrFull({ short: 4, full: 8 });
  const mostKills = 60;
  let between = 0;
  for (let kill = 0; kill < kills || (between === 0 && kill < mostKills); kill++) {
    const streamIds = await Promise.all([1, 2, 3].map(() => fixture.start({ message: 'Hi' })));
    const responses = streamIds.map((streamId) =>
      fixture.stop(streamId).then(
        ({ finishReason }) => finishReason,
        () => undefined, // the server was killed
      ),
    );

    if (kill % 2 === 0) await waitLoopIterations(kill * 4);
    else
      while (!(await storedStops(streamIds)).some(({ isRequested, isEnded }) => isRequested || isEnded))
        await waitLoopIterations(1);
    const killed = fixture.server.kill();
    const finishReasons = await Promise.all(responses);
    await killed;
    const atKill = await storedStops(streamIds);
    await fixture.server.restart();
    const ends = [];
    for (const streamId of streamIds) ends.push((await fixture.read(streamId)).end);
    const stored = await storedStops(streamIds); // PostgreSQL may have committed a statement after its node was killed

    between += atKill.filter(({ isRequested, isEnded }) => isRequested && !isEnded).length;
    for (const [index, end] of ends.entries()) {
      const { isRequested } = stored[index] ?? {};
      if (finishReasons[index] !== undefined) expect([finishReasons[index], isRequested]).toEqual(['stopped', true]);
      expect(end?.finishReason, `kill ${kill}`).toBe(isRequested ? 'stopped' : 'interrupted');
    }
  }
  expect(between).toBeGreaterThan(0); // at least one kill came between the stored stop and the end
}, 600_000);

/** Reads from the database which streams have a stored stop and which have ended. */
async function storedStops(streamIds: readonly string[]): Promise<{ isRequested: boolean; isEnded: boolean }[]> {
  const ids = streamIds.map((streamId) => `'${streamId}'`).join();
  const rows = await fixture.store.rows(
    `select stream_id, stop_requested_at, ended_at from streams where stream_id in (${ids})`,
  );
  return streamIds.map((streamId) => {
    const row = rows.find(({ stream_id }) => stream_id === streamId);
    return { isRequested: typeof row?.stop_requested_at === 'number', isEnded: typeof row?.ended_at === 'number' };
  });
}

test('a stop that races the natural end yields one end, and every response agrees on it', async () => {
  const races = shortOrFull({ short: 15, full: 50 });
  const finishReasons = new Set<string>();
  for (let race = 0; race < races || (finishReasons.size < 2 && race < 500); race++) {
    const { promise: finished, resolve: finish } = Promise.withResolvers<void>();
    fixture.provider.respond(async (request, response) => {
      await providerScripts.stallAfter(['Hello'])(request, response);
      await finished;
      response.writeHead = () => response; // the headers were already sent
      await providerScripts.reply([' world'])(request, response);
    });
    const nextReceived = nextRequest();
    const sessionId = `race ${race}`;
    const streamId = await fixture.start({ message: 'Hi', sessionId });
    await nextReceived;
    const live = fixture.read(streamId);

    const earlyStop = race % 2 === 0 ? undefined : fixture.post(routes.stop(streamId));
    await waitLoopIterations((race % 7) * (race % 13));
    finish();
    await waitLoopIterations((race % 11) * (race % 17));
    const response: StopResponse = await (await (earlyStop ?? fixture.post(routes.stop(streamId)))).json();

    const { text, end } = await live;
    const { messages } = await fixture.session(sessionId);
    expect(['stop', 'stopped']).toContain(response.finishReason);
    expect(end?.finishReason).toBe(response.finishReason);
    expect(messages).toMatchObject([{}, { finishReason: response.finishReason, content: text }]);
    expect((await fixture.read(streamId)).end).toEqual(end);
    finishReasons.add(response.finishReason);
  }
  expect(finishReasons.size).toBe(2); // each side won at least once
}, 600_000);
