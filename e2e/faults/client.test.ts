// The product's own client on a bad network, under bad tokens and limits: the text is whole, and the model is asked once.
import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { AIStream } from '@sillage/client';
import { routes } from '@sillage/protocol';
import { type CuttingProxy, signToken, startProxy, until } from '@sillage/testing';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { dictate } from './dictation.ts';
import { hastyClient, openStage, type Stage } from './support.ts';

const secret = randomBytes(32).toString('hex');
const hour = 3_600_000;

let stage: Stage;
let proxy: CuttingProxy;
let asked: number;
beforeAll(async () => {
  stage = await openStage({ env: { JWT_SECRET: secret } });
  proxy = await startProxy(stage.server.url);
});
afterEach(() => vi.useRealTimers());
afterAll(async () => {
  await proxy.close();
  await stage[Symbol.asyncDispose]();
});

function openModel() {
  asked = stage.provider.requests.length;
  return dictate(stage.provider);
}

/** Counts how often the model was asked since `openModel`. */
function timesAsked(): number {
  return stage.provider.requests.length - asked;
}

const shows = (client: AIStream, text: string) => until(client, () => client.getState().text === text);
const is = (client: AIStream, status: string) => until(client, () => client.getState().status === status);

/** Counts requests, and keeps the status of each answer. */
function countingFetch() {
  const statuses: number[] = [];
  const counting: typeof fetch = async (input, init) => {
    const answer = await fetch(input, init);
    statuses.push(answer.status);
    return answer;
  };
  return { statuses, fetch: counting };
}

test('a network that goes silent without a word is given up, and the reply is resumed', async () => {
  const model = openModel();
  const { statuses, fetch } = countingFetch();
  const client = hastyClient(proxy.url, stage, { fetch, timings: { silenceMs: 300, tickMs: 10 } });
  client.start({ message: 'Hi' });
  model.say('Hel');
  await shows(client, 'Hel');

  proxy.pause();
  model.say('lo');
  await is(client, 'reconnecting');
  await proxy.resume();
  await shows(client, 'Hello');
  model.end();
  await is(client, 'ended');

  expect(client.getState()).toMatchObject({ text: 'Hello', finishReason: 'stop', error: undefined });
  expect(statuses.length).toBeGreaterThan(1);
  expect(timesAsked()).toBe(1);
});

test('a laptop that slept resumes on waking, though no timer ran and no connection was closed', async () => {
  const model = openModel();
  const { statuses, fetch } = countingFetch();
  let slept = 0;
  const now = () => Date.now() + slept;
  const client = hastyClient(proxy.url, stage, { fetch, now, timings: { tickMs: 10 } });
  client.start({ message: 'Hi' });
  model.say('Hel');
  await shows(client, 'Hel');

  proxy.pause();
  model.say('lo');
  slept = hour;
  await is(client, 'reconnecting');
  await proxy.resume();
  await shows(client, 'Hello');
  model.end();
  await is(client, 'ended');

  expect(client.getState()).toMatchObject({ text: 'Hello', finishReason: 'stop', error: undefined });
  expect(statuses.length).toBeGreaterThan(1);
  expect(timesAsked()).toBe(1);
});

/** Signs a token that has run out when this resolves; `begin` uses it before. */
async function outlived(begin: (token: string) => Promise<void>): Promise<void> {
  const token = await signToken({ secret, expiresIn: '2s' });
  await begin(token);
  const headers = { authorization: `Bearer ${token}` };
  while ((await fetch(stage.server.url + routes.config, { headers })).status !== 401) await delay(20);
}

test('a token that expires mid-stream is refreshed once, and the reply is whole', async () => {
  const model = openModel();
  const { statuses, fetch } = countingFetch();
  const refreshes: boolean[] = [];
  let token = '';
  const getToken = async ({ refresh }: { refresh: boolean }) => {
    refreshes.push(refresh);
    if (refresh) token = await signToken({ secret });
    return token;
  };
  const client = hastyClient(proxy.url, stage, { fetch, getToken });
  await outlived(async (short) => {
    token = short;
    client.start({ message: 'Hi' });
    model.say('Hel');
    await shows(client, 'Hel');
  });

  proxy.cut();
  model.say('lo');
  model.end();
  await is(client, 'ended');

  expect(client.getState()).toMatchObject({ text: 'Hello', finishReason: 'stop', error: undefined });
  expect(refreshes).toEqual([false, false, true]);
  expect(statuses).toEqual([200, 401, 200]);
  expect(timesAsked()).toBe(1);
});

test('a 401 for good mid-stream is a clear error after one refresh: no storm, and the text is kept', async () => {
  const model = openModel();
  const { statuses, fetch } = countingFetch();
  let token = '';
  const errors: string[] = [];
  const client = hastyClient(proxy.url, stage, {
    fetch,
    getToken: () => token,
    onError: (error) => errors.push(error),
  });
  await outlived(async (short) => {
    token = short;
    client.start({ message: 'Hi', sessionId: 'expired' });
    model.say('Hel');
    await shows(client, 'Hel');
  });

  proxy.cut();
  await is(client, 'ended');
  model.say('lo');
  model.end();

  expect(statuses).toEqual([200, 401, 401]);
  expect(client.getState()).toMatchObject({ text: 'Hel', code: 'unauthorized', finishReason: undefined });
  expect(errors).toEqual([client.getState().error]);
  expect((await stage.read(client.getState().streamId ?? '')).text).toBe('Hello'); // leaving was not stopping
  expect(timesAsked()).toBe(1);
});

test('a start that is refused with 401 asks twice at most, and never the model', async () => {
  openModel();
  const { statuses, fetch } = countingFetch();
  const token = await signToken({ secret, expiresIn: '-1s' });
  const client = hastyClient(stage.server.url, stage, { fetch, getToken: () => token });

  client.start({ message: 'Hi' });
  await is(client, 'ended');

  expect(statuses).toEqual([401, 401]);
  expect(client.getState()).toMatchObject({ text: '', code: 'unauthorized' });
  expect(client.getState().error).toBeTruthy();
  expect(timesAsked()).toBe(0);
});

test('a request that cannot be right is refused by the name of its field, and not sent again', async () => {
  openModel();
  const { statuses, fetch } = countingFetch();
  const client = hastyClient(stage.server.url, stage, { fetch });

  client.start({ message: 'x', temperature: 7 });
  await is(client, 'ended');

  expect(statuses).toEqual([400]);
  expect(client.getState()).toMatchObject({ code: 'bad-request', error: 'temperature must be at most 1.' });
  expect(timesAsked()).toBe(0);
});

test('a 429 is waited out as its Retry-After says, to the millisecond, and the reply comes', async () => {
  await using strict = await openStage({ env: { starts_per_minute: '1' } });
  await strict.start({ message: 'The one that is allowed' });
  const { statuses, fetch } = countingFetch();
  const refused = Promise.withResolvers<number>();
  const listening: typeof fetch = async (input, init) => {
    const answer = await fetch(input, init);
    if (answer.status === 429) refused.resolve(Number(answer.headers.get('Retry-After')) * 1000);
    return answer;
  };
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const client = hastyClient(strict.server.url, strict, { fetch: listening });

  client.start({ message: 'Hi' });
  const retryAfterMs = await refused.promise;
  while (vi.getTimerCount() === 0) await delay(5); // its body is read, then the pause begins
  await strict.server.restart({ starts_per_minute: '60' }); // the minute is over
  vi.advanceTimersByTime(retryAfterMs - 1);
  await delay(50); // long enough for a request that would be one too early
  const early = [...statuses];
  vi.advanceTimersByTime(1);
  await is(client, 'ended');

  expect(retryAfterMs).toBeGreaterThan(50_000);
  expect(early).toEqual([429]);
  expect(statuses).toEqual([429, 200]);
  expect(client.getState()).toMatchObject({ text: 'Hello world', finishReason: 'stop', error: undefined });
});

test('a Retry-After beyond patience is an error at once, that says how long', async () => {
  await using strict = await openStage({ env: { starts_per_minute: '1' } });
  await strict.start({ message: 'The one that is allowed' });
  const { statuses, fetch } = countingFetch();
  const client = hastyClient(strict.server.url, strict, { fetch, timings: { retryAfterMaxMs: 10_000 } });

  client.start({ message: 'Hi' });
  await is(client, 'ended');

  expect(statuses).toEqual([429]);
  expect(client.getState()).toMatchObject({ code: 'rate-limited', retryAfter: expect.any(Number) });
  expect(client.getState().error).toBeTruthy();
});
