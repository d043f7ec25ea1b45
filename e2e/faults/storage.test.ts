// Storage that fails: nothing is shown that is not stored, the server lives, and goes on when the storage does.
import { setTimeout as delay } from 'node:timers/promises';
import { routes } from '@sillage/protocol';
import { providerAnswers, providerChunk } from '@sillage/testing';
import { describe, expect, test as inTurn } from 'vitest';
import { storageKinds } from './failing-storage.ts';
import { type FailingStorage, isEmbedded } from './stage-store.ts';
import { expectSameText, firstRefusal, openStage, PlainReader, type Stage } from './support.ts';

/** Has the model speak until `finish`, and keeps what it said. */
function speaking({ provider }: Stage) {
  const said: string[] = [];
  const written = Promise.withResolvers<void>();
  let isFinished = false;
  provider.answer(async (_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    while (!isFinished && !response.destroyed) {
      const content = `${said.length} é👩 `;
      said.push(content);
      response.write(providerChunk({ content }));
      await delay(1);
    }
    response.end(`${providerChunk({}, 'stop')}data: [DONE]\n\n`, () => written.resolve());
  });
  const finish = async () => {
    isFinished = true;
    await written.promise;
  };
  return { said, finish };
}

/** Reads a stream that the model is speaking, until the storage under it has failed. */
async function failUnderStream(stage: Stage, storage: FailingStorage) {
  const { said, finish } = speaking(stage);
  const streamId = await stage.start({ message: 'Hi', sessionId: 'full' });
  const reader = new PlainReader({ headers: stage.headers, streamId });
  const seen = Promise.withResolvers<void>();
  reader.onText = () => reader.text.length > 200 && seen.resolve();
  const read = reader.readToEnd(stage.server.url);
  await seen.promise;
  stage.provider.answer(providerAnswers.reply(['short']));
  await storage.fail(stage.server.pid);
  const refused = await firstRefusal(stage);
  return { reader, read, said, finish, refused, streamId };
}

const test = isEmbedded ? inTurn : inTurn.concurrent; // a database that hangs is waited for: all wait at the same time

describe.each(storageKinds)('%s', (_, open) => {
  test('refuses starts, holds the end back, and writes it once it can again', async () => {
    await using storage = await open();
    await using stage = await openStage({ place: storage.place });
    const { reader, read, said, finish, refused, streamId } = await failUnderStream(stage, storage);
    const { pid } = stage.server;

    expect(refused.status).toBe(503);
    expect(await refused.json()).toMatchObject({ code: 'storage' });
    const seen = reader.text;
    await finish();
    for (let i = 0; i < 20; i++) expect((await stage.post(routes.streams, { message: 'More' })).status).toBe(503);
    expectSameText(reader.text, seen); // not a word more
    expect(reader.end).toBeUndefined();
    const late = await fetch(stage.server.url + routes.streamById(streamId), { headers: stage.headers });
    expect(late.status).toBe(200); // a read is never refused
    await late.body?.cancel();

    await storage.recover(pid);
    await read;

    expectSameText(reader.text, said.join(''));
    expect(reader.end).toMatchObject({ finishReason: 'stop' });
    expect((await stage.session('full')).messages[1]).toMatchObject({ content: reader.text, finishReason: 'stop' });
    const next = await stage.read(await stage.start({ message: 'More' }));
    expect([next.text, stage.server.pid]).toEqual(['short', pid]);
  });

  test('holds back an end that comes after all the text was stored', async () => {
    await using storage = await open();
    await using stage = await openStage({ place: storage.place });
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    const { promise: finished, resolve: finish } = Promise.withResolvers<void>();
    stage.provider.answer(async (request, response) => {
      await providerAnswers.stallAfter(['Hello'])(request, response);
      await released;
      response.end(`${providerChunk({}, 'stop')}data: [DONE]\n\n`, finish);
    });
    const streamId = await stage.start({ message: 'Hi', sessionId: 'full' });
    const reader = new PlainReader({ headers: stage.headers, streamId });
    const seen = Promise.withResolvers<void>();
    reader.onText = () => seen.resolve();
    const read = reader.readToEnd(stage.server.url);
    await seen.promise;
    stage.provider.answer(providerAnswers.reply(['short']));
    await storage.fail(stage.server.pid);
    await firstRefusal(stage);

    release();
    await finished;
    for (let i = 0; i < 50; i++) expect((await stage.post(routes.streams, { message: 'More' })).status).toBe(503);
    expect([reader.text, reader.end]).toEqual(['Hello', undefined]);
    if (isEmbedded) expect((await stage.session('full')).activeStreamId).toBe(streamId); // else there is nobody to ask
    await storage.recover(stage.server.pid);
    await read;

    expect(reader.end).toMatchObject({ finishReason: 'stop' });
    expect((await stage.session('full')).messages[1]).toMatchObject({ content: 'Hello', finishReason: 'stop' });
  });

  test('and a kill meanwhile lose nothing that was shown', async () => {
    await using storage = await open();
    await using stage = await openStage({ place: storage.place });
    const { reader, read, finish } = await failUnderStream(stage, storage);
    await finish();
    const seen = reader.text;

    await storage.recover(stage.server.pid);
    await stage.server.kill(); // in the same moment: what waited for the space is lost
    await stage.server.restart();
    await read;

    expectSameText(reader.text.slice(0, seen.length), seen);
    expect(['interrupted', 'stop']).toContain(reader.end?.finishReason);
    expectSameText((await stage.session('full')).messages[1]?.content ?? '', reader.text);
  });

  test('lets a stop through to the provider, although its intent cannot be stored', async () => {
    await using storage = await open();
    await using stage = await openStage({ place: storage.place });
    const { read, reader, streamId } = await failUnderStream(stage, storage);
    const { closed } = await stage.provider.received(1);

    const pressedAt = Date.now();
    const stopped = stage.post(routes.stop(streamId));
    expect((await closed).at - pressedAt).toBeLessThan(1_000);

    await storage.recover(stage.server.pid);
    await stopped;
    await read;
    expect(reader.end).toEqual({ done: true, finishReason: 'stopped' });
  });
});
