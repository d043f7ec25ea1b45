// AiService against a third-party OpenAI mock server.
import { LLMock } from '@copilotkit/aimock';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { AiService } from './ai.service.ts';
import type { ModelEvent } from './model-event.ts';

const mock = new LLMock({ port: 0, chunkSize: 3, logLevel: 'silent' });
let service: AiService;

beforeAll(async () => {
  const content = 'Hello "world"\n🌊 and on.';
  mock.on({ userMessage: 'hello' }, { content });
  mock.on({ userMessage: 'cut' }, { content }, { truncateAfterChunks: 3, latency: 20 });
  mock.on({ userMessage: 'busy' }, { error: { message: 'slow down', type: 'rate_limit_error' }, status: 429 });
  mock.on({ userMessage: 'broken' }, { content }, { chaos: { malformedRate: 1 } });
  await mock.start();
  service = new AiService({
    enabled: true,
    apiKey: 'key',
    model: 'gpt-3.5-turbo',
    models: ['gpt-3.5-turbo'],
    apiUrl: `${mock.url}/v1`,
    systemPrompt: undefined,
    maxTokens: undefined,
    hashUserId: false,
    timings: { stallMs: 5_000, endGraceMs: 500 },
  });
});
afterAll(() => mock.stop());

async function streamReply(content: string) {
  let text = '';
  let end: ModelEvent | undefined;
  try {
    for await (const event of service.streamEvents([{ role: 'user', content }], 'user-1')) {
      if (event.type === 'text') text += event.text;
      if (event.type === 'end') end = event;
    }
  } catch (error) {
    return { text, end, error };
  }
  return { text, end };
}

test('a reply of aimock is read completely, with its usage', async () => {
  expect(await streamReply('hello')).toMatchObject({
    text: 'Hello "world"\n🌊 and on.',
    end: { finishReason: 'stop', usage: { promptTokens: expect.any(Number) } },
  });
});

test('a reply that aimock cuts off ends as provider-unavailable after its text', async () => {
  const { text, end, error } = await streamReply('cut');

  expect(text).not.toBe('');
  expect('Hello "world"\n🌊 and on.'.startsWith(text)).toBe(true);
  expect(end).toBeUndefined();
  expect(error).toMatchObject({ code: 'provider-unavailable' });
});

test('a 429 of aimock is provider-rate-limited', async () => {
  expect((await streamReply('busy')).error).toMatchObject({ code: 'provider-rate-limited' });
});

test('broken JSON of aimock is provider-bad-response', async () => {
  expect((await streamReply('broken')).error).toMatchObject({ code: 'provider-bad-response' });
});
