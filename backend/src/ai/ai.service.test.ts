import { once } from 'node:events';
import { setImmediate } from 'node:timers/promises';
import { type Provider, providerChunk, providerScripts, startProvider } from '@sillage/testing';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { AiService } from './ai.service.ts';
import { type AiOptions, defaultAiTimings } from './ai-options.ts';
import type { ModelEvent } from './model-event.ts';

const question = [{ role: 'user' as const, content: 'Hello?' }];
/** For replies that stall: long enough that what comes before the stall arrives on a busy machine. */
const impatient = { stallMs: 1_000, endGraceMs: 50 };
const key = 'sk-secret-of-this-server';
const { reply, status } = providerScripts;

let provider: Provider;
let services: AiService[] = [];

beforeAll(async () => {
  provider = await startProvider();
});
afterAll(() => provider.stop());
afterEach(() => {
  for (const service of services) service.onApplicationShutdown();
  services = [];
});

/** Long enough that no connection of a test which is closed at once was closed by it. */
const stallMs = 5_000;

function serviceWith(options: Partial<AiOptions> = {}): AiService {
  const service = new AiService({
    enabled: true,
    apiKey: key,
    model: 'gpt-3.5-turbo',
    models: ['gpt-3.5-turbo'],
    apiUrl: provider.url,
    systemPrompt: undefined,
    maxTokens: undefined,
    hashUserId: false,
    timings: { stallMs, endGraceMs: 50 },
    ...options,
  });
  services.push(service);
  return service;
}

interface Heard {
  readonly text: string;
  readonly reasoning: string;
  readonly ends: ModelEvent[];
  readonly error: unknown;
}

async function hear(events: AsyncIterable<ModelEvent>): Promise<Heard> {
  let text = '';
  let reasoning = '';
  const ends: ModelEvent[] = [];
  try {
    for await (const event of events) {
      expect(ends).toEqual([]);
      if (event.type === 'text') text += event.text;
      else if (event.type === 'reasoning') reasoning += event.text;
      else ends.push(event);
    }
  } catch (error) {
    return { text, reasoning, ends, error };
  }
  return { text, reasoning, ends, error: undefined };
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}

/** Resolves after so many turns of the event loop that what was written to a socket of this process has been read. */
async function afterTurns(): Promise<void> {
  for (let turn = 0; turn < 50; turn++) await setImmediate();
}

const streamReply = (options?: Partial<AiOptions>) => hear(serviceWith(options).streamEvents(question, 'user-1'));
const lastRequest = () => provider.requests.at(-1);

describe('a reply', () => {
  test('arrives as text events and one end with its finish reason and usage', async () => {
    provider.respond(reply(['Hello', ' 🌊', ' world']));

    const heard = await streamReply();

    expect(heard).toEqual({
      text: 'Hello 🌊 world',
      reasoning: '',
      ends: [{ type: 'end', finishReason: 'stop', usage: { promptTokens: 9, completionTokens: 3 } }],
      error: undefined,
    });
  });

  test('is one event per run of deltas of one kind, for all that one read contained', async () => {
    const chunks = [
      providerChunk({ reasoning_content: 'let ' }),
      providerChunk({ reasoning: 'me' }),
      providerChunk({ content: 'a' }),
      providerChunk({ content: 'b' }),
      providerChunk({ refusal: 'c' }),
      providerChunk({ content: '' }, 'stop'),
      'data: [DONE]\n\n',
    ];
    provider.respond(providerScripts.raw([Buffer.from(chunks.join(''))]));

    const events = await all(serviceWith().streamEvents(question, 'user-1'));

    expect(events).toEqual([
      { type: 'reasoning', text: 'let me' },
      { type: 'text', text: 'abc' },
      { type: 'end', finishReason: 'stop' },
    ]);
  });

  test('that arrived while the consumer was busy is one event', async () => {
    const [begun, responded] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const beforeDelta = (index: number) => (index === 1 ? begun.promise : afterTurns());
    provider.respond(async (request, response) => {
      await reply(['one', ' two', ' three', ' four'], { beforeDelta })(request, response);
      await afterTurns();
      responded.resolve();
    });
    const events = serviceWith().streamEvents(question, 'user-1');

    const first = await events.next();
    begun.resolve();
    await responded.promise; // the consumer is busy during this time
    const rest = await all(events);

    expect(first.value).toEqual({ type: 'text', text: 'one' });
    expect(rest.filter(({ type }) => type === 'text')).toEqual([{ type: 'text', text: ' two three four' }]);
  });

  test('of which much arrived while the consumer was busy is one event', async () => {
    const [begun, responded] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const page = '长 reply 👍 '.repeat(1_500);
    const beforeDelta = (index: number) => (index === 1 ? begun.promise : undefined);
    provider.respond(async (request, response) => {
      await reply(['one', ...Array(7).fill(page)], { beforeDelta })(request, response);
      if (!response.writableFinished) await once(response, 'finish');
      await afterTurns();
      responded.resolve();
    });
    const events = serviceWith().streamEvents(question, 'user-1');

    const first = await events.next();
    begun.resolve();
    await responded.promise;
    const rest = await all(events);

    const texts = [first.value, ...rest].flatMap((event) => (event?.type === 'text' ? [event.text] : []));
    expect(texts.join('')).toBe(`one${page.repeat(7)}`);
    expect(texts).toHaveLength(2);
  });

  test.each([
    ['length', 'length'],
    ['content_filter', 'content-filter'],
    ['tool_calls', 'stop'],
  ] as const)('that the provider ends with %s ends with %s', async (said, finishReason) => {
    provider.respond(reply(['Hello'], { finishReason: said, usage: false }));

    expect((await streamReply()).ends).toEqual([{ type: 'end', finishReason }]);
  });

  test('contains no unpaired surrogate and no U+0000', async () => {
    const chunks = ['"\\ud83d"', '"\\ude00 \\ud83d"', '"x\\u0000"', '"\\ud83d"'].map(
      (literal) => `data: {"choices":[{"delta":{"content":${literal}},"finish_reason":null}]}\n\n`,
    );
    provider.respond(providerScripts.raw([...chunks, 'data: [DONE]\n\n']));

    expect((await streamReply()).text).toBe('😀 \uFFFDx\uFFFD\uFFFD');
  });

  test.each([
    ['without [DONE]', reply(['Hello'], { done: false })],
    ['cut off after its finish reason', reply(['Hello'], { usage: false, done: false })],
    [
      'reset after its finish reason',
      providerScripts.raw([providerChunk({ content: 'Hello' }, 'stop')], { end: 'reset' }),
    ],
    [
      'silent after its finish reason',
      providerScripts.raw([providerChunk({ content: 'Hello' }, 'stop')], { end: false }),
    ],
    ['with [DONE] but no finish reason', reply(['Hello'], { finishReason: null })],
  ])('that ends %s is complete', async (_name, script) => {
    provider.respond(script);

    const heard = await streamReply();

    expect(heard).toMatchObject({ text: 'Hello', error: undefined, ends: [{ finishReason: 'stop' }] });
  });

  test('ends soon after its finish reason, whatever may follow it', async () => {
    provider.respond(providerScripts.raw([providerChunk({ content: 'Hello' }, 'stop')], { end: false }));
    const received = provider.received(provider.requests.length + 1);

    const began = performance.now();
    await streamReply({ timings: { stallMs: 20_000, endGraceMs: 50 } });

    expect(performance.now() - began).toBeLessThan(10_000);
    await (await received).closed;
  });

  test('leaves its connection open for the next request', async () => {
    const service = serviceWith();
    const ports: unknown[] = [];
    provider.respond((request, response) => {
      ports.push(response.socket?.remotePort);
      return reply(['Hello'])(request, response);
    });

    for (let i = 0; i < 6; i++) await hear(service.streamEvents(question, 'user-1'));

    expect(ports).toHaveLength(6);
    expect(new Set(ports).size).toBeLessThan(4); // an immediate request may not wait for a free connection
  });

  test('frees its connection also where the provider ends the response after the consumer has left at the end', async () => {
    const service = serviceWith({ timings: { stallMs, endGraceMs: stallMs } });
    const ports: unknown[] = [];
    let endResponse = () => {};
    provider.respond((request, response) => {
      ports.push(response.socket?.remotePort);
      endResponse = () => response.end();
      const whole = [providerChunk({ content: 'Hello' }, 'stop'), 'data: [DONE]\n\n'];
      return providerScripts.raw(whole, { end: false })(request, response);
    });

    for (let i = 0; i < 6; i++) {
      for await (const { type } of service.streamEvents(question, 'user-1')) if (type === 'end') break;
      endResponse();
    }

    expect(ports).toHaveLength(6);
    expect(new Set(ports).size).toBeLessThan(4);
  });
});

describe('a completion request', () => {
  test('requests a stream with usage, with the key and the model of the settings', async () => {
    provider.respond(reply(['Hello']));

    await streamReply({ systemPrompt: 'Be brief.', maxTokens: 50 });

    expect(lastRequest()).toMatchObject({ method: 'POST', path: '/v1/chat/completions' });
    expect(lastRequest()?.headers.authorization).toBe(`Bearer ${key}`);
    expect(lastRequest()?.body).toEqual({
      model: 'gpt-3.5-turbo',
      messages: [{ role: 'system', content: 'Be brief.' }, ...question],
      stream: true,
      stream_options: { include_usage: true },
      max_tokens: 50,
    });
  });

  test('keeps a system message of its own instead of that of the settings', async () => {
    const own = [{ role: 'system' as const, content: 'Rhyme.' }, ...question];

    await hear(serviceWith({ systemPrompt: 'Be brief.' }).streamEvents(own, 'user-1'));

    expect(lastRequest()?.body).toMatchObject({ messages: own });
  });

  test('limits reasoning models by their own parameter, never above the settings', async () => {
    const service = serviceWith({ maxTokens: 50 });

    await hear(service.streamEvents(question, 'user-1', { model: 'gpt-5-mini', maxTokens: 80, temperature: 0.5 }));

    expect(lastRequest()?.body).toMatchObject({ model: 'gpt-5-mini', max_completion_tokens: 50, temperature: 0.5 });
    expect(lastRequest()?.body).not.toHaveProperty('max_tokens');
  });

  test('identifies the user only by a hash, and only if the settings say so', async () => {
    await streamReply();
    expect(JSON.stringify(lastRequest()?.body)).not.toContain('safety_identifier');

    await streamReply({ hashUserId: true });

    expect(lastRequest()?.body).toMatchObject({ safety_identifier: expect.stringMatching(/^[0-9a-f]{64}$/) });
    expect(JSON.stringify(lastRequest()?.body)).not.toContain('user-1');
  });

  test('sends no Authorization header without a key', async () => {
    await streamReply({ apiKey: undefined });

    expect(lastRequest()?.headers).not.toHaveProperty('authorization');
  });

  test('is not sent if AI is switched off', async () => {
    const before = provider.requests.length;

    const { error } = await streamReply({ enabled: false });

    expect(error).toMatchObject({ name: 'StreamError', code: 'ai-disabled' });
    expect(provider.requests.length).toBe(before);
  });

  test('is retried, and succeeds, after the provider has rejected it twice with a temporary error', async () => {
    const busy = status(429, { error: { message: 'slow down' } }, { 'retry-after-ms': '1' });
    provider.respond(providerScripts.failing(2, busy, reply(['Hello'])));

    expect(await streamReply()).toMatchObject({ text: 'Hello', error: undefined });
  });
});

const noRetry = { 'x-should-retry': 'false' };
const said = (error: object) => ({ error: { message: `words of the provider, ${key}`, ...error } });

describe('a failure', () => {
  test.each([
    ['401', 'provider-auth', status(401, said({ code: 'invalid_api_key' }))],
    ['403', 'provider-auth', status(403, said({}))],
    ['429', 'provider-rate-limited', status(429, said({}), noRetry)],
    ['429 for want of money', 'provider-rate-limited', status(429, said({ code: 'insufficient_quota' }))],
    ['429 for a long time', 'provider-rate-limited', status(429, said({}), { 'retry-after': '50' })],
    ['500', 'provider-unavailable', status(500, said({}), noRetry)],
    ['502 in HTML', 'provider-unavailable', status(502, '<html>Bad gateway</html>', noRetry)],
    ['404', 'provider-refused', status(404, said({ code: 'model_not_found' }))],
    ['400', 'provider-refused', status(400, said({ type: 'invalid_request_error' }))],
    ['400 by code', 'context-too-long', status(400, said({ code: 'context_length_exceeded' }))],
    [
      '400 by message',
      'context-too-long',
      status(400, { error: { message: "This model's maximum context length is 9." } }),
    ],
    ['400 by filter', 'prompt-refused', status(400, said({ code: 'content_filter' }))],
    ['400 by policy', 'prompt-refused', status(400, said({ code: 'content_policy_violation' }))],
    ['a redirect', 'provider-refused', status(302, '', { location: 'http://127.0.0.1:1/' })],
    ['a body beyond measure', 'provider-refused', status(400, 'x'.repeat(200_000))],
    ['a JSON body', 'provider-bad-response', status(200, said({}))],
    ['an HTML body', 'provider-bad-response', status(200, '<html>Welcome</html>')],
    ['an empty stream', 'provider-bad-response', providerScripts.raw([])],
    ['a stream of nothing but [DONE]', 'provider-bad-response', providerScripts.raw(['data: [DONE]\n\n'])],
    ['a stall before headers', 'provider-timeout', providerScripts.hangBeforeHeaders()],
    ['a stall after headers', 'provider-timeout', providerScripts.hangAfterHeaders()],
  ] as const)('%s becomes %s', async (_name, code, script) => {
    provider.respond(script);

    const heard = await streamReply(code === 'provider-timeout' ? { timings: impatient } : {});

    expect(heard).toMatchObject({ text: '', ends: [], error: { name: 'StreamError', code } });
    expectNothingSaid(heard.error);
  });

  test.each([
    ['end of file', 'provider-bad-response', providerScripts.endAfter(['Hello', ' world'])],
    ['malformed JSON', 'provider-bad-response', providerScripts.malformedAfter(['Hello', ' world'])],
    ['a chunk that is no object', 'provider-bad-response', providerScripts.raw([hello(), 'data: 7\n\n'])],
    ['a reset', 'provider-unavailable', providerScripts.resetAfter(['Hello', ' world'])],
    ['a stall', 'provider-timeout', providerScripts.stallAfter(['Hello', ' world'])],
    ['an error chunk', 'provider-unavailable', providerScripts.errorAfter(['Hello', ' world'], { message: 'words' })],
    [
      'an error chunk with a status',
      'provider-rate-limited',
      providerScripts.errorAfter(['Hello', ' world'], { code: 429 }),
    ],
    [
      'an error chunk with a type',
      'provider-refused',
      providerScripts.errorAfter(['Hello', ' world'], { type: 'invalid_request_error' }),
    ],
    ['an error chunk of text', 'provider-unavailable', providerScripts.errorAfter(['Hello', ' world'], 'words')],
    [
      'an error event',
      'context-too-long',
      providerScripts.raw([hello(), 'event: error\ndata: {"code":"context_length_exceeded"}\n\n']),
    ],
  ] as const)('in the midst, %s, keeps what came before and becomes %s', async (_name, code, script) => {
    provider.respond(script);

    const heard = await streamReply(code === 'provider-timeout' ? { timings: impatient } : {});

    expect(heard).toMatchObject({ text: 'Hello world', ends: [], error: { name: 'StreamError', code } });
    expectNothingSaid(heard.error);
  });

  // Blank text and the beginning of a tag are held back, as <think> may follow.
  test.each(['\r\n', '<thi', '你好 🌊 <', '\n <thin'])('after the text %j yields that text first', async (text) => {
    provider.respond(providerScripts.stallAfter([text]));
    const stalled = await streamReply({ timings: impatient });
    provider.respond(providerScripts.resetAfter([text]));
    const broken = await streamReply();

    expect(stalled).toMatchObject({ text, error: { code: 'provider-timeout' } });
    expect(broken).toMatchObject({ text, error: { code: 'provider-unavailable' } });
  });

  test('that arrives while the consumer is busy comes after all text before it', async () => {
    provider.respond(providerScripts.resetAfter(['Hello', ' wide', ' world']));
    const events = serviceWith().streamEvents(question, 'user-1');
    const first = await events.next();
    await lastRequest()?.closed;

    const heard = await hear(events);

    const begin = first.value?.type === 'text' ? first.value.text : '';
    expect(begin + heard.text).toBe('Hello wide world');
    expect(heard.error).toMatchObject({ code: 'provider-unavailable' });
  });

  test('a refused connection is provider-unavailable', async () => {
    const { error } = await streamReply({ apiUrl: 'http://127.0.0.1:1/v1' });

    expect(error).toMatchObject({ code: 'provider-unavailable' });
  });

  test('the wait for the headers is limited in total, retries included', async () => {
    const before = provider.requests.length;
    provider.respond(providerScripts.hangUp());

    const { error } = await streamReply({ timings: { stallMs: 100, endGraceMs: 50 } });

    expect(error).toMatchObject({ code: 'provider-timeout' }); // after its last retry, the SDK would say `provider-unavailable`
    expect(provider.requests.length - before).toBeLessThanOrEqual(1); // the SDK waits for at least 375 ms before a retry
  });

  test('comments of the provider reset the stall timer', async () => {
    const comments = Array.from({ length: 24 }, () => ': still thinking\n\n');
    provider.respond(async (request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      for (const comment of comments) {
        response.write(comment);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      response.end(`${providerChunk({ content: 'Hello' }, 'stop')}data: [DONE]\n\n`);
      void request;
    });

    expect(await streamReply({ timings: { stallMs: 1_000, endGraceMs: 50 } })).toMatchObject({
      text: 'Hello',
      error: undefined,
    });
  });

  test('time in which the consumer is busy does not count as a stall', async () => {
    provider.respond(providerScripts.stallAfter(['Hello']));
    const events = serviceWith({ timings: { stallMs: 500, endGraceMs: 50 } }).streamEvents(question, 'user-1');
    await events.next();
    await new Promise((resolve) => setTimeout(resolve, 700)); // the consumer is busy during this time

    const began = performance.now();
    const heard = await hear(events);

    expect(heard.error).toMatchObject({ code: 'provider-timeout' });
    expect(performance.now() - began).toBeGreaterThan(400);
  });

  test('the default stall timeout is a minute', () => {
    expect(defaultAiTimings).toEqual({
      stallMs: 60_000,
      endGraceMs: 5_000,
      textMs: 600_000,
      maxDurationMs: 3_600_000,
    });
  });
});

function hello(): string {
  return providerChunk({ content: 'Hello world' });
}

/** The provider's text may only appear in the log; the key may not appear anywhere. */
function expectNothingSaid(error: unknown): void {
  expect(String(error)).not.toMatch(/words of|sk-|html|maximum/i);
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    expect(`${cause.message}${JSON.stringify(cause)}`).not.toContain(key);
  }
}

const windows = [
  ['before its headers', providerScripts.hangBeforeHeaders(), 0],
  ['before its first token', providerScripts.hangAfterHeaders(), 0],
  ['mid-stream', providerScripts.stallAfter(['Hello']), 1],
] as const;

describe('leaving the loop closes the connection to the provider at once', () => {
  test.each(windows)('%s, by the signal', async (_name, script, eventsBefore) => {
    provider.respond(script);
    const left = new AbortController();
    const events = serviceWith().streamEvents(question, 'user-1', { signal: left.signal });
    const received = provider.received(provider.requests.length + 1);
    for (let i = 0; i < eventsBefore; i++) await events.next();
    const pending = events.next();
    const { closed } = await received;

    const leftAt = Date.now();
    left.abort();

    expect(await pending).toEqual({ done: true, value: undefined });
    expect((await closed).at - leftAt).toBeLessThan(stallMs / 2);
  });

  test.each(windows)('%s, by return()', async (_name, script, eventsBefore) => {
    provider.respond(script);
    const events = serviceWith().streamEvents(question, 'user-1');
    const received = provider.received(provider.requests.length + 1);
    for (let i = 0; i < eventsBefore; i++) await events.next();
    const pending = events.next();
    const { closed } = await received;

    const leftAt = Date.now();
    await events.return();

    expect(await pending).toEqual({ done: true, value: undefined });
    expect((await closed).at - leftAt).toBeLessThan(stallMs / 2);
  });

  test.each(['streamEvents', 'streamChat', 'streamChatWithMetadata'] as const)('by break, in %s', async (method) => {
    provider.respond(providerScripts.stallAfter(['Hello']));
    const received = provider.received(provider.requests.length + 1);

    for await (const _ of serviceWith()[method](question, 'user-1')) break;

    await (await received).closed;
  });

  test.each(['streamChat', 'streamChatWithMetadata'] as const)('by return() while waiting, in %s', async (method) => {
    provider.respond(providerScripts.hangAfterHeaders());
    const received = provider.received(provider.requests.length + 1);
    const iterator = serviceWith()[method](question, 'user-1');
    const pending = iterator.next();
    const { closed } = await received;

    await iterator.return();

    await pending;
    await closed;
  });

  test('during the pause before a retry, and no further request is sent', async () => {
    provider.respond(status(429, said({}), { 'retry-after-ms': '7000' }));
    const left = new AbortController();
    const before = provider.requests.length;
    const patient = serviceWith({ timings: { stallMs: 30_000, endGraceMs: 50 } });
    const pending = hear(patient.streamEvents(question, 'user-1', { signal: left.signal }));
    await provider.received(before + 1);
    setTimeout(() => left.abort(), 50);

    const began = performance.now();
    const heard = await pending;

    expect(heard).toMatchObject({ ends: [], error: undefined });
    expect(performance.now() - began).toBeLessThan(5_000);
    expect(provider.requests.length).toBe(before + 1);
  });

  test('with a signal that is already aborted, no request is sent', async () => {
    const before = provider.requests.length;

    const heard = await hear(serviceWith().streamEvents(question, 'user-1', { signal: AbortSignal.abort() }));

    expect(heard).toMatchObject({ ends: [], error: undefined });
    expect(provider.requests.length).toBe(before);
  });

  test('a failure also closes the connection to the provider at once', async () => {
    provider.respond(providerScripts.raw([hello(), 'data: {\n\n'], { end: false }));
    const received = provider.received(provider.requests.length + 1);

    await streamReply();

    await (await received).closed;
  });
});

describe('a slow consumer', () => {
  test('stops the reading from the provider instead of filling memory', async () => {
    let written = 0;
    let isHeldBack = false;
    const { promise: heldBack, resolve } = Promise.withResolvers<void>();
    provider.respond(async (_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      const chunk = providerChunk({ content: 'x'.repeat(60_000) });
      while (!isHeldBack && written < 200_000_000) {
        written += chunk.length;
        if (response.write(chunk)) continue;
        const drained = new Promise<'drained'>((resolve) => response.once('drain', () => resolve('drained')));
        const waited = new Promise<'waited'>((resolve) => setTimeout(() => resolve('waited'), 300));
        isHeldBack = (await Promise.race([drained, waited])) === 'waited';
      }
      resolve();
    });
    const events = serviceWith().streamEvents(question, 'user-1');

    await events.next();
    await heldBack;

    expect(isHeldBack).toBe(true);
    expect(written).toBeLessThan(100_000_000);
    await events.return();
  });
});

describe('the methods that yield text', () => {
  test('streamChat yields the text', async () => {
    provider.respond(reply(['Hello', ' world'], { throttleMs: 5 }));

    const texts = await all(serviceWith().streamChat(question, 'user-1'));

    expect(texts.join('')).toBe('Hello world');
  });

  test('streamChat throws one typed error', async () => {
    provider.respond(status(401, said({})));

    await expect(all(serviceWith().streamChat(question, 'user-1'))).rejects.toMatchObject({
      code: 'provider-auth',
    });
  });

  test('streamChatWithMetadata ends with one `done: true`, also after a failure', async () => {
    provider.respond(reply(['Hello']));
    expect(await all(serviceWith().streamChatWithMetadata(question, 'user-1'))).toEqual([
      { content: 'Hello', done: false },
      { done: true },
    ]);

    provider.respond(providerScripts.endAfter(['Hello']));
    expect(await all(serviceWith().streamChatWithMetadata(question, 'user-1'))).toEqual([
      { content: 'Hello', done: false },
      { error: 'The model sent an invalid response. Try again.', done: true },
    ]);

    const signal = AbortSignal.abort();
    expect(await all(serviceWith().streamChatWithMetadata(question, 'user-1', { signal }))).toEqual([{ done: true }]);
  });
});
