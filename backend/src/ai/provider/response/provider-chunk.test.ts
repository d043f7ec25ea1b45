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
