// Generations on a real store with a model that says what the test writes: what is appended, and how each ends.
import type { EndEvent } from '@sillage/protocol';
import { StreamError } from '@sillage/protocol';
import { tempFolder } from '@sillage/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { ModelEvent } from '../../ai/model-event.ts';
import { failureOf } from '../../ai/provider/provider-errors.ts';
import { SqliteDatabase } from '../../database/sqlite/sqlite-database.ts';
import { SqliteStreamStore } from '../../streams/stores/sqlite/sqlite-stream-store.ts';
import type { OpenStream } from '../../streams/stream-store.ts';
import { Generation, type GenerationOptions } from './generation.ts';

let database: SqliteDatabase;
let store: SqliteStreamStore;
let stream: OpenStream;
let failures: unknown[];
let count = 0;

beforeAll(async () => {
  database = await SqliteDatabase.open(tempFolder(), { commitMs: 1 });
  store = await SqliteStreamStore.open(database, { storageRetryMs: 10 });
});
beforeEach(async () => {
  const created = await store.create({ streamId: `S${++count}`, userId: 'ada' });
  if (!created.isNew) throw new Error('An id was used twice');
  stream = created.stream;
  failures = [];
});
afterAll(() => database.close());

function generation(ask: GenerationOptions['ask'], options: Partial<GenerationOptions> = {}): Generation {
  const onFailure = (error: unknown) => failures.push(error);
  return new Generation({ stream, store, ask, extraStatements: () => [], maxReply: 1_000, onFailure, ...options });
}

async function* saying(...events: ModelEvent[]): AsyncGenerator<ModelEvent, void, unknown> {
  yield* events;
}

function text(content: string): ModelEvent {
  return { type: 'text', text: content };
}

/** Says `first`, then waits to be left. */
function stalling(first: readonly ModelEvent[]): { ask: GenerationOptions['ask']; isWaiting: Promise<void> } {
  const waiting = Promise.withResolvers<void>();
  const ask = async function* (signal: AbortSignal): AsyncGenerator<ModelEvent, void, unknown> {
    yield* first;
    const left = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
    waiting.resolve();
    await left;
  };
  return { ask, isWaiting: waiting.promise };
}

async function stored(): Promise<{ text: string; end: EndEvent | undefined }> {
  const view = await store.open(stream.streamId, () => {});
  let read = '';
  for (let event = view?.next(0); event?.type === 'text'; event = view?.next(event.offset)) read += event.text;
  view?.close();
  return { text: read, end: view?.end };
}

const stop: ModelEvent = { type: 'end', finishReason: 'stop', usage: { promptTokens: 1, completionTokens: 2 } };

describe('a generation', () => {
  test('appends what the model says and ends as the model did, with usage', async () => {
    const end = await generation(() => saying(text('Hello'), text(' world'), stop)).ended;

    expect(end).toMatchObject({ type: 'end', offset: 12, finishReason: 'stop', usage: { completionTokens: 2 } });
    expect(await stored()).toEqual({ text: 'Hello world', end });
    expect(failures).toEqual([]);
  });

  test('stores along with its end what belongs to it', async () => {
    const extraStatements: [string, EndEvent][] = [];

    const end = await generation(() => saying(text('Hello'), stop), {
      extraStatements: ({ text }, event) => {
        extraStatements.push([text, event]);
        return [];
      },
    }).ended;

    expect(extraStatements).toEqual([['Hello', end]]);
  });

  test.each([
    [failureOf('provider-timeout'), 'provider-timeout'],
    [failureOf('context-too-long'), 'context-too-long'],
    [new StreamError('not-found', 'x'), 'internal'],
    [new TypeError('a fault of ours'), 'internal'],
  ])('that fails with %s keeps its text and ends with an error', async (error, code) => {
    const ask = async function* (): AsyncGenerator<ModelEvent, void, unknown> {
      yield text('Hello');
      throw error;
    };

    const end = await generation(ask).ended;

    expect(end).toMatchObject({ finishReason: 'error', code });
    expect((await stored()).text).toBe('Hello');
    expect(failures).toEqual([error]);
  });

  test('whose model stops without an end is an error', async () => {
    const end = await generation(() => saying(text('Hello'))).ended;

    expect(end).toMatchObject({ finishReason: 'error', code: 'internal' });
  });
});

describe('an early end', () => {
  test('aborts the question, keeps the text, and is no failure', async () => {
    const { ask, isWaiting } = stalling([text('Hello')]);
    const running = generation(ask);
    await isWaiting;

    const end = await running.endEarly({ finishReason: 'stopped' });

    expect(end).toMatchObject({ finishReason: 'stopped', offset: 6 });
    expect(await stored()).toEqual({ text: 'Hello', end });
    expect(failures).toEqual([]);
  });

  test('counts for the first reason only', async () => {
    const { ask, isWaiting } = stalling([]);
    const running = generation(ask);
    await isWaiting;

    const ends = await Promise.all([
      running.endEarly({ finishReason: 'interrupted', code: 'abandoned' }),
      running.endEarly({ finishReason: 'stopped' }),
    ]);

    expect(ends.map(({ finishReason, code }) => [finishReason, code])).toEqual(
      Array(2).fill(['interrupted', 'abandoned']),
    );
  });

  test('of a model that throws when it is aborted is still that end', async () => {
    const waiting = Promise.withResolvers<void>();
    const ask = async function* (signal: AbortSignal): AsyncGenerator<ModelEvent, void, unknown> {
      yield text('x');
      waiting.resolve();
      await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    };
    const running = generation(ask);
    await waiting.promise;

    expect(await running.endEarly({ finishReason: 'stopped' })).toMatchObject({ finishReason: 'stopped' });
    expect(failures).toEqual([]);
  });

  test('after the end changes nothing', async () => {
    const running = generation(() => saying(text('Hello'), stop));
    await running.ended;

    expect(await running.endEarly({ finishReason: 'stopped' })).toMatchObject({ finishReason: 'stop' });
  });
});

describe('the greatest length of a reply', () => {
  test.each([
    ['cuts the text and leaves the model', ['Hello', ' world'], 7, 'Hello w', 'length'],
    ['cuts before a surrogate pair, not within', ['Hello👍'], 6, 'Hello', 'length'],
    ['takes a pair that just fits', ['Hello👍👍'], 7, 'Hello👍', 'length'],
    ['lets a reply that just fits end as it did', ['Hello', ' w'], 7, 'Hello w', 'stop'],
  ])('%s', async (_, texts, maxReply, expected, finishReason) => {
    let isLeft = false;
    const ask = async function* (): AsyncGenerator<ModelEvent, void, unknown> {
      try {
        for (const content of texts) yield text(content);
        yield stop;
      } finally {
        isLeft = true;
      }
    };

    const end = await generation(ask, { maxReply }).ended;

    expect((await stored()).text).toBe(expected);
    expect(end.finishReason).toBe(finishReason);
    expect(isLeft).toBe(true);
  });
});
