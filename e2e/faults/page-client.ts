// The real client in a page of a real browser, with its state mirrored into the test process.
import { fileURLToPath } from 'node:url';
import type { AIStream, ClientTimings, StartRequest, StreamState } from '@sillage/client';
import type { BrowserContext, Page } from 'playwright-core';
import { build } from 'vite';

/** A client in a page; `until` of @sillage/testing can wait for its state. */
export interface PageClient {
  readonly page: Page;
  start(request: StartRequest): Promise<void>;
  /** Resolves when the client has stopped. */
  stop(): Promise<void>;
  getState(): StreamState;
  subscribe(listener: () => void): () => void;
}

/** The page's global scope. */
interface PageScope {
  readonly Sillage: typeof import('@sillage/client');
  readonly onState: (state: StreamState) => void;
  stream: AIStream;
}

let bundle: Promise<string> | undefined;

/** Opens a page of the server at `origin` and creates a client in it. `hasClock`: `page.clock` controls the page's time. */
export async function openPageClient(
  context: BrowserContext,
  {
    origin,
    token,
    timings = {},
    hasClock = false,
  }: { origin: string; token: string; timings?: Partial<ClientTimings>; hasClock?: boolean },
): Promise<PageClient> {
  bundle ??= bundled();
  const page = await context.newPage();
  const listeners = new Set<() => void>();
  let state: StreamState | undefined;
  await page.exposeFunction('onState', (next: StreamState) => {
    state = next;
    for (const listener of listeners) listener();
  });
  await page.addInitScript({ content: await bundle });
  if (hasClock) await page.clock.install();
  await page.goto(`${origin}/health/live`); // the server's origin, without loading the app
  state = await page.evaluate(
    (options) => {
      const scope = globalThis as unknown as PageScope;
      scope.stream = scope.Sillage.createAIStream({ getToken: () => options.token, timings: options.timings });
      scope.stream.subscribe(() => scope.onState(scope.stream.getState()));
      return scope.stream.getState();
    },
    { token, timings },
  );
  const first = state;
  return {
    page,
    start: (request) => page.evaluate((sent) => (globalThis as unknown as PageScope).stream.start(sent), request),
    stop: () => page.evaluate(() => (globalThis as unknown as PageScope).stream.stop()),
    getState: () => state ?? first,
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

/** Builds the client as one script for `addInitScript`. */
async function bundled(): Promise<string> {
  const built = await build({
    configFile: false,
    logLevel: 'silent',
    resolve: { conditions: ['@sillage/source'] },
    build: {
      write: false,
      lib: {
        entry: fileURLToPath(new URL('../../packages/client/src/index.ts', import.meta.url)),
        formats: ['iife'],
        name: 'Sillage',
      },
    },
  });
  const outputs = [built].flat().flatMap((one) => ('output' in one ? one.output : []));
  const code = outputs.map((output) => ('code' in output ? output.code : '')).join('');
  return `${code}; globalThis.Sillage = Sillage;`; // an init script has its own scope
}
