// Token counts from a provider: only integers that a reply can have are accepted, so that sums of them stay exact.
import { expect, test } from 'vitest';
import { readChunk } from './provider-chunk.ts';

const chunk = (usage: unknown) => JSON.stringify({ choices: [], usage });
const most = 1e10;

test.each([
  ['whole numbers', '9', '2', { promptTokens: 9, completionTokens: 2 }],
  ['nothing', '0', '-0', { promptTokens: 0, completionTokens: 0 }],
  ['fractions, rounded up', '9.5', '0.001', { promptTokens: 10, completionTokens: 1 }],
  ['numbers beyond 32 bits', '3000000000', '9e9', { promptTokens: 3_000_000_000, completionTokens: 9e9 }],
  ['the greatest number', '10000000000', '1', { promptTokens: most, completionTokens: 1 }],
  ['a number that is too great', '10000000001', '1', undefined],
  ['a number that no reply has', '9007199254740991', '1', undefined],
  ['a number beyond all', '1e999', '1', undefined],
  ['a negative number', '-35', '7', undefined],
  ['a negative fraction', '7', '-0.5', undefined],
  ['a string', '"9"', '2', undefined],
  ['null', 'null', '2', undefined],
  ['a truth', 'true', '2', undefined],
  ['a list', '[9]', '[2]', undefined],
])('usage of %s is corrected where possible, else ignored', (_, prompt, completion, expected) => {
  const usage = `{"prompt_tokens":${prompt},"completion_tokens":${completion}}`;

  expect(readChunk(`{"choices":[],"usage":${usage}}`).usage).toEqual(expected);
  expect(readChunk(`{"choices":[{"delta":{},"usage":${usage}}]}`).usage).toEqual(expected);
});

test.each([
  ['null', null],
  ['a string', 'much'],
  ['a list', [1, 2]],
  ['a number', 7],
  ['one count alone', { prompt_tokens: 1 }],
])('usage that is %s is ignored', (_, usage) => {
  expect(readChunk(chunk(usage)).usage).toBeUndefined();
});

const details = {
  prompt_tokens_details: { cached_tokens: 128 },
  completion_tokens_details: { reasoning_tokens: 2_809 },
};
const bedrock = { prompt_tokens: 368, completion_tokens: 19, total_tokens: 10_923 };
const gemini = { prompt_tokens: 758, completion_tokens: 102, total_tokens: 1_725 };

test.each([
  [
    'xAI: reasoning only in the total',
    { prompt_tokens: 10_120, completion_tokens: 1_499, total_tokens: 14_428, ...details },
    { promptTokens: 10_120, completionTokens: 4_308, cachedTokens: 128, reasoningTokens: 2_809 },
  ],
  [
    'Gemini: reasoning only in the total, and not named',
    gemini,
    { promptTokens: 758, completionTokens: 967, reasoningTokens: 865 },
  ],
  [
    'Gemini with a cache, which its prompt includes',
    { ...gemini, prompt_tokens_details: { cached_tokens: 500 } },
    { promptTokens: 758, completionTokens: 967, cachedTokens: 500, reasoningTokens: 865 },
  ],
  [
    'a gateway to Bedrock: cache reads only in the total',
    { ...bedrock, cache_read_input_tokens: 10_536, cache_creation_input_tokens: 0 },
    { promptTokens: 10_904, completionTokens: 19, cachedTokens: 10_536 },
  ],
  [
    'the same in the fields of OpenAI',
    {
      ...bedrock,
      prompt_tokens_details: { cached_tokens: 10_536 },
      completion_tokens_details: { reasoning_tokens: 7 },
    },
    { promptTokens: 10_904, completionTokens: 19, cachedTokens: 10_536, reasoningTokens: 7 },
  ],
  [
    'cache writes only in the total',
    { ...bedrock, cache_read_input_tokens: 0, cache_creation_input_tokens: 10_536 },
    { promptTokens: 10_904, completionTokens: 19, cachedTokens: 0 },
  ],
  [
    'cache reads, cache writes and reasoning only in the total',
    {
      prompt_tokens: 10,
      completion_tokens: 20,
      total_tokens: 1_630,
      cache_read_input_tokens: 1_000,
      cache_creation_input_tokens: 500,
      reasoning_tokens: 100,
    },
    { promptTokens: 1_510, completionTokens: 120, cachedTokens: 1_000, reasoningTokens: 100 },
  ],
  [
    'OpenAI: the prompt includes the cache',
    {
      prompt_tokens: 2_006,
      completion_tokens: 300,
      total_tokens: 2_306,
      prompt_tokens_details: { cached_tokens: 1_920 },
    },
    { promptTokens: 2_006, completionTokens: 300, cachedTokens: 1_920 },
  ],
  [
    'a total that nothing explains is not charged',
    { prompt_tokens: 9, completion_tokens: 2, total_tokens: 5_000, reasoning_tokens: 0 },
    { promptTokens: 9, completionTokens: 2, reasoningTokens: 0 },
  ],
  [
    'a total below its parts is ignored',
    { prompt_tokens: 9, completion_tokens: 2, total_tokens: 3 },
    { promptTokens: 9, completionTokens: 2 },
  ],
  [
    'a total in place of the completion',
    { prompt_tokens: 9, total_tokens: 11 },
    { promptTokens: 9, completionTokens: 2 },
  ],
  [
    'a total in place of the prompt',
    { completion_tokens: 2, total_tokens: 11 },
    { promptTokens: 9, completionTokens: 2 },
  ],
  ['a total below the only count', { completion_tokens: 12, total_tokens: 11 }, undefined],
  ['a total alone', { total_tokens: 11 }, undefined],
])('usage of %s', (_, usage, expected) => {
  expect(readChunk(chunk(usage)).usage).toEqual(expected);
});
