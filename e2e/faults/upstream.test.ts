// Provider failures through the whole server: one end with the right code, received text is kept, and the request is retried
// only before the first token.
import { type ProviderScript, providerChunk, providerScripts } from '@sillage/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { expectSameText, type Fixture, openFixture, PlainReader } from './fixture/fixture.ts';

let fixture: Fixture;
/** Gives up a provider that sends nothing for three seconds, which a busy one may reach between two chunks of a reply. */
let impatient: Fixture;
beforeAll(async () => {
  [fixture, impatient] = await Promise.all([openFixture(), openFixture({ env: { ai_stall_timeout: '3' } })]);
});
afterAll(() => Promise.all([fixture[Symbol.asyncDispose](), impatient[Symbol.asyncDispose]()]));

/** Starts one reply and returns its result, after checking that stream and conversation agree on it. */
async function generate(script: ProviderScript, on = fixture, onText: (text: string) => void = () => {}) {
  on.provider.respond(script);
  const requestsBefore = on.provider.requests.length;
  const sessionId = `session-${requestsBefore}`;
  const streamId = await on.start({ message: 'Hi', sessionId });
  const reader = new PlainReader({ headers: on.headers, streamId });
  reader.onText = () => onText(reader.text);
  await reader.readToEnd(on.server.url);
  const { text, end } = reader;
  const { messages } = await on.session(sessionId);
  const again = await on.read(streamId);
  expect(again.end).toEqual(end);
  expectSameText(again.text, text);
  expectSameText(messages[1]?.content ?? '', text);
  expect(messages).toHaveLength(2);
  const { finishReason, code } = end ?? {};
  expect(messages[1]).toMatchObject({ finishReason, ...(code && { code }) });
  return { text, finishReason, code, requests: on.provider.requests.length - requestsBefore };
}

const helloReply = providerScripts.reply(['Hello']);
const errorStatus = (status: number, headers = {}) =>
  providerScripts.status(status, { error: { message: 'No', type: 'x', code: null } }, headers);
const html = '<html><body>Bad gateway</body></html>';
const quotaExceeded = providerScripts.status(429, { error: { message: 'No', code: 'insufficient_quota' } });

type Fault = [name: string, script: () => ProviderScript, code: string, requests: number];

describe('before the first token', () => {
  test.each<Fault>([
    ['rejects the key', () => errorStatus(401), 'provider-auth', 1],
    ['keeps returning 429', () => errorStatus(429, { 'retry-after': '0' }), 'provider-rate-limited', 3],
    [
      'returns 429 with a long Retry-After',
      () => errorStatus(429, { 'retry-after': '30' }),
      'provider-rate-limited',
      1,
    ],
    ['reports an exceeded quota', () => quotaExceeded, 'provider-rate-limited', 1],
    ['keeps returning 500', () => errorStatus(500, { 'retry-after-ms': '1' }), 'provider-unavailable', 3],
    [
      'keeps returning 502 with HTML',
      () => providerScripts.status(502, html, { 'retry-after-ms': '1' }),
      'provider-unavailable',
      3,
    ],
    ['returns 200 with HTML', () => providerScripts.status(200, html), 'provider-bad-response', 1],
    ['returns 200 with JSON', () => providerScripts.status(200, { choices: [] }), 'provider-bad-response', 1],
    ['sends an empty stream', () => providerScripts.raw([]), 'provider-bad-response', 1],
    ['sends an error chunk first', () => providerScripts.errorAfter([], { message: 'No' }), 'provider-unavailable', 1],
  ])('a provider that %s', async (_, script, code, requests) => {
    expect(await generate(script())).toEqual({ text: '', finishReason: 'error', code, requests });
  });

  test.each([
    ['no headers', providerScripts.hangBeforeHeaders],
    ['only headers', providerScripts.hangAfterHeaders],
  ])('a provider that sends %s', async (_, script) => {
    expect(await generate(script(), impatient)).toEqual({
      text: '',
      finishReason: 'error',
      code: 'provider-timeout',
      requests: 1,
    });
  });

  test.each<[string, ProviderScript]>([
    ['500', errorStatus(500, { 'retry-after-ms': '1' })],
    ['502 in HTML', providerScripts.status(502, html, { 'retry-after-ms': '1' })],
    ['429', errorStatus(429, { 'retry-after': '0' })],
  ])('a request that fails once with %s is retried', async (_, failure) => {
    const script = providerScripts.failing(1, failure, helloReply);

    expect(await generate(script)).toEqual({ text: 'Hello', finishReason: 'stop', code: undefined, requests: 2 });
  });

  test('a request whose connection is closed is retried', async () => {
    const result = await generate(providerScripts.failing(1, providerScripts.hangUp(), helloReply));

    expect(result).toEqual({ text: 'Hello', finishReason: 'stop', code: undefined, requests: 2 });
  });
});

describe('after the first token', () => {
  const deltas = ['Hel', 'lo 👩'];

  test.each<Fault>([
    ['sends an error chunk', () => providerScripts.errorAfter(deltas, { message: 'No' }), 'provider-unavailable', 1],
    ['sends malformed JSON', () => providerScripts.malformedAfter(deltas), 'provider-bad-response', 1],
    ['ends without a finish reason', () => providerScripts.endAfter(deltas), 'provider-bad-response', 1],
  ])('a provider that %s: no retry, and the received text is kept', async (_, script, code, requests) => {
    expect(await generate(script())).toEqual({ text: 'Hello 👩', finishReason: 'error', code, requests });
  });

  test('a provider that stalls: no retry, and the received text is kept', async () => {
    const result = await generate(providerScripts.stallAfter(deltas), impatient);

    expect(result).toEqual({ text: 'Hello 👩', finishReason: 'error', code: 'provider-timeout', requests: 1 });
  });

  test('a provider that resets the connection: no retry, and the received text is kept', async () => {
    const { promise: received, resolve: onReceived } = Promise.withResolvers<void>();
    const script: ProviderScript = async (request, response) => {
      await providerScripts.stallAfter(deltas)(request, response);
      await received; // a reset discards bytes that the server has not read yet
      response.socket?.resetAndDestroy();
    };

    const result = await generate(script, fixture, (text) => text === 'Hello 👩' && onReceived());

    expect(result).toEqual({ text: 'Hello 👩', finishReason: 'error', code: 'provider-unavailable', requests: 1 });
  });
});

describe('not a failure', () => {
  const complete = { finishReason: 'stop', code: undefined, requests: 1 };

  test('no [DONE] after a finish reason', async () => {
    expect(await generate(providerScripts.reply(['Hello'], { done: false }))).toEqual({ ...complete, text: 'Hello' });
  });

  test('no finish reason before [DONE]', async () => {
    expect(await generate(providerScripts.reply(['Hello'], { finishReason: null }))).toEqual({
      ...complete,
      text: 'Hello',
    });
  });

  test('a lost connection after the finish reason', async () => {
    const script: ProviderScript = async (request, response) => {
      await providerScripts.stallAfter(['Hello'])(request, response);
      response.write(providerChunk({}, 'stop'), () => response.socket?.destroy());
    };

    expect(await generate(script)).toEqual({ ...complete, text: 'Hello' });
  });

  test('a hundred thousand tiny chunks in one write', async () => {
    const chunk = providerChunk({ content: 'é' });
    const script = providerScripts.raw([chunk.repeat(100_000) + providerChunk({}, 'stop'), 'data: [DONE]\n\n']);

    const { text, ...rest } = await generate(script);

    expectSameText(text, 'é'.repeat(100_000));
    expect(rest).toEqual(complete);
  });

  test('bytes that arrive one at a time', async () => {
    const bytes = new TextEncoder().encode(`${providerChunk({ content: 'é👩\r\n' })}${providerChunk({}, 'stop')}`);

    const result = await generate(providerScripts.raw([...bytes].map((byte) => Uint8Array.of(byte))));

    expect(result).toEqual({ ...complete, text: 'é👩\r\n' });
  });
});

describe('a reply of 30 MB', () => {
  const delta = 'x'.repeat(1_000);
  const chunk = providerChunk({ content: delta });
  const length = 30_000_000;
  const endless: ProviderScript = async (_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    for (let sent = 0; sent < length && !response.destroyed; sent += delta.length * 100) {
      await new Promise((resolve) => response.write(chunk.repeat(100), resolve));
    }
    response.end(`${providerChunk({}, 'stop')}data: [DONE]\n\n`);
  };

  test('ends at ai_max_reply with finish reason length, and the connection to the provider is closed', async () => {
    const result = await generate(endless);

    expect({ ...result, text: result.text.length }).toEqual({
      text: 8_000_000,
      finishReason: 'length',
      code: undefined,
      requests: 1,
    });
    await fixture.provider.requests.at(-1)?.closed;
  });

  test('is complete when ai_max_reply allows it', async () => {
    await using large = await openFixture({ env: { ai_max_reply: '40000000' } });

    const { text, finishReason, requests } = await generate(endless, large);

    expectSameText(text, 'x'.repeat(length));
    expect([finishReason, requests]).toEqual(['stop', 1]);
  });

  test('is never cut within a character', async () => {
    await using short = await openFixture({ env: { ai_max_reply: '10' } });

    const result = await generate(providerScripts.reply(['123456789👩', 'more']), short);

    expect(result).toEqual({ text: '123456789', finishReason: 'length', code: undefined, requests: 1 });
  });
});
