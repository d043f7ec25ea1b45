// A reply of 100,000 characters: what is closed is drawn once and never touched again, however long the reply becomes.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type MarkdownPage, openMarkdownPage } from './markdown-page.ts';

let stage: MarkdownPage;
beforeAll(async () => {
  stage = await openMarkdownPage();
});
afterAll(() => stage[Symbol.asyncDispose]());

const chapter = [
  '## The wind turned',
  `${'The wind turned to the **west**, and the `sea` grew long. '.repeat(8)}`,
  ...['1. one\n2. two\n   - nested\n3. three', '| a | b |\n|---|---|\n| 1 | 2 |\n| 3 | 4 |'],
  '```ts\nexport const wind = (from: string): number => from.length + 42; // west\n```',
].join('\n\n');
const text = Array.from({ length: 200 }, (_, index) => `${chapter}\n\nNumber ${index}.\n\n`)
  .join('')
  .slice(0, 100_000);

test('a long reply streams without touching what was closed, and without long tasks on its second half', async () => {
  const page = await stage.ask(text.match(/.{1,100}/gsu) ?? [], {
    paceMs: 5,
    before: (page) =>
      page.addInitScript(() => {
        const figures = { inserted: 0, touched: 0, longTasks: [] as { length: number; ms: number }[] };
        let before = 0;
        const shown = () => document.querySelector('.markdown')?.textContent?.length ?? 0;
        Object.assign(window, { figures });
        new PerformanceObserver((list) => {
          for (const { duration } of list.getEntries()) figures.longTasks.push({ length: shown(), ms: duration });
        }).observe({ type: 'longtask' });
        new MutationObserver((records) => {
          const blocks = document.querySelectorAll('.markdown > .block');
          const settled = blocks[before - 3]; // closed when the page was last looked at
          before = blocks.length;
          for (const { target, addedNodes, oldValue } of records) {
            for (const node of addedNodes) figures.inserted += node.textContent?.length ?? 0;
            if (oldValue !== null) figures.inserted += Math.max(0, (target.textContent?.length ?? 0) - oldValue.length);
            const block = (target instanceof Element ? target : target.parentElement)?.closest('.block, .code');
            const isSettled = settled !== undefined && block?.matches('.block') === true;
            // Code gets its colours when these have been loaded, which may be after it was closed.
            if (isSettled && !(settled.compareDocumentPosition(block) & Node.DOCUMENT_POSITION_FOLLOWING))
              figures.touched += 1;
          }
        }).observe(document, { childList: true, subtree: true, characterData: true, characterDataOldValue: true });
      }),
  });
  const figures: { inserted: number; touched: number; longTasks: { length: number; ms: number }[] } =
    await page.evaluate(() => Reflect.get(window, 'figures'));

  const late = figures.longTasks.filter(({ length }) => length > text.length / 2).map(({ ms }) => Math.round(ms));
  console.info(`inserted ${figures.inserted} of ${text.length}, long tasks of the second half: [${late}] ms`);
  const shown = await page.locator('.markdown').textContent();
  expect(shown?.length).toBeGreaterThan(0.8 * text.length);
  expect(figures.touched).toBe(0);
  expect(figures.inserted).toBeLessThan(4 * text.length);
  await page.context().close();
});
