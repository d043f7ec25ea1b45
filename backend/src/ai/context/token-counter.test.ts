// Token counting: exact for small texts, bounded for large ones, cached per text, and never on the event loop.
import { cpuMsSince, growth } from '@sillage/testing';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { TokenCounter, type TokenCounterOptions } from './token-counter.ts';
import { estimateFactor, estimateTokens } from './token-estimate.ts';

const words = (count: number) => 'word '.repeat(count).trim();
const model = 'gpt-4o';
let counters: TokenCounter[] = [];

afterEach(async () => {
  await Promise.all(counters.map((counter) => counter.close()));
  counters = [];
});

function counterWith(options?: TokenCounterOptions): TokenCounter {
  const counter = new TokenCounter(options);
  counters.push(counter);
  return counter;
}
const shared = new TokenCounter();
afterAll(() => shared.close());
const countOne = async (text: string, name = model) => (await shared.count([text], { model: name }))[0] ?? 0;

describe('a count', () => {
  test('uses the encoding of the model', async () => {
    expect(await countOne('Hello, AI!')).toBe(4);
    expect(await countOne('日本語の質問です')).toBeLessThan(await countOne('日本語の質問です', 'gpt-3.5-turbo'));
  });

  test('counts the name of a special token as text', async () => {
    expect(await countOne('<|endoftext|>')).toBeGreaterThan(1);
  });

  test('is cached by its text, and shared by concurrent callers', async () => {
    const counter = counterWith();
    const texts = [words(300), '海'.repeat(300), words(300)];
    const counts = await Promise.all([counter.count(texts, { model }), counter.count(texts, { model })]);
    await counter.close(); // exact counting is no longer possible

    const again = await counter.count([...texts, words(301)], { model });

    expect(counts).toEqual([
      [300, again[1], 300],
      [300, again[1], 300],
    ]);
    expect(again).toEqual([300, counts[0]?.[1], 300, estimateTokens(words(301))]);
  });

  test('of a long text is extrapolated from parts of it, within a few percent', async () => {
    const counter = counterWith({ unitsPerCall: 10_000 });

    const [tokens = 0] = await counter.count([words(100_000)], { model });

    expect(tokens).toBeGreaterThan(95_000);
    expect(tokens).toBeLessThan(115_000);
  });

  test('is an estimate while the queue is full, and the queued counts stay exact', async () => {
    const counter = counterWith({ unitsWaiting: 2_000 });

    const counts = await Promise.all([counter.count([words(300)], { model }), counter.count([words(301)], { model })]);

    const [first, second] = [estimateTokens(words(300)), estimateTokens(words(301))];
    expect([
      [[300], [second]],
      [[first], [301]],
    ]).toContainEqual(counts); // whichever is queued first
    expect(await counter.count([words(300), words(301)], { model })).toEqual([300, 301]);
  });

  test('of a megabyte does not block the event loop, in ASCII and in Chinese', async () => {
    const counter = counterWith({ unitsPerCall: 4_000_000, unitsWaiting: 4_000_000 });
    await counter.count(['warm'], { model });
    const [ofThread, ofProcess] = [process.threadCpuUsage(), process.cpuUsage()];

    const counts = await counter.count([words(100_000), '海'.repeat(500_000)], { model });

    const { user, system } = process.cpuUsage(ofProcess);
    expect(counts[0]).toBeGreaterThan(100_000 - 1);
    expect(cpuMsSince(ofThread)).toBeLessThan((user + system) / 1_000 / 2); // the worker needs several times as much
  });
});

test.each([
  ['English', words(900)],
  ['sentences', 'The server stores each event before any reader sees it, so nothing is lost. '.repeat(60)],
  ['French', 'Le serveur conserve chaque événement avant de l’envoyer ; rien ne se perd donc jamais. '.repeat(60)],
  ['German', 'Verbindungswiederherstellungen überstehen Serverneustarts selbstverständlich ebenfalls. '.repeat(60)],
  ['Chinese', '服务器在读者看到之前保存每一个事件,所以什么都不会丢失。'.repeat(100)],
  ['Japanese', 'サーバーはすべての出来事を保存します。何も失われません。'.repeat(100)],
  ['Korean', '서버는 독자가 보기 전에 모든 사건을 저장합니다. '.repeat(100)],
  ['Russian', 'Сервер сохраняет каждое событие, прежде чем его увидит читатель. '.repeat(100)],
  ['Thai', 'เซิร์ฟเวอร์จะบันทึกทุกเหตุการณ์ก่อนส่ง '.repeat(100)],
  ['emoji', '🌊😀👩‍👩‍👧🚀'.repeat(200)],
  ['code', 'for (const [name, value] of Object.entries(headers)) if (value) set(name, value);\n'.repeat(60)],
  ['base64', Buffer.from(words(2_000)).toString('base64')],
  ['numbers', '3.14159, 2026-11-28, 42; '.repeat(200)],
])('an estimate of %s is within the allowed factor', async (_name, text) => {
  for (const name of ['gpt-4o', 'gpt-3.5-turbo']) {
    const ratio = (await countOne(text, name)) / estimateTokens(text);

    expect(ratio).toBeGreaterThan(1 / estimateFactor);
    expect(ratio).toBeLessThan(estimateFactor);
  }
});

test('an estimate reads a bounded part of a text', () => {
  const [short = '', long = ''] = [30_000, 300_000].map((count) => Buffer.from('海 a'.repeat(count)).toString()); // flat

  expect(growth(estimateTokens, { short, long })).toBeLessThan(3); // processing all of it would take ten times as long
});
