// Stop ends the generation at its provider: in every window, from anywhere, after a crash, and against a natural end.
import { routes, type StopAnswer } from '@sillage/protocol';
import { type ProviderScript, providerAnswers, type ReceivedRequest, shortOrFull, until } from '@sillage/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isEmbedded } from './stage-store.ts';
import { hastyClient, openStage, PlainReader, type Stage, turns } from './support.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage[Symbol.asyncDispose]());

/** Resolves with the next request that the provider gets. */
function nextRequest(): Promise<ReceivedRequest> {
  return stage.provider.received(stage.provider.requests.length + 1);
}

/** Expects the provider to see its socket closed within a second of `pressedAt`. */
async function expectClosedInTime(request: ReceivedRequest, pressedAt: number): Promise<void> {
  const { at } = await request.closed;
  expect(at - pressedAt).toBeLessThan(1_000);
}

const windows: [string, ProviderScript, string][] = [
  ["before the provider's headers", providerAnswers.hangBeforeHeaders(), ''],
  ['before its first token', providerAnswers.hangAfterHeaders(), ''],
  ['mid-stream', providerAnswers.stallAfter(['Hel', 'lo']), 'Hello'],
];

describe.each(windows)('a stop %s closes the connection to the provider within a second', (_, script, text) => {
  test('pressed where the reply is read', async () => {
    stage.provider.answer(script);
    const asked = nextRequest();
    const client = hastyClient(stage.server.url, stage);
    client.start({ message: 'Hi', sessionId: `own ${text}` });
    const request = await asked;
    await until(client, () => client.getState().streamId !== undefined && client.getState().text === text);

    const pressedAt = Date.now();
    await client.stop();

    await expectClosedInTime(request, pressedAt);
    const { streamId = '', ...state } = client.getState();
    expect(state).toMatchObject({ status: 'ended', finishReason: 'stopped', text, error: undefined });
    const { end, text: stored } = await stage.read(streamId);
    expect([stored, end]).toEqual([text, { done: true, finishReason: 'stopped' }]);
  });

  test('pressed on another connection', async () => {
    stage.provider.answer(script);
    const asked = nextRequest();
    const streamId = await stage.start({ message: 'Hi', sessionId: `other ${_}` });
    const request = await asked;
    const reader = new PlainReader({ headers: stage.headers, streamId });
    const seen = Promise.withResolvers<void>();
    reader.onText = () => reader.text === text && seen.resolve();
    const read = reader.readToEnd(stage.server.url);
    if (text !== '') await seen.promise;

    const pressedAt = Date.now();
    const answer = await stage.stop(streamId);

    await expectClosedInTime(request, pressedAt);
    await read;
    expect(answer).toEqual({ streamId, finishReason: 'stopped' });
    expect([reader.text, reader.end]).toEqual([text, { done: true, finishReason: 'stopped' }]);
    expect(await stage.stop(streamId)).toEqual(answer);
    const { messages } = await stage.session(`other ${_}`);
    expect(messages).toMatchObject([{ role: 'user' }, { content: text, finishReason: 'stopped', streamId }]);
  });
});

test("a stop pressed before the stream's id has arrived stops the stream, and starts no second one", async () => {
  stage.provider.answer(providerAnswers.stallAfter(['Hello']));
  const asked = nextRequest();
  const requestsBefore = stage.provider.requests.length;
  const client = hastyClient(stage.server.url, stage);

  client.start({ message: 'Hi', sessionId: 'early' });
  const pressedAt = Date.now();
  await client.stop();

  expect(client.getState()).toMatchObject({ status: 'ended', finishReason: 'stopped', error: undefined });
  const { messages } = await stage.session('early');
  expect(messages).toMatchObject([{ role: 'user' }, { role: 'assistant', finishReason: 'stopped' }]);
  expect(stage.provider.requests.length - requestsBefore).toBeLessThanOrEqual(1);
  if (stage.provider.requests.length > requestsBefore) await expectClosedInTime(await asked, pressedAt);
});

test('a new message into a conversation stops the reply that is under way there', async () => {
  stage.provider.answer(providerAnswers.stallAfter(['First']));
  const asked = nextRequest();
  const first = await stage.start({ message: 'One', sessionId: 'busy' });
  const request = await asked;
  stage.provider.answer(providerAnswers.reply(['Second']));

  const pressedAt = Date.now();
  const second = await stage.start({ message: 'Two', sessionId: 'busy' });

  await expectClosedInTime(request, pressedAt);
  expect((await stage.read(first)).end).toEqual({ done: true, finishReason: 'stopped' });
  expect((await stage.read(second)).text).toBe('Second');
  const { messages } = await stage.session('busy');
  expect(messages.map(({ finishReason }) => finishReason)).toEqual([undefined, 'stopped', undefined, 'stop']);
});

test('a stop whose effect a crash forestalled ends the stream as stopped, with what came', async () => {
  stage.provider.answer(providerAnswers.stallAfter(['Hello']));
  const streamId = await stage.start({ message: 'Hi', sessionId: 'crashed' });
  const reader = new PlainReader({ headers: stage.headers, streamId });
  const seen = Promise.withResolvers<void>();
  reader.onText = () => seen.resolve();
  const read = reader.readToEnd(stage.server.url);
  await seen.promise;

  await stage.server.kill();
  await stage.store.change(`update streams set stop_requested_at = ${Date.now()} where stream_id = '${streamId}'`);
  await stage.server.restart();
  await read;

  expect([reader.text, reader.end]).toEqual(['Hello', { done: true, finishReason: 'stopped' }]);
  expect((await stage.session('crashed')).messages).toMatchObject([{}, { content: 'Hello', finishReason: 'stopped' }]);
  expect(await stage.stop(streamId)).toEqual({ streamId, finishReason: 'stopped' });
});

test('a kill between the intent to stop and its effect, or just before or behind, keeps what was stored or answered', async () => {
  stage.provider.answer(providerAnswers.stallAfter(['Hello']));
  // On shared databases each restart waits for a lease to expire.
  const kills = isEmbedded ? shortOrFull({ short: 8, full: 20 }) : shortOrFull({ short: 4, full: 8 });
  const mostKills = 60;
  let between = 0;
  for (let kill = 0; kill < kills || (between === 0 && kill < mostKills); kill++) {
    const streamIds = await Promise.all([1, 2, 3].map(() => stage.start({ message: 'Hi' })));
    const answers = streamIds.map((streamId) =>
      stage.stop(streamId).then(
        ({ finishReason }) => finishReason,
        () => undefined, // the server was gone
      ),
    );

    if (kill % 2 === 0) await turns(kill * 4);
    else
      while (!(await storedStops(streamIds)).some(({ isRequested, isEnded }) => isRequested || isEnded)) await turns(1);
    const killed = stage.server.kill();
    const answered = await Promise.all(answers);
    await killed;
    const stored = await storedStops(streamIds);
    await stage.server.restart();

    between += stored.filter(({ isRequested, isEnded }) => isRequested && !isEnded).length;
    for (const [index, streamId] of streamIds.entries()) {
      const { isRequested } = stored[index] ?? {};
      const { end } = await stage.read(streamId);
      if (answered[index] !== undefined) expect([answered[index], isRequested]).toEqual(['stopped', true]);
      expect(end?.finishReason, `kill ${kill}`).toBe(isRequested ? 'stopped' : 'interrupted');
    }
  }
  expect(between).toBeGreaterThan(0); // else no kill hit the moment that matters
}, 120_000);

/** Reads what the database holds of the streams' stops. */
async function storedStops(streamIds: readonly string[]): Promise<{ isRequested: boolean; isEnded: boolean }[]> {
  const ids = streamIds.map((streamId) => `'${streamId}'`).join();
  const rows = await stage.store.rows(
    `select stream_id, stop_requested_at, ended_at from streams where stream_id in (${ids})`,
  );
  return streamIds.map((streamId) => {
    const row = rows.find(({ stream_id }) => stream_id === streamId);
    return { isRequested: typeof row?.stop_requested_at === 'number', isEnded: typeof row?.ended_at === 'number' };
  });
}

test('a stop that races the natural end makes one end, and all agree which', async () => {
  const races = shortOrFull({ short: 15, full: 50 });
  const won = new Set<string>();
  for (let race = 0; race < races || (won.size < 2 && race < 500); race++) {
    const { promise: finished, resolve: finish } = Promise.withResolvers<void>();
    stage.provider.answer(async (request, response) => {
      await providerAnswers.stallAfter(['Hello'])(request, response);
      await finished;
      response.writeHead = () => response; // the headers are out
      await providerAnswers.reply([' world'])(request, response);
    });
    const asked = nextRequest();
    const sessionId = `race ${race}`;
    const streamId = await stage.start({ message: 'Hi', sessionId });
    await asked;
    const live = stage.read(streamId);

    const early = race % 2 === 0 ? undefined : stage.post(routes.stop(streamId));
    await turns((race % 7) * (race % 13));
    finish();
    await turns((race % 11) * (race % 17));
    const answer: StopAnswer = await (await (early ?? stage.post(routes.stop(streamId)))).json();

    const { text, end } = await live;
    const { messages } = await stage.session(sessionId);
    expect(['stop', 'stopped']).toContain(answer.finishReason);
    expect(end?.finishReason).toBe(answer.finishReason);
    expect(messages).toMatchObject([{}, { finishReason: answer.finishReason, content: text }]);
    expect((await stage.read(streamId)).end).toEqual(end);
    won.add(answer.finishReason);
  }
  expect(won.size).toBe(2); // each has won at least once, or it was no race
}, 120_000);
