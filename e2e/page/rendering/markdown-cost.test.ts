// Rendering cost of a reply of 100,000 characters, of 200,000 in full: complete blocks are rendered once and not touched again, however long the
// reply is and however much of it arrives at once.
import { setTimeout as delay } from 'node:timers/promises';
import { providerScripts, shortOrFull } from '@sillage/testing';
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { type Trace, traceMainThread } from '../fixture/main-thread.ts';
import { pageFixture, parts, send, waitForStatus } from '../fixture/support.ts';

const fixture = pageFixture();

const windLine = 'The wind turned to the **west**, and the `sea` grew long.';
const item = `- ${windLine}\n`;
const row = '| The wind turned | to the **west** | `42` |\n';
const tableHead = '| who | where to | how |\n|---|---|---|\n';
const codeLine = "export const wind = (from: string): number => from.length + 42; // it's west\n";
const chapter = [
  `## The wind turned\n`,
  `${windLine} `.repeat(5),
  `\n${item.repeat(4)}`,
  `${tableHead}${row.repeat(3)}`,
  `\`\`\`ts\n${codeLine.repeat(3)}\`\`\`\n\n`,
].join('\n');
const chapters = chapter.repeat(Math.ceil(20_000 / chapter.length));
const longRows = shortOrFull({ short: 150, full: 350 });
const longBlocks = `${item.repeat(longRows)}\n${tableHead}${row.repeat(longRows)}\n\`\`\`ts\n${codeLine.repeat(longRows)}\`\`\`\n\n`;
const endOfMiddle = 'Here the middle ends.';
const middle = `${longBlocks}${chapters.repeat(shortOrFull({ short: 2, full: 5 }))}${endOfMiddle}\n\n`;
const text = chapters + middle + chapters;
// Small deltas where the cost is compared, large ones in between.
const compared = inPieces(chapters, 400);
const uncompared = inPieces(middle, 4_000);
const deltas = [...compared, ...uncompared, ...compared];

/** The duration of a long task (https://w3c.github.io/longtasks), measured in CPU time, because tests share the cores. */
const longTaskMs = 50;

const desktop = ['a desktop', { viewport: { width: 1280, height: 800 } }] as const;
const phone = [
  'a phone',
  { viewport: { width: 390, height: 844 }, deviceScaleFactor: 3, isMobile: true, hasTouch: true },
] as const;

test.each(shortOrFull({ short: [phone], full: [desktop, phone] }))(
  'on %s, the second half of a long reply streams without long tasks, and a render late costs about the same as an early one',
  async (_, screen) => {
    const page = await fixture.open({ ...screen, reducedMotion: 'reduce' }); // the wake animation runs by time, not by render
    page.setDefaultTimeout(45_000);
    const rendered = await observeRenders(page);
    const isCompared = (index: number) => index < compared.length || index > compared.length + uncompared.length;
    let next = rendered();
    const beforeDelta = async (index: number) => {
      if (index === compared.length + uncompared.length) await waitForEndOfMiddle(page);
      if (isCompared(index)) await Promise.race([next, delay(500)]); // a delta of markup alone renders nothing
      next = rendered();
    };
    fixture.provider.respond(providerScripts.reply(deltas, { throttleMs: 50, beforeDelta }));

    const trace = await traceMainThread(page, async () => {
      await parts.field(page).fill('Hello');
      await parts.sendButton(page).click();
      await waitForStatus(page, 'done');
    });

    const { inserted, touched } = await figuresOf(page);
    const shown = await parts.text(page).textContent();
    const [early, late] = [renderCost(trace, 5, compared.length - 5), renderCost(trace, 5 - compared.length, -5)];
    const longest = longestTask(trace, { fromShare: 0.5 });
    console.info(
      `longest task ${longest.toFixed()} ms, early render ${early.toFixed(1)} ms, late render ${late.toFixed(1)} ms`,
    );
    expect(shown?.length).toBeGreaterThan(0.7 * text.length);
    expect(touched).toBe(0);
    expect(inserted).toBeLessThan(4 * text.length);
    expect(longest).toBeLessThan(Math.max(longTaskMs, 5 * early)); // a slow machine renders everything more slowly
    expect(late).toBeLessThan(1.8 * early); // more than twice as much if complete blocks were visited again
  },
);

test('a long reply that arrives at once is rendered in many tasks, between which the page stays responsive', async () => {
  const page = await fixture.open();
  page.setDefaultTimeout(45_000);
  fixture.provider.respond(providerScripts.reply(['**Hello**']));
  await send(page); // the first reply loads the Markdown renderer
  await waitForStatus(page, 'done');
  fixture.provider.respond(providerScripts.reply(inPieces(text, 200)));

  const trace = await traceMainThread(page, async () => {
    await send(page);
    await page.waitForFunction(
      (least) => ([...document.querySelectorAll('.markdown')].at(-1)?.textContent ?? '').length > least,
      0.7 * text.length,
    );
    await waitForStatus(page, 'done');
  });

  const longest = longestTask(trace);
  const total = trace.tasks.reduce((sum, { cpuMs }) => sum + cpuMs, 0);
  console.info(`longest task ${longest.toFixed()} ms of ${total.toFixed()} ms`);
  // A single task would take six times as long as a long task. A slow machine takes longer for all of them.
  expect(longest).toBeLessThan(Math.max(2 * longTaskMs, total / 10));
});

/** Looks rarely and only at the last blocks, because what it costs is traced too. */
async function waitForEndOfMiddle(page: Page): Promise<void> {
  await page.waitForFunction(
    (words) => [...document.getElementsByClassName('markdown')].at(-1)?.lastElementChild?.textContent?.includes(words),
    endOfMiddle,
    { polling: 500 },
  );
}

function inPieces(text: string, length: number): readonly string[] {
  return text.match(new RegExp(`.{1,${length}}`, 'gsu')) ?? [];
}

/** The duration of the longest task, in milliseconds of CPU time, after a share of the trace. */
function longestTask({ tasks }: Trace, { fromShare = 0 } = {}): number {
  const fromMs = fromShare * (tasks.at(-1)?.atMs ?? 0);
  return Math.max(...tasks.filter(({ atMs }) => atMs >= fromMs).map(({ cpuMs }) => cpuMs));
}

/** The main-thread cost of an undisturbed render (10th percentile) in a range of all renders, as of `slice`. */
function renderCost({ tasks, marks }: Trace, from: number, to: number): number {
  const renders = marks.filter(({ name }) => name === 'rendered').map(({ atMs }) => atMs);
  const costs = renders.slice(from, to).map((begin) => {
    const end = renders[renders.indexOf(begin) + 1] ?? begin;
    return tasks.filter(({ atMs }) => atMs >= begin && atMs < end).reduce((sum, { cpuMs }) => sum + cpuMs, 0);
  });
  return costs.sort((one, other) => one - other)[Math.floor(costs.length / 10)] ?? Number.NaN;
}

/** Marks each render; counts the inserted characters and the changes in blocks that were already complete. Returns a
 *  function that waits for the next render. */
async function observeRenders(page: Page): Promise<() => Promise<void>> {
  let next = Promise.withResolvers<void>();
  await page.exposeFunction('onRendered', () => {
    next.resolve();
    next = Promise.withResolvers();
  });
  await page.evaluate(() => {
    const figures = { inserted: 0, touched: 0 };
    Object.assign(window, { figures });
    let settled: Element | undefined; // the last block that was complete at the previous render
    const observer = new MutationObserver((records) => {
      let isRender = false;
      for (const { target, addedNodes, oldValue } of records) {
        const place = target instanceof Element ? target : target.parentElement;
        if (place?.closest('.reply-text') === null) continue;
        isRender = true;
        for (const node of addedNodes) figures.inserted += node.textContent?.length ?? 0;
        if (oldValue !== null) figures.inserted += Math.max(0, (target.textContent?.length ?? 0) - oldValue.length);
        // Code is highlighted when the highlighter has loaded, which may be after the block is complete.
        const block = place?.closest('.block, .code');
        if (!settled || !block?.matches('.block')) continue;
        if (!(settled.compareDocumentPosition(block) & Node.DOCUMENT_POSITION_FOLLOWING)) figures.touched += 1;
      }
      if (!isRender) return;
      performance.mark('rendered');
      Reflect.get(window, 'onRendered')();
      settled = blockBefore(blockBefore(lastBlock()));
    });
    observer.observe(document, { childList: true, subtree: true, characterData: true, characterDataOldValue: true });

    function lastBlock() {
      return [...document.getElementsByClassName('markdown')].at(-1)?.lastElementChild?.lastElementChild ?? undefined;
    }
    function blockBefore(block: Element | undefined) {
      const before = block?.previousElementSibling ?? block?.parentElement?.previousElementSibling?.lastElementChild;
      return before ?? undefined;
    }
  });
  return () => next.promise;
}

function figuresOf(page: Page): Promise<{ inserted: number; touched: number }> {
  return page.evaluate(() => Reflect.get(window, 'figures'));
}
