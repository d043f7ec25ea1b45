// What fits a window: counted only when it must be, the newest first, in time that no text can stretch.
import { describe, expect, test } from 'vitest';
import { type AiOptions, defaultAiTimings } from '../ai-options.ts';
import { ContextFitter } from './context-fitter.ts';
import { contextWindowOf } from './context-window.ts';
import { TokenCounter } from './token-count.ts';

const options: AiOptions = {
  enabled: true,
  apiKey: undefined,
  model: 'gpt-4o',
  models: ['gpt-4o'],
  apiUrl: 'http://localhost',
  systemPrompt: undefined,
  maxTokens: undefined,
  hashUserId: false,
  timings: defaultAiTimings,
};
const words = (count: number) => 'word '.repeat(count).trim();
const user = (content: string) => ({ role: 'user' as const, content });
const assistant = (content: string) => ({ role: 'assistant' as const, content });
const fitInto = (messages: Parameters<ContextFitter['fit']>[0], contextWindow: number, more: Partial<AiOptions> = {}) =>
  new ContextFitter({ ...options, contextWindow, ...more }).fit(messages, { model: 'gpt-4o', maxTokens: undefined });

describe('a context', () => {
  test('that fits is left as it is', async () => {
    const messages = [user(words(100)), assistant(words(100)), user('Now')];

    expect(await fitInto(messages, 1_000)).toEqual({ messages, trimmedTurns: 0 });
  });

  test('counts tokens, not bytes, where bytes alone do not say', async () => {
    const messages = [user(words(300)), user('Now')]; // 1,500 bytes, 300 tokens

    expect((await fitInto(messages, 500)).trimmedTurns).toBe(0);
    expect((await fitInto(messages, 390)).trimmedTurns).toBe(1);
  });

  test('begins with a turn of the user', async () => {
    const messages = [user('x'), assistant(words(200)), user(words(50)), assistant('y'), user('Now')];

    expect(await fitInto(messages, 200)).toEqual({ messages: messages.slice(2), trimmedTurns: 2 });
  });

  test('leaves room for the system prompt and for the reply', async () => {
    const messages = [user(words(300)), user('Now')];

    expect((await fitInto(messages, 450)).trimmedTurns).toBe(0);
    expect((await fitInto(messages, 450, { systemPrompt: words(100) })).trimmedTurns).toBe(1);
    expect((await fitInto(messages, 450, { maxTokens: 200 })).trimmedTurns).toBe(1);
  });

  test('keeps the new message, however long it is', async () => {
    const messages = [user('x'), user(words(5_000))];

    expect(await fitInto(messages, 300)).toEqual({ messages: messages.slice(1), trimmedTurns: 1 });
  });
});

test.each([
  ['demo', 8_192],
  ['gpt-3.5-turbo', 16_385],
  ['gpt-4', 8_192],
  ['gpt-4o-mini', 128_000],
  ['gpt-4.1-mini', 1_047_576],
  ['gpt-5', 272_000],
  ['o3', 200_000],
  ['some-local-model', 128_000],
])('%s takes %i tokens', (model, window) => {
  expect(contextWindowOf(model)).toBe(window);
});

describe('counting', () => {
  const count = (text: string, { model = 'gpt-4o', limit = 1e9 } = {}) =>
    new TokenCounter().count(text, { model, limit });

  test('is the encoding’s of the model', async () => {
    expect(await count('Hello, AI!')).toBe(4);
    expect(await count('日本語の質問です')).toBeLessThan(await count('日本語の質問です', { model: 'gpt-3.5-turbo' }));
  });

  test('takes what looks like a special token for text', async () => {
    expect(await count('<|endoftext|>')).toBeGreaterThan(1);
  });

  test('stops beyond the limit', async () => {
    expect(await count(words(100_000), { limit: 50 })).toBeLessThan(500);
  });

  test('cuts long runs, which would take a minute as one, and lets others in meanwhile', {
    timeout: 10_000,
  }, async () => {
    let turns = 0;
    const timer = setInterval(() => turns++, 1);
    const tokens = await count('海'.repeat(32_000));
    clearInterval(timer);

    expect(tokens).toBeGreaterThan(10_000);
    expect(turns).toBeGreaterThan(0);
  });
});
