// Long histories are estimated and counted in slices: the event loop turns in between, however many texts there are.
import { expect, test } from 'vitest';
import type { AiOptions } from '../ai-options.ts';
import { ContextFitter } from './context-fitter.ts';
import { TokenCounter } from './token-counter.ts';
import { estimateRequest, TokenCounts } from './token-counts.ts';

const texts = Array.from({ length: 100_000 }, (_, i) => `stored words of number ${i % 7}, 潮汐 🌊`);

/** Returns how often the event loop turned while the work was done. */
async function turnsDuring(work: () => Promise<unknown>): Promise<number> {
  let turns = 0;
  let isDone = false;
  const count = () => {
    turns++;
    if (!isDone) setImmediate(count);
  };
  setImmediate(count);
  await work();
  isDone = true;
  return turns;
}

test('estimating a request of many texts lets the event loop turn', async () => {
  expect(await turnsDuring(() => estimateRequest(texts))).toBeGreaterThan(1);
});

test('fitting many messages lets the event loop turn', async () => {
  const counts = new TokenCounts();
  const fitter = new ContextFitter({ model: 'gpt-4', contextWindow: 7_700_000 } as AiOptions, counts);
  const content = 'so many words that they fit by their estimate alone, though not by their bytes';
  const messages = Array.from({ length: 100_000 }, () => ({ role: 'user' as const, content }));

  const turns = await turnsDuring(() => fitter.fit(messages, { model: 'gpt-4', maxTokens: undefined }));
  await counts.onApplicationShutdown();

  expect(turns).toBeGreaterThan(1);
});

test('counting many known texts lets the event loop turn', async () => {
  const counter = new TokenCounter();
  const [first = 0] = await counter.count(texts.slice(0, 7), { model: 'gpt-4' });

  let counts: number[] = [];
  const turns = await turnsDuring(async () => {
    counts = await counter.count(texts, { model: 'gpt-4' });
  });
  await counter.close();

  expect(counts.filter((_, i) => i % 7 === 0).every((count) => count === first)).toBe(true);
  expect(turns).toBeGreaterThan(1);
});
