// Test fixtures of the page: a server, and stubs of the APIs that jsdom lacks.
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  type ConfigResponse,
  type FeedEvent,
  routes,
  type SessionResponse,
  type SessionSummary,
} from '@sillage/protocol';
import { type StreamServer, startStreamServer } from '@sillage/testing';
import { onTestFinished, vi } from 'vitest';

/** The server of the page in a test. */
export interface PageServer {
  readonly streams: StreamServer;
  /** The stored conversations by session id; the server responds with `404` for any other. */
  readonly sessions: Map<string, SessionResponse>;
  /** The requests to the session routes, in order, such as `GET /api/...`. */
  readonly requests: string[];
  /** Number of rows per page of the list. */
  pageLength: number;
  /** Error status of all JSON routes while it is set; with `isForChanges`, only of requests that change something. */
  refusal: number | undefined;
  isForChanges: boolean;
  /** Tokens to which the JSON routes respond with `401`. */
  readonly refusedTokens: Set<string>;
  /** Sends an event to every open feed. */
  tell(event: FeedEvent): void;
  /** Resolves when a feed is open. */
  untilFed(): Promise<void>;
}

/** Starts the server of the page, and stubs `fetch` to resolve paths against it. Stops at the end of the test. */
export async function startPageServer(options: Parameters<typeof startStreamServer>[0] = {}): Promise<PageServer> {
  const streams = await startStreamServer(options);
  const json = await startJsonServer(streams);
  const { fetch } = globalThis;
  vi.stubGlobal('fetch', (path: string, init?: RequestInit) => {
    const isJson = [routes.config, routes.sessions, routes.feed].some((route) => path.startsWith(route));
    return fetch(new URL(path, isJson ? json.url : streams.url), init);
  });
  stubWhatJsdomLacks();
  onTestFinished(async () => {
    vi.unstubAllGlobals();
    await Promise.all([streams.close(), json.close()]);
  });
  return json.page;
}

const config: ConfigResponse = {
  models: ['demo'],
  defaultModel: 'demo',
  demo: true,
  limits: {
    messageLength: 32_000,
    historyTurns: 200,
    historyTurnLength: 128_000,
    maxTemperature: 1,
    systemPromptLength: 8_000,
  },
};

/** Creates a stored conversation; `at` is the time of its last change. */
export function sessionOf(
  sessionId: string,
  { messages = [], at = '2026-01-01T00:00:00Z', ...more }: Partial<SessionResponse> & { at?: string } = {},
): SessionResponse {
  return { sessionId, title: `Title of ${sessionId}`, createdAt: at, updatedAt: at, messages, ...more };
}

async function startJsonServer(streams: StreamServer) {
  const feeds = new Set<ServerResponse>();
  const waiting = new Set<() => void>();
  let told = 0;
  const page: PageServer = {
    streams,
    sessions: new Map(),
    requests: [],
    pageLength: 50,
    refusal: undefined,
    isForChanges: false,
    refusedTokens: new Set(),
    tell(event) {
      told++;
      for (const feed of feeds) feed.write(`id: ${told}\ndata: ${JSON.stringify(event)}\n\n`);
    },
    untilFed: () => new Promise((resolve) => (feeds.size > 0 ? resolve() : void waiting.add(resolve))),
  };

  const server = createServer((request, response) => {
    void answer(page, request).then(({ status, body, isFeed }) => {
      if (!isFeed) {
        response.writeHead(status, { 'Content-Type': 'application/json' });
        return response.end(body === undefined ? undefined : JSON.stringify(body));
      }
      response.writeHead(200, { 'Content-Type': 'text/event-stream' }).write(`id: ${told}\n\n`);
      feeds.add(response);
      response.on('close', () => feeds.delete(response));
      for (const resolve of waiting) resolve();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    page,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

interface Answer {
  readonly status: number;
  readonly body?: unknown;
  readonly isFeed?: boolean;
}

async function answer(page: PageServer, request: IncomingMessage): Promise<Answer> {
  const { method = 'GET', url = '' } = request;
  const { pathname, searchParams } = new URL(url, 'http://localhost');
  const body = (await request.setEncoding('utf8').toArray()).join('');
  const token = request.headers.authorization?.replace('Bearer ', '') ?? '';
  if (page.refusedTokens.has(token)) return { status: 401, body: { error: 'No.', code: 'unauthorized' } };
  if (pathname === routes.feed) return { status: 200, isFeed: true };
  const isRefused = page.refusal !== undefined && (!page.isForChanges || method !== 'GET');
  if (isRefused) return { status: page.refusal ?? 500, body: { error: 'No.' } };
  if (pathname === routes.config) return { status: 200, body: config };
  page.requests.push(`${method} ${url}`);
  if (pathname === routes.sessions) return listOf(page, method, searchParams);

  const sessionId = decodeURIComponent(pathname.slice(routes.session('').length));
  const session = page.sessions.get(sessionId);
  if (session === undefined) return { status: 404, body: { error: 'No.' } };
  if (method === 'DELETE') {
    page.sessions.delete(sessionId);
    return { status: 204 };
  }
  const changed = method === 'PATCH' ? { ...session, ...JSON.parse(body) } : session;
  page.sessions.set(sessionId, changed);
  return { status: 200, body: changed };
}

function listOf({ sessions, pageLength }: PageServer, method: string, query: URLSearchParams): Answer {
  if (method === 'DELETE') {
    sessions.clear();
    return { status: 204 };
  }
  const from = Number(query.get('before') ?? 0);
  const found = [...sessions.values()]
    .filter(({ title }) => title.toLowerCase().includes(query.get('search')?.toLowerCase() ?? ''))
    .sort((one, other) => other.updatedAt.localeCompare(one.updatedAt))
    .map(({ messages, leafId, ...summary }): SessionSummary => summary);
  const next = from + pageLength < found.length ? { next: `${from + pageLength}` } : {};
  return { status: 200, body: { sessions: found.slice(from, from + pageLength), ...next } };
}

function stubWhatJsdomLacks(): void {
  const unlistenable = { addEventListener() {}, removeEventListener() {} };
  vi.stubGlobal('matchMedia', (query: string) => ({ matches: query.includes('hover'), ...unlistenable })); // wide, a mouse
  vi.stubGlobal('CSS', { supports: () => true, escape: (text: string) => text });
  const Observer = class {
    observe() {}
    disconnect() {}
  };
  vi.stubGlobal('ResizeObserver', Observer);
  vi.stubGlobal('IntersectionObserver', Observer);
  HTMLDialogElement.prototype.showModal ??= function (this: HTMLDialogElement) {
    this.open = true;
  };
  HTMLDialogElement.prototype.close ??= function (this: HTMLDialogElement) {
    this.open = false;
  };
}
