// Smaller behaviour of the page: following the end, the drawer and Back, pasted files, printing, and reduced motion.
import { providerScripts } from '@sillage/testing';
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { makeWords, pageFixture, parts, send, textOf, waitForStatus } from './fixture/support.ts';

const fixture = pageFixture();

/** Opens a page with a reply of many screens. After `sendRest`, its second half follows, a paragraph at a time. */
async function growing(): Promise<{ readonly page: Page; readonly sendRest: () => void }> {
  const paragraphs = Array.from({ length: 90 }, () => `${makeWords(30).join('')}\n\n`);
  const { promise, resolve } = Promise.withResolvers<void>();
  const beforeDelta = (at: number) => (at === 45 ? promise : undefined);
  fixture.provider.respond(providerScripts.reply(paragraphs, { throttleMs: 40, beforeDelta }));
  const page = await fixture.begin();
  await send(page);
  await page.waitForFunction(() => (document.querySelector('.scroll')?.scrollHeight ?? 0) > 4_000);
  return { page, sendRest: resolve };
}

const distance = (page: Page) =>
  page.locator('.scroll').evaluate((box) => box.scrollHeight - box.scrollTop - box.clientHeight);

test('the End key follows a growing reply again', async () => {
  const { page, sendRest } = await growing();
  await page.locator('.scroll').hover();
  await page.mouse.wheel(0, -1_500);
  await page.getByRole('button', { name: 'Jump to newest' }).waitFor();

  await page.locator('.scroll').focus();
  sendRest();
  await page.keyboard.press('End');

  await waitForStatus(page, 'done');
  await expect.poll(() => distance(page)).toBeLessThan(3);
});

test('a hard turn of the wheel follows a growing reply again', async () => {
  const { page, sendRest } = await growing();
  await page.locator('.scroll').hover();
  await page.mouse.wheel(0, -1_500);
  await page.getByRole('button', { name: 'Jump to newest' }).waitFor();

  sendRest();
  await page.mouse.wheel(0, 100_000);

  await waitForStatus(page, 'done');
  await expect.poll(() => distance(page)).toBeLessThan(3);
});

test('the page does not scroll while a selection is dragged', async () => {
  const { page, sendRest } = await growing();
  const box = (await page.locator('.scroll').boundingBox()) ?? { x: 0, y: 0, width: 0, height: 0 };
  await page.mouse.move(box.x + box.width / 2, box.y + 100);
  await page.mouse.down();
  const before = await page.locator('.scroll').evaluate((scroller) => scroller.scrollTop);
  const height = await page.locator('.scroll').evaluate((scroller) => scroller.scrollHeight);

  sendRest();
  await page.waitForFunction((least) => (document.querySelector('.scroll')?.scrollHeight ?? 0) > least + 500, height);
  expect(await page.locator('.scroll').evaluate((scroller) => scroller.scrollTop)).toBe(before);
  await page.mouse.up();
});

test('on a phone, Back closes the drawer first', async () => {
  const page = await fixture.open({ viewport: { width: 390, height: 780 }, isMobile: true, hasTouch: true });
  await page.getByRole('button', { name: 'Show conversations' }).click();
  await page.locator('.drawer').waitFor();

  await page.goBack();

  await page.locator('.drawer').waitFor({ state: 'detached' });
  expect(await parts.field(page).isVisible()).toBe(true);
});

test('a pasted file is answered with a message, and so is a dropped one', async () => {
  for (const type of ['paste', 'drop']) {
    const page = await fixture.begin();
    await parts.field(page).evaluate((field, name) => {
      const data = new DataTransfer();
      data.items.add(new File(['x'], 'x.png', { type: 'image/png' }));
      const init = { bubbles: true, cancelable: true };
      field.dispatchEvent(
        name === 'paste'
          ? new ClipboardEvent(name, { clipboardData: data, ...init })
          : new DragEvent(name, { dataTransfer: data, ...init }),
      );
    }, type);

    await page.getByText('Files cannot be sent here.').waitFor();
  }
});

test('after a sign-out the title of the tab says nothing about a conversation', async () => {
  fixture.provider.respond(providerScripts.reply(['Here.']));
  const page = await fixture.open();
  await send(page, 'Secret plan');
  await page.waitForFunction(() => document.title.includes('Secret plan'));

  await page.getByRole('button', { name: 'Settings', exact: true }).click();
  await page.getByRole('button', { name: 'Sign out' }).click();

  await page.getByRole('textbox', { name: 'Link or token' }).waitFor();
  expect(await page.title()).toBe('Sillage');
});

test('printing shows the whole conversation without controls', async () => {
  fixture.provider.respond(providerScripts.reply([`${makeWords(3_000).join('')}\n\nThe end.`]));
  const page = await fixture.begin();
  await send(page);
  await waitForStatus(page, 'done');
  await page.getByText('The end.').waitFor(); // the page shows the text a little later than it arrives

  await page.emulateMedia({ media: 'print' });

  expect(await page.locator('.scroll').evaluate((box) => box.scrollHeight - box.clientHeight)).toBeLessThan(2);
  expect(await page.locator('.composer').isVisible()).toBe(false);
  expect(await textOf(parts.text(page))).toContain('The end.');
  const areRendered = await page
    .locator('.prompt, .reply, .reply .section')
    .evaluateAll((all) => all.map((one) => one.checkVisibility({ contentVisibilityAuto: true })));
  expect(areRendered.length).toBeGreaterThan(1);
  expect(areRendered).not.toContain(false);
});

test('with reduced motion nothing is animated, including pseudo-elements', async () => {
  fixture.provider.respond(providerScripts.stallAfter(['Begun.']));
  const page = await fixture.open({ reducedMotion: 'reduce' });
  await send(page);
  await waitForStatus(page, 'live');
  await page.getByTestId('under-way').first().waitFor();

  expect(await page.evaluate(() => document.getAnimations().length)).toBe(0);
});

test('on a short screen the first visit is shown from its start', async () => {
  for (const viewport of [
    { width: 390, height: 520 },
    { width: 780, height: 360 },
  ]) {
    const page = await fixture.open({ viewport, isMobile: true, hasTouch: true });
    await page.getByRole('heading', { name: 'A reply that is never lost' }).waitFor();
    await page.evaluate(() => document.fonts.ready);

    const box = page.locator('.scroll');
    expect(await box.evaluate((scroller) => scroller.scrollHeight - scroller.clientHeight)).toBeGreaterThan(0);
    expect(await box.evaluate((scroller) => scroller.scrollTop)).toBe(0);
  }
});

test('a new conversation sends no request that fails, before and after its first message', async () => {
  fixture.provider.respond(providerScripts.reply(['Here.']));
  const page = await fixture.open({ path: '/health/live', isSignedIn: false });
  const failed: string[] = [];
  page.on('response', (response) => response.status() >= 400 && failed.push(response.url()));
  await page.goto(`${fixture.network.url}/#token=${await fixture.server.token('new')}`);
  await page.getByText('No conversations yet').waitFor();

  await send(page, '你好');
  await waitForStatus(page, 'done');
  await page.locator('.row').waitFor();

  expect(failed).toEqual([]);
});

test('every icon of the manifest and of the page is served, as the picture that it is declared to be', async () => {
  const get = (path: string) => fetch(new URL(path, fixture.server.url));
  const manifest = (await (await get('/manifest.webmanifest')).json()) as { icons: { src: string; type: string }[] };
  const declared = [...manifest.icons, { src: '/apple-touch-icon.png', type: 'image/png' }];

  const served = await Promise.all(
    declared.map(async ({ src }) => ({ src, type: (await get(src)).headers.get('content-type') })),
  );

  expect(declared.map(({ src, type }) => ({ src, type }))).toEqual(served);
  expect(declared.filter(({ type }) => type === 'image/png').length).toBeGreaterThanOrEqual(4);
});
