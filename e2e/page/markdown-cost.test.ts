// A reply of 200,000 characters: what is closed is drawn once and never worked on again, however long the reply becomes,
// and however much of it comes at once.
import { providerAnswers } from '@sillage/testing';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { type Trace, traceMainThread } from './main-thread.ts';
import { openPageStage, type PageStage, parts, reached, send } from './support.ts';

let stage: PageStage;
beforeAll(async () => {
  stage = await openPageStage();
});
afterEach(() => stage.expectClean());
afterAll(() => stage[Symbol.asyncDispose]());

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
const longBlocks = `${item.repeat(350)}\n${tableHead}${row.repeat(450)}\n\`\`\`ts\n${codeLine.repeat(270)}\`\`\`\n\n`;
const middle = longBlocks + chapters.repeat(5);
const text = chapters + middle + chapters;
// A drawing each: slowly where the cost is compared, and in haste between.
const deltas = [...inPieces(chapters, 400), ...inPieces(middle, 4_000), ...inPieces(chapters, 400)];

/** Is what counts as a long task (https://w3c.github.io/longtasks), in time of the thread, as tests share the cores. */
const longTaskMs = 50;

test.each([
  ['a desk', { viewport: { width: 1280, height: 800 } }],
  ['a phone', { viewport: { width: 390, height: 844 }, deviceScaleFactor: 3, isMobile: true, hasTouch: true }],
])(
  'on %s the second half of a long reply streams without long tasks, and its end costs no more than its beginning',
  async (_, screen) => {
    stage.provider.answer(providerAnswers.reply(deltas, { throttleMs: 50 }));
    const page = await stage.open({ ...screen, reducedMotion: 'reduce' }); // the wake runs by the clock, not by drawings
    page.setDefaultTimeout(45_000);
    await watch(page);

    const trace = await traceMainThread(page, async () => {
      await parts.field(page).fill('Hello');
      await parts.sendButton(page).click();
      await reached(page, 'done');
    });

    const { inserted, touched } = await figuresOf(page);
    const shown = await parts.text(page).textContent();
    const [early, late] = [costOfDrawing(trace, 0.05, 0.3), costOfDrawing(trace, 0.7, 0.95)];
    const longest = longestTask(trace, { fromShare: 0.5 });
    console.info(`longest task ${longest.toFixed()} ms, a drawing ${early.toFixed(1)} ms, late ${late.toFixed(1)} ms`);
    expect(shown?.length).toBeGreaterThan(0.7 * text.length);
    expect(touched).toBe(0);
    expect(inserted).toBeLessThan(4 * text.length);
    expect(longest).toBeLessThan(longTaskMs);
    expect(late).toBeLessThan(1.6 * early); // twice and more where closed blocks are walked through
  },
);

test('a long reply that comes at once is drawn in many tasks, and the page answers in between', async () => {
  const page = await stage.open();
  await send(page); // what draws replies is loaded with the first one
  await reached(page, 'done');
  stage.provider.answer(providerAnswers.reply(inPieces(text, 200)));

  const trace = await traceMainThread(page, async () => {
    await send(page);
    await page.waitForFunction(
      (least) => ([...document.querySelectorAll('.markdown')].at(-1)?.textContent ?? '').length > least,
      0.7 * text.length,
    );
    await reached(page, 'done');
  });

  const longest = longestTask(trace);
  console.info(`longest task ${longest.toFixed()} ms`);
  expect(longest).toBeLessThan(2 * longTaskMs); // in one go it would be six times as long as a long task
});

function inPieces(text: string, length: number): readonly string[] {
  return text.match(new RegExp(`.{1,${length}}`, 'gsu')) ?? [];
}

/** Returns the milliseconds of the longest task behind a share of the time. */
function longestTask({ tasks }: Trace, { fromShare = 0 } = {}): number {
  const fromMs = fromShare * (tasks.at(-1)?.atMs ?? 0);
  return Math.max(...tasks.filter(({ atMs }) => atMs >= fromMs).map(({ cpuMs }) => cpuMs));
}

/** Returns what a cheap drawing costs the main thread between two shares of all drawings: one that nothing disturbed. */
function costOfDrawing({ tasks, marks }: Trace, from: number, to: number): number {
  const drawn = marks.filter(({ name }) => name === 'drawn').map(({ atMs }) => atMs);
  const costs = drawn.slice(from * drawn.length, to * drawn.length).map((begin) => {
    const end = drawn[drawn.indexOf(begin) + 1] ?? begin;
    return tasks.filter(({ atMs }) => atMs >= begin && atMs < end).reduce((sum, { cpuMs }) => sum + cpuMs, 0);
  });
  return costs.sort((one, other) => one - other)[Math.floor(costs.length / 10)] ?? Number.NaN;
}

/** Marks each drawing, and counts what it inserted, and changed in blocks that had been closed before. */
async function watch(page: Page): Promise<void> {
  await page.evaluate(() => {
    const figures = { inserted: 0, touched: 0 };
    Object.assign(window, { figures });
    let settled: Element | undefined; // closed when the page was last looked at
    const observer = new MutationObserver((records) => {
      let isDrawing = false;
      for (const { target, addedNodes, oldValue } of records) {
        const place = target instanceof Element ? target : target.parentElement;
        if (place?.closest('.reply-text') === null) continue;
        isDrawing = true;
        for (const node of addedNodes) figures.inserted += node.textContent?.length ?? 0;
        if (oldValue !== null) figures.inserted += Math.max(0, (target.textContent?.length ?? 0) - oldValue.length);
        // Code gets its colours when these have been loaded, which may be after it was closed.
        const block = place?.closest('.block, .code');
        if (!settled || !block?.matches('.block')) continue;
        if (!(settled.compareDocumentPosition(block) & Node.DOCUMENT_POSITION_FOLLOWING)) figures.touched += 1;
      }
      if (!isDrawing) return;
      performance.mark('drawn');
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
}

function figuresOf(page: Page): Promise<{ inserted: number; touched: number }> {
  return page.evaluate(() => Reflect.get(window, 'figures'));
}
