// The page and a network that goes and comes back, and a server that is killed.
import { providerAnswers } from '@sillage/testing';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { grown, openPageStage, type PageStage, parts, reached, send, textOf, wordsOf } from './support.ts';

let stage: PageStage;
beforeAll(async () => {
  stage = await openPageStage();
});
afterEach(() => stage.expectClean());
afterAll(() => stage[Symbol.asyncDispose]());

const words = wordsOf(200);
const whole = words.join('');
const paced = providerAnswers.reply(words, { throttleMs: 20 });

test('a network that drops in mid-reply is said, and the reply is resumed whole', async () => {
  const asked = stage.provider.requests.length;
  stage.provider.answer(paced);
  const page = await stage.open();
  await send(page);
  await grown(page, 100);

  await stage.goOffline(page);
  await reached(page, 'reconnecting');
  const said = await textOf(parts.status(page));
  const before = await textOf(parts.text(page));
  await page.context().setOffline(false);
  await reached(page, 'resumed');
  const saidAfter = await textOf(parts.status(page));
  await reached(page, 'done');

  expect([said, saidAfter]).toEqual(['reconnecting', 'resumed, nothing lost']);
  expect(before.length).toBeGreaterThanOrEqual(100);
  expect(await textOf(parts.text(page))).toBe(whole);
  expect(stage.provider.requests.length - asked).toBe(1);
});

test('a reply that ended while the network was away is whole when it is back', async () => {
  stage.provider.answer(paced);
  const page = await stage.open();
  await send(page);
  await grown(page, 100);
  await stage.goOffline(page);
  await reached(page, 'reconnecting');

  const elsewhere = await stage.open({ path: new URL(page.url()).pathname });
  await reached(elsewhere, 'done');
  await page.context().setOffline(false);
  await reached(page, 'done');

  expect(await textOf(parts.text(page))).toBe(whole);
});

test('stop pressed without a network is carried out when it is back', async () => {
  const asked = stage.provider.requests.length;
  stage.provider.answer(providerAnswers.reply(wordsOf(3_000), { throttleMs: 20 }));
  const page = await stage.open();
  await send(page);
  await grown(page, 100);

  await stage.goOffline(page);
  await reached(page, 'reconnecting');
  await parts.stopButton(page).click();
  await reached(page, 'stopping');
  await page.context().setOffline(false);
  await reached(page, 'stopped');

  await (await stage.provider.received(asked + 1)).closed;
  const kept = await textOf(parts.text(page));
  await page.reload();
  await reached(page, 'stopped');
  // The server may have said more before it heard of the stop; nothing that was seen is lost.
  expect((await textOf(parts.text(page))).startsWith(kept)).toBe(true);
});

test('a message sent without a network waits, and is answered once it is back', async () => {
  const asked = stage.provider.requests.length;
  stage.provider.answer(providerAnswers.reply(['Here you are.']));
  const page = await stage.open();
  await stage.goOffline(page);

  await send(page);
  await reached(page, 'waiting');
  await page.context().setOffline(false);
  await reached(page, 'done');

  expect(await textOf(parts.text(page))).toBe('Here you are.');
  expect(stage.provider.requests.length - asked).toBe(1);
});

test('after kill -9 and a start the reply is interrupted, its text is kept, and Retry asks again', async () => {
  stage.provider.answer(providerAnswers.reply(wordsOf(3_000), { throttleMs: 10 }));
  const page = await stage.open();
  await send(page, 'Survive this');
  await grown(page, 300);

  await stage.server.kill();
  await reached(page, 'reconnecting');
  const seen = await textOf(parts.text(page));
  await stage.server.restart();
  await reached(page, 'interrupted');
  const kept = await textOf(parts.text(page));
  const failure = await textOf(parts.failure(page));

  expect(seen.length).toBeGreaterThanOrEqual(300);
  expect(kept.startsWith(seen)).toBe(true);
  expect(wordsOf(3_000).join('').startsWith(kept)).toBe(true);
  expect(failure).toContain('interrupted');
  await page.reload();
  await reached(page, 'interrupted');
  expect(await textOf(parts.text(page))).toBe(kept);

  stage.provider.answer(providerAnswers.reply(['Back again.']));
  await parts.retry(page).click();
  await reached(page, 'done');
  expect(await textOf(parts.text(page))).toBe('Back again.');
  expect(await page.getByTestId('prompt').allTextContents()).toEqual(['Survive this']);
  expect(stage.provider.requests.at(-1)?.body).toMatchObject({ messages: [{ role: 'user', content: 'Survive this' }] });
}, 60_000);
