// Measures one page of Chromium while it shows one reply.
import type { Browser } from 'playwright-core';
import type { Tabled } from '../report/table.ts';
import { messageOf, plainToken, type Script } from '../upstream/script.ts';
import type {} from './pages/page.ts';

/** One reply that a page shows. */
export interface PageFigure extends Tabled {
  /** Absent: the page has a text of its own. */
  readonly script?: Partial<Script> & { tokens: number };
}

const longestWaitMs = 180_000;

/** Returns the CPU time of the main thread, which other load on the machine changes less than wall-clock time, the longest
 *  task over 50 ms and the renders.
 *  @throws {Error} when the page does not show the whole reply. */
export async function measurePage(browser: Browser, url: string, { script }: PageFigure) {
  const page = await browser.newPage();
  try {
    const devtools = await page.context().newCDPSession(page);
    await devtools.send('Performance.enable', { timeDomain: 'threadTicks' });
    const busyMs = async () => {
      const { metrics } = await devtools.send('Performance.getMetrics');
      return (metrics.find(({ name }) => name === 'TaskDuration')?.value ?? Number.NaN) * 1000;
    };
    await page.goto(url);
    await page.waitForSelector('#text', { state: 'attached' });
    await page.waitForTimeout(300);
    const before = await busyMs();
    await page.evaluate((message) => window.bench.start(message), script ? messageOf(script) : '');
    await page.waitForFunction(() => window.bench.isDone, undefined, { polling: 100, timeout: longestWaitMs });
    const after = await busyMs();
    const { renders, longestTaskMs } = await page.evaluate(() => window.bench);
    const shown = await page.evaluate(() => document.getElementById('text')?.textContent?.length);
    const whole = script && script.tokens * plainToken.length;
    if (whole !== undefined && shown !== whole) throw new Error(`${url} shows ${shown} of ${whole} characters.`);
    return { ms: after - before, longest: longestTaskMs, renders };
  } finally {
    await page.close();
  }
}
