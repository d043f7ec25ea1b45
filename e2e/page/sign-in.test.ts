// Signing in: with the printed link of a server without JWT settings, with a pasted token, and after a token was rejected.
import { providerScripts, signToken, someOrAll } from '@sillage/testing';
import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { pageFixture, parts, send, textOf, waitForLength, waitForStatus } from './fixture/support.ts';

const adminToken = 'the-token-of-the-operator';

const tokenField = (page: Page) => page.getByRole('textbox', { name: 'Link or token' });

describe('a local server without JWT settings', () => {
  const fixture = pageFixture({ JWT_SECRET: undefined, ai_api_url: undefined });

  test('the printed link signs in; the token is removed from the URL, and the sign-in survives a reload', async () => {
    const page = await fixture.open({ path: await fixture.server.printedLink(), isSignedIn: false });

    await parts.field(page).waitFor();
    const address = page.url();
    await page.reload();
    await parts.field(page).waitFor();

    expect(new URL(address).hash).toBe('');
    expect(address).not.toContain('token');
    expect(await page.evaluate(() => window.history.length)).toBeLessThanOrEqual(2); // the blank page and this one
    expect(await tokenField(page).count()).toBe(0);
  });

  test('the first visit shows that a demo model is used, and which settings connect a real one', async () => {
    const page = await fixture.open({ path: await fixture.server.printedLink(), isSignedIn: false });

    const notice = await textOf(page.getByTestId('demo-notice'));

    expect(notice).toMatch(/demo model.*ai_api_key.*ai_api_url/);
    expect(await textOf(page.getByTestId('demo-hint'))).toContain('demo model');
  });

  test('the long reply of the demo model is resumed after a reload', async () => {
    const page = await fixture.open({ path: await fixture.server.printedLink(), isSignedIn: false });

    await page.getByRole('button', { name: /^A long answer/ }).click();
    const before = await waitForLength(page, 400);
    await page.reload();
    await waitForStatus(page, 'resumed');
    const after = await waitForLength(page, before.length + 200);
    await parts.stopButton(page).click();
    await waitForStatus(page, 'stopped');
    const textAfterStop = await textOf(parts.text(page));
    await page.reload();
    await waitForStatus(page, 'stopped');

    // The last characters may be rendered differently when more text arrives: a word may become a heading.
    expect(after.startsWith(before.slice(0, -100))).toBe(true);
    expect(textAfterStop.startsWith(after.slice(0, -100))).toBe(true);
    await expect.poll(() => textOf(parts.text(page))).toBe(textAfterStop);
  });

  test.each(
    someOrAll([
      { locale: 'en-GB', opening: /^A long answer/, answer: /story/ },
      { locale: 'en-GB', opening: /^Some code/, answer: /for await/ },
      { locale: 'en-GB', opening: /^A quick question/, answer: /wake/ },
      { locale: 'fr-FR', opening: /^Une longue réponse/, answer: /sillage/ },
      { locale: 'fr-FR', opening: /^Un peu de code/, answer: /for await/ },
      { locale: 'fr-FR', opening: /^Une question brève/, answer: /navire/ },
    ]),
  )('the suggestion $opening gets its reply ($locale)', async ({ locale, opening, answer }) => {
    const page = await fixture.open({ path: await fixture.server.printedLink(), isSignedIn: false, locale });

    await page.getByRole('button', { name: opening }).click();

    await parts.text(page).filter({ hasText: answer }).waitFor();
  });
});

describe('a server with a JWT secret', () => {
  const fixture = pageFixture({ ADMIN_TOKEN: adminToken });

  test('asks for a token, accepts a pasted link, and shows an error for other input', async () => {
    const page = await fixture.open({ isSignedIn: false });

    await tokenField(page).fill('not a token');
    await page.keyboard.press('Enter');
    expect(await textOf(page.getByRole('alert'))).toContain('contains no token');
    await tokenField(page).fill(`${fixture.server.url}/#token=${await fixture.server.token()}`);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await parts.field(page).waitFor();

    expect(await page.getByTestId('demo-notice').count()).toBe(0);
    await page.getByRole('button', { name: 'Settings', exact: true }).click();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await tokenField(page).waitFor();
    await page.reload();
    await tokenField(page).waitFor();
  });

  test('a rejected token asks for a new one, and the draft can then be sent', async () => {
    fixture.provider.respond(providerScripts.reply(['Welcome back.']));
    const page = await fixture.open();
    await parts.field(page).fill('Important');
    const secret = 'x'.repeat(32); // a token for another server
    const rejected = await signToken({ secret });
    await page.evaluate((token) => window.localStorage.setItem('sillage.token', token), rejected);

    await parts.field(page).press('Enter');
    await page.getByText('Session expired').waitFor();
    await tokenField(page).fill(await fixture.server.token());
    await page.keyboard.press('Enter');

    await page.getByRole('heading', { name: 'A reply that is never lost' }).waitFor(); // the page is shown again
    expect(await parts.field(page).inputValue()).toBe('Important');
    await parts.field(page).press('Enter');
    await waitForStatus(page, 'done');
    expect(await textOf(parts.text(page))).toBe('Welcome back.');
  });

  test.each(['while a reply streams', 'on a page that only waits'])(
    'a revoked token asks for a new one, %s; the draft is kept and the reply goes on',
    async (when) => {
      const isStreaming = when.includes('streams');
      fixture.provider.respond(
        isStreaming ? providerScripts.stallAfter(['潮汐 🌊']) : providerScripts.reply(['潮汐 🌊']),
      );
      const signInWith = async (jti: string) => `#token=${await fixture.server.token('ada', { jti })}`;
      const page = await fixture.open({ path: `/${await signInWith(when)}`, isSignedIn: false });
      await send(page);
      await parts.text(page).filter({ hasText: '潮汐 🌊' }).waitFor();
      if (!isStreaming) await waitForStatus(page, 'done');
      await parts.field(page).fill('Important');

      const revoked = await fetch(`${fixture.server.url}/api/auth/revoke`, {
        method: 'POST',
        headers: { Authorization: `Bearer ${adminToken}`, 'Content-Type': 'application/json' },
        body: JSON.stringify({ jti: when }),
      });
      await page.getByText('Session expired').waitFor();
      await tokenField(page).fill((await signInWith('another')).replace('#token=', ''));
      await page.keyboard.press('Enter');
      await parts.text(page).filter({ hasText: '潮汐 🌊' }).waitFor();

      expect(revoked.status).toBe(204);
      expect(await parts.field(page).inputValue()).toBe('Important');
      if (isStreaming) await parts.stopButton(page).click(); // it is still under way
      await waitForStatus(page, isStreaming ? 'stopped' : 'done');
    },
  );

  test('the conversation of another user is shown as empty', async () => {
    fixture.provider.respond(providerScripts.reply(['A secret.']));
    const page = await fixture.open();
    await send(page);
    await waitForStatus(page, 'done');
    const path = `${new URL(page.url()).pathname}#token=${await fixture.server.token('eve')}`;

    const other = await fixture.open({ path, isSignedIn: false });
    await parts.field(other).waitFor();
    await other.getByRole('button', { name: /^A long answer/ }).waitFor();

    expect(await other.getByText('A secret.').count()).toBe(0);
  });
});
