// The page during a network outage and after the server was killed.
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

const words = makeWords(140);
const fullText = words.join('');

/** Opens a page, kills the server in the middle of the reply to `message` and restarts it. Returns the text that the page had
 *  received. */
async function interruptByKill(message: string) {
  fixture.provider.respond(providerScripts.reply(makeWords(3_000), { throttleMs: 10 }));
  const page = await fixture.open();
  await send(page, message);
  await waitForLength(page, 300);
  await fixture.server.kill();
  await waitForStatus(page, 'reconnecting');
  const textBefore = await textOf(parts.text(page));
  await fixture.server.restart();
  await waitForStatus(page, 'interrupted');
  return { page, textBefore };
}

test('a connection lost mid-reply is shown, and the reply is resumed completely', async () => {
  const requestsBefore = fixture.provider.requests.length;
  const sendRest = holdReply(fixture.provider, words);
  const page = await fixture.begin();
  await send(page);
  await waitForLength(page, 100);

  await fixture.goOffline(page);
  await waitForStatus(page, 'reconnecting');
  const status = await textOf(parts.status(page));
  const before = await textOf(parts.text(page));
  await page.context().setOffline(false);
  await waitForStatus(page, 'resumed');
  const statusAfter = await textOf(parts.status(page));
  sendRest();
  await waitForStatus(page, 'done');

  expect([status, statusAfter]).toEqual(['reconnecting', 'resumed, nothing lost']);
  expect(before.length).toBeGreaterThanOrEqual(100);
  expect(await textOf(parts.text(page))).toBe(fullText);
  expect(fixture.provider.requests.length - requestsBefore).toBe(1);
});

test('a reply that ends during a network outage is complete afterwards', async () => {
  const sendRest = holdReply(fixture.provider, words);
  const page = await fixture.begin();
  await send(page);
  await waitForLength(page, 100);
  await fixture.goOffline(page);
  await waitForStatus(page, 'reconnecting');
  sendRest();

  const elsewhere = await fixture.open({ path: new URL(page.url()).pathname });
  await waitForStatus(elsewhere, 'done');
  await page.context().setOffline(false);
  await waitForStatus(page, 'done');

  expect(await textOf(parts.text(page))).toBe(fullText);
});

test('Stop pressed offline takes effect when the page is online again', async () => {
  const requestsBefore = fixture.provider.requests.length;
  fixture.provider.respond(providerScripts.reply(makeWords(3_000), { throttleMs: 20 }));
  const page = await fixture.begin();
  await send(page);
  await waitForLength(page, 100);

  await fixture.goOffline(page);
  await waitForStatus(page, 'reconnecting');
  await parts.stopButton(page).click();
  await waitForStatus(page, 'stopping');
  await page.context().setOffline(false);
  await waitForStatus(page, 'stopped');

  await (await fixture.provider.received(requestsBefore + 1)).closed;
  const storedText = await textOf(parts.text(page));
  await page.reload();
  await waitForStatus(page, 'stopped');
  // The model may have sent more text before the stop arrived; text that was shown is not lost.
  expect((await textOf(parts.text(page))).startsWith(storedText)).toBe(true);
});

test('a message sent offline waits, and is sent once when the page is online again', async () => {
  const requestsBefore = fixture.provider.requests.length;
  fixture.provider.respond(providerScripts.reply(['Here you are.']));
  const page = await fixture.begin();
  await fixture.goOffline(page);

  await send(page);
  await waitForStatus(page, 'waiting');
  await page.context().setOffline(false);
  await waitForStatus(page, 'done');

  expect(await textOf(parts.text(page))).toBe('Here you are.');
  expect(fixture.provider.requests.length - requestsBefore).toBe(1);
});

test('after kill -9 and a restart, the reply is interrupted, its text is kept, and Retry generates a new one', async () => {
  const { page, textBefore } = await interruptByKill('Survive this');
  const storedText = await textOf(parts.text(page));
  const failure = await textOf(parts.failure(page));

  expect(textBefore.length).toBeGreaterThanOrEqual(300);
  expect(storedText.startsWith(textBefore)).toBe(true);
  expect(makeWords(3_000).join('').startsWith(storedText)).toBe(true);
  expect(failure).toContain('interrupted');
  await page.reload();
  await waitForStatus(page, 'interrupted');
  expect(await textOf(parts.text(page))).toBe(storedText);

  fixture.provider.respond(providerScripts.reply(['Back again.']));
  await parts.retry(page).click();
  await waitForStatus(page, 'done');
  expect(await textOf(parts.text(page))).toBe('Back again.');
  expect(await page.getByTestId('prompt').allTextContents()).toEqual(['Survive this']);
  expect(fixture.provider.requests.at(-1)?.body).toMatchObject({
    messages: [{ role: 'user', content: 'Survive this' }],
  });
}, 120_000); // restarts the server, which takes long on a busy machine

test('a reply interrupted by kill -9 is continued where it ended, also after a reload', async () => {
  const { page } = await interruptByKill('Survive, 继续');
  const kept = await textOf(parts.text(page));

  fixture.provider.respond(providerScripts.reply([' and the rest 🌊.']));
  await page.getByRole('button', { name: 'Continue', exact: true }).click();
  await waitForStatus(page, 'done');
  for (const reload of [false, true]) {
    if (reload) await page.reload();
    await page.getByText('and the rest').waitFor();
    expect(await page.locator('.reply').count()).toBe(1);
    expect(await textOf(parts.text(page))).toBe(`${kept} and the rest 🌊.`);
    expect(await parts.failure(page).count()).toBe(0);
  }

  expect(fixture.provider.requests.at(-1)?.body).toMatchObject({
    messages: [
      { role: 'user', content: 'Survive, 继续' },
      { role: 'assistant', content: kept },
      { role: 'user', content: expect.stringContaining('Continue') },
    ],
  });
}, 120_000); // restarts the server, which takes long on a busy machine
