// Wherever the network cuts a connection, a reader gets the whole reply, no part of it twice, from one completion request.
import { routes } from '@sillage/protocol';
import {
  type CuttingProxy,
  collect,
  openSse,
  providerScripts,
  readSse,
  shortOrFull,
  startProxy,
  until,
} from '@sillage/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  awkwardDeltas,
  createTestClient,
  expectSameText,
  type Fixture,
  openFixture,
  PlainReader,
  seededRandom,
} from './fixture/fixture.ts';
import { isEmbedded } from './fixture/fixture-store.ts';

let fixture: Fixture;
let proxy: CuttingProxy;
beforeAll(async () => {
  fixture = await openFixture();
  proxy = await startProxy(fixture.server.url);
});
afterAll(async () => {
  await proxy.close();
  await fixture[Symbol.asyncDispose]();
});

const shortReply = ['Hé', 'llo', ' 👩', '\u200d👩\u200d👧', '\r\n', 'e', '\u0301', ' end'];

// A prime step, so that cuts fall into every part of a frame, of the headers and of a character.
const bytesBetweenCuts = shortOrFull({ short: isEmbedded ? 13 : 37, full: 1 });
const randomCuts = shortOrFull({ short: isEmbedded ? 80 : 20, full: 500 });
/** A loop in full takes half a minute on a quiet machine. */
const hangsAfterMs = shortOrFull({ short: 300_000, full: 1_200_000 });

/** Runs `read` with the first connection cut after 1 byte, then after `bytesBetweenCuts` more, until no connection is cut any more. */
async function cutAfterEveryByte(read: (count: number) => Promise<void>): Promise<number> {
  for (let count = 1; ; count += bytesBetweenCuts) {
    let cuts: (number | undefined)[] = [count];
    proxy.setCutAfterBytes(() => cuts.shift());
    const [cutsBefore, requestsBefore] = [proxy.cuts, fixture.provider.requests.length];
    await read(count);
    cuts = [];
    expect(fixture.provider.requests.length - requestsBefore, `cut after ${count}`).toBe(1);
    if (proxy.cuts === cutsBefore) return count;
  }
}

test(
  'a plain reader that is cut after any byte of a short reply, headers included, reads all of it once',
  async () => {
    fixture.provider.respond(providerScripts.reply(shortReply));

    const bytes = await cutAfterEveryByte(async (count) => {
      const start = { request: { message: 'Hi' }, key: `plain-${count}` };
      const reader = new PlainReader({ headers: fixture.headers, start });
      await reader.readToEnd(proxy.url);

      expect(reader.text, `cut after ${count}`).toBe(shortReply.join(''));
      expect(reader.receivedNoContent || reader.end?.finishReason === 'stop', `cut after ${count}`).toBe(true);
    });

    expect(bytes).toBeGreaterThan(500);
  },
  hangsAfterMs,
);

test(
  'a client that is cut after any byte of a short reply, headers included, shows all of it once',
  async () => {
    fixture.provider.respond(providerScripts.reply(shortReply));

    const bytes = await cutAfterEveryByte(async (count) => {
      const chunks: string[] = [];
      const client = createTestClient(proxy.url, fixture, { onChunk: (chunk) => chunks.push(chunk) });
      client.start({ message: 'Hi' });
      await until(client, () => client.getState().status === 'ended');

      expect(client.getState(), `cut after ${count}`).toMatchObject({
        text: shortReply.join(''),
        finishReason: 'stop',
      });
      expect(chunks.join(''), `cut after ${count}`).toBe(shortReply.join(''));
    });

    expect(bytes).toBeGreaterThan(500);
  },
  hangsAfterMs,
);

const seed = Date.now();

/** Cuts each connection after a random number of bytes: often within the first event, sometimes after many events. */
function cutAtRandom(random: () => number): void {
  proxy.setCutAfterBytes(() => Math.ceil(random() ** 2 * 90_000));
}

function megabyteReply(random: () => number): string[] {
  const deltas: string[] = [];
  for (let length = 0; length < 2 ** 20; ) {
    const more = awkwardDeltas(random, 1_000);
    deltas.push(...more);
    length += more.join('').length;
  }
  return deltas;
}

test(
  `a plain reader loses nothing in ${randomCuts} random cuts of a megabyte, live and ended`,
  async () => {
    const random = seededRandom(seed);
    const deltas = megabyteReply(random);
    fixture.provider.respond(providerScripts.reply(deltas));
    const requestsBefore = fixture.provider.requests.length;
    cutAtRandom(random);
    const cutsBefore = proxy.cuts;

    const streamId = await fixture.start({ message: 'Much' });
    while (proxy.cuts - cutsBefore < randomCuts) {
      const reader = new PlainReader({ headers: fixture.headers, streamId });
      await reader.readToEnd(proxy.url);
      expectSameText(reader.text, deltas.join(''), `seed ${seed}`);
    }

    expect(fixture.provider.requests.length - requestsBefore).toBe(1);
  },
  hangsAfterMs,
);

test(
  `the client loses nothing in ${randomCuts} random cuts of a megabyte, live and ended`,
  async () => {
    const random = seededRandom(seed + 1);
    const deltas = megabyteReply(random);
    fixture.provider.respond(providerScripts.reply(deltas));
    const requestsBefore = fixture.provider.requests.length;
    const cutsBefore = proxy.cuts;
    const chunks: string[] = [];
    const client = createTestClient(proxy.url, fixture, { onChunk: (chunk) => chunks.push(chunk) });
    const expectComplete = async () => {
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
    await expectComplete();
    while (proxy.cuts - cutsBefore < randomCuts) {
      client.resume(streamId);
      await expectComplete();
    }

    expect(fixture.provider.requests.length - requestsBefore).toBe(1);
  },
  hangsAfterMs,
);

test('two concurrent readers, a late reader and a reader after the end receive the same text', async () => {
  const deltas = Array.from({ length: 60 }, (_, index) => `${index} `);
  fixture.provider.respond(providerScripts.reply(deltas, { throttleMs: 3 }));
  const streamId = await fixture.start({ message: 'Hi' });

  const early = new PlainReader({ headers: fixture.headers, streamId });
  const late = Promise.withResolvers<PlainReader>();
  early.onText = () => {
    early.onText = () => {};
    fixture.read(streamId).then(late.resolve, late.reject);
  };
  const [second] = await Promise.all([fixture.read(streamId), early.readToEnd(fixture.server.url)]);
  const readers = [early, second, await late.promise, await fixture.read(streamId)];

  for (const reader of readers) {
    expect(reader.text).toBe(deltas.join(''));
    expect(reader.end).toMatchObject({ finishReason: 'stop', usage: { completionTokens: 60 } });
  }
});

test('a reader after the end gets 204, and an offset beyond the end gets 400', async () => {
  fixture.provider.respond(providerScripts.reply(shortReply));
  const streamId = await fixture.start({ message: 'Hi' });
  const { after } = await fixture.read(streamId);
  const path = fixture.server.url + routes.streamById(streamId);
  const statusAfter = async (offset: number) => {
    const response = await openSse(path, { headers: { ...fixture.headers, 'last-event-id': `${streamId}/${offset}` } });
    response.close();
    return response.status;
  };

  expect(await statusAfter(after)).toBe(204);
  expect(await statusAfter(after + 1)).toBe(400);
  expect(await statusAfter(after - 1)).toBe(200);
});

test('an expired stream is 410 for its owner and 404 for other users', async () => {
  await using expiring = await openFixture({ env: { stream_retention: '1' } });
  const streamId = await expiring.start({ message: 'Hi' });
  const url = expiring.server.url + routes.streamById(streamId);
  const statusFor = async (headers: Record<string, string>) => {
    const response = await openSse(url, { headers });
    response.close();
    return response.status;
  };

  await expect.poll(() => statusFor(expiring.headers), { timeout: 40_000 }).toBe(410); // before the first sweep, after 60 s

  expect(await statusFor({ authorization: `Bearer ${await expiring.server.token('eve')}` })).toBe(404);
});

test('a reader with an offset beyond the stored text waits, and gets only the text after its offset', async () => {
  const { promise: released, resolve: release } = Promise.withResolvers<void>();
  fixture.provider.respond(async (request, response) => {
    await released;
    await providerScripts.reply(['Hello world'])(request, response);
  });
  const streamId = await fixture.start({ message: 'Hi' });
  const headers = { ...fixture.headers, 'last-event-id': `${streamId}/6` };

  const messages = collect(readSse(fixture.server.url + routes.streamById(streamId), { headers }));
  release();

  const events = (await messages).filter(({ data }) => data !== undefined);
  expect(events.map(({ data }) => data)).toMatchObject([{ content: '' }, { content: 'world' }, { done: true }]);
});
