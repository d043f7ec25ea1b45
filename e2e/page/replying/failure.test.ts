// Errors on the page: each is shown where it occurred, with a message and an action.
import { providerScripts } from '@sillage/testing';
import { expect, test } from 'vitest';
import { pageFixture, parts, send, textOf, waitForStatus } from '../fixture/support.ts';

const fixture = pageFixture();

const secret = { error: { message: 'Incorrect API key provided: sk-secret', type: 'invalid_request_error' } };

test('a provider error is shown as a message, and Retry generates a new reply', async () => {
  fixture.provider.respond(providerScripts.status(401, secret));
  const page = await fixture.begin();

  await send(page, 'Are you there?');
  await waitForStatus(page, 'failed');
  const alert = page.getByRole('alert');

  expect(await textOf(alert)).toContain('rejected the API key of this server');
  expect(await alert.getAttribute('data-code')).toBe('provider-auth');
  expect(await page.content()).not.toContain('sk-secret');
  fixture.provider.respond(providerScripts.reply(['I am.']));
  await parts.retry(page).click();
  await waitForStatus(page, 'done');
  expect(await textOf(parts.text(page))).toBe('I am.');
  expect(await page.getByTestId('prompt').allTextContents()).toEqual(['Are you there?']);
  expect(await parts.failure(page).count()).toBe(0);
});

test('an error mid-reply keeps the text, also after a reload, and Retry replaces the reply', async () => {
  fixture.provider.respond(providerScripts.errorAfter(['Half', ' a'], { message: 'server had an error' }));
  const page = await fixture.begin();

  await send(page);
  await waitForStatus(page, 'failed');
  expect(await textOf(parts.text(page))).toBe('Half a');
  const message = await textOf(parts.failure(page));
  await page.reload();
  await waitForStatus(page, 'failed');

  expect(await textOf(parts.text(page))).toBe('Half a');
  expect(await textOf(parts.failure(page))).toBe(message);
  fixture.provider.respond(providerScripts.reply(['Half a loaf.']));
  await parts.retry(page).click();
  await waitForStatus(page, 'done');
  expect(await page.getByTestId('reply-text').allTextContents()).toEqual(['Half a loaf.']);
});

test('a conversation that cannot be loaded shows an error, and Retry loads it', async () => {
  fixture.provider.respond(providerScripts.reply(['Kept.']));
  const page = await fixture.begin();
  await send(page);
  await waitForStatus(page, 'done');
  let isRetryPressed = false; // by the button: the page may also retry by itself
  await page.exposeFunction('onRetryPressed', () => {
    isRetryPressed = true;
  });
  await page.route('**/api/ai-chat/sessions/**', (route) => (isRetryPressed ? route.fallback() : route.abort()));
  await page.reload();
  await parts.failure(page).waitFor();

  await parts.retry(page).evaluate((button) => {
    button.addEventListener('pointerdown', () => Reflect.get(window, 'onRetryPressed')());
  });
  await parts.retry(page).click({ delay: 200 });
  await waitForStatus(page, 'done');

  expect(await textOf(parts.text(page))).toBe('Kept.');
});

test('a rate limit is shown while the page retries by itself', async () => {
  fixture.provider.respond(providerScripts.reply(['At last.']));
  const page = await fixture.begin();
  const isRead = Promise.withResolvers<void>();
  await page.route(
    '**/api/ai-chat/stream',
    async (route) => {
      await isRead.promise; // the second try gets its response after the message has been read
      await route.fallback();
    },
    { times: 1 },
  );
  await page.route(
    '**/api/ai-chat/stream',
    (route) =>
      route.fulfill({
        status: 429,
        headers: { 'Retry-After': '2' },
        json: { error: 'Too many replies in a short time.', code: 'rate-limited' },
      }),
    { times: 1 }, // tried before the route above, which was added first
  );

  await send(page);
  await waitForStatus(page, 'told-to-wait');
  const message = await textOf(parts.status(page));
  isRead.resolve();
  await waitForStatus(page, 'done');

  expect(message).toBe('the server is busy, next try in 2 s');
  expect(await textOf(parts.text(page))).toBe('At last.');
});

test('a message that is too long is not sent, and stays in the field', async () => {
  const requestsBefore = fixture.provider.requests.length;
  const page = await fixture.begin();

  await send(page, 'x'.repeat(32_001));

  expect(await textOf(page.getByRole('alert'))).toContain('32,001 of 32,000');
  expect(await parts.field(page).inputValue()).toHaveLength(32_001);
  expect(fixture.provider.requests.length).toBe(requestsBefore);
});
