// What axe finds in the states of the page: nothing serious, in light and in dark.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { providerAnswers } from '@sillage/testing';
import type { AxeResults } from 'axe-core';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { grown, openPageStage, type PageStage, parts, reached, send, wordsOf } from './support.ts';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

let stage: PageStage;
beforeAll(async () => {
  stage = await openPageStage();
});
afterAll(() => stage[Symbol.asyncDispose]());

/** Names what is serious, and where. */
async function faultsOf(page: Page): Promise<string[]> {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(async () => {
    const { axe } = window as unknown as { axe: { run: () => Promise<AxeResults> } };
    return axe.run();
  });
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' | ')}`);
}

const long = providerAnswers.reply(wordsOf(400), { throttleMs: 25 });
const markdown =
  '## Title\n\n- one\n- two\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n```ts\nconst a = 1;\n```\n\n[link](https://example.org)';

test.each(['light', 'dark'] as const)('axe finds nothing serious in any state of the page, %s', async (colorScheme) => {
  const found: Record<string, string[]> = {};
  const page = await stage.open({ bypassCSP: true, colorScheme, reducedMotion: 'reduce' });
  const look = async (state: string) => {
    found[state] = await faultsOf(page);
  };

  await page.getByRole('heading', { name: 'A reply that is never lost' }).waitFor();
  await look('first visit');
  stage.provider.answer(providerAnswers.reply([markdown]));
  await send(page, 'Short');
  await reached(page, 'done');
  await page.getByRole('button', { name: 'Regenerate' }).waitFor();
  await look('reply');
  stage.provider.answer(long);
  await send(page, 'Long');
  await grown(page, 50);
  await look('mid-reply');
  await parts.stopButton(page).click();
  await reached(page, 'stopped');
  await page.getByRole('button', { name: 'Edit message' }).last().click();
  await look('edit');
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Details of this reply' }).last().click();
  await page.getByTestId('details').waitFor();
  await look('details');
  await page.keyboard.press('Escape');
  await page
    .locator('.topbar')
    .getByRole('button', { name: /^Options/ })
    .click();
  await page.getByRole('menu').waitFor();
  await look('menu');
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Settings' }).click();
  await page.getByRole('button', { name: 'Delete everything' }).click();
  await look('settings');
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Keyboard shortcuts' }).click();
  await look('shortcuts');
  await page.keyboard.press('Escape');
  await page.getByRole('textbox', { name: 'Search conversations' }).fill('submarine');
  await page.getByText('Nothing found').waitFor();
  await look('nothing found');
  stage.provider.answer(providerAnswers.status(400, { error: { message: 'No.' } }));
  await send(page, 'Fail');
  await parts.failure(page).waitFor();
  await look('failure');
  await page.setViewportSize({ width: 375, height: 720 });
  await page.getByRole('button', { name: 'Show conversations' }).click();
  await page.getByRole('dialog').waitFor();
  await look('drawer');

  expect(Object.values(found).flat()).toEqual([]);
});
