// The example `next`: the App Router with a static and a dynamic page, StrictMode and React Compiler.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Example, startExample } from './example.ts';

let example: Example;
beforeAll(async () => {
  example = await startExample({
    name: 'next',
    serve: ['next', 'start', '--hostname', '127.0.0.1', '--port', '{port}'],
  });
}, 600_000);
afterAll(() => example.close());

test('the static page streams a reply', async () => {
  const { page, errors, failedRequests } = await example.open();

  await page.getByRole('button', { name: 'Ask' }).click();
  await page.getByRole('button', { name: 'Stop' }).waitFor();
  await page.getByRole('button', { name: 'Ask' }).waitFor();

  expect((await page.locator('output').innerText()).length).toBeGreaterThan(20);
  expect(errors).toEqual([]);
  expect(failedRequests.filter((request) => request.includes(example.server.url))).toEqual([]);
});

test('the dynamic page shows a conversation, on another device too', async () => {
  const { page, errors } = await example.open('/chat/first');
  await page.getByText('The feed is live.').waitFor();
  const other = await example.open('/chat/first');
  await other.page.getByText('The feed is live.').waitFor();

  await page.getByLabel('Message').fill('你好 👋');
  await page.getByRole('button', { name: 'Send' }).click();
  await other.page.locator('[data-role=user]', { hasText: '你好 👋' }).waitFor();
  await other.page.locator('[data-role=assistant]', { hasText: /\w{3}/ }).waitFor();

  const isOfNewConversation = (error: string) => error.includes('404'); // the server does not know it before the first message
  expect([...errors, ...other.errors].filter((error) => !isOfNewConversation(error))).toEqual([]);
  expect(example.app.output()).not.toMatch(/error/i);
});
