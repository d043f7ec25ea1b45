// The page on a slow phone: the size of the first load, the time to first paint, and no layout shift by a reply. CPU and
// network are slowed down by Chromium, to the profile that Lighthouse uses for phones.
import { providerScripts } from '@sillage/testing';
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { recordShifts } from './fixture/shifts.ts';
import { pageFixture, parts, textOf, waitForStatus } from './fixture/support.ts';

const fixture = pageFixture();

const slowNetwork = { offline: false, latency: 150, downloadThroughput: 1_600_000 / 8, uploadThroughput: 750_000 / 8 };

interface Transfer {
  readonly path: string;
  /** Bytes of the body as it was sent. */
  readonly size: number;
}

/** Loads the page on a slow phone, without a cache. Returns the files that were transferred. */
async function loadSlowly(): Promise<{ readonly page: Page; readonly transfers: readonly Transfer[] }> {
  const viewport = { width: 390, height: 844 };
  const page = await fixture.open({
    isSignedIn: false,
    path: '/health/live',
    viewport,
    isMobile: true,
    hasTouch: true,
  });
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('Network.enable');
  await devtools.send('Network.emulateNetworkConditions', slowNetwork);
  await devtools.send('Emulation.setCPUThrottlingRate', { rate: 4 });
  const transfers: Promise<Transfer>[] = [];
  page.on('response', (response) => {
    const path = new URL(response.url()).pathname;
    if (path.startsWith('/api/')) return;
    const sizes = response.request().sizes();
    transfers.push(sizes.then(({ responseBodySize }) => ({ path, size: responseBodySize })));
  });
  await page.goto(`${fixture.network.url}/#token=${await fixture.server.token()}`);
  await page.getByRole('heading', { name: 'A reply that is never lost' }).waitFor();
  await page.evaluate(() => document.fonts.ready);
  return { page, transfers: await Promise.all(transfers) };
}

test('the first load transfers less than 200 kB, and paints within 5 seconds on a slow phone', async () => {
  const { page, transfers } = await loadSlowly();

  const { paint, before } = await page.evaluate(() => {
    const paint = performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? Number.NaN;
    const files = performance.getEntriesByType('resource').filter(({ startTime }) => startTime < paint);
    return { paint, before: ['/', ...files.map(({ name }) => new URL(name).pathname)] };
  });
  const first = transfers.filter(({ path }) => before.includes(path) || path.endsWith('.woff2'));
  const total = first.reduce((sum, { size }) => sum + size, 0);

  expect(total, first.map(({ path, size }) => `${path}: ${size}`).join('\n')).toBeLessThan(200_000);
  expect(total).toBeGreaterThan(50_000);
  console.log(`first load ${total} bytes, first contentful paint after ${paint.toFixed()} ms`);
  expect(paint).toBeLessThan(5_000);
});

test('on a slow phone nothing shifts when the first reply and the next one begin and end', async () => {
  const { page } = await loadSlowly();
  const shiftsSoFar = await recordShifts(page);

  for (const message of ['One', '二']) {
    fixture.provider.respond(providerScripts.reply(['One ', 'line, ', '一行。'], { throttleMs: 100 }));
    await parts.field(page).fill(message);
    await parts.field(page).press('Control+Enter'); // the button ignores a second press within half a second
    await page.getByTestId('prompt').filter({ hasText: message }).waitFor();
    await waitForStatus(page, 'done');
    await parts.text(page).locator('.markdown').waitFor();
  }

  expect(await textOf(parts.text(page))).toBe('One line, 一行。');
  expect((await shiftsSoFar()).join('\n\n')).toBe('');
});
