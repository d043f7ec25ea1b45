// A reply on the page: sent, streaming and complete, after reloads and in several tabs.
import { providerScripts } from '@sillage/testing';
import { expect, test } from 'vitest';
import { recordShifts } from '../fixture/shifts.ts';
import { copy, makeWords, pageFixture, parts, send, textOf, waitForLength, waitForStatus } from '../fixture/support.ts';

const fixture = pageFixture();

const words = makeWords(120);
const fullText = words.join('');
const paced = providerScripts.reply(words, { throttleMs: 15 });

test('Enter sends the message, the reply grows word by word, and its status is shown', async () => {
  const steps = Array.from({ length: 8 }, () => Promise.withResolvers<void>());
  const beforeDelta = (index: number) => steps[index - 1]?.promise; // until the page shows the words before it
  fixture.provider.respond(providerScripts.reply(words, { throttleMs: 15, beforeDelta }));
  const page = await fixture.open({ reducedMotion: 'no-preference' });

  await send(page, 'Tell me something');
  const shown: string[] = [];
  const statuses: string[] = [];
  for (const [index, { resolve }] of steps.entries()) {
    shown.push(await waitForLength(page, words.slice(0, index + 1).join('').length));
    statuses.push(await textOf(parts.status(page)));
    resolve();
  }
  await waitForStatus(page, 'done');

  expect(shown).toEqual(steps.map((_, index) => words.slice(0, index + 1).join('')));
  expect(statuses).toEqual(steps.map(() => 'live'));
  expect(await textOf(parts.text(page))).toBe(fullText);
  expect(await textOf(page.getByTestId('prompt'))).toBe('Tell me something');
  expect(await parts.field(page).inputValue()).toBe('');
  expect(new URL(page.url()).pathname).toMatch(/^\/c\/[\w-]+$/);
});

test('a reload mid-reply resumes it: the exact text of the provider, from one completion request', async () => {
  const requestsBefore = fixture.provider.requests.length;
  const isResumed = Promise.withResolvers<void>();
  const beforeDelta = (index: number) => (index === words.length - 10 ? isResumed.promise : undefined);
  fixture.provider.respond(providerScripts.reply(words, { throttleMs: 15, beforeDelta }));
  const page = await fixture.begin();

  await send(page);
  const before = await waitForLength(page, 200);
  await page.reload();
  await waitForStatus(page, 'resumed');
  const after = await waitForLength(page, before.length);
  isResumed.resolve();
  await waitForStatus(page, 'done');

  expect(fullText.startsWith(before)).toBe(true);
  expect(after.startsWith(before)).toBe(true);
  expect(after).not.toBe(fullText); // and not yet done
  expect(await textOf(parts.text(page))).toBe(fullText);
  expect(fixture.provider.requests.length - requestsBefore).toBe(1);
});

test('three reloads in a row, and one after the end, show the exact text', async () => {
  const requestsBefore = fixture.provider.requests.length;
  fixture.provider.respond(paced);
  const page = await fixture.begin();

  await send(page);
  for (const length of [50, 300, 500]) {
    await waitForLength(page, length);
    await page.reload();
  }
  await waitForStatus(page, 'done');
  const textBefore = await textOf(parts.text(page));
  await page.reload();
  await waitForStatus(page, 'done');

  expect(textBefore).toBe(fullText);
  expect(await textOf(parts.text(page))).toBe(fullText);
  expect(fixture.provider.requests.length - requestsBefore).toBe(1);
});

test('a second tab shows the same reply live, also when it is reloaded', async () => {
  const requestsBefore = fixture.provider.requests.length;
  const seenLive = Promise.withResolvers<void>();
  const beforeDelta = (index: number) => (index === words.length - 10 ? seenLive.promise : undefined);
  fixture.provider.respond(providerScripts.reply(words, { throttleMs: 15, beforeDelta }));
  const first = await fixture.begin();

  await send(first);
  await waitForLength(first, 100);
  const second = await first.context().newPage();
  await second.goto(first.url());
  await waitForLength(second, 300);
  await second.reload();
  await waitForLength(second, 400);
  const status = await textOf(parts.status(second));
  seenLive.resolve();
  await Promise.all([waitForStatus(first, 'done'), waitForStatus(second, 'done')]);

  expect(status).toBe('resumed, nothing lost'); // and not yet done
  expect(await textOf(parts.text(first))).toBe(fullText);
  expect(await textOf(parts.text(second))).toBe(fullText);
  expect(fixture.provider.requests.length - requestsBefore).toBe(1);
});

test('copying yields the exact text of the reply', async () => {
  const awkward = '# Title\r\n\n```ts\nconst a = `x`;\n```\n\n<b>no tag</b> 👩‍👩‍👧 e\u0301 \u2028 end ';
  fixture.provider.respond(providerScripts.reply([...awkward]));
  const page = await fixture.open({ permissions: ['clipboard-read', 'clipboard-write'] });

  await send(page);
  await waitForStatus(page, 'done');
  await copy(page, 'Copy reply');

  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(awkward);
  expect(await page.locator('.reply b').count()).toBe(0);
});

test('the next reply is shown below the first, and the provider gets the earlier messages', async () => {
  fixture.provider.respond(providerScripts.reply(['First.']));
  const page = await fixture.begin();
  await send(page, 'One');
  await waitForStatus(page, 'done');

  fixture.provider.respond(providerScripts.reply(['Second.']));
  await send(page, 'Two');
  await page.getByText('Second.').waitFor();
  await waitForStatus(page, 'done');
  await page.reload();
  await page.getByText('Second.').waitFor();

  expect(await page.getByTestId('reply-text').allTextContents()).toEqual(['First.', 'Second.']);
  expect(fixture.provider.requests.at(-1)?.body).toMatchObject({
    messages: [
      { role: 'user', content: 'One' },
      { role: 'assistant', content: 'First.' },
      { role: 'user', content: 'Two' },
    ],
  });
});

test('a draft survives a reload, and a new conversation links to the last one', async () => {
  fixture.provider.respond(providerScripts.reply(['Here.']));
  const page = await fixture.open({ viewport: { width: 390, height: 844 } });
  await send(page);
  await waitForStatus(page, 'done');

  await parts.field(page).fill('Half a thought');
  await page.reload();
  await waitForStatus(page, 'done');
  expect(await parts.field(page).inputValue()).toBe('Half a thought');

  await page.getByRole('button', { name: 'New conversation', exact: true }).click();
  expect(await parts.field(page).inputValue()).toBe('');
  await page.getByRole('link', { name: 'Continue the last conversation' }).click();
  await page.getByText('Here.').waitFor();
  expect(await parts.field(page).inputValue()).toBe('Half a thought');
});

test('scrolling up stops following the reply, and a button jumps back to the end', async () => {
  const long = Array.from({ length: 300 }, (_, line) => `Line ${line}\n\n`);
  const [hasLeft, hasJumped] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const beforeDelta = (index: number) => ({ 80: hasLeft, 200: hasJumped })[index]?.promise;
  fixture.provider.respond(providerScripts.reply(long, { throttleMs: 10, beforeDelta }));
  const page = await fixture.open({ viewport: { width: 900, height: 600 } });
  const box = page.getByRole('region', { name: 'Conversation' });
  const distance = () => box.evaluate((element) => element.scrollHeight - element.scrollTop - element.clientHeight);

  await send(page);
  await page.getByText('Line 40', { exact: true }).waitFor();
  await expect.poll(distance).toBeLessThan(4);
  await box.hover();
  await page.mouse.wheel(0, -400);
  const jump = page.getByRole('button', { name: 'Jump to newest' });
  await jump.waitFor();
  const left = await box.evaluate(placeAtRest);
  hasLeft.resolve();
  await page.getByText('Line 199', { exact: true }).waitFor({ state: 'attached' });
  expect(await box.evaluate((element) => element.scrollTop)).toBe(left);

  await jump.click();
  await expect.poll(distance).toBeLessThan(4);
  hasJumped.resolve();
  await page.getByText('Line 299', { exact: true }).waitFor();
  await expect.poll(distance).toBeLessThan(4);
});

/** Returns the position of a scroll box once it does not move any more. */
async function placeAtRest(box: Element): Promise<number> {
  for (let before = Number.NaN; before !== box.scrollTop; ) {
    before = box.scrollTop;
    for (let frame = 0; frame < 3; frame++) await new Promise(requestAnimationFrame);
  }
  return box.scrollTop;
}

test('the page does not shift when a reply begins and ends, on a phone and on a desktop', async () => {
  for (const { isListShown, ...options } of [
    { isListShown: false, viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true },
    { isListShown: true, viewport: { width: 1120, height: 720 } },
  ]) {
    fixture.provider.respond(providerScripts.reply(['First.']));
    const page = await fixture.open({ reducedMotion: 'no-preference', ...options });
    await parts.field(page).fill('One');
    await parts.sendButton(page).click();
    await waitForStatus(page, 'done');
    await page.locator('.markdown').waitFor();
    // A new conversation moves the rows of the list down, when the server has told its title.
    await page.getByRole('heading', { level: 1, name: 'One' }).waitFor();
    if (isListShown) await page.locator('.row[data-current]', { hasText: 'One' }).waitFor();
    const shiftsSoFar = await recordShifts(page);

    // One line: text that grows moves what is below it.
    fixture.provider.respond(providerScripts.reply(['One ', 'line, ', '一行。'], { throttleMs: 50 }));
    await parts.field(page).fill('二');
    await parts.field(page).press('Control+Enter');
    await page.getByTestId('prompt').filter({ hasText: '二' }).waitFor();
    await waitForStatus(page, 'done');

    expect((await shiftsSoFar()).join('\n\n')).toBe('');
  }
});
