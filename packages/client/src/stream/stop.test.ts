// Stopping, in every state that a reply can be in.
import { type StreamServer, startStreamServer, until } from '@sillage/testing';
import { afterEach, expect, test } from 'vitest';
import type { AIStreamOptions } from '../options.ts';
import { createAIStream } from './ai-stream.ts';

const impatient = { tickMs: 5, backoffMs: 1, backoffMaxMs: 4, attempts: 4, stopAttempts: 3, stopEndMs: 20 };
const stopPath = '/api/ai-chat/streams/01JTEST0000/stop';

const opened: Array<() => unknown> = [];
afterEach(async () => {
  for (const close of opened.splice(0)) await close();
});

async function setUp(server: Parameters<typeof startStreamServer>[0] = {}, options: AIStreamOptions = {}) {
  const running: StreamServer = await startStreamServer(server);
  const errors: string[] = [];
  const completed: string[] = [];
  const stream = createAIStream({
    baseUrl: running.url,
    onError: (error) => errors.push(error),
    onComplete: (text) => completed.push(text),
    ...options,
    timings: { ...impatient, ...options.timings },
  });
  opened.push(
    () => stream.leave(),
    () => running.close(),
  );
  return { server: running, stream, errors, completed };
}

test('a stopped reply ends with what it has, and is neither complete nor an error', async () => {
  const onStop = (one: StreamServer['streams'][number]) => one.text(' last words').end('stopped');
  const { server, stream, errors, completed } = await setUp(
    { onStart: (one) => one.text('Hello'), onStop },
    { timings: { stopEndMs: 5_000 } },
  );
  stream.start({ message: 'Hi' });
  await until(stream, () => stream.getState().text === 'Hello');

  await Promise.all([stream.stop(), stream.stop()]);

  expect(stream.getState()).toMatchObject({ status: 'ended', finishReason: 'stopped', text: 'Hello last words' });
  expect(stream.getState()).toMatchObject({ error: undefined, code: undefined });
  expect([...errors, ...completed]).toEqual([]);
  expect(server.requests.map(({ path }) => path)).toEqual(['/api/ai-chat/stream', stopPath]);
});

test('a stop before the id is known repeats the start with its key, then stops that stream', async () => {
  const { server, stream } = await setUp();
  server.plan({ silent: 'headers' });
  stream.start({ message: 'Hi' });
  await server.untilRequests(1);

  await stream.stop();

  expect(stream.getState()).toMatchObject({ status: 'ended', finishReason: 'stopped', error: undefined });
  expect(server.requests.map(({ path }) => path)).toEqual(['/api/ai-chat/stream', '/api/ai-chat/streams', stopPath]);
  expect(server.requests[1]?.headers['idempotency-key']).toBe(server.requests[0]?.headers['idempotency-key']);
  expect(server.streams).toHaveLength(1);
  expect(server.streams[0]?.finishReason).toBe('stopped');
});

test('a stop of a start that the server refuses has nothing to stop, waits for no end, and is no error', async () => {
  const refuse = { status: 429, body: { error: 'Too many.', code: 'rate-limited' }, headers: { 'Retry-After': '50' } };
  const { server, stream, errors } = await setUp({}, { timings: { stopEndMs: 60_000 } });
  server.plan({ refuse }, { refuse });
  stream.start({ message: 'Hi' });
  await server.untilRequests(1);

  await stream.stop();

  expect(stream.getState()).toMatchObject({ status: 'ended', finishReason: 'stopped', error: undefined });
  expect(server.streams).toHaveLength(0);
  expect(errors).toEqual([]);
});

test('a stop that gets lost is sent again', async () => {
  const { server, stream } = await setUp({ onStart: (one) => one.text('Hello') });
  server.planStop({ cutBeforeHeaders: true }, { refuse: { status: 503, body: 'Down' } });
  stream.start({ message: 'Hi' });
  await until(stream, () => stream.getState().text === 'Hello');

  await stream.stop();

  expect(stream.getState()).toMatchObject({ finishReason: 'stopped', text: 'Hello', error: undefined });
  expect(server.requests.filter(({ path }) => path === stopPath)).toHaveLength(3);
});

test('a stop that fails for good is an error, and the text is kept', async () => {
  const { server, stream, errors } = await setUp({ onStart: (one) => one.text('Hello') });
  server.planStop(...Array.from({ length: 5 }, () => ({ cutBeforeHeaders: true })));
  stream.start({ message: 'Hi' });
  await until(stream, () => stream.getState().text === 'Hello');

  await stream.stop();

  expect(stream.getState()).toMatchObject({ status: 'ended', text: 'Hello', code: 'network', finishReason: undefined });
  expect(errors).toHaveLength(1);
});

test('an end that does not come after a stop is not waited for long', async () => {
  const { stream } = await setUp({ onStart: (one) => one.text('Hello'), onStop: () => {} });
  stream.start({ message: 'Hi' });
  await until(stream, () => stream.getState().text === 'Hello');

  await stream.stop();

  expect(stream.getState()).toMatchObject({ status: 'ended', finishReason: 'stopped', text: 'Hello' });
});

test('a stop that a natural end overtakes leaves that end', async () => {
  const onStop = (one: StreamServer['streams'][number]) => one.text('!').end('stop');
  const { stream, completed } = await setUp(
    { onStart: (one) => one.text('Hello'), onStop },
    { timings: { stopEndMs: 5_000 } },
  );
  stream.start({ message: 'Hi' });
  await until(stream, () => stream.getState().text === 'Hello');

  await stream.stop();

  expect(stream.getState()).toMatchObject({ finishReason: 'stop', text: 'Hello!' });
  expect(completed).toEqual(['Hello!']);
});

test('a stop goes on after its client has left or started anew, and does not touch the new reply', async () => {
  const { server, stream } = await setUp({ onStart: (one) => one.text('Hello') });
  stream.start({ message: 'first' });
  await until(stream, () => stream.getState().text === 'Hello');

  const stopping = stream.stop();
  stream.start({ message: 'second' });
  await stopping;
  await until(stream, () => stream.getState().text === 'Hello');

  expect(server.streams.map(({ finishReason }) => finishReason)).toEqual(['stopped', undefined]);
  expect(stream.getState().status).toBe('live');
});

test('a stop when nothing is under way sends no request', async () => {
  const { server, stream } = await setUp({ onStart: (one) => one.text('Hello').end() });
  await stream.stop();
  stream.start({ message: 'Hi' });
  await until(stream, () => stream.getState().status === 'ended');

  await stream.stop();

  expect(server.requests).toHaveLength(1);
});
