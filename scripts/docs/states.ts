// Takes docs/screenshots/states: each state of the page as one picture, on a desktop and a phone, light and dark, for review after a
// change of the page. `npm run screenshots` builds first.
import { mkdirSync, statSync } from 'node:fs';
import { launchBrowser, type ProviderScript, providerScripts, startProvider, startServer } from '@sillage/testing';
import { root } from '../run.ts';
import { ensurePrograms } from '../system-packages.ts';

type Browser = Awaited<ReturnType<typeof launchBrowser>>;
type Page = Awaited<ReturnType<Browser['newPage']>>;

/** One state: the provider's reply to a message, its status, and what is done then. Without a reply, nothing is sent. */
interface State {
  readonly reply?: ProviderScript;
  readonly status?: string;
  readonly isSignedIn?: boolean;
  readonly act?: (page: Page) => Promise<unknown>;
}

const { errorAfter, reply, stallAfter } = providerScripts;
const press = (page: Page, name: string) => page.getByRole('button', { name, exact: true }).last().click();
const begun = stallAfter(['The wake of a ship is the trail that it leaves, and']);
const formatted = [
  'The energy is $E = mc^2$, and\n\n\\[\n\\int_0^1 x^2\\,dx = \\frac{1}{3}\n\\]\n\n',
  '| Wave | Height | Period |\n|---|--:|--:|\n| Ripple | 0.1 m | 1 s |\n| Swell | 3 m | 12 s |\n\n',
  '- [x] cast off\n- [ ] return\n\n> The wind turned **west**.\n\n```ts\nconst wake = await ship.trail({ metres: 40 });\n```\n',
];
const diagram =
  'The way of a reply:\n\n```mermaid\nflowchart LR\n  A[Provider] --> B{Server}\n  B --> C[(Store)]\n```\n';

const states: Readonly<Record<string, State>> = {
  'sign-in': { isSignedIn: false },
  'first-visit': {},
  'under-way': { reply: begun, status: 'live' },
  queued: { reply: begun, status: 'live', act: (page) => say(page, 'And of a duck?') },
  stopped: {
    reply: begun,
    status: 'live',
    act: async (page) => {
      await press(page, 'Stop the reply');
      await untilStatus(page, 'stopped');
    },
  },
  failed: {
    reply: errorAfter(['The wake of a ship'], { message: 'no credit', code: 'insufficient_quota' }),
    status: 'failed',
  },
  formatted: { reply: reply(formatted), act: (page) => page.locator('.katex').first().waitFor() },
  diagram: { reply: reply([diagram]), act: (page) => page.getByRole('img', { name: 'Diagram' }).waitFor() },
  timeline: {
    reply: reply(['The trail of a ship.'], { throttleMs: 300 }),
    act: async (page) => {
      await page.getByRole('article').last().hover();
      await press(page, 'Details of this reply');
      await press(page, 'How this reply came');
    },
  },
  settings: {
    act: async (page) => {
      const list = page.getByRole('button', { name: 'Show conversations' });
      if (await list.isVisible()) await list.click();
      await press(page, 'Settings');
    },
  },
  'own-settings': { act: (page) => press(page, 'Settings of this conversation') },
  offline: { reply: reply(['The trail of a ship.']), act: (page) => page.context().setOffline(true) },
};

const desktop = { viewport: { width: 900, height: 640 } };
const phone = { viewport: { width: 390, height: 640 }, isMobile: true, hasTouch: true };
const views = (['light', 'dark'] as const).flatMap((colorScheme) =>
  [desktop, phone].map((view) => ({ ...view, colorScheme, locale: 'en-GB' })),
);

await ensurePrograms(['chromium']);
const folder = `${root}docs/screenshots/states/`;
mkdirSync(folder, { recursive: true });
const provider = await startProvider();
const [server, browser] = await Promise.all([startServer({ env: { ai_api_url: provider.url } }), launchBrowser()]);
try {
  for (const [name, state] of Object.entries(states)) await draw(name, state);
} finally {
  await browser.close();
  await server[Symbol.asyncDispose]();
  await provider.stop();
}

/** Takes the four views of a state, and puts them on one picture. */
async function draw(name: string, state: State): Promise<void> {
  const pictures: string[] = [];
  for (const view of views) {
    const context = await browser.newContext({ ...view, reducedMotion: 'reduce' });
    const page = await context.newPage();
    await show(page, { ...state, user: `${name}-${pictures.length}` });
    pictures.push((await page.screenshot({ caret: 'hide' })).toString('base64'));
    await context.close();
  }
  const sheet = await browser.newPage({ viewport: { width: 1_000, height: 980 } });
  const images = pictures.map((picture) => `<img height="480" src="data:image/png;base64,${picture}">`).join('');
  await sheet.setContent(
    `<body style="margin:8px;display:grid;grid-template-columns:auto 1fr;gap:8px;background:#888">${images}</body>`,
  );
  const path = `${folder}${name}.png`;
  await sheet.screenshot({ path, fullPage: true });
  await sheet.close();
  console.log(`${name.padEnd(16)} ${Math.round(statSync(path).size / 1024)} kB`);
}

async function show(
  page: Page,
  { reply: script, status = 'done', isSignedIn = true, act, user }: State & { user: string },
) {
  await page.goto(isSignedIn ? `${server.url}/#token=${await server.token(user)}` : server.url);
  await page.getByRole('textbox').first().waitFor();
  if (script !== undefined) {
    provider.respond(script);
    await say(page, 'What is the wake of a ship?');
    await untilStatus(page, status);
    await page.locator('.as-written').first().waitFor({ state: 'detached' }); // Markdown has been loaded
  }
  await act?.(page);
  await page.evaluate(() => document.fonts.ready);
  await page.waitForTimeout(300); // what follows a press has been drawn
}

async function say(page: Page, message: string): Promise<void> {
  await page.getByRole('textbox', { name: 'Message' }).fill(message);
  await page.keyboard.press('Control+Enter');
}

async function untilStatus(page: Page, status: string): Promise<void> {
  await page.locator(`.reply [data-testid=reply-status][data-status=${status}]`).waitFor({ state: 'attached' });
}
