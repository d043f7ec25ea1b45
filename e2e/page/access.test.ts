// Accessibility: in every state of the page, in the light and the dark theme, axe reports no serious violation, texts
// have enough contrast, and targets are large enough.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { providerScripts, shortOrFull } from '@sillage/testing';
import type { AxeResults } from 'axe-core';
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { lowContrasts } from './fixture/contrast.ts';
import { makeWords, pageFixture, parts, send, waitForLength, waitForStatus } from './fixture/support.ts';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

const fixture = pageFixture();

/** The serious and critical violations, with their elements. */
async function seriousViolations(page: Page): Promise<string[]> {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(async () => {
    const { axe } = window as unknown as { axe: { run: () => Promise<AxeResults> } };
    return axe.run();
  });
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' | ')}`);
}

/** The targets below 24 CSS pixels (WCAG 2.2, 2.5.8). Links in a sentence are exempt. */
function smallTargets(page: Page): Promise<string[]> {
  return page.evaluate(() =>
    [...document.querySelectorAll('a, button, select, summary, textarea, input, [role^=menuitem]')]
      .map((target) => ({ target, box: (target.closest('label') ?? target).getBoundingClientRect() }))
      .filter(({ target, box }) => {
        const isInSentence = target.matches('.markdown a');
        return box.width > 0 && !isInSentence && Math.min(box.width, box.height) < 24;
      })
      .map(({ target, box }) => `${box.width} × ${box.height} px: ${target.outerHTML.slice(0, 100)}`),
  );
}

const long = providerScripts.stallAfter(makeWords(400)); // a reply in progress, however long the checks take
const markdown =
  '## Title\n\n- one\n- [ ] two 二\n\n> A quote.\n\n<details>\n<summary>More</summary>\n\nInside.\n\n</details>\n\n![A ship](https://example.org/x.png)\n\nNoted.[^1]\n\n[^1]: A note.\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n```ts\nconst a = 1;\n```\n\n[link](https://example.org)';

test.each(['light', 'dark'] as const)(
  'axe reports no serious violation in any state of the page, contrasts are computed, and targets have 24 px, %s',
  async (colorScheme) => {
    const found: Record<string, string[]> = {};
    const page = await fixture.open({ bypassCSP: true, colorScheme, reducedMotion: 'reduce' });
    // Of what axe checks, the theme changes the contrasts alone, and those are computed.
    const hasAxe = colorScheme === 'light' || shortOrFull({ short: false, full: true });
    const check = async (state: string) => {
      const { low, count } = await lowContrasts(page);
      expect(count).toBeGreaterThan(5);
      const serious = hasAxe ? await seriousViolations(page) : [];
      found[state] = [...serious, ...low, ...(await smallTargets(page))].map((violation) => `${state}: ${violation}`);
    };

    await page.getByRole('heading', { name: 'A reply that is never lost' }).waitFor();
    await check('first visit');
    fixture.provider.respond(providerScripts.reply([markdown]));
    await send(page, 'Short');
    await waitForStatus(page, 'done');
    await page.getByRole('button', { name: 'Regenerate' }).waitFor();
    await check('reply');
    fixture.provider.respond(long);
    await send(page, 'Long');
    await waitForLength(page, 50);
    await check('mid-reply');
    await parts.stopButton(page).click();
    await waitForStatus(page, 'stopped');
    await page.getByRole('button', { name: 'Edit message' }).last().click();
    await check('edit');
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Details of this reply' }).last().click();
    await page.getByTestId('details').waitFor();
    await check('details');
    await page.keyboard.press('Escape');
    await page
      .locator('.topbar')
      .getByRole('button', { name: /^Options/ })
      .click();
    await page.getByRole('menu').waitFor();
    await check('menu');
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Settings', exact: true }).click();
    await page.getByRole('button', { name: 'Delete everything' }).click();
    await check('settings');
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Keyboard shortcuts' }).click();
    await check('shortcuts');
    await page.keyboard.press('Escape');
    await page.getByRole('textbox', { name: 'Search conversations' }).fill('submarine');
    await page.getByText('Nothing found').waitFor();
    await check('nothing found');
    fixture.provider.respond(providerScripts.status(400, { error: { message: 'No.' } }));
    await send(page, 'Fail');
    await parts.failure(page).waitFor();
    await check('failure');
    await page.setViewportSize({ width: 375, height: 720 });
    await page.getByRole('button', { name: 'Show conversations' }).click();
    await page.getByRole('dialog').waitFor();
    await check('drawer');

    expect(Object.values(found).flat()).toEqual([]);
  },
);
