// A reply on the page: sent, growing, complete, and whole after whatever a person does to the page meanwhile.
import { providerAnswers } from '@sillage/testing';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { grown, openPageStage, type PageStage, parts, reached, send, textOf, wordsOf } from './support.ts';

let stage: PageStage;
beforeAll(async () => {
  stage = await openPageStage();
});
afterEach(() => stage.expectClean());
afterAll(() => stage[Symbol.asyncDispose]());

const words = wordsOf(120);
const whole = words.join('');
const paced = providerAnswers.reply(words, { throttleMs: 15 });

test('Enter sends, the reply grows word by word, and its state is said in words', async () => {
  stage.provider.answer(paced);
  const page = await stage.open();

  await send(page, 'Tell me something');
  await reached(page, 'live');
  const lengths: number[] = [];
  for (let least = 1; least < whole.length - 200; least = (lengths.at(-1) ?? 0) + 60) {
    lengths.push((await grown(page, least)).length);
  }
  const said = await textOf(parts.status(page));
  await reached(page, 'done');

  expect(lengths.length).toBeGreaterThan(5);
  expect(said).toBe('live');
  expect(await textOf(parts.text(page))).toBe(whole);
  expect(await textOf(page.getByTestId('prompt'))).toBe('Tell me something');
  expect(await parts.field(page).inputValue()).toBe('');
  expect(new URL(page.url()).pathname).toMatch(/^\/c\/[\w-]+$/);
});

test('a reload in mid-reply continues: the very text of the provider, which was asked once', async () => {
  const asked = stage.provider.requests.length;
  stage.provider.answer(paced);
  const page = await stage.open();

  await send(page);
  const before = await grown(page, 200);
  await page.reload();
  await reached(page, 'resumed');
  const after = await textOf(parts.text(page));
  await reached(page, 'done');

  expect(whole.startsWith(before)).toBe(true);
  expect(after.length).toBeGreaterThanOrEqual(before.length);
  expect(await textOf(parts.text(page))).toBe(whole);
  expect(stage.provider.requests.length - asked).toBe(1);
});

test('three reloads in a row, and one after the end, still show the very text', async () => {
  const asked = stage.provider.requests.length;
  stage.provider.answer(paced);
  const page = await stage.open();

  await send(page);
  for (const length of [50, 300, 500]) {
    await grown(page, length);
    await page.reload();
  }
  await reached(page, 'done');
  const seen = await textOf(parts.text(page));
  await page.reload();
  await reached(page, 'done');

  expect(seen).toBe(whole);
  expect(await textOf(parts.text(page))).toBe(whole);
  expect(stage.provider.requests.length - asked).toBe(1);
});

test('a second tab shows the same reply live, also when it is reloaded', async () => {
  const asked = stage.provider.requests.length;
  stage.provider.answer(paced);
  const first = await stage.open();

  await send(first);
  await grown(first, 100);
  const second = await first.context().newPage();
  await second.goto(first.url());
  await grown(second, 300);
  await second.reload();
  const live = (await grown(second, 400)).length;
  await Promise.all([reached(first, 'done'), reached(second, 'done')]);

  expect(live).toBeLessThan(whole.length);
  expect(await textOf(parts.text(first))).toBe(whole);
  expect(await textOf(parts.text(second))).toBe(whole);
  expect(stage.provider.requests.length - asked).toBe(1);
});

test('the whole reply is copied, letter by letter', async () => {
  const awkward = '# Title\r\n\n```ts\nconst a = `x`;\n```\n\n<b>no tag</b> 👩‍👩‍👧 e\u0301 \u2028 end ';
  stage.provider.answer(providerAnswers.reply([...awkward]));
  const page = await stage.open({ permissions: ['clipboard-read', 'clipboard-write'] });

  await send(page);
  await reached(page, 'done');
  await page.getByRole('button', { name: 'Copy reply' }).click();
  await page.getByRole('button', { name: 'Copied' }).waitFor();

  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(awkward);
  expect(await page.locator('.reply b').count()).toBe(0);
});

test('a conversation goes on: the next reply stands below, and the provider gets what was said', async () => {
  stage.provider.answer(providerAnswers.reply(['First.']));
  const page = await stage.open();
  await send(page, 'One');
  await reached(page, 'done');

  stage.provider.answer(providerAnswers.reply(['Second.']));
  await send(page, 'Two');
  await page.getByText('Second.').waitFor();
  await reached(page, 'done');
  await page.reload();
  await page.getByText('Second.').waitFor();

  expect(await page.getByTestId('reply-text').allTextContents()).toEqual(['First.', 'Second.']);
  expect(stage.provider.requests.at(-1)?.body).toMatchObject({
    messages: [
      { role: 'user', content: 'One' },
      { role: 'assistant', content: 'First.' },
      { role: 'user', content: 'Two' },
    ],
  });
});

test('a draft survives a reload, and the last conversation is found again from a new one', async () => {
  stage.provider.answer(providerAnswers.reply(['Here.']));
  const page = await stage.open({ viewport: { width: 390, height: 844 } });
  await send(page);
  await reached(page, 'done');

  await parts.field(page).fill('Half a thought');
  await page.reload();
  await reached(page, 'done');
  expect(await parts.field(page).inputValue()).toBe('Half a thought');

  await page.getByRole('button', { name: 'New conversation', exact: true }).click();
  expect(await parts.field(page).inputValue()).toBe('');
  await page.getByRole('link', { name: 'Continue the last conversation' }).click();
  await page.getByText('Here.').waitFor();
  expect(await parts.field(page).inputValue()).toBe('Half a thought');
});

test('who scrolls up is left alone, and comes back by one button', async () => {
  const long = Array.from({ length: 300 }, (_, line) => `Line ${line}\n\n`);
  stage.provider.answer(providerAnswers.reply(long, { throttleMs: 10 }));
  const page = await stage.open({ viewport: { width: 900, height: 600 } });
  const box = page.getByRole('region', { name: 'Conversation' });
  const distance = () => box.evaluate((element) => element.scrollHeight - element.scrollTop - element.clientHeight);

  await send(page);
  await page.getByText('Line 40', { exact: true }).waitFor();
  await expect.poll(distance).toBeLessThan(4);
  await box.hover();
  await page.mouse.wheel(0, -400);
  const jump = page.getByRole('button', { name: 'Jump to newest' });
  await jump.waitFor();
  const left = await box.evaluate((element) => element.scrollTop);
  await page.getByText('Line 120', { exact: true }).waitFor({ state: 'attached' });
  expect(await box.evaluate((element) => element.scrollTop)).toBe(left);

  await jump.click();
  await expect.poll(distance).toBeLessThan(4);
  await page.getByText('Line 299', { exact: true }).waitFor();
  await expect.poll(distance).toBeLessThan(4);
});
