// How a request is sent: where to, with which headers, and how a refused origin is told from a lost connection.
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, onTestFinished, test, vi } from 'vitest';
import { createFeed } from '../feed/feed.ts';
import { createAIStream } from '../stream/ai-stream.ts';
import { listSessions } from './json-routes.ts';

afterEach(() => vi.unstubAllGlobals());

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function settled<Item extends { getState(): { status: string } }>(stream: Item): Promise<void> {
  return expect.poll(() => stream.getState().status).toBe('ended');
}

test('path, headers and credentials reach every request; a slash after the origin is harmless', async () => {
  const sent: Array<[string, RequestInit | undefined]> = [];
  const options = {
    baseUrl: 'https://api.example.com/',
    path: '/v1/assistant',
    headers: { 'X-Tenant': '42' },
    credentials: 'include',
    fetch: async (url: string | URL | Request, init?: RequestInit) => {
      sent.push([String(url), init]);
      return Response.json({ error: 'No.', code: 'forbidden' }, { status: 403 });
    },
  } as const;

  await listSessions(options).catch(() => {});
  const stream = createAIStream(options);
  stream.start({ message: 'Hi' });
  await settled(stream);
  const feed = createFeed({ ...options, locks: null });
  await new Promise<void>((resolve) => feed.subscribe(resolve));
  feed.close();

  const paths = ['/sessions', '/stream', '/feed'].map((path) => `https://api.example.com/v1/assistant${path}`);
  expect([...new Set(sent.map(([url]) => url))]).toEqual(paths);
  for (const [, init] of sent) {
    expect(new Headers(init?.headers).get('X-Tenant')).toBe('42');
    expect(init?.credentials).toBe('include');
  }
});

/** Browser rules for another origin, where the server allows none: only opaque responses come through. */
function refusingFetch(requests: string[]): typeof fetch {
  return async (url, init) => {
    requests.push(`${init?.method ?? 'GET'} ${init?.mode ?? 'cors'}`);
    if (init?.mode !== 'no-cors') throw new TypeError('Failed to fetch');
    return fetch(url, { method: 'HEAD' });
  };
}

test('a refused origin is reported at once, in the state and once in the console, with the setting that helps', async () => {
  const baseUrl = await serve((_, response) => response.writeHead(404).end());
  vi.stubGlobal('location', new URL('https://app.example.com/chat'));
  const reported = vi.spyOn(console, 'error').mockReturnValue();
  const requests: string[] = [];
  const options = { baseUrl, fetch: refusingFetch(requests) };

  const stream = createAIStream(options);
  stream.start({ message: 'Hi' });
  await settled(stream);
  const again = createAIStream(options);
  again.start({ message: 'Hi' });
  await settled(again);
  const feed = createFeed({ ...options, locks: null });
  feed.subscribe(() => {});
  await expect.poll(() => feed.getState().connection).toBe('offline');
  const feedState = feed.getState();
  feed.close();

  const message = 'The server refuses the origin https://app.example.com. Add it to CORS_ORIGINS.';
  expect(stream.getState()).toMatchObject({ error: message, code: 'forbidden' });
  expect(again.getState()).toMatchObject({ error: message, code: 'forbidden' });
  expect(feedState).toMatchObject({ error: message, connection: 'offline' });
  expect(reported.mock.calls).toEqual([[message]]);
  expect(requests.slice(0, 3)).toEqual(['POST cors', 'HEAD no-cors', 'POST cors']);
});

test('a server of another origin that cannot be reached is no refused origin', async () => {
  vi.stubGlobal('location', new URL('https://app.example.com/chat'));
  const requests: string[] = [];
  const lost: typeof fetch = async (_, init) => {
    requests.push(init?.mode ?? 'cors');
    throw new TypeError('Failed to fetch');
  };

  const error = await listSessions({ baseUrl: 'https://api.example.com', fetch: lost }).catch((reason) => reason);

  expect(error.code).toBe('network');
  expect(requests).toEqual(['cors', 'no-cors']);
});

test('a request of the same origin is not sent again', async () => {
  vi.stubGlobal('location', new URL('https://app.example.com/chat'));
  let requests = 0;
  const lost: typeof fetch = async () => {
    requests++;
    throw new TypeError('Failed to fetch');
  };

  await listSessions({ fetch: lost }).catch(() => {});
  await listSessions({ fetch: lost, baseUrl: 'https://app.example.com' }).catch(() => {});

  expect(requests).toBe(2);
});

test('after the end event the connection is read to its end, so that no request is aborted', async () => {
  const closed: boolean[] = [];
  let finish = () => {};
  const baseUrl = await serve((_, response) => {
    response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Stream-Id': 'S' });
    response.write('id: S/1\ndata: {"content":"好"}\n\n');
    response.write('id: S/2\ndata: {"done":true,"finishReason":"stop"}\n\n');
    response.on('close', () => closed.push(response.writableFinished));
    finish = () => response.end(': bye\n\n');
  });
  const stream = createAIStream({ baseUrl });

  stream.start({ message: 'Hi' });
  await settled(stream);
  stream.leave();
  await new Promise((resolve) => setImmediate(resolve));
  finish();

  await expect.poll(() => closed).toEqual([true]);
  expect(stream.getState()).toMatchObject({ text: '好', finishReason: 'stop' });
});
