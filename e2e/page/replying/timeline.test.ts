// The timeline of a reply on the page, with a real pause of the provider and a real lost connection.
import { setTimeout as delay } from 'node:timers/promises';
import { providerScripts } from '@sillage/testing';
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { pageFixture, parts, send, textOf, waitForLength, waitForStatus } from '../fixture/support.ts';

const fixture = pageFixture();

const deltas = ['First words 潮汐.', ' More 🌊', ' and more.'];
/** Longer than what counts as a pause, by the clock of the server, which rounds. */
const providerPauseMs = 2_050;

/** Sends a message; the connection is cut during a pause of the provider, and the reply is read to its end. The pause is as long
 *  as given, or longer: it begins when the page shows the first words, and ends when the connection is resumed. */
async function replyWithPauseAndResume(page: Page): Promise<void> {
  const pause = Promise.withResolvers<void>();
  const beforeDelta = (index: number) => (index === 1 ? pause.promise : undefined);
  fixture.provider.respond(providerScripts.reply(deltas, { beforeDelta }));
  await send(page);
  await waitForLength(page, deltas[0]?.length ?? 0);
  const isLongEnough = delay(providerPauseMs);
  await fixture.goOffline(page);
  await waitForStatus(page, 'reconnecting');
  await page.context().setOffline(false);
  await waitForStatus(page, 'resumed');
  await isLongEnough;
  pause.resolve();
  await waitForLength(page, deltas.join('').length);
  await page.getByRole('button', { name: 'Details of this reply' }).waitFor({ state: 'attached' });
}

async function openTimeline(page: Page, [details, title]: readonly [string, string]): Promise<void> {
  await page.getByRole('article').last().hover();
  await page.getByRole('button', { name: details }).click();
  await page.getByRole('button', { name: title }).click();
  await page.locator('.timeline-moments').waitFor();
}

test('says when the first words came, how long it paused, that it was resumed, and how long it took', async () => {
  const page = await fixture.open();
  await replyWithPauseAndResume(page);

  await openTimeline(page, ['Details of this reply', 'How this reply came']);
  const dialog = page.getByRole('dialog', { name: 'How this reply came' });
  const items = await dialog.getByRole('listitem').all();
  const said = await Promise.all(items.map((item) => textOf(item)));

  expect(await textOf(parts.text(page))).toBe(deltas.join(''));
  expect(await textOf(dialog.locator('p').first())).toMatch(/^[\d.]+\ss in all · 1 pause · resumed once$/);
  expect(said[0]).toMatch(/^[\d.]+\ssFirst words$/);
  expect(said.some((line) => /^[\d.]+\ssPause of [\d.]+\ss$/.test(line))).toBe(true);
  expect(said.some((line) => /^[\d.]+\ssConnection resumed( after [\d.]+\ss)?, nothing lost$/.test(line))).toBe(true);
  expect(said.at(-1)).toMatch(/End: complete$/);
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'detached' });
});

test('is there in French on a phone, fits its width, and after a reload', async () => {
  const page = await fixture.open({ locale: 'fr-FR', viewport: { width: 360, height: 640 }, hasTouch: true });
  fixture.provider.respond(providerScripts.reply(deltas));
  await page.getByRole('textbox', { name: 'Message' }).fill('Bonjour');
  await page.getByRole('button', { name: 'Envoyer le message' }).click();
  await waitForStatus(page, 'done');
  await page.reload();

  await openTimeline(page, ['Détails de cette réponse', 'Comment cette réponse est arrivée']);
  const box = await page.getByTestId('timeline').boundingBox();

  expect(await textOf(page.getByTestId('timeline'))).toMatch(/Premiers mots.*Fin.: complète$/);
  expect((box?.x ?? 0) + (box?.width ?? 999)).toBeLessThanOrEqual(360);
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
});
