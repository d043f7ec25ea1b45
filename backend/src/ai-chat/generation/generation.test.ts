// Generations on a real store with a scripted model: the appended text and the end of each stream.
import type { EndEvent } from '@sillage/protocol';
import { StreamError } from '@sillage/protocol';
import { tempFolder } from '@sillage/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { ModelEvent } from '../../ai/model-event.ts';
import { failureOf } from '../../ai/provider/failures/provider-errors.ts';
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

type RequestCompletion = GenerationOptions['requestCompletion'];

function generation(requestCompletion: RequestCompletion, options: Partial<GenerationOptions> = {}): Generation {
  const onFailure = (error: unknown) => failures.push(error);
  const defaults = { stream, store, extraStatements: () => [], maxReply: 1_000, onFailure };
  return new Generation({ ...defaults, requestCompletion, ...options });
}

async function* modelOf(...events: ModelEvent[]): AsyncGenerator<ModelEvent, void, unknown> {
  yield* events;
}

function text(content: string): ModelEvent {
  return { type: 'text', text: content };
}

/** Creates a model that yields `first` and then waits until it is aborted. */
function stalling(first: readonly ModelEvent[]) {
  const waiting = Promise.withResolvers<void>();
  const requestCompletion = async function* (signal: AbortSignal): AsyncGenerator<ModelEvent, void, unknown> {
    yield* first;
    const aborted = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
    waiting.resolve();
    await aborted;
  };
  return { requestCompletion, isWaiting: waiting.promise };
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
  test('appends the model’s text and ends with its finish reason and usage', async () => {
    const end = await generation(() => modelOf(text('Hello'), text(' world'), stop)).ended;

    expect(end).toMatchObject({ type: 'end', offset: 12, finishReason: 'stop', usage: { completionTokens: 2 } });
    expect(await stored()).toEqual({ text: 'Hello world', end });
    expect(failures).toEqual([]);
  });

  test('stores extra statements together with its end', async () => {
    const extraStatements: [string, EndEvent][] = [];

    const end = await generation(() => modelOf(text('Hello'), stop), {
      extraStatements: ({ parts }, event) => {
        extraStatements.push([parts.join(''), event]);
        return [];
      },
    }).ended;

    expect(extraStatements).toEqual([['Hello', end]]);
  });

  test.each([
    [failureOf('provider-timeout'), 'provider-timeout'],
    [failureOf('context-too-long'), 'context-too-long'],
    [new StreamError('not-found', 'x'), 'internal'],
    [new TypeError('a bug'), 'internal'],
  ])('that fails with %s keeps its text and ends with an error', async (error, code) => {
    const requestCompletion = async function* (): AsyncGenerator<ModelEvent, void, unknown> {
      yield text('Hello');
      throw error;
    };

    const end = await generation(requestCompletion).ended;

    expect(end).toMatchObject({ finishReason: 'error', code });
    expect((await stored()).text).toBe('Hello');
    expect(failures).toEqual([error]);
  });

  test('ends with an error when another producer owns its stream, whatever the model does', async () => {
    const { requestCompletion } = stalling([text('Hello')]);

    const { ended } = generation(requestCompletion, { stream: { ...stream, epoch: stream.epoch + 1 } });

    await expect(ended).rejects.toMatchObject({ code: 'fenced' });
    expect(failures).toMatchObject([{ code: 'fenced' }]);
  });

  test('ends with an error if the model sends no end', async () => {
    const end = await generation(() => modelOf(text('Hello'))).ended;

    expect(end).toMatchObject({ finishReason: 'error', code: 'internal' });
  });
});

describe('a generation on a store with a long interval between commits', () => {
  let slow: SqliteDatabase;
  let options: { store: SqliteStreamStore; stream: OpenStream };
  beforeEach(async () => {
    slow = await SqliteDatabase.open(tempFolder(), { commitMs: 600_000 });
    const store = await SqliteStreamStore.open(slow, { storageRetryMs: 10 });
    for (let n = 0; n < 10; n++) {
      const created = await store.create({ streamId: `${n}`, userId: 'ada' }); // urgent ones, until the others wait
      if (created.isNew) options = { store, stream: created.stream };
    }
  });
  afterEach(() => slow.close());

  test('stores its last words together with its end, at once', async () => {
    const before = slow.groupCommit.commits;

    const end = await generation(() => modelOf(text('Hello'), text(' world'), text('!'), stop), options).ended;

    expect(end).toMatchObject({ offset: 13, finishReason: 'stop' });
    expect(slow.groupCommit.commits - before).toBe(1);
  });

  test('reads no more than a little text that is not stored', async () => {
    let length = 0;
    const endless = async function* (): AsyncGenerator<ModelEvent, void, unknown> {
      for (; length < 100_000; length += 10) yield text('ten units.');
    };

    const running = generation(endless, { ...options, maxReply: 1_000_000 });
    for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));

    expect(length).toBeLessThan(1_000);
    await running.endEarly({ finishReason: 'stopped' });
  });
});

describe('the time that the model reasons', () => {
  const reasoning = (words: string): ModelEvent => ({ type: 'reasoning', text: words });
  /** Yields the events, one a second. */
  async function timed(...events: ModelEvent[]) {
    let nowMs = 5_000;
    const requestCompletion = async function* (): AsyncGenerator<ModelEvent, void, unknown> {
      for (const event of events) {
        nowMs += 1_000;
        yield event;
      }
    };
    return (await generation(requestCompletion, { now: () => nowMs }).ended).reasoningMs;
  }

  test('is that from its first reasoning to the first text after it, or to the end', async () => {
    expect(await timed(reasoning('a'), reasoning('b'), text('c'), reasoning('d'), text('e'), stop)).toBe(2_000);
  });

  test('ends with a reply without text', async () => {
    expect(await timed(reasoning('a'), reasoning('b'), stop)).toBe(2_000);
  });

  test('is undefined without reasoning', async () => {
    expect(await timed(text('a'), stop)).toBeUndefined();
  });

  test('is kept by an early end', async () => {
    const { requestCompletion, isWaiting } = stalling([reasoning('a')]);
    const running = generation(requestCompletion);
    await isWaiting;

    expect((await running.endEarly({ finishReason: 'stopped' })).reasoningMs).toBeTypeOf('number');
  });
});

describe('an early end', () => {
  test('aborts the completion request, keeps the text, and is not a failure', async () => {
    const { requestCompletion, isWaiting } = stalling([text('Hello')]);
    const running = generation(requestCompletion);
    await isWaiting;

    const end = await running.endEarly({ finishReason: 'stopped' });

    expect(end).toMatchObject({ finishReason: 'stopped', offset: 6 });
    expect(await stored()).toEqual({ text: 'Hello', end });
    expect(failures).toEqual([]);
  });

  test('has the reason of the first call', async () => {
    const { requestCompletion, isWaiting } = stalling([]);
    const running = generation(requestCompletion);
    await isWaiting;

    const ends = await Promise.all([
      running.endEarly({ finishReason: 'interrupted', code: 'abandoned' }),
      running.endEarly({ finishReason: 'stopped' }),
    ]);

    expect(ends.map(({ finishReason, code }) => [finishReason, code])).toEqual(
      Array(2).fill(['interrupted', 'abandoned']),
    );
  });

  test('is stored even if the model throws when it is aborted', async () => {
    const waiting = Promise.withResolvers<void>();
    const requestCompletion = async function* (signal: AbortSignal): AsyncGenerator<ModelEvent, void, unknown> {
      yield text('x');
      waiting.resolve();
      await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    };
    const running = generation(requestCompletion);
    await waiting.promise;

    expect(await running.endEarly({ finishReason: 'stopped' })).toMatchObject({ finishReason: 'stopped' });
    expect(failures).toEqual([]);
  });

  test('after the end has no effect', async () => {
    const running = generation(() => modelOf(text('Hello'), stop));
    await running.ended;

    expect(await running.endEarly({ finishReason: 'stopped' })).toMatchObject({ finishReason: 'stop' });
  });
});

describe('the maximum length of a reply', () => {
  test.each([
    ['cuts the text and stops reading the model', ['Hello', ' world'], 7, 'Hello w', 'length'],
    ['cuts before a surrogate pair, not within it', ['Hello👍'], 6, 'Hello', 'length'],
    ['keeps a pair that just fits', ['Hello👍👍'], 7, 'Hello👍', 'length'],
    ['does not change the end of a reply that just fits', ['Hello', ' w'], 7, 'Hello w', 'stop'],
  ])('%s', async (_, texts, maxReply, expected, finishReason) => {
    let isClosed = false;
    const requestCompletion = async function* (): AsyncGenerator<ModelEvent, void, unknown> {
      try {
        for (const content of texts) yield text(content);
        yield stop;
      } finally {
        isClosed = true;
      }
    };

    const end = await generation(requestCompletion, { maxReply }).ended;

    expect((await stored()).text).toBe(expected);
    expect(end.finishReason).toBe(finishReason);
    expect(isClosed).toBe(true);
  });
});
