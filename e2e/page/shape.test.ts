// The page on a phone, in French and with the keyboard alone; no inline scripts and no requests to other hosts.
import { providerScripts } from '@sillage/testing';
import { expect, test } from 'vitest';
import { makeWords, pageFixture, parts, send, textOf, waitForLength, waitForStatus } from './fixture/support.ts';

const fixture = pageFixture();

const phone = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true } as const;

test('on a phone nothing overflows the screen, buttons are large enough to tap, and the button sends', async () => {
  const long = [
    'A_word_that_does_not_end_'.repeat(8),
    '\n\n```ts\n',
    `const x = '${'x'.repeat(200)}';`,
    '\n```\n\nEnd.',
  ];
  fixture.provider.respond(providerScripts.reply(long));
  const page = await fixture.open(phone);
  const overflow = () => page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  expect(await overflow()).toBe(0);

  await parts.field(page).tap();
  await page.keyboard.type('One');
  await page.keyboard.press('Enter');
  await page.keyboard.type('Two');
  expect(await parts.field(page).inputValue()).toBe('One\nTwo');
  await parts.sendButton(page).tap();
  await waitForStatus(page, 'done');
  await page.getByText('End.').waitFor();

  expect(await overflow()).toBe(0);
  const field = await parts.field(page).boundingBox();
  expect((field?.y ?? 0) + (field?.height ?? 0)).toBeLessThanOrEqual(844);
  for (const button of await page.getByRole('button').all()) {
    const box = await button.boundingBox();
    const name = await button.getAttribute('aria-label');
    expect(Math.min(box?.width ?? 0, box?.height ?? 0), name ?? '').toBeGreaterThanOrEqual(40);
  }
});

test('a French browser gets the French page, and can switch the language', async () => {
  fixture.provider.respond(providerScripts.stallAfter(makeWords(60)));
  const page = await fixture.open({ locale: 'fr-CA' });

  await page.getByRole('heading', { name: 'Une réponse qui ne se perd jamais' }).waitFor();
  await send(page, 'Bonjour');
  await waitForStatus(page, 'live');
  const status = await textOf(parts.status(page));
  await page.getByRole('button', { name: 'Arrêter la réponse' }).click();
  await waitForStatus(page, 'stopped');

  expect(status).toBe('en direct');
  expect(await textOf(parts.status(page))).toBe('arrêtée');
  expect(await page.evaluate(() => document.documentElement.lang)).toBe('fr');
  await page.getByRole('button', { name: 'Réglages', exact: true }).click();
  await page.getByText('English', { exact: true }).click();
  await page.keyboard.press('Escape');
  expect(await textOf(parts.status(page))).toBe('stopped');
  await page.reload();
  await waitForStatus(page, 'stopped');
  expect(await textOf(parts.status(page))).toBe('stopped');
});

test('signing in, sending, stopping, copying, retrying and starting a new conversation work with the keyboard alone', async () => {
  fixture.provider.respond(providerScripts.stallAfter(makeWords(60)));
  const page = await fixture.open({ isSignedIn: false, permissions: ['clipboard-read', 'clipboard-write'] });
  const { keyboard } = page;
  const focused = () =>
    page.evaluate(() => document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.textContent);
  const tabTo = async (name: string, key = 'Shift+Tab') => {
    for (let presses = 0; (await focused()) !== name; presses++) {
      if (presses > 40) throw new Error(`${name} is not reached by ${key}`);
      await keyboard.press(key);
    }
  };

  await page.getByRole('textbox', { name: 'Link or token' }).waitFor();
  await keyboard.insertText(await fixture.server.token());
  await keyboard.press('Enter');
  await parts.field(page).waitFor();
  await expect.poll(focused).toBe('Message');
  await keyboard.type('Hello');
  await keyboard.press('Enter');
  await waitForLength(page, 50);
  await keyboard.press('Escape');
  await waitForStatus(page, 'stopped');
  expect(await focused()).toBe('Message');

  await tabTo('Copy reply');
  await Promise.all([page.getByRole('button', { name: 'Copied' }).waitFor(), keyboard.press('Enter')]);
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(await textOf(parts.text(page)));

  fixture.provider.respond(providerScripts.status(400, { error: { message: 'No.' } }));
  await tabTo('Message', 'Tab');
  await keyboard.type('And now?');
  await keyboard.press('Enter');
  await waitForStatus(page, 'failed');
  fixture.provider.respond(providerScripts.reply(['Yes.']));
  await tabTo('Retry');
  await keyboard.press('Enter');
  await waitForStatus(page, 'done');
  expect(await textOf(parts.text(page))).toBe('Yes.');
  await expect.poll(focused).toBe('Message');

  await tabTo('New conversation');
  await keyboard.press('Enter');
  await page.getByRole('heading', { name: 'A reply that is never lost' }).waitFor();
  await expect.poll(focused).toBe('Message');
});

test('the theme follows the system, and the selected one survives a reload without a flash', async () => {
  const page = await fixture.open({ colorScheme: 'dark' });
  const isDark = () =>
    page.evaluate(() => {
      const [red = 255] =
        getComputedStyle(document.documentElement)
          .backgroundColor.match(/[\d.]+/g)
          ?.map(Number) ?? [];
      return red < 0.5 || (red > 1 && red < 128);
    });
  expect(await isDark()).toBe(true);

  await page.getByRole('button', { name: 'Settings', exact: true }).click();
  await page.getByText('Light', { exact: true }).click();
  expect(await isDark()).toBe(false);
  await page.reload({ waitUntil: 'commit' });

  expect(
    await page.waitForFunction(() => document.documentElement.dataset.theme).then((theme) => theme.jsonValue()),
  ).toBe('light');
});

test('HTML in a reply stays text: no element, no script, no request', async () => {
  const hostile = '<img src=x onerror="alert(1)"><script>alert(2)</script><a href="javascript:alert(3)">x</a>';
  fixture.provider.respond(providerScripts.reply([hostile, ' ![x](http://foreign.example/x.png)']));
  const page = await fixture.open();

  await send(page, hostile);
  await waitForStatus(page, 'done');

  expect(await textOf(parts.text(page))).toContain(hostile);
  expect(await textOf(page.getByTestId('prompt'))).toBe(hostile);
  expect(await page.locator('.thread :is(img, script, a, iframe)').count()).toBe(0);
});

test('the page contains no inline script or style, and its content security policy allows none', async () => {
  const page = await fixture.open();
  const response = await fetch(fixture.server.url);
  const html = await response.text();

  const policy = response.headers.get('content-security-policy') ?? '';

  expect(policy).toContain("default-src 'self'");
  expect(policy).not.toContain('unsafe-');
  expect(html).not.toMatch(/<script(?![^>]*\ssrc=)|<style|\sstyle=|\son\w+=/);
  expect(await page.locator('script:not([src]), style, [onclick], [onload]').count()).toBe(0);
});
