// The client where the web's globals are missing: React Native with Expo's fetch, a page over plain HTTP, a server.
import { type StreamServer, startConversationServer, startStreamServer } from '@sillage/testing';
import { afterEach, expect, onTestFinished, test, vi } from 'vitest';
import { createFeed } from './feed/feed.ts';
import { createAIStream } from './stream/ai-stream.ts';
import { readSession } from './transport/json-routes.ts';

const { timeout } = AbortSignal;
let server: StreamServer | undefined;
afterEach(async () => {
  vi.unstubAllGlobals();
  AbortSignal.timeout = timeout;
  await server?.close();
});

const settled = (stream: { getState(): { status: string } }) =>
  expect.poll(() => stream.getState().status).toBe('ended');

/** What React Native has of the web's globals: a `window` that is no event target, a `navigator` that knows no network, a
 *  `fetch` that gives no body, and neither `crypto`, `document`, `location` nor the newer parts of `AbortSignal` and
 *  `URLSearchParams`. */
function beReactNative(): void {
  const web = globalThis.fetch;
  vi.stubGlobal('window', {});
  vi.stubGlobal('navigator', { product: 'ReactNative' });
  vi.stubGlobal('crypto', undefined);
  vi.stubGlobal('BroadcastChannel', undefined);
  vi.stubGlobal('fetch', async (...sent: Parameters<typeof fetch>) => {
    const { status, headers } = await web(...sent);
    return new Response(null, { status, headers });
  });
  AbortSignal.timeout = undefined as never;
  vi.stubGlobal(
    'URLSearchParams',
    class extends URLSearchParams {
      override get size(): number {
        throw new Error('React Native has no size');
      }
    },
  );
}

/** `fetch` of `expo/fetch`: it streams, and takes absolute addresses only. */
function expoFetch(): typeof fetch {
  const web = globalThis.fetch;
  return async (url, init) => {
    if (!/^https?:/.test(String(url))) throw new TypeError('Only absolute URLs are supported');
    return web(url, init);
  };
}

test('React Native with expo/fetch starts, reads and stops', async () => {
  server = await startStreamServer({ onStart: (one) => one.text('Hello ', '世界 😀') });
  const options = { baseUrl: server.url, fetch: expoFetch() };
  beReactNative();
  const chunks: string[] = [];
  const stream = createAIStream({ ...options, onChunk: (chunk) => chunks.push(chunk) });

  stream.start({ message: 'Hi' });
  await expect.poll(() => stream.getState().text).toBe('Hello 世界 😀');
  await stream.stop();

  expect(stream.getState()).toMatchObject({ status: 'ended', finishReason: 'stopped', error: undefined });
  expect(chunks.join('')).toBe('Hello 世界 😀');
});

test('React Native with expo/fetch loads a conversation and follows the feed', async () => {
  const conversations = await startConversationServer();
  onTestFinished(() => conversations.close());
  const options = { baseUrl: conversations.url, fetch: expoFetch() };
  beReactNative();
  conversations.startElsewhere({ sessionId: 'a', message: 'one' });
  const feed = createFeed(options);
  onTestFinished(() => feed.close());
  const heard: string[] = [];
  feed.onChange((change) => heard.push(change.type));
  await expect.poll(() => heard).toEqual(['resync']);

  conversations.change('a', {});
  await expect.poll(() => heard).toEqual(['resync', 'session-changed']);
  const { sessionId } = await readSession('a', { ...options, limit: 5 });

  expect(sessionId).toBe('a');
});

test("React Native's own fetch, which cannot stream, is named in the error", async () => {
  server = await startStreamServer({ onStart: (one) => one.text('Hello').end('stop') });
  beReactNative();
  const stream = createAIStream({ baseUrl: server.url });

  stream.start({ message: 'Hi' });
  await settled(stream);

  expect(stream.getState().error).toContain('expo/fetch');
});

test('a start never throws: a request that is no JSON, a token that fails and a missing fetch are errors in the state', async () => {
  const circular: Record<string, unknown> = {};
  circular.self = circular;
  server = await startStreamServer({ onStart: (one) => one.text('Hello').end('stop') });
  const refuses = { baseUrl: server.url, timings: { attempts: 1, backoffMs: 1 } };
  const failing = [
    () => createAIStream({ ...refuses, fetch: async () => Response.json({ error: 'No JSON.' }, { status: 400 }) }),
    () =>
      createAIStream({
        ...refuses,
        getToken: () => {
          throw new Error('no token');
        },
      }),
    () => createAIStream({ ...refuses, fetch: 'none' as never }),
  ];
  vi.stubGlobal('crypto', undefined);
  vi.stubGlobal('window', undefined);

  for (const create of failing) {
    const stream = create();
    stream.start({ message: 'Hi', ...circular });
    await settled(stream);
    expect(stream.getState().error).toBeTruthy();
  }
});
