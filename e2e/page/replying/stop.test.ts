// Stop on the page: whenever it is pressed, the provider's connection closes and the received text is kept.
import { providerScripts } from '@sillage/testing';
import { expect, test } from 'vitest';
import {
  holdReply,
  makeWords,
  pageFixture,
  parts,
  send,
  textOf,
  waitForLength,
  waitForStatus,
} from '../fixture/support.ts';

const fixture = pageFixture();

const endless = providerScripts.reply(makeWords(3_000), { throttleMs: 15 });

test('Stop closes the connection to the provider, and the text is kept, also after a reload', async () => {
  const requestsBefore = fixture.provider.requests.length;
  const sendRest = holdReply(fixture.provider, makeWords(40)); // the provider does not close the connection by itself
  const page = await fixture.begin();
  await send(page);
  const before = await waitForLength(page, 100);

  await parts.stopButton(page).click();
  await (await fixture.provider.received(requestsBefore + 1)).closed;
  await waitForStatus(page, 'stopped');
  sendRest();
  const textAfterStop = await textOf(parts.text(page));

  expect(textAfterStop.startsWith(before)).toBe(true);
  expect(await textOf(parts.status(page))).toBe('stopped');
  expect(await parts.failure(page).count()).toBe(0);
  await page.reload();
  await waitForStatus(page, 'stopped');
  expect(await textOf(parts.text(page))).toBe(textAfterStop);
});

test('Stop works before the page knows the stream id', async () => {
  const requestsBefore = fixture.provider.requests.length;
  fixture.provider.respond(endless);
  const page = await fixture.begin();
  const held = Promise.withResolvers<void>();
  await page.route('**/api/ai-chat/stream', async (route) => {
    await held.promise; // the start has been sent and has not arrived
    await route.continue().catch(() => {});
  });

  await send(page);
  await parts.stopButton(page).click();
  await waitForStatus(page, 'stopped');
  held.resolve();
  await page.reload();
  await waitForStatus(page, 'stopped');

  expect(await page.getByTestId('prompt').count()).toBe(1);
  expect(fixture.provider.requests.length - requestsBefore).toBeLessThanOrEqual(1);
  await Promise.all(fixture.provider.requests.slice(requestsBefore).map(({ closed }) => closed));
});

test('Stop works immediately after sending, and the next message gets a reply', async () => {
  const requestsBefore = fixture.provider.requests.length;
  fixture.provider.respond(endless);
  const page = await fixture.begin();

  await send(page);
  await page.keyboard.press('Escape');
  await waitForStatus(page, 'stopped');
  await Promise.all(fixture.provider.requests.slice(requestsBefore).map(({ closed }) => closed));

  fixture.provider.respond(providerScripts.reply(['Now then.']));
  await send(page, 'Again');
  await waitForStatus(page, 'done');
  expect(await textOf(parts.text(page))).toBe('Now then.');
});

test('Stop works before the first token, and a second tab shows it', async () => {
  const requestsBefore = fixture.provider.requests.length;
  fixture.provider.respond(providerScripts.hangBeforeHeaders());
  const page = await fixture.begin();
  await send(page);
  const request = await fixture.provider.received(requestsBefore + 1);
  const second = await page.context().newPage();
  await second.goto(page.url());
  await parts.stopButton(second).waitFor();

  await parts.stopButton(page).click();
  await request.closed;

  await waitForStatus(page, 'stopped');
  await waitForStatus(second, 'stopped');
});

test('Stop pressed in another tab stops the reply in this one', async () => {
  fixture.provider.respond(endless);
  const page = await fixture.begin();
  await send(page);
  await waitForLength(page, 60);
  const second = await page.context().newPage();
  await second.goto(page.url());
  await waitForLength(second, 100);

  await parts.stopButton(second).click();

  await waitForStatus(second, 'stopped');
  await waitForStatus(page, 'stopped');
  expect(await textOf(parts.text(page))).toBe(await textOf(parts.text(second)));
});

test('a reply that reached the maximum length is continued, and joined for the reader', async () => {
  fixture.provider.respond(providerScripts.reply(['- 潮 one\n- 汐 t'], { finishReason: 'length' }));
  const page = await fixture.begin();
  await send(page, 'List them');
  await waitForStatus(page, 'cut');

  fixture.provider.respond(providerScripts.reply(['wo 🌊\n\nDone.']));
  await page.getByRole('button', { name: 'Continue', exact: true }).click();
  await waitForStatus(page, 'done');
  for (const reload of [false, true]) {
    if (reload) await page.reload();
    await page.getByText('Done.').waitFor();
    expect(await page.locator('.reply').count()).toBe(1);
    await expect.poll(() => page.locator('.reply li').allTextContents()).toEqual(['潮 one', '汐 two 🌊']);
  }

  expect(fixture.provider.requests.at(-1)?.body).toMatchObject({
    messages: [
      { role: 'user', content: 'List them' },
      { role: 'assistant', content: '- 潮 one\n- 汐 t' },
      { role: 'user', content: expect.stringContaining('Continue') },
    ],
  });
});

test('a stopped reply is continued where it ended: joined for the reader, two messages in the store, also after a reload', async () => {
  fixture.provider.respond(providerScripts.stallAfter(['```ts\nconst a = 1;\n', 'const b']));
  const page = await fixture.begin();
  await send(page, 'Write code, 写代码');
  await page.locator('.code').waitFor();
  await parts.stopButton(page).click();
  await waitForStatus(page, 'stopped');

  fixture.provider.respond(providerScripts.reply([' = 2;\n```\n\nDone.']));
  await page.getByRole('button', { name: 'Continue', exact: true }).click();
  await page.getByText('Done.').waitFor();
  await waitForStatus(page, 'done');
  for (const reload of [false, true]) {
    if (reload) await page.reload();
    await page.getByText('Done.').waitFor();
    expect(await page.locator('.reply').count()).toBe(1);
    expect(await textOf(page.locator('.code code'))).toBe('const a = 1;\nconst b = 2;');
  }

  expect(fixture.provider.requests.at(-1)?.body).toMatchObject({
    messages: [
      { role: 'user', content: 'Write code, 写代码' },
      { role: 'assistant', content: '```ts\nconst a = 1;\nconst b' },
      { role: 'user', content: expect.stringContaining('Continue') },
    ],
  });
});
