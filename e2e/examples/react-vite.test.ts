// The example `react-vite`: the hook in an application on another origin than the server.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Example, startExample } from './example.ts';

let example: Example;
beforeAll(async () => {
  example = await startExample({
    name: 'react-vite',
    serve: ['vite', 'preview', '--host', '127.0.0.1', '--port', '{port}'],
  });
});
afterAll(() => example.close());

test('a reply streams into the page, and no request is aborted', async () => {
  const { page, errors, failedRequests } = await example.open();

  await page.getByLabel('Message').fill('你好 👋');
  await page.getByRole('button', { name: 'Send' }).click();
  await page.getByText('Complete').waitFor();

  expect((await page.locator('output').innerText()).length).toBeGreaterThan(20);
  expect(errors).toEqual([]);
  expect(failedRequests).toEqual([]);
});

test('a server that does not allow the origin is named once, with the setting that helps', async () => {
  await example.server.restart({ CORS_ORIGINS: 'https://elsewhere.example' });
  const { page, errors } = await example.open();

  for (let asked = 0; asked < 2; asked++) {
    await page.getByLabel('Message').fill('Hello');
    await page.getByRole('button', { name: 'Send' }).click();
    await page.getByRole('alert').waitFor();
  }

  const said = `The server refuses the origin ${example.app.url}. Add it to CORS_ORIGINS.`;
  expect(await page.getByRole('alert').innerText()).toBe(said);
  expect(errors.filter((error) => error === said)).toHaveLength(1);
});
