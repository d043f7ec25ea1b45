// Failing storage: readers receive no text that is not stored, the server keeps running and continues when storage recovers.
import { setTimeout as delay } from 'node:timers/promises';
import { routes } from '@sillage/protocol';
import { providerChunk, providerScripts, shortOrFull } from '@sillage/testing';
import { describe, expect, test as sequentialTest } from 'vitest';
import { storageKinds } from './fixture/failing-storage.ts';
import {
  expectSameText,
  type Fixture,
  firstRejectedStart,
  openFixture,
  PlainReader,
  stoppedEnd,
} from './fixture/fixture.ts';
import { type FailingStorage, isEmbedded } from './fixture/fixture-store.ts';
import { startStopwatch } from './fixture/stopwatch.ts';

/** Makes the model send text until `finish` is called, and records it. */
function sendUntilFinished({ provider }: Fixture) {
  const sent: string[] = [];
  const written = Promise.withResolvers<void>();
  let isFinished = false;
  provider.respond(async (_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    while (!isFinished && !response.destroyed) {
      const content = `${sent.length} é👩 `;
      sent.push(content);
      response.write(providerChunk({ content }));
      await delay(1);
    }
    response.end(`${providerChunk({}, 'stop')}data: [DONE]\n\n`, () => written.resolve());
  });
  const finish = async () => {
    isFinished = true;
    await written.promise;
  };
  return { sent, finish };
}

/** Starts and reads a stream, then makes the storage fail while the model is still sending. */
async function failDuringStream(fixture: Fixture, storage: FailingStorage) {
  const { sent, finish } = sendUntilFinished(fixture);
  const streamId = await fixture.start({ message: 'Hi', sessionId: 'full' });
  const reader = new PlainReader({ headers: fixture.headers, streamId });
  const received = Promise.withResolvers<void>();
  reader.onText = () => reader.text.length > 200 && received.resolve();
  const read = reader.readToEnd(fixture.server.url);
  await received.promise;
  fixture.provider.respond(providerScripts.reply(['short']));
  await storage.fail(fixture.server.pid);
  const rejected = await firstRejectedStart(fixture);
  return { reader, read, sent, finish, rejected, streamId };
}

const test = isEmbedded ? sequentialTest : sequentialTest.concurrent; // tests wait for database timeouts, so they run concurrently

describe.each(shortOrFull({ short: storageKinds.slice(0, 1), full: storageKinds }))('%s', (_, open) => {
  test('rejects starts, and writes the end once after recovery', async () => {
    await using storage = await open();
    await using fixture = await openFixture({ place: storage.place });
    const { reader, read, sent, finish, rejected, streamId } = await failDuringStream(fixture, storage);
    const { pid } = fixture.server;

    expect(rejected.status).toBe(503);
    expect(await rejected.json()).toMatchObject({ code: 'storage' });
    const textBefore = reader.text;
    await finish();
    for (let i = 0; i < 20; i++) expect((await fixture.post(routes.streams, { message: 'More' })).status).toBe(503);
    expectSameText(reader.text, textBefore); // no more text
    expect(reader.end).toBeUndefined();
    const response = await fetch(fixture.server.url + routes.streamById(streamId), { headers: fixture.headers });
    expect(response.status).toBe(200); // reads are still accepted
    await response.body?.cancel();

    await storage.recover(pid);
    await read;

    expectSameText(reader.text, sent.join(''));
    expect(reader.end).toMatchObject({ finishReason: 'stop' });
    expect((await fixture.session('full')).messages[1]).toMatchObject({ content: reader.text, finishReason: 'stop' });
    const next = await fixture.read(await fixture.start({ message: 'More' }));
    expect([next.text, fixture.server.pid]).toEqual(['short', pid]);
  });

  test('writes an end after recovery when all text was stored before the failure', async () => {
    await using storage = await open();
    await using fixture = await openFixture({ place: storage.place });
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    const { promise: finished, resolve: finish } = Promise.withResolvers<void>();
    fixture.provider.respond(async (request, response) => {
      await providerScripts.stallAfter(['Hello'])(request, response);
      await released;
      response.end(`${providerChunk({}, 'stop')}data: [DONE]\n\n`, finish);
    });
    const streamId = await fixture.start({ message: 'Hi', sessionId: 'full' });
    const reader = new PlainReader({ headers: fixture.headers, streamId });
    const received = Promise.withResolvers<void>();
    reader.onText = () => received.resolve();
    const read = reader.readToEnd(fixture.server.url);
    await received.promise;
    fixture.provider.respond(providerScripts.reply(['short']));
    await storage.fail(fixture.server.pid);
    await firstRejectedStart(fixture);

    release();
    await finished;
    for (let i = 0; i < 50; i++) expect((await fixture.post(routes.streams, { message: 'More' })).status).toBe(503);
    expect([reader.text, reader.end]).toEqual(['Hello', undefined]);
    if (isEmbedded) expect((await fixture.session('full')).activeStreamId).toBe(streamId); // the shared databases do not respond
    await storage.recover(fixture.server.pid);
    await read;

    expect(reader.end).toMatchObject({ finishReason: 'stop' });
    expect((await fixture.session('full')).messages[1]).toMatchObject({ content: 'Hello', finishReason: 'stop' });
  });

  test('followed by a kill loses no text that a reader received', async () => {
    await using storage = await open();
    await using fixture = await openFixture({ place: storage.place });
    const { reader, read, finish } = await failDuringStream(fixture, storage);
    await finish();
    const textBefore = reader.text;

    await storage.recover(fixture.server.pid);
    await fixture.server.kill(); // immediately, so that text waiting for the storage is lost
    await fixture.server.restart();
    await read;

    expectSameText(reader.text.slice(0, textBefore.length), textBefore);
    expect(['interrupted', 'stop']).toContain(reader.end?.finishReason);
    expectSameText((await fixture.session('full')).messages[1]?.content ?? '', reader.text);
  });

  test('does not keep a stop from the provider, although the stop cannot be stored', async () => {
    await using storage = await open();
    await using fixture = await openFixture({ place: storage.place });
    const { read, reader, streamId } = await failDuringStream(fixture, storage);
    const { closed } = await fixture.provider.received(1);

    const stopwatch = startStopwatch(fixture.server.url);
    const stopped = fixture.post(routes.stop(streamId));
    await stopwatch.expectWithin(1_000, (await closed).at);

    await storage.recover(fixture.server.pid);
    await stopped;
    await read;
    expect(reader.end).toEqual(stoppedEnd);
  });
});
