// Whatever the network cuts, and wherever: the text is the reply, no part of it comes twice, and the model is asked once.
import { routes } from '@sillage/protocol';
import {
  type CuttingProxy,
  collect,
  openSse,
  providerAnswers,
  readSse,
  shortOrFull,
  startProxy,
  until,
} from '@sillage/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { awkwardDeltas, expectSameText, hastyClient, openStage, PlainReader, type Stage, seeded } from './support.ts';

let stage: Stage;
let proxy: CuttingProxy;
beforeAll(async () => {
  stage = await openStage();
  proxy = await startProxy(stage.server.url);
});
afterAll(async () => {
  await proxy.close();
  await stage[Symbol.asyncDispose]();
});

const small = ['Hé', 'llo', ' 👩', '\u200d👩\u200d👧', '\r\n', 'e', '\u0301', ' end'];

// The short step is a prime: it hits every part of a frame, of the headers and of a character.
const bytesBetweenCuts = shortOrFull({ short: 13, full: 1 });
const randomCuts = shortOrFull({ short: 80, full: 500 });

/** Runs `read` with the first connection cut after 1 byte, then after `bytesBetweenCuts` more, until nothing is left to cut. */
async function cutAfterEveryByte(read: (count: number) => Promise<void>): Promise<number> {
  for (let count = 1; ; count += bytesBetweenCuts) {
    let cuts: (number | undefined)[] = [count];
    proxy.setCutAfterBytes(() => cuts.shift());
    const [cutsBefore, requestsBefore] = [proxy.cuts, stage.provider.requests.length];
    await read(count);
    cuts = [];
    expect(stage.provider.requests.length - requestsBefore, `cut after ${count}`).toBe(1);
    if (proxy.cuts === cutsBefore) return count;
  }
}

test('a plain reader cut after any byte of a short reply, headers included, reads it whole and once', async () => {
  stage.provider.answer(providerAnswers.reply(small));

  const bytes = await cutAfterEveryByte(async (count) => {
    const start = { request: { message: 'Hi' }, key: `plain-${count}` };
    const reader = new PlainReader({ headers: stage.headers, start });
    await reader.readToEnd(proxy.url);

    expect(reader.text, `cut after ${count}`).toBe(small.join(''));
    expect(reader.wasOver || reader.end?.finishReason === 'stop', `cut after ${count}`).toBe(true);
  });

  expect(bytes).toBeGreaterThan(500);
}, 120_000);

test('the client cut after any byte of a short reply, headers included, shows it whole and once', async () => {
  stage.provider.answer(providerAnswers.reply(small));

  const bytes = await cutAfterEveryByte(async (count) => {
    const chunks: string[] = [];
    const client = hastyClient(proxy.url, stage, { onChunk: (chunk) => chunks.push(chunk) });
    client.start({ message: 'Hi' });
    await until(client, () => client.getState().status === 'ended');

    expect(client.getState(), `cut after ${count}`).toMatchObject({ text: small.join(''), finishReason: 'stop' });
    expect(chunks.join(''), `cut after ${count}`).toBe(small.join(''));
  });

  expect(bytes).toBeGreaterThan(500);
}, 120_000);

const seed = Date.now();

/** Cuts each connection after a random count of bytes: often before an event is whole, sometimes behind many. */
function cutAtRandom(random: () => number): void {
  proxy.setCutAfterBytes(() => Math.ceil(random() ** 2 * 90_000));
}

function megabyte(random: () => number): string[] {
  const deltas: string[] = [];
  for (let length = 0; length < 2 ** 20; ) {
    const more = awkwardDeltas(random, 1_000);
    deltas.push(...more);
    length += more.join('').length;
  }
  return deltas;
}

test(`${randomCuts} random cuts of a megabyte cost a plain reader nothing, live and ended`, async () => {
  const random = seeded(seed);
  const deltas = megabyte(random);
  stage.provider.answer(providerAnswers.reply(deltas));
  const requestsBefore = stage.provider.requests.length;
  cutAtRandom(random);
  const cutsBefore = proxy.cuts;

  const streamId = await stage.start({ message: 'Much' });
  while (proxy.cuts - cutsBefore < randomCuts) {
    const reader = new PlainReader({ headers: stage.headers, streamId });
    await reader.readToEnd(proxy.url);
    expectSameText(reader.text, deltas.join(''), `seed ${seed}`);
  }

  expect(stage.provider.requests.length - requestsBefore).toBe(1);
}, 120_000);

test(`${randomCuts} random cuts of a megabyte cost the client nothing, live and ended`, async () => {
  const random = seeded(seed + 1);
  const deltas = megabyte(random);
  stage.provider.answer(providerAnswers.reply(deltas));
  const requestsBefore = stage.provider.requests.length;
  const cutsBefore = proxy.cuts;
  const chunks: string[] = [];
  const client = hastyClient(proxy.url, stage, { onChunk: (chunk) => chunks.push(chunk) });
  const whole = async () => {
    await until(client, () => client.getState().status === 'ended');
    expectSameText(client.getState().text, deltas.join(''), `seed ${seed + 1}`);
    expectSameText(chunks.splice(0).join(''), deltas.join(''), `seed ${seed + 1}`);
  };

  proxy.setCutAfterBytes(undefined);
  client.start({ message: 'Much' });
  await until(client, () => client.getState().streamId !== undefined);
  const { streamId = '' } = client.getState();
  cutAtRandom(random);
  proxy.cut();
  await whole();
  while (proxy.cuts - cutsBefore < randomCuts) {
    client.resume(streamId);
    await whole();
  }

  expect(stage.provider.requests.length - requestsBefore).toBe(1);
}, 120_000);

test('two readers at once, a late one and one of the ended stream all read the same', async () => {
  const deltas = Array.from({ length: 60 }, (_, index) => `${index} `);
  stage.provider.answer(providerAnswers.reply(deltas, { throttleMs: 3 }));
  const streamId = await stage.start({ message: 'Hi' });

  const early = new PlainReader({ headers: stage.headers, streamId });
  const late = Promise.withResolvers<PlainReader>();
  early.onText = () => {
    early.onText = () => {};
    stage.read(streamId).then(late.resolve, late.reject);
  };
  const [second] = await Promise.all([stage.read(streamId), early.readToEnd(stage.server.url)]);
  const readers = [early, second, await late.promise, await stage.read(streamId)];

  for (const reader of readers) {
    expect(reader.text).toBe(deltas.join(''));
    expect(reader.end).toMatchObject({ finishReason: 'stop', usage: { completionTokens: 60 } });
  }
});

test('who has seen the end is answered 204, who claims to have seen more is refused', async () => {
  stage.provider.answer(providerAnswers.reply(small));
  const streamId = await stage.start({ message: 'Hi' });
  const { after } = await stage.read(streamId);
  const path = stage.server.url + routes.streamById(streamId);
  const statusBehind = async (offset: number) => {
    const answer = await openSse(path, { headers: { ...stage.headers, 'last-event-id': `${streamId}/${offset}` } });
    answer.close();
    return answer.status;
  };

  expect(await statusBehind(after)).toBe(204);
  expect(await statusBehind(after + 1)).toBe(400);
  expect(await statusBehind(after - 1)).toBe(200);
});

test('a stream that was forgotten is 410 for its owner and 404 for anybody else', async () => {
  await using forgetful = await openStage({ env: { stream_retention: '1' } });
  const streamId = await forgetful.start({ message: 'Hi' });
  await forgetful.read(streamId);
  const url = forgetful.server.url + routes.streamById(streamId);
  const statusFor = async (headers: Record<string, string>) => (await fetch(url, { headers })).status;

  await expect
    .poll(
      async () => {
        await forgetful.server.restart(); // which forgets at once, and not after a minute
        return statusFor(forgetful.headers);
      },
      { timeout: 20_000 },
    )
    .toBe(410);

  expect(await statusFor({ authorization: `Bearer ${await forgetful.server.token('eve')}` })).toBe(404);
});

test('a reader beyond what is stored waits for it, and gets only what lies behind', async () => {
  const { promise: released, resolve: release } = Promise.withResolvers<void>();
  stage.provider.answer(async (request, response) => {
    await released;
    await providerAnswers.reply(['Hello world'])(request, response);
  });
  const streamId = await stage.start({ message: 'Hi' });
  const headers = { ...stage.headers, 'last-event-id': `${streamId}/6` };

  const messages = collect(readSse(stage.server.url + routes.streamById(streamId), { headers }));
  release();

  const events = (await messages).filter(({ data }) => data !== undefined);
  expect(events.map(({ data }) => data)).toMatchObject([{ content: 'world' }, { done: true }]);
});
