// Ending: exactly once, with its reason, its usage and the extra rows.
import type { ReplyEnd } from '@sillage/protocol';
import { expect, test } from 'vitest';
import { type Refused, refuse } from '../../database/refusing-trigger.testing.ts';
import {
  type Current,
  follow,
  note,
  notesIn,
  openView,
  readNow,
  readStored,
  reasoning,
  start,
  text,
  textOf,
} from './store-under-test.testing.ts';

const usage = { promptTokens: 9, completionTokens: 3_000_000_000 };
const everyField: Required<ReplyEnd> = {
  finishReason: 'error',
  code: 'provider-rate-limited',
  usage: { ...usage, cachedTokens: 4, reasoningTokens: 2, estimated: true, cost: 0.5 },
  trimmedTurns: 3,
  retryAfter: 31_536_000,
  reasoningMs: 12_400,
};

export function endingPromises(current: Current): void {
  test('an end counts one offset and keeps every field, also when it is read later', async () => {
    const { store, reopen } = current();
    const stream = await start(store);
    await store.append(stream, [text('Hello')]);

    const { end } = await store.end(stream, everyField);

    expect(end).toEqual({ type: 'end', offset: 6, ...everyField });
    expect((await store.find(stream.streamId))?.end).toEqual(end);
    expect((await (await reopen()).find(stream.streamId))?.end).toEqual(end);
  });

  test('an empty reply ends', async () => {
    const { store } = current();
    const stream = await start(store);

    const { end } = await store.end(stream, { finishReason: 'stopped' });

    expect(end.offset).toBe(1);
    expect(await follow(store, stream.streamId)).toEqual([end]);
  });

  test('an end includes pending appends', async () => {
    const { store } = current();
    const stream = await start(store);
    const appending = store.append(stream, [text('Hello')]);

    const { end } = await store.end(stream, { finishReason: 'stopped' });

    expect(await appending).toBe(5);
    expect(await follow(store, stream.streamId)).toEqual([{ type: 'text', text: 'Hello', offset: 5 }, end]);
  });

  test('of several concurrent ends one wins, all callers get it, and only its extra rows are written', async () => {
    const { store, database } = current();
    const stream = await start(store);
    const reasons = ['stop', 'stopped', 'interrupted'] as const;

    const ends = await Promise.all(
      reasons.map((finishReason) => store.end(stream, { finishReason }, () => [note(database, finishReason)])),
    );

    expect(new Set(ends.map(({ end }) => end.finishReason)).size).toBe(1);
    expect(await notesIn(database)).toEqual([ends[0]?.end.finishReason]);
    expect((await store.find(stream.streamId))?.end).toEqual(ends[0]?.end);
  });

  test('a later end changes nothing and gets the first one', async () => {
    const { store, database } = current();
    const stream = await start(store);
    const first = await store.end(stream, { finishReason: 'stop' });

    const second = await store.end(stream, { finishReason: 'stopped' }, () => [note(database, 'second')]);

    expect([first.isOwn, second]).toEqual([true, { ...first, isOwn: false }]);
    expect(await notesIn(database)).toEqual([]);
  });

  test('extra rows are built from the whole reply, its reasoning apart, and from the end', async () => {
    const { store, database } = current();
    const stream = await start(store);
    await store.append(stream, [reasoning('hm'), text('Hello')]);
    await store.append(stream, [text(' world'), reasoning('嗯')]);

    await store.end(stream, { finishReason: 'stop' }, (reply, end) => [
      note(database, `${reply.parts.join('')}/${reply.reasoning.join('')}/${end.offset}`),
    ]);

    expect(await notesIn(database)).toEqual(['Hello world/hm嗯/15']);
  });

  test('an extra row that is rejected is left out, and the others are written', async () => {
    const { store, database } = current();
    const stream = await start(store, { extraStatements: [note(database, 'there')] });
    await store.append(stream, [text('东京')]);

    const { end } = await store.end(stream, { finishReason: 'stop' }, () => [
      note(database, 'new'),
      note(database, 'there'),
      note(database, 'newer'),
    ]);

    expect(end).toEqual({ type: 'end', offset: 3, finishReason: 'stop' });
    expect(await notesIn(database)).toEqual(['new', 'newer', 'there']);
    expect(await follow(store, stream.streamId)).toEqual([{ type: 'text', text: '东京', offset: 2 }, end]);
  });

  test('an end whose extra rows cannot be built is written without them and does not affect other streams', async () => {
    const { store } = current();
    const [broken, sound] = [await start(store), await start(store)];

    const outcomes = await Promise.all([
      store.end(broken, { finishReason: 'stop' }, () => {
        throw new TypeError('a bug');
      }),
      store.append(sound, [text('a')]),
    ]);

    expect(outcomes).toMatchObject([{ end: { finishReason: 'stop' } }, 1]);
  });

  test.each<[string, Refused, object]>([
    ['its counts', { table: 'streams', condition: 'new.prompt_tokens is not null' }, { finishReason: 'stop' }],
    [
      'its finish reason',
      { table: 'streams', condition: `new.finish_reason = 'stop'` },
      { finishReason: 'error', code: 'internal' },
    ],
    ['the text', { table: 'stream_bodies' }, { finishReason: 'stop', usage }],
    ['a part of the text', { table: 'stream_body_parts', condition: 'new.part = 2' }, { finishReason: 'stop', usage }],
  ])('a stream ends when the database rejects %s', async (_, refused, expected) => {
    const { store, database, reopen } = current();
    const stream = await start(store);
    const view = await openView(store, stream.streamId);
    await store.append(stream, [text('东京🌊 '.repeat(60_000))]);
    await refuse(database, refused);

    const { end } = await store.end(stream, { finishReason: 'stop', usage, trimmedTurns: 2 });

    const { trimmedTurns: _trimmed, ...told } = end;
    expect(told).toEqual({ type: 'end', offset: 300_001, ...expected });
    expect(readNow(view).at(-1)).toEqual(end);
    view.close();
    const another = await reopen();
    expect((await another.find(stream.streamId))?.end).toEqual(end);
    const isReadable = refused.table === 'streams';
    expect((await another.open(stream.streamId, () => {})) !== undefined).toBe(isReadable);
  });

  test('an end that is rejected in every version is retried until it is accepted', async () => {
    const { store, database } = current();
    const stream = await start(store);
    await store.append(stream, [text('a')]);
    const allow = await refuse(database, { table: 'streams' });

    const ending = store.end(stream, { finishReason: 'stop', usage }, () => [note(database, 'beside')]);
    await expect.poll(() => Promise.race([ending, 'waits'])).toBe('waits');
    await allow();

    const { end } = await ending;
    expect(await readStored(store, stream.streamId)).toEqual([{ type: 'text', text: 'a', offset: 1 }, end]);
    expect((await store.find(stream.streamId))?.end).toEqual(end);
  });

  test('a text of any length is stored with its end, and read back as it was', async () => {
    const { store, reopen } = current();
    const stream = await start(store);
    const said = [
      reasoning('思考🤔'.repeat(30_001)),
      text('Réponse 答案 🎉 '.repeat(30_001)),
      reasoning('x'.repeat(99_999)),
    ];
    for (const event of said) await store.append(stream, [event]);

    const { end } = await store.end(stream, { finishReason: 'stop' });

    const events = await readStored(await reopen(), stream.streamId);
    expect(textOf(events)).toBe(textOf(said));
    expect(textOf(events, 'reasoning')).toBe(textOf(said, 'reasoning'));
    expect(events.at(-1)).toEqual(end);
  });

  test('a requested stop is stored, and has no effect after the end', async () => {
    const { store } = current();
    const [open, ended] = [await start(store), await start(store)];
    const { end } = await store.end(ended, { finishReason: 'stop' });

    await Promise.all([store.requestStop(open.streamId), store.requestStop(ended.streamId)]);

    expect(await store.find(open.streamId)).toMatchObject({ isStopRequested: true, end: undefined });
    expect(await store.find(ended.streamId)).toMatchObject({ isStopRequested: false, end });
  });

  test('the producer of a stream is notified of a requested stop', async () => {
    const { store } = current();
    const [open, ended] = [await start(store), await start(store)];
    await store.end(ended, { finishReason: 'stop' });
    const told: string[] = [];
    store.watch({ endWanted: (streamId) => told.push(streamId), orphansFound: () => {} });

    await Promise.all([store.requestStop(open.streamId), store.requestStop(ended.streamId)]);

    await expect.poll(() => told).toContain(open.streamId);
    expect(told).not.toContain(ended.streamId);
  });
}
