// Conversations that are long, were deleted elsewhere, or can use several models.
import { routes } from '@sillage/protocol';
import { providerScripts } from '@sillage/testing';
import type { Page } from 'playwright-core';
import { beforeAll, expect, test } from 'vitest';
import { pageFixture, parts, send, textOf, waitForStatus } from '../fixture/support.ts';

const fixture = pageFixture({ ai_titles: 'false', ai_model: 'quick', ai_models: 'quick,thorough' });
beforeAll(() => fixture.provider.respond(providerScripts.reply(['An answer.'])));

const prompts = (page: Page) => page.getByTestId('prompt').allTextContents();
const prompt = (page: Page, text: string) => page.getByTestId('prompt').filter({ hasText: new RegExp(`^${text}$`) });

/** Sends the messages one after another through the API, without a page, and waits for each reply. */
async function converse(sessionId: string, messages: readonly string[]): Promise<void> {
  const headers = { authorization: `Bearer ${await fixture.server.token()}`, 'content-type': 'application/json' };
  for (const message of messages) {
    const body = JSON.stringify({ message, sessionId });
    const response = await fetch(fixture.server.url + routes.stream, { method: 'POST', headers, body });
    expect(await response.text()).toContain('"finishReason":"stop"');
  }
}

const messages = Array.from(
  { length: 130 },
  (_, index) => `Message ${index}${index === 3 ? ' of the 灯台 lighthouse' : ''}`,
);
beforeAll(() => converse('long', messages));

test('a long conversation loads its end first and older messages on scrolling, and keeps the scroll position', async () => {
  const page = await fixture.open({ path: '/c/long' });
  await prompt(page, 'Message 129').waitFor();
  const loaded = (await prompts(page)).length;

  const first = prompt(page, `Message ${130 - loaded}`);
  await first.scrollIntoViewIfNeeded();
  await prompt(page, 'Message 0').waitFor({ state: 'attached' });

  expect(loaded).toBe(100); // and 100 replies
  expect(await prompts(page)).toEqual(messages);
  expect(await first.evaluate((element) => element.getBoundingClientRect().top / innerHeight)).toBeCloseTo(0.5, 0);
});

test('a search hit shows its words marked, and opens the conversation at that message, also after a reload', async () => {
  const page = await fixture.open();
  const untilInView = () =>
    page.waitForFunction(() => {
      const prompt = document.querySelector('.prompt[data-target]');
      const { top = 0, bottom = 0 } = prompt?.getBoundingClientRect() ?? {};
      return prompt?.textContent?.includes('灯台') && top > 0 && bottom < innerHeight;
    });

  await page.getByRole('textbox', { name: 'Search conversations' }).fill('LIGHTH');
  const mark = page.locator('.row mark');
  await mark.waitFor();
  const words = [await textOf(page.locator('.row-excerpt')), await textOf(mark)];
  await mark.click();
  await untilInView();
  const address = new URL(page.url());
  await page.reload();
  await untilInView();

  expect(words).toEqual(['Message 3 of the 灯台 lighthouse', 'lighthouse']);
  expect(address.pathname + address.hash).toMatch(/^\/c\/long#.+$/);
  expect(await prompts(page)).toContain('Message 129');
});

test('a conversation deleted elsewhere shows that, and the next message starts it again', async () => {
  await converse('deleted', ['Hello']);
  const page = await fixture.open({ path: '/c/deleted' });
  await parts.text(page).waitFor();

  const headers = { authorization: `Bearer ${await fixture.server.token()}` };
  await fetch(fixture.server.url + routes.session('deleted'), { method: 'DELETE', headers });
  await page.getByText('This conversation was deleted.').waitFor();
  await send(page, 'Once more');
  await waitForStatus(page, 'done');

  expect(await textOf(parts.text(page))).toBe('An answer.');
  expect(await prompts(page)).toEqual(['Once more']);
});

test('with several models, the user selects one, and the selection is remembered', async () => {
  const page = await fixture.open();
  const modelSelect = page.getByRole('combobox', { name: 'Model' });
  expect(await modelSelect.inputValue()).toBe('quick');

  await modelSelect.selectOption('thorough');
  await page.reload();
  await modelSelect.waitFor(); // the page has loaded the models
  await send(page);
  await waitForStatus(page, 'done');

  expect(await modelSelect.inputValue()).toBe('thorough');
  expect(fixture.provider.requests.at(-1)?.body).toMatchObject({ model: 'thorough' });
});

test('each conversation keeps its own model, also after a reload', async () => {
  await converse('model-a', ['模型']);
  await converse('model-b', ['模型']);
  const page = await fixture.open({ path: '/c/model-a' });
  const modelSelect = page.getByRole('combobox', { name: 'Model' });
  await parts.text(page).waitFor();
  await modelSelect.selectOption('thorough');
  await page.goto(`${fixture.network.url}/c/model-b`);
  await parts.text(page).waitFor();
  await modelSelect.selectOption('quick');

  await page.goto(`${fixture.network.url}/c/model-a`);
  await parts.text(page).waitFor();
  await modelSelect.waitFor();
  const chosen = await modelSelect.inputValue();
  await send(page, 'Again');
  await page.getByTestId('reply-text').nth(1).getByText('An answer.').waitFor();
  await page.getByRole('button', { name: 'Details of this reply' }).last().click();

  expect(chosen).toBe('thorough');
  await page.getByTestId('details').getByText('thorough').waitFor();
});
