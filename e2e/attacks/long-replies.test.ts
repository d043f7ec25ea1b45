// Long replies that end together: each is stored whole, and no other stream waits for that.
import type { ServerResponse } from 'node:http';
import { type Frame, routes } from '@sillage/protocol';
import { collect, type ProviderScript, providerChunk, providerScripts, readSse } from '@sillage/testing';
import { expect, test } from 'vitest';
import { expectSameText, type Fixture } from '../faults/fixture/fixture.ts';
import { describeEachStore } from './each-store.ts';

const count = 6;
const delta = '长回复 🎉 a long reply, '.repeat(2_500);
const deltasPerReply = 30;

/** Answers the long messages so that all of them end at the same moment; any other message with `reply`. */
function endTogether(reply: ProviderScript): { script: ProviderScript; allSent: Promise<void>; release: () => void } {
  const allSent = Promise.withResolvers<void>();
  const released = Promise.withResolvers<void>();
  let sent = 0;
  const script: ProviderScript = async (request, response) => {
    if (!JSON.stringify(request.body).includes('long')) return reply(request, response);
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    for (let n = 0; n < deltasPerReply; n++) await write(response, providerChunk({ content: delta }));
    if (++sent === count) allSent.resolve();
    await released.promise;
    response.end(`${providerChunk({}, 'stop')}data: [DONE]\n\n`);
  };
  return { script, allSent: allSent.promise, release: () => released.resolve() };
}

function write(response: ServerResponse, text: string): Promise<void> {
  return new Promise((resolve) => response.write(text, () => resolve()));
}

/** Asks short questions as another user until `isOver`; returns the text and the finish reason of each reply. */
async function askMeanwhile({ server }: Fixture, isOver: () => boolean): Promise<[string, unknown][]> {
  const headers = { authorization: `Bearer ${await server.token('bob')}` };
  const replies: [string, unknown][] = [];
  do {
    const messages = await collect(readSse(server.url + routes.stream, { headers, body: { message: 'short' } }));
    const frames = messages.flatMap(({ data }) => (data === undefined ? [] : [data as Frame]));
    const text = frames.map((frame) => (frame.done ? '' : (frame.content ?? ''))).join('');
    replies.push([text, frames.at(-1)?.done && frames.at(-1)]);
  } while (!isOver());
  return replies;
}

function suite(fixture: () => Fixture): void {
  test('each is stored whole, while the streams of others go on', async () => {
    const { provider, start, read, session, store } = fixture();
    const { script, allSent, release } = endTogether(providerScripts.reply(['短 ', 'short 👋']));
    provider.respond(script);
    const names = Array.from({ length: count }, (_, n) => `long-${n}`);
    const ids = await Promise.all(names.map((sessionId) => start({ message: 'long', sessionId })));
    const open = ids.map((id) => `'${id}'`).join();
    const openStreams = () =>
      store.rows(`select stream_id from streams where stream_id in (${open}) and ended_at is null`);
    await allSent;
    let isOver = false;

    const others = askMeanwhile(fixture(), () => isOver);
    release();
    await expect.poll(openStreams, { interval: 100 }).toEqual([]);
    isOver = true;

    for (const [text, end] of await others) {
      expect([text, end]).toEqual(['短 short 👋', expect.objectContaining({ finishReason: 'stop' })]);
    }
    const whole = delta.repeat(deltasPerReply);
    for (const [n, sessionId] of names.entries()) {
      const reader = await read(ids[n] ?? '');
      const { messages } = await session(sessionId);
      expectSameText(reader.text, whole);
      expectSameText(messages.at(-1)?.content ?? '', whole);
      expect([reader.end?.finishReason, messages.at(-1)?.finishReason]).toEqual(['stop', 'stop']);
    }
    await expect.poll(() => leftBehind(fixture())).toEqual([]);
    expect(await store.damage()).toEqual([]);
  });
}

/** Lists statements that still run in PostgreSQL, or rows of the embedded journal that nothing needs. */
function leftBehind({ store }: Fixture): Promise<unknown[]> {
  const isEmbedded = 'dataDir' in store.options;
  return store.rows(
    isEmbedded
      ? 'select journal_id from journal'
      : `select query from pg_stat_activity
          where datname = current_database() and pid <> pg_backend_pid() and state <> 'idle'`,
  );
}

describeEachStore('six long replies that end together', suite);
