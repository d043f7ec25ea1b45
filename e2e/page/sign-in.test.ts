// Signing in: by the printed link of a server without JWT settings, by a pasted token, and again when one has ended.
import { providerAnswers, signToken } from '@sillage/testing';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { grown, openPageStage, type PageStage, parts, reached, send, textOf } from './support.ts';

const askedForToken = (page: Page) => page.getByRole('textbox', { name: 'Link or token' });

describe('a server without JWT settings, on a machine of one’s own', () => {
  let stage: PageStage;
  beforeAll(async () => {
    stage = await openPageStage({ JWT_SECRET: undefined, ai_api_url: undefined });
  });
  afterEach(() => stage.expectClean());
  afterAll(() => stage[Symbol.asyncDispose]());

  const printedLink = () => /http:\S+#token=\S+/.exec(stage.server.output())?.[0] ?? '';

  test('the printed link signs in; the token leaves the address, and the sign-in survives a reload', async () => {
    const page = await stage.open({ path: printedLink(), isSignedIn: false });

    await parts.field(page).waitFor();
    const address = page.url();
    await page.reload();
    await parts.field(page).waitFor();

    expect(new URL(address).hash).toBe('');
    expect(address).not.toContain('token');
    expect(await page.evaluate(() => window.history.length)).toBeLessThanOrEqual(2); // the blank page, and this one
    expect(await askedForToken(page).count()).toBe(0);
  });

  test('the first visit says that a demo model answers, and which settings connect a real one', async () => {
    const page = await stage.open({ path: printedLink(), isSignedIn: false });

    const notice = await textOf(page.getByTestId('demo-notice'));

    expect(notice).toMatch(/demo model.*ai_api_key.*ai_api_url/);
    expect(await textOf(page.getByTestId('demo-hint'))).toContain('demo model');
  });

  test('the long answer of the demo model goes on through a reload in its middle', async () => {
    const page = await stage.open({ path: printedLink(), isSignedIn: false });

    await page.getByRole('button', { name: /^A long answer/ }).click();
    const before = await grown(page, 400);
    await page.reload();
    await reached(page, 'resumed');
    const after = await grown(page, before.length + 200);
    await parts.stopButton(page).click();
    await reached(page, 'stopped');
    const kept = await textOf(parts.text(page));
    await page.reload();
    await reached(page, 'stopped');

    // What stands at the end may be drawn otherwise when more has come: a word becomes a heading.
    expect(after.startsWith(before.slice(0, -100))).toBe(true);
    expect(kept.startsWith(after.slice(0, -100))).toBe(true);
    await expect.poll(() => textOf(parts.text(page))).toBe(kept);
  });

  test.each([
    { locale: 'en-GB', opening: /^A long answer/, answer: /story/ },
    { locale: 'en-GB', opening: /^Some code/, answer: /for await/ },
    { locale: 'en-GB', opening: /^A quick question/, answer: /wake/ },
    { locale: 'fr-FR', opening: /^Une longue réponse/, answer: /sillage/ },
    { locale: 'fr-FR', opening: /^Un peu de code/, answer: /for await/ },
    { locale: 'fr-FR', opening: /^Une question brève/, answer: /navire/ },
  ])('the opening $opening is answered ($locale)', async ({ locale, opening, answer }) => {
    const page = await stage.open({ path: printedLink(), isSignedIn: false, locale });

    await page.getByRole('button', { name: opening }).click();

    await parts.text(page).filter({ hasText: answer }).waitFor();
  });
});

describe('a server with a JWT secret', () => {
  let stage: PageStage;
  beforeAll(async () => {
    stage = await openPageStage();
  });
  afterEach(() => stage.expectClean());
  afterAll(() => stage[Symbol.asyncDispose]());

  test('asks for a token, takes a pasted link, and says what is wrong with anything else', async () => {
    const page = await stage.open({ isSignedIn: false });

    await askedForToken(page).fill('not a token');
    await page.keyboard.press('Enter');
    expect(await textOf(page.getByRole('alert'))).toContain('no token in this');
    await askedForToken(page).fill(`${stage.server.url}/#token=${await stage.server.token()}`);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await parts.field(page).waitFor();

    expect(await page.getByTestId('demo-notice').count()).toBe(0);
    await page.getByRole('button', { name: 'Settings' }).click();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await askedForToken(page).waitFor();
    await page.reload();
    await askedForToken(page).waitFor();
  });

  test('a token that is refused asks again, and what was written is sent after all', async () => {
    stage.provider.answer(providerAnswers.reply(['Welcome back.']));
    const page = await stage.open();
    await parts.field(page).fill('Important');
    const secret = 'x'.repeat(32); // the token of another server
    const refused = await signToken({ secret });
    await page.evaluate((token) => window.localStorage.setItem('sillage.token', token), refused);

    await parts.field(page).press('Enter');
    await page.getByText('Session expired').waitFor();
    await askedForToken(page).fill(await stage.server.token());
    await page.keyboard.press('Enter');

    await page.getByRole('heading', { name: 'A reply that is never lost' }).waitFor(); // the conversation is open again
    expect(await parts.field(page).inputValue()).toBe('Important');
    await parts.field(page).press('Enter');
    await reached(page, 'done');
    expect(await textOf(parts.text(page))).toBe('Welcome back.');
  });

  test('another person’s conversation is an empty one', async () => {
    stage.provider.answer(providerAnswers.reply(['A secret.']));
    const page = await stage.open();
    await send(page);
    await reached(page, 'done');
    const path = `${new URL(page.url()).pathname}#token=${await stage.server.token('eve')}`;

    const other = await stage.open({ path, isSignedIn: false });
    await parts.field(other).waitFor();
    await other.getByRole('button', { name: /^A long answer/ }).waitFor();

    expect(await other.getByText('A secret.').count()).toBe(0);
  });
});
