// What a page shows of a conversation that has become long, was deleted elsewhere, or may be answered by several models.
import { routes } from '@sillage/protocol';
import { providerAnswers } from '@sillage/testing';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { openPageStage, type PageStage, parts, reached, send, textOf } from './support.ts';

let stage: PageStage;
beforeAll(async () => {
  stage = await openPageStage({ ai_titles: 'false', ai_model: 'quick', ai_models: 'quick,thorough' });
  stage.provider.answer(providerAnswers.reply(['An answer.']));
});
afterEach(() => stage.expectClean());
afterAll(() => stage[Symbol.asyncDispose]());

const prompts = (page: Page) => page.getByTestId('prompt').allTextContents();
const prompt = (page: Page, text: string) => page.getByTestId('prompt').filter({ hasText: new RegExp(`^${text}$`) });

/** Has so many messages answered, one after the other, in a conversation that no page has seen. */
async function converse(sessionId: string, messages: readonly string[]): Promise<void> {
  const headers = { authorization: `Bearer ${await stage.server.token()}`, 'content-type': 'application/json' };
  for (const message of messages) {
    const body = JSON.stringify({ message, sessionId });
    const response = await fetch(stage.server.url + routes.stream, { method: 'POST', headers, body });
    expect(await response.text()).toContain('"finishReason":"stop"');
  }
}

test('of a long conversation the end is loaded, and the beginning when a reader comes near, who stays where they are', async () => {
  const messages = Array.from({ length: 130 }, (_, index) => `Message ${index}`);
  await converse('long', messages);
  const page = await stage.open({ path: '/c/long' });
  await prompt(page, 'Message 129').waitFor();
  const loaded = (await prompts(page)).length;

  const first = prompt(page, `Message ${130 - loaded}`);
  await first.scrollIntoViewIfNeeded();
  await prompt(page, 'Message 0').waitFor({ state: 'attached' });

  expect(loaded).toBe(100); // and as many replies
  expect(await prompts(page)).toEqual(messages);
  expect(await first.evaluate((element) => element.getBoundingClientRect().top / innerHeight)).toBeCloseTo(0.5, 0);
});

test('a conversation that is deleted elsewhere says so, and begins anew with the next message', async () => {
  await converse('deleted', ['Hello']);
  const page = await stage.open({ path: '/c/deleted' });
  await parts.text(page).waitFor();

  const headers = { authorization: `Bearer ${await stage.server.token()}` };
  await fetch(stage.server.url + routes.session('deleted'), { method: 'DELETE', headers });
  await page.getByText('This conversation was deleted.').waitFor();
  await send(page, 'Once more');
  await reached(page, 'done');

  expect(await textOf(parts.text(page))).toBe('An answer.');
  expect(await prompts(page)).toEqual(['Once more']);
});

test('where there are several models a person chooses, and the choice stays', async () => {
  const page = await stage.open();
  const choice = page.getByRole('combobox', { name: 'Model' });
  expect(await choice.inputValue()).toBe('quick');

  await choice.selectOption('thorough');
  await page.reload();
  await choice.waitFor(); // the page knows the models now
  await send(page);
  await reached(page, 'done');

  expect(await choice.inputValue()).toBe('thorough');
  expect(stage.provider.requests.at(-1)?.body).toMatchObject({ model: 'thorough' });
});
