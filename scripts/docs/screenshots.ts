// Takes docs/screenshots: the page in Chromium, on the built server, with a provider whose replies are fixed. A reply under
// way is one whose provider has stopped sending. `npm run screenshots` builds first.
import { mkdirSync, statSync } from 'node:fs';
import { launchBrowser, providerScripts, startProvider, startServer } from '@sillage/testing';
import { root } from '../run.ts';
import { ensurePrograms } from '../system-packages.ts';

type Browser = Awaited<ReturnType<typeof launchBrowser>>;
type Page = Awaited<ReturnType<Browser['newPage']>>;
type ContextOptions = NonNullable<Parameters<Browser['newContext']>[0]>;

const folder = `${root}docs/screenshots/`;
const desktop = { viewport: { width: 1120, height: 720 } };
const tall = { viewport: { width: 1120, height: 892 } };
const phone = { viewport: { width: 390, height: 780 }, isMobile: true, hasTouch: true };

const turns = [
  {
    message: 'How do I read a streamed reply in the browser?',
    reply: [
      'Read the body of the response piece by piece, and decode it with one decoder, so that a letter cut in two is put together again:',
      '```ts\nconst decoder = new TextDecoder();\nfor await (const bytes of response.body) {\n  parser.feed(decoder.decode(bytes, { stream: true }));\n}\n```',
      'The parser gives you one event after another. The last one says why the reply has ended.',
    ],
  },
  {
    message: 'And if the network drops in the middle?',
    reply: [
      'Then you connect again and say how much you have seen. Every event carries an id, and the id says how far into the text it reaches. You send the last one back as Last-Event-ID, and the server goes on right behind it.',
      'So nothing is lost and nothing comes twice. The reply itself never stopped: it is made on the server, not in your connection. While you were away it grew, and you',
    ],
  },
];

await ensurePrograms(['chromium']);
mkdirSync(folder, { recursive: true });
const provider = await startProvider();
const [server, demo, browser] = await Promise.all([
  startServer({ env: { ai_api_url: provider.url } }),
  startServer(),
  launchBrowser(),
]);
try {
  await draw('first-visit', { ...desktop, colorScheme: 'light' }, { on: demo });
  await draw('mid-reply', { ...tall, colorScheme: 'light' }, { prepare: converse });
  await draw('mid-reply-dark', { ...tall, colorScheme: 'dark' }, { prepare: converse });
  await draw('phone-light', { ...phone, colorScheme: 'light' }, { prepare: converse });
  await draw('phone-dark', { ...phone, colorScheme: 'dark' }, { prepare: converseAndReload });
} finally {
  await browser.close();
  await Promise.all([server, demo].map((one) => one[Symbol.asyncDispose]()));
  await provider.stop();
}

/** Opens the page in a fresh profile, prepares it and takes a screenshot. */
async function draw(
  name: string,
  options: ContextOptions,
  { on = server, prepare = untilOpen }: { on?: typeof server; prepare?: (page: Page) => Promise<void> },
): Promise<void> {
  const context = await browser.newContext({ locale: 'en-GB', ...options });
  const page = await context.newPage();
  await page.goto(`${on.url}/#token=${await on.token(name)}`);
  await prepare(page);
  await page.evaluate(async () => {
    await document.fonts.ready;
    for (const animation of document.getAnimations()) {
      animation.pause();
      animation.currentTime = 1_000; // the crest of the wake stands near its middle
    }
  });
  const path = `${folder}${name}.png`;
  await page.locator('.as-written').first().waitFor({ state: 'detached' }); // Markdown has been loaded
  await page.screenshot({ path, caret: 'hide' });
  console.log(`${name.padEnd(16)} ${Math.round(statSync(path).size / 1024)} kB`);
  await context.close();
}

async function untilOpen(page: Page): Promise<void> {
  await page.getByTestId('demo-notice').waitFor();
}

/** Sends the messages and gets their replies; the last one stays under way. */
async function converse(page: Page): Promise<void> {
  for (const [index, { message, reply }] of turns.entries()) {
    const isLast = index === turns.length - 1;
    const text = reply.join('\n\n');
    provider.respond(isLast ? providerScripts.stallAfter([text]) : providerScripts.reply([text]));
    await page.getByRole('textbox', { name: 'Message' }).fill(message);
    await page.keyboard.press('Control+Enter'); // right after a reply, a click on the button is ignored
    await untilStatus(page, isLast ? 'live' : 'done');
    await page.getByText(text.slice(-30)).waitFor();
  }
}

async function converseAndReload(page: Page): Promise<void> {
  await converse(page);
  await page.reload();
  await untilStatus(page, 'resumed');
  await page.locator('.code [class^=hljs-]').first().waitFor();
}

async function untilStatus(page: Page, status: string): Promise<void> {
  await page.locator('.reply').last().locator(`[data-status=${status}]`).waitFor({ state: 'attached' });
}
