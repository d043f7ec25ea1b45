// Whatever a provider does, through the whole server: the right code, one end, what came before is kept, and it is asked
// again only while nothing has been said.
import { type ProviderScript, providerAnswers, providerChunk } from '@sillage/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { expectSameText, openStage, PlainReader, type Stage } from './support.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await openStage({ env: { ai_stall_timeout: '1' } });
});
afterAll(() => stage[Symbol.asyncDispose]());

/** Asks once, and tells all that came of it. */
async function ask(script: ProviderScript, on = stage, onText: (text: string) => void = () => {}) {
  on.provider.answer(script);
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

const good = providerAnswers.reply(['Hello']);
const refusal = (status: number, headers = {}) =>
  providerAnswers.status(status, { error: { message: 'No', type: 'x', code: null } }, headers);
const html = '<html><body>Bad gateway</body></html>';
const outOfMoney = providerAnswers.status(429, { error: { message: 'No', code: 'insufficient_quota' } });

type Fault = [what: string, script: () => ProviderScript, code: string, requests: number];

describe('before the first token', () => {
  test.each<Fault>([
    ['says nothing at all', providerAnswers.hangBeforeHeaders, 'provider-timeout', 1],
    ['sends headers and nothing more', providerAnswers.hangAfterHeaders, 'provider-timeout', 1],
    ['refuses the key', () => refusal(401), 'provider-auth', 1],
    ['is busy, and stays so', () => refusal(429, { 'retry-after': '0' }), 'provider-rate-limited', 3],
    ['is busy for longer than a person waits', () => refusal(429, { 'retry-after': '30' }), 'provider-rate-limited', 1],
    ['has no money left', () => outOfMoney, 'provider-rate-limited', 1],
    ['fails, and stays so', () => refusal(500, { 'retry-after-ms': '1' }), 'provider-unavailable', 3],
    [
      'is a gateway in HTML',
      () => providerAnswers.status(502, html, { 'retry-after-ms': '1' }),
      'provider-unavailable',
      3,
    ],
    ['answers 200 in HTML', () => providerAnswers.status(200, html), 'provider-bad-response', 1],
    ['answers 200 in JSON', () => providerAnswers.status(200, { choices: [] }), 'provider-bad-response', 1],
    ['sends an empty stream', () => providerAnswers.raw([]), 'provider-bad-response', 1],
    ['sends an error chunk first', () => providerAnswers.errorAfter([], { message: 'No' }), 'provider-unavailable', 1],
  ])('a provider that %s', async (_, script, code, requests) => {
    expect(await ask(script())).toEqual({ text: '', finishReason: 'error', code, requests });
  });

  test.each<[string, ProviderScript]>([
    ['500', refusal(500, { 'retry-after-ms': '1' })],
    ['502 in HTML', providerAnswers.status(502, html, { 'retry-after-ms': '1' })],
    ['429', refusal(429, { 'retry-after': '0' })],
  ])('a provider that answers once with %s is asked again', async (_, failure) => {
    const script = providerAnswers.failing(1, failure, good);

    expect(await ask(script)).toEqual({ text: 'Hello', finishReason: 'stop', code: undefined, requests: 2 });
  });

  test('a provider that hangs up is asked again', async () => {
    await using patient = await openStage(); // the pause before the second question is up to a second

    const heard = await ask(providerAnswers.failing(1, providerAnswers.hangUp(), good), patient);

    expect(heard).toEqual({ text: 'Hello', finishReason: 'stop', code: undefined, requests: 2 });
  });
});

describe('after the first token', () => {
  const said = ['Hel', 'lo 👩'];

  test.each<Fault>([
    ['stalls', () => providerAnswers.stallAfter(said), 'provider-timeout', 1],
    ['sends an error chunk', () => providerAnswers.errorAfter(said, { message: 'No' }), 'provider-unavailable', 1],
    ['sends malformed JSON', () => providerAnswers.malformedAfter(said), 'provider-bad-response', 1],
    ['ends without a finish reason', () => providerAnswers.endAfter(said), 'provider-bad-response', 1],
  ])('a provider that %s is not asked again, and what it said is kept', async (_, script, code, requests) => {
    expect(await ask(script())).toEqual({ text: 'Hello 👩', finishReason: 'error', code, requests });
  });

  test('a provider that resets is not asked again, and what it said is kept', async () => {
    const { promise: seen, resolve: see } = Promise.withResolvers<void>();
    const script: ProviderScript = async (request, response) => {
      await providerAnswers.stallAfter(said)(request, response);
      await seen; // a reset takes with it what the server has not read
      response.socket?.resetAndDestroy();
    };

    const heard = await ask(script, stage, (text) => text === 'Hello 👩' && see());

    expect(heard).toEqual({ text: 'Hello 👩', finishReason: 'error', code: 'provider-unavailable', requests: 1 });
  });
});

describe('what is no fault', () => {
  const fine = { finishReason: 'stop', code: undefined, requests: 1 };

  test('no [DONE] after a finish reason', async () => {
    expect(await ask(providerAnswers.reply(['Hello'], { done: false }))).toEqual({ ...fine, text: 'Hello' });
  });

  test('no finish reason before [DONE]', async () => {
    expect(await ask(providerAnswers.reply(['Hello'], { finishReason: null }))).toEqual({ ...fine, text: 'Hello' });
  });

  test('a lost connection after the finish reason', async () => {
    const script: ProviderScript = async (request, response) => {
      await providerAnswers.stallAfter(['Hello'])(request, response);
      response.write(providerChunk({}, 'stop'), () => response.socket?.destroy());
    };

    expect(await ask(script)).toEqual({ ...fine, text: 'Hello' });
  });

  test('a hundred thousand tiny chunks in one write', async () => {
    const chunk = providerChunk({ content: 'é' });
    const script = providerAnswers.raw([chunk.repeat(100_000) + providerChunk({}, 'stop'), 'data: [DONE]\n\n']);

    const { text, ...rest } = await ask(script);

    expectSameText(text, 'é'.repeat(100_000));
    expect(rest).toEqual(fine);
  });

  test('bytes that come one at a time', async () => {
    const bytes = new TextEncoder().encode(`${providerChunk({ content: 'é👩\r\n' })}${providerChunk({}, 'stop')}`);

    const heard = await ask(providerAnswers.raw([...bytes].map((byte) => Uint8Array.of(byte))));

    expect(heard).toEqual({ ...fine, text: 'é👩\r\n' });
  });
});

describe('a reply of 30 MB', () => {
  const delta = 'x'.repeat(1_000);
  const chunk = providerChunk({ content: delta });
  const length = 30_000_000;
  const endless: ProviderScript = async (_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    for (let said = 0; said < length && !response.destroyed; said += delta.length * 100) {
      await new Promise((resolve) => response.write(chunk.repeat(100), resolve));
    }
    response.end(`${providerChunk({}, 'stop')}data: [DONE]\n\n`);
  };

  test('ends at ai_max_reply with length, and the provider is let go', async () => {
    const heard = await ask(endless);

    expect({ ...heard, text: heard.text.length }).toEqual({
      text: 8_000_000,
      finishReason: 'length',
      code: undefined,
      requests: 1,
    });
    await stage.provider.requests.at(-1)?.closed;
  });

  test('is whole where ai_max_reply allows it', async () => {
    await using large = await openStage({ env: { ai_max_reply: '40000000' } });

    const { text, finishReason, requests } = await ask(endless, large);

    expectSameText(text, 'x'.repeat(length));
    expect([finishReason, requests]).toEqual(['stop', 1]);
  });

  test('is never cut within a character', async () => {
    await using short = await openStage({ env: { ai_max_reply: '10' } });

    const heard = await ask(providerAnswers.reply(['123456789👩', 'more']), short);

    expect(heard).toEqual({ text: '123456789', finishReason: 'length', code: undefined, requests: 1 });
  });
});
