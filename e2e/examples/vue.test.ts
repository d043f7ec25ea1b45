// The example `vue`: a binding of twenty lines shows that the client needs no React.
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Example, startExample } from './example.ts';

let example: Example;
beforeAll(async () => {
  example = await startExample({ name: 'vue', serve: ['vite', 'preview', '--host', '127.0.0.1', '--port', '{port}'] });
});
afterAll(() => example.close());

test('a reply streams into a Vue component', async () => {
  const { page, errors } = await example.open();

  await page.getByLabel('Message').fill('Hello');
  await page.getByRole('button', { name: 'Send' }).click();
  await page.getByText('stop', { exact: true }).waitFor();

  expect((await page.locator('output').innerText()).length).toBeGreaterThan(20);
  expect(errors).toEqual([]);
});

test('the binding has at most twenty lines', () => {
  const binding = readFileSync(new URL('../../examples/vue/src/useAIStream.ts', import.meta.url), 'utf8');

  expect(binding.trim().split('\n').length).toBeLessThanOrEqual(20);
});
