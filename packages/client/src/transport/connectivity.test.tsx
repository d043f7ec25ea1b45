// Signals of the page: the browser is online again, or the page is visible again.
import { startStreamServer, until } from '@sillage/testing';
import { afterEach, expect, test, vi } from 'vitest';
import { createAIStream } from '../stream/ai-stream.ts';

const opened: Array<() => unknown> = [];
afterEach(async () => {
  vi.restoreAllMocks();
  for (const close of opened.splice(0)) await close();
});

async function lostStream({ attempts = 10 } = {}) {
  const server = await startStreamServer();
  const written = server.addStream().text('Hello').end();
  const hour = 3_600_000;
  const asked: unknown[] = [];
  const stream = createAIStream({
    baseUrl: server.url,
    random: () => 1,
    fetch: (...request) => {
      asked.push(request);
      return fetch(...request);
    },
    timings: { backoffMs: hour, backoffMaxMs: hour, attempts },
  });
  opened.push(
    () => stream.leave(),
    () => server.close(),
  );
  server.plan({ cutAfterEvents: 1, cutIsClean: true });
  stream.resume(written.streamId);
  await until(stream, () => stream.getState().status === 'reconnecting');
  return { server, stream, asked };
}

test.each([
  ['comes online', () => window.dispatchEvent(new Event('online'))],
  ['becomes visible', () => document.dispatchEvent(new Event('visibilitychange'))],
])('a lost stream is resumed at once when the page %s', async (_name, wake) => {
  const { stream } = await lostStream();

  await new Promise((resolve) => setImmediate(resolve)); // the pause begins after the change of the state
  wake();
  await until(stream, () => stream.getState().status === 'ended');

  expect(stream.getState()).toMatchObject({ text: 'Hello', finishReason: 'stop' });
});

test('a page that becomes hidden resumes nothing', async () => {
  const { asked } = await lostStream();
  await new Promise((resolve) => setImmediate(resolve)); // the pause begins after the change of the state
  vi.spyOn(document, 'hidden', 'get').mockReturnValue(true);

  document.dispatchEvent(new Event('visibilitychange'));
  await new Promise((resolve) => setImmediate(resolve));

  expect(asked).toHaveLength(1);
});

test('a page that wakes compares the clock at once', async () => {
  const server = await startStreamServer();
  const written = server.addStream().text('Hello');
  let slept = 0;
  const stream = createAIStream({
    baseUrl: server.url,
    now: () => Date.now() + slept,
    timings: { backoffMs: 0, tickMs: 3_600_000 },
  });
  opened.push(
    () => stream.leave(),
    () => server.close(),
  );
  stream.resume(written.streamId);
  await until(stream, () => stream.getState().text === 'Hello');
  await new Promise((resolve) => setImmediate(resolve)); // it waits for more

  slept = 3_600_000;
  document.dispatchEvent(new Event('visibilitychange'));
  await until(stream, () => stream.getState().status === 'resumed');

  expect(server.requests).toHaveLength(2);
});

test('failing while the browser is offline uses up no attempts', async () => {
  const { server, stream } = await lostStream({ attempts: 2 });
  vi.spyOn(navigator, 'onLine', 'get').mockReturnValue(false);
  server.plan(...Array.from({ length: 5 }, () => ({ cutBeforeHeaders: true })));
  const timer = setInterval(() => window.dispatchEvent(new Event('online')), 1);
  opened.push(() => clearInterval(timer));

  await until(stream, () => stream.getState().status === 'ended');

  expect(stream.getState()).toMatchObject({ text: 'Hello', finishReason: 'stop' });
});

test('nothing listens to the page unless something is under way', async () => {
  const added = vi.spyOn(window, 'addEventListener');

  const { stream } = await lostStream();
  stream.leave();
  await new Promise((resolve) => setImmediate(resolve));

  const ofOnline = added.mock.calls.filter(([type]) => type === 'online');
  const isOver = ofOnline.map(([, , options]) => typeof options === 'object' && options.signal?.aborted);
  expect(ofOnline.length).toBeGreaterThan(0);
  expect(isOver).toEqual(ofOnline.map(() => true));
});
