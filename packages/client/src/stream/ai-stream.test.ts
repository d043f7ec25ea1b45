// The client against a real server that loses, refuses, hides and repeats as planned.
import { type StreamServer, startStreamServer, until } from '@sillage/testing';
import { afterEach, expect, test } from 'vitest';
import type { AIStreamOptions } from '../options.ts';
import { type AIStream, createAIStream } from './ai-stream.ts';
import { isStreaming } from './reduce.ts';

const impatient = {
  silenceMs: 2_000,
  tickMs: 5,
  backoffMs: 1,
  backoffMaxMs: 4,
  attempts: 4,
  retryAfterMaxMs: 2_000,
  stopAttempts: 3,
  stopTimeoutMs: 1_000,
  stopEndMs: 2_000,
};

const opened: Array<() => unknown> = [];
afterEach(async () => {
  for (const close of opened.splice(0)) await close();
});

async function serverThat(options: Parameters<typeof startStreamServer>[0] = {}): Promise<StreamServer> {
  const server = await startStreamServer(options);
  opened.push(() => server.close());
  return server;
}

function clientOf(server: { url: string }, options: AIStreamOptions = {}) {
  const heard = { chunks: [] as string[], completed: [] as string[], errors: [] as string[], statuses: [] as string[] };
  const stream = createAIStream({
    baseUrl: server.url,
    onChunk: (chunk) => heard.chunks.push(chunk),
    onComplete: (text) => heard.completed.push(text),
    onError: (error) => heard.errors.push(error),
    ...options,
    timings: { ...impatient, ...options.timings },
  });
  stream.subscribe(() => {
    const { status } = stream.getState();
    if (heard.statuses.at(-1) !== status) heard.statuses.push(status);
  });
  opened.push(() => stream.leave());
  return { stream, heard };
}

const ended = (stream: AIStream) => until(stream, () => stream.getState().status === 'ended');
const helloWorld = { onStart: (stream: StreamServer['streams'][number]) => stream.text('Hello', ' world').end('stop') };

test('a start is read to its end, with its text, its usage and its id', async () => {
  const usage = { promptTokens: 9, completionTokens: 2 };
  const server = await serverThat({ onStart: (one) => one.text('Hello', ' world').end('stop', { usage }) });
  const { stream, heard } = clientOf(server, { getToken: () => 'secret' });

  stream.start({ message: 'Hi', history: [] });
  await ended(stream);

  const state = { text: 'Hello world', finishReason: 'stop', usage, offset: 12, error: undefined };
  expect(stream.getState()).toMatchObject({ ...state, streamId: server.streams[0]?.streamId });
  expect(heard.statuses).toEqual(['starting', 'live', 'ended']);
  expect(heard).toMatchObject({ completed: ['Hello world'], errors: [] });
  expect(heard.chunks.join('')).toBe('Hello world');
  expect(server.requests[0]).toMatchObject({
    method: 'POST',
    path: '/api/ai-chat/stream',
    body: { message: 'Hi', history: [] },
    headers: { authorization: 'Bearer secret', accept: 'text/event-stream', 'content-type': 'application/json' },
  });
  expect(server.requests[0]?.headers['idempotency-key']).toMatch(/^[0-9a-f-]{36}$/);
});

test('a start whose response is lost is sent again with its key, and starts nothing twice', async () => {
  const server = await serverThat(helloWorld);
  server.plan({ cutBeforeHeaders: true });
  const { stream } = clientOf(server);

  stream.start({ message: 'Hi' });
  await ended(stream);

  expect(stream.getState().text).toBe('Hello world');
  expect(server.streams).toHaveLength(1);
  expect(server.requests.map(({ path }) => path)).toEqual(['/api/ai-chat/stream', '/api/ai-chat/stream']);
  expect(new Set(server.requests.map(({ headers }) => headers['idempotency-key'])).size).toBe(1);
});

test.each([false, true])(
  'a lost connection is resumed after the last event (ended properly: %s)',
  async (cutIsClean) => {
    const server = await serverThat({ onStart: (one) => one.text('Hello') });
    server.plan({ cutAfterEvents: 1, cutIsClean });
    const { stream, heard } = clientOf(server);

    stream.start({ message: 'Hi' });
    await server.untilRequests(2);
    server.streams[0]?.text(' world').end();
    await ended(stream);

    expect(stream.getState().text).toBe('Hello world');
    expect(heard.chunks.join('')).toBe('Hello world');
    expect(heard.statuses).toEqual(['starting', 'live', 'reconnecting', 'resumed', 'ended']);
    expect(server.requests[1]).toMatchObject({ method: 'GET', path: '/api/ai-chat/streams/01JTEST0000' });
    if (cutIsClean) expect(server.requests[1]?.headers['last-event-id']).toBe('01JTEST0000/5'); // else what was not read yet is lost too
  },
);

test('a server that hides the id from other origins is resumed by the same start', async () => {
  const server = await serverThat(helloWorld);
  server.plan({ hidesStreamId: true, cutAfterEvents: 1 }, { hidesStreamId: true });
  const { stream, heard } = clientOf(server);

  stream.start({ message: 'Hi' });
  await ended(stream);

  expect(heard.chunks.join('')).toBe('Hello world');
  expect(server.streams).toHaveLength(1);
});

test('cuts that each bring something never use up the attempts', async () => {
  const server = await serverThat();
  const trickling = server.addStream();
  for (let count = 0; count < 30; count++) trickling.text('x').raw('{"tool":"newer"}');
  trickling.end();
  server.plan(...Array.from({ length: 30 }, () => ({ cutAfterEvents: 1, cutIsClean: true })));
  const { stream } = clientOf(server, { timings: { attempts: 2 } });

  stream.resume(trickling.streamId);
  await ended(stream);

  expect(stream.getState()).toMatchObject({ finishReason: 'stop', text: 'x'.repeat(30) });
  expect(server.requests).toHaveLength(31);
});

test('connections that bring nothing are given up after so many attempts', async () => {
  const server = await serverThat();
  server.plan(...Array.from({ length: 10 }, () => ({ cutBeforeHeaders: true })));
  const { stream, heard } = clientOf(server);

  stream.start({ message: 'Hi' });
  await ended(stream);

  expect(stream.getState()).toMatchObject({ code: 'network', text: '', finishReason: undefined });
  expect(heard.errors).toEqual(['The server cannot be reached. Check the connection and try again.']);
  expect(server.requests).toHaveLength(impatient.attempts);
});

test('a stalled connection is closed and resumed', async () => {
  const server = await serverThat(helloWorld);
  server.plan({ silent: 'body' }, { silent: 'headers' });
  const { stream } = clientOf(server, { timings: { silenceMs: 1_500 } });

  stream.start({ message: 'Hi' });
  await ended(stream);

  expect(stream.getState().text).toBe('Hello world');
  expect(server.requests).toHaveLength(3);
});

test('heartbeats keep a connection that says nothing else', async () => {
  const server = await serverThat({ heartbeatMs: 5 });
  let asked = 0;
  const { stream } = clientOf(server, { now: () => asked++, timings: { silenceMs: 12, tickMs: 5 } });

  stream.start({ message: 'Hi' });
  await until(stream, () => stream.getState().status === 'live');
  await new Promise<void>((resolve) => {
    const timer = setInterval(() => asked > 60 && resolve(clearInterval(timer)), 1);
  });
  server.streams[0]?.text('late').end();
  await ended(stream);

  expect(stream.getState().text).toBe('late');
  expect(server.requests).toHaveLength(1);
});

test('a clock that jumped, as after sleep, is noticed at once', async () => {
  const server = await serverThat({ onStart: (one) => one.text('Hello') });
  let slept = 0;
  const { stream } = clientOf(server, { now: () => Date.now() + slept, timings: { silenceMs: 3_600_000 } });

  stream.start({ message: 'Hi' });
  await until(stream, () => stream.getState().text === 'Hello');
  slept = 7_200_000;
  await server.untilRequests(2);
  server.streams[0]?.end();
  await ended(stream);

  expect(stream.getState()).toMatchObject({ text: 'Hello', finishReason: 'stop' });
});

test.each([
  [400, 'bad-request'],
  [403, 'forbidden'],
  [404, 'bad-response'],
  [409, 'conflict'],
  [410, 'gone'],
  [413, 'too-large'],
  [500, 'internal'],
  [503, 'ai-disabled'],
])('a refusal %i %s is an error at once, in the words of the server', async (status, code) => {
  const server = await serverThat();
  server.plan({ refuse: { status, body: { error: 'No, because.', code } } });
  const { stream, heard } = clientOf(server);

  stream.start({ message: 'Hi' });
  await ended(stream);

  expect(stream.getState()).toMatchObject({ error: 'No, because.', code });
  expect(heard.errors).toEqual(['No, because.']);
  expect(server.requests).toHaveLength(1);
});

test.each([
  [404, 'bad-response'],
  [418, 'bad-response'],
  [200, 'bad-response'],
])('a response %i that is not of this protocol gets the code %s and a message of the client', async (status, code) => {
  const server = await serverThat();
  server.plan({ refuse: { status, body: '<h1>Secret internals</h1>' } });
  const { stream, heard } = clientOf(server);

  stream.start({ message: 'Hi' });
  await ended(stream);

  expect(stream.getState().code).toBe(code);
  expect(heard.statuses).toEqual(['starting', 'ended']);
  expect(stream.getState().error).not.toContain('Secret');
});

test.each([502, 503, 504])('a response %i of a proxy is a lost connection', async (status) => {
  const server = await serverThat(helloWorld);
  server.plan({ refuse: { status, body: 'Bad gateway' } });
  const { stream } = clientOf(server);

  stream.start({ message: 'Hi' });
  await ended(stream);

  expect(stream.getState()).toMatchObject({ text: 'Hello world', error: undefined });
});

test('a server that cannot check the token now gets the same request again with the same token', async () => {
  const server = await serverThat(helloWorld);
  server.plan({ refuse: { status: 503, body: { error: 'Soon.', code: 'auth-unavailable' } } });
  const { stream } = clientOf(server);

  stream.start({ message: '你好' });
  await ended(stream);

  expect(stream.getState()).toMatchObject({ text: 'Hello world', error: undefined });
});

test('Retry-After is obeyed', async () => {
  const server = await serverThat(helloWorld);
  const refusal = { status: 429, body: { error: 'Too many.', code: 'rate-limited' }, headers: { 'Retry-After': '1' } };
  server.plan({ refuse: refusal });
  const { stream } = clientOf(server);
  const before = performance.now();

  stream.start({ message: 'Hi' });
  await ended(stream);

  expect(stream.getState().text).toBe('Hello world');
  expect(performance.now() - before).toBeGreaterThan(990);
});

test('a Retry-After beyond patience is an error that carries it', async () => {
  const server = await serverThat();
  const headers = { 'Retry-After': '3600' };
  server.plan({ refuse: { status: 429, body: { error: 'Enough for today.', code: 'rate-limited' }, headers } });
  const { stream } = clientOf(server);

  stream.start({ message: 'Hi' });
  await ended(stream);

  expect(stream.getState()).toMatchObject({ code: 'rate-limited', error: 'Enough for today.', retryAfter: 3600 });
});

test('a start beyond the tokens of the day is not repeated, and the error carries Retry-After', async () => {
  const server = await serverThat();
  const headers = { 'Retry-After': '1' };
  server.plan({ refuse: { status: 429, body: { error: 'Nothing left 🌊', code: 'quota-exceeded' }, headers } });
  const { stream } = clientOf(server);

  stream.start({ message: '潮' });
  await ended(stream);

  expect(stream.getState()).toMatchObject({
    code: 'quota-exceeded',
    error: 'Nothing left 🌊',
    retryAfter: 1,
    text: '',
  });
});

test('the pause that a provider requests is part of the error', async () => {
  const server = await serverThat({
    onStart: (one) => one.end('error', { code: 'provider-rate-limited', retryAfter: 90 }),
  });
  const { stream } = clientOf(server);

  stream.start({ message: 'Hi' });
  await ended(stream);

  expect(stream.getState()).toMatchObject({ status: 'ended', code: 'provider-rate-limited', retryAfter: 90 });
});

const unauthorized = { refuse: { status: 401, body: { error: 'Sign in again.', code: 'unauthorized' } } };

test('an expired token is refreshed once, in the middle of a stream too', async () => {
  const server = await serverThat(helloWorld);
  server.plan({ cutAfterEvents: 1 }, unauthorized);
  const asked: boolean[] = [];
  const getToken = ({ refresh }: { refresh: boolean }) => {
    asked.push(refresh);
    return Promise.resolve(refresh ? 'new' : 'old');
  };
  const { stream } = clientOf(server, { getToken });

  stream.start({ message: 'Hi' });
  await ended(stream);

  expect(stream.getState().text).toBe('Hello world');
  expect(asked).toEqual([false, false, true]);
  expect(server.requests[2]?.headers.authorization).toBe('Bearer new');
});

test('a 401 for good is an error after one refresh, and no storm', async () => {
  const server = await serverThat();
  server.plan(...Array.from({ length: 9 }, () => unauthorized));
  const { stream } = clientOf(server, { getToken: () => 'bad' });

  stream.start({ message: 'Hi' });
  await ended(stream);

  expect(stream.getState()).toMatchObject({ code: 'unauthorized', error: 'Sign in again.' });
  expect(server.requests).toHaveLength(2);
});

test('reasoning is read apart from the text, through any cut, and no callback gets it', async () => {
  const words = ['让我', '想想🤔 ', 'Let me ', 'think'];
  const server = await serverThat({
    onStart(one) {
      for (const word of words) one.reasoning(word);
      one.text('Yes', ' 是').end('stop', { reasoningMs: 1_200 });
    },
  });
  server.plan({ cutAfterEvents: 1, pieces: [7] }, { cutAfterEvents: 1 });
  const chunks: string[] = [];
  const { stream } = clientOf(server, { onChunk: (chunk) => void chunks.push(chunk) });

  stream.start({ message: 'Hi' });
  await ended(stream);

  expect(stream.getState()).toMatchObject({ reasoning: words.join(''), reasoningMs: 1_200, text: 'Yes 是' });
  expect(chunks.join('')).toBe('Yes 是');
});

test('a frame of a newer server is skipped, its id counts', async () => {
  const server = await serverThat({
    onStart: (one) => one.text('a').raw('{"tool":"x"}', { length: 7 }).reasoning('hm').text('b').end(),
  });
  const { stream } = clientOf(server);

  stream.start({ message: 'Hi' });
  await ended(stream);

  expect(stream.getState()).toMatchObject({ text: 'ab', reasoning: 'hm', offset: 12, finishReason: 'stop' });
  expect(server.requests).toHaveLength(1);
});

test('a gap is a loss: what is missing is never passed over', async () => {
  const server = await serverThat({
    onStart: (one) => one.text('Hello').raw('{"content":"!","done":false}', { length: 3 }),
  });
  const { stream } = clientOf(server);

  stream.start({ message: 'Hi' });
  await ended(stream);

  expect(stream.getState()).toMatchObject({ text: 'Hello', offset: 5, code: 'network' });
  await expect.poll(() => server.openConnections()).toBe(0); // each was hung up
});

test('damaged JSON is a loss, and what came before it counts', async () => {
  const server = await serverThat({ onStart: (one) => one.text('Hello').raw('{"content":', { length: 3 }) });
  const { stream } = clientOf(server);

  stream.start({ message: 'Hi' });
  await ended(stream);

  expect(stream.getState()).toMatchObject({ text: 'Hello', code: 'network' });
});

test('a repeat is dropped, and one that overlaps is cut', async () => {
  const server = await serverThat();
  const stale = server.addStream().text('Hello');
  const { stream, heard } = clientOf(server, {
    fetch: async () => {
      const frames = [
        'id: S/5\ndata: {"content":"Hello","done":false}\n\n',
        'id: S/3\ndata: {"content":"Hel","done":false}\n\n',
        'id: S/11\ndata: {"content":"lo world","done":false}\n\n',
        'id: S/12\ndata: {"done":true,"finishReason":"stop"}\n\n',
      ];
      return new Response(frames.join(''), { headers: { 'Content-Type': 'text/event-stream', 'Stream-Id': 'S' } });
    },
  });

  stream.resume(stale.streamId);
  await ended(stream);

  expect(heard.chunks).toEqual(['Hello', ' world']);
  expect(stream.getState()).toMatchObject({ text: 'Hello world', offset: 12 });
});

test.each([
  ['400 beyond the end', { status: 400, body: { error: 'Beyond.', code: 'bad-request' } }],
  ['204', { status: 204, body: '' }],
])('a resume whose response is %s reads once from the start and reports nothing twice', async (_name, refuse) => {
  const server = await serverThat({ onStart: (one) => one.text('Hello') });
  server.plan({ cutAfterEvents: 1, cutIsClean: true }, { refuse });
  const { stream, heard } = clientOf(server);
  const texts = new Set<string>();
  stream.subscribe(() => texts.add(stream.getState().text));

  stream.start({ message: 'Hi' });
  await server.untilRequests(3);
  await until(stream, () => stream.getState().offset === 5); // again, from the start
  server.streams[0]?.text('!').end();
  await ended(stream);

  expect(stream.getState()).toMatchObject({ text: 'Hello!', finishReason: 'stop' });
  expect(heard.chunks).toEqual(['Hello', '!']);
  expect([...texts]).toEqual(['', 'Hello', 'Hello!']);
  expect(server.requests[2]?.headers['last-event-id']).toBe('01JTEST0000/0');
});

test.each(['error', 'interrupted'] as const)('an end %s keeps the text and sets the error', async (finishReason) => {
  const more = { code: 'provider-timeout', error: 'The model has stopped.' } as const;
  const server = await serverThat({ onStart: (one) => one.text('Hel').end(finishReason, more) });
  const { stream, heard } = clientOf(server);

  stream.start({ message: 'Hi' });
  await ended(stream);

  expect(stream.getState()).toMatchObject({ text: 'Hel', finishReason, ...more });
  expect(heard).toMatchObject({ completed: [], errors: ['The model has stopped.'] });
});

test.each(['length', 'content-filter'] as const)('an end %s is complete', async (finishReason) => {
  const server = await serverThat({ onStart: (one) => one.text('Hel').end(finishReason) });
  const { stream, heard } = clientOf(server);

  stream.start({ message: 'Hi' });
  await ended(stream);

  expect(heard).toMatchObject({ completed: ['Hel'], errors: [] });
});

test('a new start lets go of the former reading, and one that was replaced at once is never sent', async () => {
  const server = await serverThat({ onStart: (one) => one.text('a') });
  const { stream, heard } = clientOf(server);
  stream.start({ message: 'first' });
  await until(stream, () => stream.getState().text === 'a');

  stream.start({ message: 'never sent' });
  stream.start({ message: 'second' });
  await until(stream, () => stream.getState().text === 'a');
  server.streams[0]?.text('of the first');
  server.streams[1]?.text('b').end();
  await ended(stream);

  expect(server.requests.map(({ body }) => body)).toEqual([{ message: 'first' }, { message: 'second' }]);
  expect(heard.chunks.join('')).toBe('aab');
});

test('a start by a listener of another start replaces that one, which is never sent', async () => {
  const server = await serverThat({ onStart: (one) => one.text('a') });
  const { stream, heard } = clientOf(server);
  let isReplaced = false;
  stream.subscribe(() => {
    if (isReplaced) return;
    isReplaced = true;
    stream.start({ message: 'second' });
  });

  stream.start({ message: 'never sent' });
  await until(stream, () => stream.getState().text === 'a');
  server.streams[0]?.text('b').end();
  await ended(stream);

  expect(server.requests.map(({ body }) => body)).toEqual([{ message: 'second' }]);
  expect(heard.chunks.join('')).toBe('ab');
});

test('leaving stops reading and keeps the text, and reports nothing any more', async () => {
  const server = await serverThat({ onStart: (one) => one.text('Hel') });
  const { stream, heard } = clientOf(server);
  stream.start({ message: 'Hi' });
  await until(stream, () => stream.getState().text === 'Hel');

  stream.leave();
  server.streams[0]?.text('lo').end();

  expect(stream.getState()).toMatchObject({ status: 'idle', text: 'Hel', finishReason: undefined });
  expect(isStreaming(stream.getState())).toBe(false);
  expect(server.requests).toHaveLength(1);
  expect(heard.completed).toEqual([]);
});

test('the state is the same object until something changes', async () => {
  const server = await serverThat(helloWorld);
  const { stream } = clientOf(server);
  const initial = stream.getState();

  stream.reset();
  expect(stream.getState()).toBe(initial);
  stream.start({ message: 'Hi' });
  await ended(stream);

  expect(stream.getState()).toBe(stream.getState());
  expect(stream.getState()).not.toBe(initial);
});

test('a callback that throws harms neither the stream nor the other callbacks', async () => {
  const server = await serverThat(helloWorld);
  const before = process.listeners('uncaughtException');
  process.removeAllListeners('uncaughtException');
  opened.push(() => {
    for (const listener of before) process.on('uncaughtException', listener);
  });
  const thrown = new Promise((resolve) => process.once('uncaughtException', resolve));
  const { stream, heard } = clientOf(server, {
    onChunk: () => {
      throw new Error('of the page');
    },
  });

  stream.start({ message: 'Hi' });
  await ended(stream);

  expect(heard.completed).toEqual(['Hello world']);
  expect(String(await thrown)).toBe('Error: of the page');
});

test('20,000 tokens of one read are one change of the state', async () => {
  const frames: string[] = [];
  for (let offset = 1; offset <= 20_000; offset++)
    frames.push(`id: S/${offset}\ndata: {"content":"x","done":false}\n\n`);
  frames.push('id: S/20001\ndata: {"done":true,"finishReason":"stop"}\n\n');
  const { stream, heard } = clientOf(
    { url: '' },
    { fetch: async () => new Response(frames.join(''), { headers: { 'Content-Type': 'text/event-stream' } }) },
  );
  let changes = 0;
  stream.subscribe(() => changes++);

  stream.start({ message: 'Hi' });
  await ended(stream);

  expect(stream.getState().text).toHaveLength(20_000);
  expect(heard.chunks).toHaveLength(20_000);
  expect(changes).toBe(3);
});
