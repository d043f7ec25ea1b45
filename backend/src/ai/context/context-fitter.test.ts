// Context fitting keeps the newest messages and counts tokens only if the estimate is inconclusive.
import type { HistoryTurn } from '@sillage/protocol';
import { afterAll, describe, expect, test } from 'vitest';
import { type AiOptions, defaultAiTimings } from '../ai-options.ts';
import { ContextFitter } from './context-fitter.ts';
import { contextWindowOf } from './context-window.ts';
import { TokenCounts } from './token-counts.ts';

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
const counts = new TokenCounts();
afterAll(() => counts.onApplicationShutdown());

function fitInto(messages: readonly HistoryTurn[], contextWindow: number, more: Partial<AiOptions> = {}) {
  const fitter = new ContextFitter({ ...options, contextWindow, ...more }, counts);
  return fitter.fit(messages, { model: 'gpt-4o', maxTokens: undefined });
}

describe('a context', () => {
  test('that fits is unchanged', async () => {
    const messages = [user(words(100)), assistant(words(100)), user('Now')];

    expect(await fitInto(messages, 1_000)).toEqual({ messages, trimmedTurns: 0 });
  });

  test('is measured in tokens if its bytes are inconclusive', async () => {
    const messages = [user(words(300)), user('Now')]; // 1,500 bytes, 300 tokens

    expect((await fitInto(messages, 500)).trimmedTurns).toBe(0);
    expect((await fitInto(messages, 390)).trimmedTurns).toBe(1);
  });

  test('starts with a message of the user', async () => {
    const messages = [user('x'), assistant(words(200)), user(words(50)), assistant('y'), user('Now')];

    expect(await fitInto(messages, 200)).toEqual({ messages: messages.slice(2), trimmedTurns: 2 });
  });

  test('leaves room for the system prompt and for the reply', async () => {
    const messages = [user(words(300)), user('Now')];

    expect((await fitInto(messages, 450)).trimmedTurns).toBe(0);
    expect((await fitInto(messages, 450, { systemPrompt: words(100) })).trimmedTurns).toBe(1);
    expect((await fitInto(messages, 450, { maxTokens: 200 })).trimmedTurns).toBe(1);
  });

  test('leaves room for the system prompt of the request instead of that of the settings', async () => {
    const messages = [user(words(300)), user('Now')];
    const fitter = new ContextFitter({ ...options, contextWindow: 450, systemPrompt: words(100) }, counts);
    const trimmed = async (systemPrompt: string) =>
      (await fitter.fit(messages, { model: 'gpt-4o', maxTokens: undefined, systemPrompt })).trimmedTurns;

    expect([await trimmed('Short'), await trimmed(words(100))]).toEqual([0, 1]);
  });

  test('keeps the new message, however long it is', async () => {
    const messages = [user('x'), user(words(5_000))];

    expect(await fitInto(messages, 300)).toEqual({ messages: messages.slice(1), trimmedTurns: 1 });
  });
});

test('the largest history is counted once, and in its newest part only', async () => {
  const own = new TokenCounts();
  const fitter = new ContextFitter({ ...options, contextWindow: 20_000 }, own);
  const history = Array.from({ length: 200 }, (_, i) => (i % 2 === 0 ? user : assistant)(`${i} ${words(2_000)}`));
  const fitWith = (message: string) =>
    fitter.fit([...history, user(message)], { model: 'gpt-4o', maxTokens: undefined });
  const first = await fitWith('Now');
  await own.onApplicationShutdown(); // exact counting is no longer possible

  const again = await Promise.all(Array.from({ length: 60 }, () => fitWith('Now')));

  expect(201 - first.trimmedTurns).toBe(7); // 2,000 tokens each, a quarter of the window free for the reply
  expect(again.map(({ trimmedTurns }) => trimmedTurns)).toEqual(Array(60).fill(first.trimmedTurns));
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
])('the context window of %s is %i tokens', (model, window) => {
  expect(contextWindowOf(model)).toBe(window);
});
