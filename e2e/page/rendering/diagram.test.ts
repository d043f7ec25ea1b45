// Diagrams in the language of Mermaid: drawn in a sandboxed frame of a real Chromium, whatever a model writes in them.
import { providerScripts, someOrAll } from '@sillage/testing';
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { traceMainThread } from '../fixture/main-thread.ts';
import { copy, pageFixture, parts, send, textOf, waitForStatus } from '../fixture/support.ts';

const fixture = pageFixture();

const source = 'flowchart LR\n  A[浏览器 🚢] -->|POST| B{Server}\n  B --> C[(Store)]';
const fenced = (code: string) => `Above.\n\n\`\`\`mermaid\n${code}\n\`\`\`\n\nBelow.`;
const picture = (page: Page) => page.getByRole('img', { name: 'Diagram' });

async function show(reply: string, page: Page): Promise<void> {
  fixture.provider.respond(providerScripts.reply([reply]));
  await send(page);
  await waitForStatus(page, 'done');
  await page.locator('.markdown').last().waitFor();
}

/** The SVG of the diagram. */
async function svgOf(page: Page): Promise<string> {
  const address = await picture(page).last().getAttribute('src');
  return decodeURIComponent(address ?? '');
}

/** Records the addresses of the files that are loaded to draw diagrams. */
function recordLoaded(page: Page): string[] {
  const loaded: string[] = [];
  page.on('request', (request) => request.url().includes('/diagram/') && loaded.push(request.url()));
  return loaded;
}

test('a diagram is drawn when its fence closes, not before, and the text above it does not move', async () => {
  const page = await fixture.begin();
  const loaded = recordLoaded(page);
  fixture.provider.respond(providerScripts.stallAfter([`Above.\n\n\`\`\`mermaid\n${source}\n`]));
  await send(page);
  await page.locator('.code code').getByText('Store').waitFor();
  expect(loaded).toEqual([]);
  expect(await page.locator('.code-note').count()).toBe(0);
  await parts.stopButton(page).click();
  await waitForStatus(page, 'stopped');
  expect(loaded).toEqual([]);

  await page.evaluate(() => {
    const moved: string[] = [];
    Reflect.set(window, 'moved', moved);
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries() as (PerformanceEntry & { sources: { node: Node }[] })[])
        moved.push(...entry.sources.map(({ node }) => node?.textContent ?? ''));
    }).observe({ type: 'layout-shift' });
  });
  fixture.provider.respond(providerScripts.stallAfter([`Above it.\n\n\`\`\`mermaid\n${source}\n\`\`\`\n`]));
  await send(page);
  await picture(page).waitFor();

  expect(await svgOf(page)).toContain('浏览器');
  expect(await page.locator('.code pre').last().isVisible()).toBe(false);
  expect(await picture(page).evaluate((image) => (image as HTMLImageElement).naturalWidth)).toBeGreaterThan(100);
  expect(await page.evaluate(() => Reflect.get(window, 'moved') as string[])).not.toContain('Above it.');
});

test('a diagram follows the colours of the page, and is printed', async () => {
  const page = await fixture.open({ colorScheme: 'light' });
  await show(fenced(source), page);
  await picture(page).waitFor();
  const light = await svgOf(page);

  await page.emulateMedia({ colorScheme: 'dark' });

  await expect.poll(() => svgOf(page), { timeout: 40_000 }).not.toBe(light);
  expect(light).toContain('#1b232b');
  expect(await svgOf(page)).toContain('#e7edf1');
  await page.emulateMedia({ media: 'print' });
  expect(await picture(page).isVisible()).toBe(true);
});

test('the source of a diagram is shown by a button, and copied by the others', async () => {
  const page = await fixture.open({ permissions: ['clipboard-read', 'clipboard-write'] });
  await show(fenced(source), page);
  await picture(page).waitFor();

  await copy(page, 'Copy code');
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(source);
  await page.getByRole('button', { name: 'Copied' }).waitFor({ state: 'detached' });
  await copy(page, 'Copy reply');
  const html = await page.evaluate(async () => {
    const [item] = await navigator.clipboard.read();
    return (await item?.getType('text/html'))?.text();
  });
  expect(html).toContain('浏览器');
  expect(html).not.toContain('<img');

  await page.getByRole('button', { name: 'Show the source of the diagram' }).click();
  expect(await textOf(page.locator('.code code'))).toBe(source);
  expect(await picture(page).count()).toBe(0);
  await page.getByRole('button', { name: 'Show the source of the diagram' }).click();
  expect(await picture(page).isVisible()).toBe(true);
});

test('a diagram that cannot be drawn, or not in time, stays code with one sentence', async () => {
  const refused = [
    'flowchart LR\n  A --> [',
    'nothing like it',
    `flowchart TD${'\n A --> B'.repeat(130)}`,
    `flowchart TD\n A[${'船'.repeat(5_001)}]`,
    `flowchart TD\n A${' & B'.repeat(60)} --> C${' & D'.repeat(60)}`,
  ];
  const page = await fixture.open({ viewport: { width: 1_000, height: 4_000 } });

  await show(refused.map(fenced).join('\n\n'), page);

  const notes = page.getByText('This diagram cannot be drawn. Its source:');
  await expect.poll(() => notes.count(), { timeout: 40_000 }).toBe(refused.length);
  expect(await page.locator('.code code').allTextContents()).toEqual(refused);
  expect(await picture(page).count()).toBe(0);
});

test('the largest diagram that is drawn does not hold the page up for long', async () => {
  const leaves = Array.from({ length: 110 }, (_, index) => `  leaf ${index}`);
  const page = await fixture.begin();

  const { tasks } = await traceMainThread(page, async () => {
    await show(fenced(`mindmap\n root\n${leaves.join('\n')}`), page);
    await picture(page).waitFor({ timeout: 40_000 });
  });

  expect(Math.max(...tasks.map(({ cpuMs }) => cpuMs))).toBeLessThan(5_000);
});

const hostile = someOrAll([
  'flowchart TD\n A --> B\n click A "javascript:parent.attacked=1"\n click B "https://evil.example" _top',
  'flowchart TD\n A["<img src=https://evil.example/a onerror=parent.attacked=1>"] --> B["<script>top.attacked=1</script>"]',
  '%%{init: {"securityLevel": "loose", "htmlLabels": true, "flowchart": {"htmlLabels": true}}}%%\n' +
    'flowchart TD\n A["<img src=x onerror=top.attacked=1><svg onload=top.attacked=1>"]\n click A call alert(1)',
  '---\nconfig:\n  securityLevel: loose\n  htmlLabels: true\n  dompurifyConfig:\n    ADD_TAGS: [script]\n---\n' +
    'flowchart TD\n A["<iframe srcdoc=\'<script>top.attacked=1</script>\'></iframe>"]',
  '%%{init: {"themeCSS": "@import url(https://evil.example/c.css); * { background: url(https://evil.example/d) }"}}%%\nflowchart TD\n A --> B',
  '%%{init: {"fontFamily": "x; } * { background: url(https://evil.example/e) } y {"}}%%\nflowchart TD\n A --> B',
  'sequenceDiagram\n link A: x @ javascript:top.attacked=1\n A->>B: <img src=https://evil.example/f onerror=top.attacked=1>',
  'classDiagram\n class A\n link A "javascript:top.attacked=1" "x"\n callback A "alert"',
  'flowchart TD\n A@{ img: "https://evil.example/g.png", label: "x" }',
]);

test('a hostile diagram runs nothing, loads nothing and opens nothing', async () => {
  const viewport = { width: 1_000, height: 6_000 };
  const context = await fixture.browser.newContext({ locale: 'en-GB', viewport }); // without checks: the frame's policy reports what it blocks
  const page = await context.newPage();
  const sent: string[] = [];
  // A request that the policy blocks is reported as one that failed.
  context.on('requestfinished', (request) => request.url().includes('evil.example') && sent.push(request.url()));
  await context.route(/evil\.example/, (route) => {
    sent.push(route.request().url());
    return route.abort();
  });
  await page.goto(`${fixture.network.url}/#token=${await fixture.server.token()}`);

  await show(hostile.map(fenced).join('\n\n'), page);
  // One at a time, each within the page's limit of 15 seconds.
  await expect
    .poll(() => page.locator('.diagram img, .code-note').count(), { timeout: hostile.length * 15_000 })
    .toBe(hostile.length);

  for (const drawn of await picture(page).all()) {
    const svg = decodeURIComponent((await drawn.getAttribute('src')) ?? '');
    expect(svg).not.toMatch(/<script|<iframe|<[^>]*\son[a-z]+\s*=|href="\s*javascript:/i);
    await drawn.click();
  }
  expect(await page.evaluate(() => Reflect.get(window, 'attacked'))).toBeUndefined();
  expect(sent).toEqual([]);
  expect(page.url()).toContain(fixture.network.url);
  expect(context.pages()).toHaveLength(1);
  await context.close();
}, 180_000);

test('the frame that draws has an opaque origin, no network and no storage, and is removed', async () => {
  const page = await fixture.begin();
  const frame = page.waitForSelector('iframe', { state: 'attached' });
  await show(fenced(source), page);
  expect(await (await frame).getAttribute('sandbox')).toBe('allow-scripts');
  await picture(page).waitFor();
  expect(await page.locator('iframe').count()).toBe(0);

  const context = await fixture.browser.newContext(); // without checks: the policy reports what it blocks
  const alone = await context.newPage();
  await alone.goto(`${fixture.network.url}/diagram/`);
  const reached = await alone.evaluate(async () => {
    const canFetch = await fetch('/health/live').then(
      () => true,
      () => false,
    );
    let canStore = true;
    try {
      localStorage.setItem('a', 'b');
    } catch {
      canStore = false;
    }
    return { origin, canFetch, canStore };
  });
  expect(reached).toEqual({ origin: 'null', canFetch: false, canStore: false });
  await context.close();
});
