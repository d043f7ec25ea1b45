// The example `ai-sdk`: a page on `useChat` of the AI SDK, with the published packages, on stored streams.
import { type Provider, providerChunk, providerScripts, startProvider } from '@sillage/testing';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type Example, startExample } from './example.ts';

let provider: Provider;
let example: Example;
let chat: string;

beforeAll(async () => {
  provider = await startProvider();
  example = await startExample({
    name: 'ai-sdk',
    serve: ['vite', 'preview', '--host', '127.0.0.1', '--port', '{port}'],
    env: { ai_api_url: provider.url, starts_per_minute: '1000' },
  });
});
beforeEach(() => {
  chat = crypto.randomUUID();
});
afterAll(async () => {
  await example.close();
  await provider.stop();
});

const whole = 'Bonjour 你好 👋🏽, la moitié / et le reste 🚢';
const [half = '', rest = ''] = whole.split('/');

/** Makes the provider send half of the reply, and the rest when `open` is called. */
function gated(): () => void {
  const { promise, resolve } = Promise.withResolvers<void>();
  provider.respond(
    providerScripts.reply([half, '/', rest], { beforeDelta: (index) => (index === 1 ? promise : undefined) }),
  );
  return resolve;
}

/** Opens the chat in a new browser profile, and collects the arguments of `onFinish`. */
async function open(path = `/?chat=${chat}`) {
  const { page, errors } = await example.open(path);
  const finished: string[] = [];
  page.on('console', (message) => message.text().startsWith('finished') && finished.push(message.text()));
  page.setDefaultTimeout(60_000);
  return { page, errors, finished };
}

async function send(page: Page, text = 'Salut'): Promise<void> {
  await page.getByLabel('Message').fill(text);
  await page.getByRole('button', { name: 'Send' }).click();
}

const press = (page: Page, name: string) => page.getByRole('button', { name }).click();
const reply = (page: Page) => page.getByLabel('assistant').last().locator('p');
const status = (page: Page, text: string) => page.getByRole('status').getByText(text, { exact: true }).waitFor();
const shows = (page: Page, text: string) => reply(page).getByText(text, { exact: true }).waitFor();

test('text, reasoning and usage arrive, and onFinish is called once', async () => {
  provider.respond((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(providerChunk({ reasoning_content: '想一想 🤔' }));
    for (const content of Array.from(whole)) response.write(providerChunk({ content }));
    response.write(providerChunk({}, 'stop'));
    response.end('data: {"choices":[],"usage":{"prompt_tokens":9,"completion_tokens":33}}\n\ndata: [DONE]\n\n');
  });
  const { page, errors, finished } = await open('/');

  await send(page);
  await shows(page, whole);
  await status(page, 'ready');

  expect(await page.getByLabel('assistant').locator('blockquote').innerText()).toBe('想一想 🤔');
  expect(await page.locator('small').innerText()).toBe('stop: 42 tokens of gpt-3.5-turbo');
  expect(finished).toHaveLength(1);
  expect(errors).toEqual([]);
  await page.reload();
  await shows(page, whole);
});

test('a reload in the middle of a reply follows it to its end, and so does another device', async () => {
  const finish = gated();
  const { page, finished } = await open();
  await send(page);
  await shows(page, half.trim());

  await page.reload();
  await shows(page, half.trim());
  const other = await open();
  await shows(other.page, half.trim());
  finish();

  for (const one of [page, other.page]) {
    await shows(one, whole);
    await status(one, 'ready');
    expect(await one.getByRole('article').count()).toBe(2);
  }
  expect([finished.length, other.finished.length]).toEqual([1, 1]);
});

test('a stop in another tab stops the reply in both, closes the connection to the provider, and keeps the text', async () => {
  gated();
  const { page, finished } = await open();
  const count = provider.requests.length;
  await send(page);
  await shows(page, half.trim());
  const other = await open();
  await shows(other.page, half.trim());

  await press(other.page, 'Stop');
  for (const one of [page, other.page]) await status(one, 'ready');
  await (await provider.received(count + 1)).closed;

  expect(finished).toHaveLength(1);
  await page.reload();
  await shows(page, half.trim());
});

test.each(['before', 'after'])(
  'a lost network costs no character of a reply that ends %s it is back',
  async (order) => {
    const finish = gated();
    const { page } = await open();
    await send(page);
    await shows(page, half.trim());

    await page.context().setOffline(true);
    example.network.cut();
    await status(page, 'error');
    if (order === 'before') finish();
    await page.context().setOffline(false);
    if (order === 'after') {
      await status(page, 'streaming');
      finish();
    }

    await shows(page, whole);
    await status(page, 'ready');
    expect(await page.getByRole('article').count()).toBe(2);
  },
);

test('after kill -9 the text so far is there, and regenerate requests a new reply', async () => {
  gated();
  const { page } = await open();
  await send(page);
  await shows(page, half.trim());

  await example.server.kill();
  await status(page, 'error');
  await example.server.restart();
  await page.reload();
  await shows(page, half.trim());
  gated()();
  await press(page, 'Regenerate');

  await shows(page, whole);
  await status(page, 'ready');
  expect(await page.getByRole('article').count()).toBe(2);
});

test('a failure of the model is shown as a message, and regenerate brings the whole reply', async () => {
  provider.respond(providerScripts.resetAfter([half]));
  const { page, finished } = await open();
  await send(page);
  await page.getByRole('alert').waitFor();
  expect(await page.getByRole('alert').innerText()).toMatch(/^The model .*Try again/);

  gated()();
  await press(page, 'Regenerate');
  await shows(page, whole);
  await status(page, 'ready');

  expect(await page.getByRole('article').count()).toBe(2);
  await expect.poll(() => finished).toHaveLength(2);
});

test('throttled, a reply of a thousand deltas is rendered some twenty times a second, and whole', async () => {
  const words = Array.from({ length: 1_000 }, (_, index) => `${index} 字 `);
  provider.respond(providerScripts.reply(words, { throttleMs: 1 }));
  const { page } = await open();
  await page.evaluate(() => {
    const renders = { count: 0 };
    new MutationObserver(() => renders.count++).observe(document.body, { subtree: true, characterData: true });
    Object.assign(window, { renders, startedAt: performance.now() });
  });

  await send(page);
  await shows(page, words.join('').trim());

  const { count, ms } = await page.evaluate(() => ({
    count: Reflect.get(window, 'renders').count,
    ms: performance.now() - Reflect.get(window, 'startedAt'),
  }));
  expect(count).toBeLessThanOrEqual(ms / 50 + 2);
});

test('an error response is shown as its message', async () => {
  const { page } = await open();

  await send(page, '長'.repeat(32_001));

  await page.getByText('message must have at most 32000 characters.').waitFor();
});
