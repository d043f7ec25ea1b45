// Repeated kill -9 at random moments during twenty streams: text that a reader received is stored, every stream ends once, and
// the end, the message and the stream's text are in the database together or not at all.
import { type Frame, routes } from '@sillage/protocol';
import { collect, providerScripts, readSse, shortOrFull } from '@sillage/testing';
import { expect, test } from 'vitest';
import {
  awkwardDeltas,
  expectSameText,
  type Fixture,
  openFixture,
  PlainReader,
  seededRandom,
} from './fixture/fixture.ts';
import { isEmbedded } from './fixture/fixture-store.ts';

// On shared databases, each restart waits for a lease to expire.
const kills = isEmbedded ? shortOrFull({ short: 5, full: 100 }) : shortOrFull({ short: 2, full: 15 });
const seed = Date.now();
const streams = 20;

test(`${kills} kills during ${streams} streams lose no received text, and each stream has one end`, async () => {
  const random = seededRandom(seed);
  await using fixture = await openFixture();
  const ends = new Set<string>();
  const cleanStartMs = await timeOf(() => fixture.server.restart()); // how quick this machine is
  for (let kill = 0; kill < kills; kill++) {
    const note = `seed ${seed}, kill ${kill}`;
    const readers = await killDuringStreams(fixture, { kill, random });
    fixture.provider.respond(providerScripts.reply(['late'])); // to a start that the killed server had not stored

    await expectConsistentRows(fixture, note);
    const startMs = await timeOf(() => fixture.server.restart());
    expect(startMs, `${note}: time to start, ${cleanStartMs} ms without a kill`).toBeLessThan(4_000 + 4 * cleanStartMs);
    const endFrames = await Promise.all(readers.map((read) => expectStored(fixture, { ...read, note })));
    for (const { finishReason = '' } of endFrames) ends.add(finishReason);
  }
  expect([...ends].sort()).toEqual(['interrupted', 'stop']); // both outcomes occurred
}, 600_000);

async function timeOf(work: () => Promise<void>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

interface Read {
  readonly sessionId: string;
  readonly message: string;
  readonly reader: PlainReader;
}

/** Starts and reads streams of random lengths, and kills the server after a random part of their text. By then the first
 *  stream has ended, and the last one cannot end, so that every kill leaves streams of both kinds. */
async function killDuringStreams(
  { server, provider, headers }: Fixture,
  { kill, random }: { kill: number; random: () => number },
): Promise<Read[]> {
  const replies = Array.from({ length: streams }, () => awkwardDeltas(random, Math.ceil(random() * 60)));
  provider.respond((request, response) => {
    const { messages } = request.body as { messages: { content: string }[] };
    const index = Number(messages.at(-1)?.content);
    const neverEnds = index === streams - 1;
    const beforeDelta = (at: number) => (neverEnds && at > 0 ? new Promise(() => {}) : undefined);
    return providerScripts.reply(replies[index] ?? [], { throttleMs: 1, beforeDelta })(request, response);
  });
  const reached = Promise.withResolvers<void>();
  const killAfter = random() * replies.slice(0, -1).flat().join('').length;
  const readers = replies.map((_, index): Read => {
    const sessionId = `kill-${kill}-${index}`;
    const message = `${index}`;
    const reader = new PlainReader({ headers, start: { request: { message, sessionId }, key: sessionId } });
    reader.onText = () => {
      const received = readers.reduce((sum, { reader: { text } }) => sum + text.length, 0);
      if (received >= killAfter) reached.resolve();
    };
    return { sessionId, message, reader };
  });
  const reads = readers.map(({ reader }) => reader.readOnce(server.url));
  await Promise.all([reached.promise, reads[0]]);
  await server.kill();
  await Promise.all(reads);
  return readers;
}

/** Expects every stream in the database to have all of its end, its text and its message's end, or none of them. */
async function expectConsistentRows({ store }: Fixture, note: string): Promise<void> {
  const torn = await store.rows(
    `select stream_id from streams left join stream_bodies using (stream_id) left join messages using (stream_id)
     where (streams.ended_at is null) <> (streams.finish_reason is null) or (streams.ended_at is null) <> (end_offset is null)
        or (streams.ended_at is null) <> (messages.finish_reason is null)
        or (streams.ended_at is not null and body is null)`,
  );
  const doubled = await store.rows(
    'select stream_id from messages where stream_id is not null group by stream_id having count(*) > 1',
  );
  expect({ torn, doubled, damage: await store.damage() }, note).toEqual({ torn: [], doubled: [], damage: [] });
}

async function expectStored(
  fixture: Fixture,
  { sessionId, message, reader, note }: Read & { note: string },
): Promise<Frame> {
  const { streamId = await fixture.start({ message, sessionId }, sessionId), text, end } = reader;
  const messages = await collect(
    readSse(fixture.server.url + routes.streamById(streamId), { headers: fixture.headers }),
  );
  const frames = messages.flatMap(({ data }) => (data === undefined ? [] : [data as Frame]));
  const whole = frames.map(({ content = '' }) => content).join('');
  const ends = frames.filter(({ done }) => done);

  expectSameText(whole.slice(0, text.length), text, note);
  expect(ends, note).toHaveLength(1);
  if (end !== undefined) {
    expectSameText(whole, text, note);
    expect(ends, note).toEqual([end]);
  }
  const session = await fixture.session(sessionId);
  expect(session.messages, note).toMatchObject([{ role: 'user' }, { streamId, finishReason: ends[0]?.finishReason }]);
  expect(session.messages[1]?.content === whole, note).toBe(true);
  return ends[0] ?? { done: true };
}
