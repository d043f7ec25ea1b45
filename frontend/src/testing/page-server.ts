// What a test of the page needs: a server to talk to, and the few things that jsdom lacks.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type ConfigAnswer, routes, type SessionAnswer } from '@sillage/protocol';
import { type StreamServer, startStreamServer } from '@sillage/testing';
import { onTestFinished, vi } from 'vitest';

/** Is what answers the page in a test. */
export interface PageServer {
  readonly streams: StreamServer;
  /** What the session route answers, by sessionId; `404` for any other. */
  readonly sessions: Map<string, SessionAnswer>;
  /** Refuses the JSON routes with this status while it is set. */
  refusal: number | undefined;
}

/** Starts what answers the page, and gives jsdom a `fetch` that knows the page's origin. Ends with the test. */
export async function startPageServer(options: Parameters<typeof startStreamServer>[0] = {}): Promise<PageServer> {
  const streams = await startStreamServer(options);
  const page: PageServer = { streams, sessions: new Map(), refusal: undefined };
  const json = await startJsonServer(page);
  const { fetch } = globalThis;
  vi.stubGlobal('fetch', (path: string, init?: RequestInit) => {
    const isJson = path === routes.config || path.startsWith(routes.session(''));
    return fetch(new URL(path, isJson ? json.url : streams.url), init);
  });
  stubWhatJsdomLacks();
  onTestFinished(async () => {
    vi.unstubAllGlobals();
    await Promise.all([streams.close(), json.close()]);
  });
  return page;
}

const config: ConfigAnswer = {
  models: ['demo'],
  defaultModel: 'demo',
  demo: true,
  limits: { messageLength: 32_000, historyTurns: 200, historyTurnLength: 128_000, maxTemperature: 1 },
};

async function startJsonServer(page: PageServer): Promise<{ url: string; close: () => Promise<void> }> {
  const server = createServer((request, response) => {
    const path = request.url ?? '';
    const sessionId = decodeURIComponent(path.slice(routes.session('').length));
    const body = path === routes.config ? config : page.sessions.get(sessionId);
    const status = page.refusal ?? (body === undefined ? 404 : 200);
    response.writeHead(status, { 'Content-Type': 'application/json' });
    response.end(JSON.stringify(status === 200 ? body : { error: 'No.' }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function stubWhatJsdomLacks(): void {
  vi.stubGlobal('matchMedia', () => ({ matches: true })); // a mouse and a keyboard
  vi.stubGlobal('CSS', { supports: () => true });
  vi.stubGlobal(
    'ResizeObserver',
    class {
      observe() {}
      disconnect() {}
    },
  );
}
