// The real client on a bad network, with expired tokens and under limits: the text is complete, from one completion request.
import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { AIStream } from '@sillage/client';
import { routes } from '@sillage/protocol';
import { type CuttingProxy, signToken, startProxy, until } from '@sillage/testing';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { controlModel } from './fixture/controlled-model.ts';
import { createTestClient, type Fixture, openFixture } from './fixture/fixture.ts';

const secret = randomBytes(32).toString('hex');
const hour = 3_600_000;
/** Of a token that is valid when the reply starts, also on a busy machine. */
const shortLife = '6s';

let fixture: Fixture;
let proxy: CuttingProxy;
let requestsBefore: number;
beforeAll(async () => {
  fixture = await openFixture({ env: { JWT_SECRET: secret } });
  proxy = await startProxy(fixture.server.url);
});
afterEach(() => vi.useRealTimers());
afterAll(async () => {
  await proxy.close();
  await fixture[Symbol.asyncDispose]();
});

function openModel() {
  requestsBefore = fixture.provider.requests.length;
  return controlModel(fixture.provider);
}

/** The number of completion requests since `openModel`. */
function requestCount(): number {
  return fixture.provider.requests.length - requestsBefore;
}

const waitForText = (client: AIStream, text: string) => until(client, () => client.getState().text === text);
const waitForStatus = (client: AIStream, status: string) => until(client, () => client.getState().status === status);

/** A `fetch` that records the status of each response. */
function recordingFetch() {
  const statuses: number[] = [];
  const recording: typeof fetch = async (input, init) => {
    const response = await fetch(input, init);
    statuses.push(response.status);
    return response;
  };
  return { statuses, fetch: recording };
}

test('a connection that goes silent is given up, and the reply is resumed', async () => {
  const model = openModel();
  const { statuses, fetch } = recordingFetch();
  const client = createTestClient(proxy.url, fixture, { fetch, timings: { silenceMs: 2_000, tickMs: 10 } });
  client.start({ message: 'Hi' });
  model.send('Hel');
  await waitForText(client, 'Hel');

  proxy.pause();
  model.send('lo');
  await waitForStatus(client, 'reconnecting');
  await proxy.resume();
  await waitForText(client, 'Hello');
  model.end();
  await waitForStatus(client, 'ended');

  expect(client.getState()).toMatchObject({ text: 'Hello', finishReason: 'stop', error: undefined });
  expect(statuses.length).toBeGreaterThan(1);
  expect(requestCount()).toBe(1);
});

test('the client resumes after the machine slept, although no timer ran and no connection was closed', async () => {
  const model = openModel();
  const { statuses, fetch } = recordingFetch();
  let sleptMs = 0;
  const now = () => Date.now() + sleptMs;
  const client = createTestClient(proxy.url, fixture, { fetch, now, timings: { tickMs: 10 } });
  client.start({ message: 'Hi' });
  model.send('Hel');
  await waitForText(client, 'Hel');

  proxy.pause();
  model.send('lo');
  sleptMs = hour;
  await waitForStatus(client, 'reconnecting');
  await proxy.resume();
  await waitForText(client, 'Hello');
  model.end();
  await waitForStatus(client, 'ended');

  expect(client.getState()).toMatchObject({ text: 'Hello', finishReason: 'stop', error: undefined });
  expect(statuses.length).toBeGreaterThan(1);
  expect(requestCount()).toBe(1);
});

/** Signs a short-lived token, passes it to `use`, and resolves when it has expired. */
async function waitForExpiry(use: (token: string) => Promise<void>): Promise<void> {
  const token = await signToken({ secret, expiresIn: shortLife });
  await use(token);
  const headers = { authorization: `Bearer ${token}` };
  while ((await fetch(fixture.server.url + routes.config, { headers })).status !== 401) await delay(20);
}

test('a token that expires mid-stream is refreshed once, and the reply is complete', async () => {
  const model = openModel();
  const { statuses, fetch } = recordingFetch();
  let token = '';
  let hasExpired = false;
  const getToken = async ({ refresh }: { refresh: boolean }) => {
    if (refresh && hasExpired) token = await signToken({ secret }); // no fresh one before
    return token;
  };
  const client = createTestClient(proxy.url, fixture, { fetch, getToken });
  await waitForExpiry(async (short) => {
    token = short;
    client.start({ message: 'Hi' });
    model.send('Hel');
    await waitForText(client, 'Hel');
  });

  hasExpired = true;
  proxy.cut();
  model.send('lo');
  model.end();
  await waitForStatus(client, 'ended');

  expect(client.getState()).toMatchObject({ text: 'Hello', finishReason: 'stop', error: undefined });
  expect(statuses).toEqual([200, 401, 200]);
  expect(requestCount()).toBe(1);
});

test('before a token expires the reply goes on with a fresh one: nothing is lost or repeated, no status changes', async () => {
  const model = openModel();
  const { statuses, fetch } = recordingFetch();
  const [short, long] = [await signToken({ secret, expiresIn: shortLife }), await signToken({ secret })];
  let token = short;
  const getToken = ({ refresh }: { refresh: boolean }) => {
    if (refresh) token = long;
    return token;
  };
  const chunks: string[] = [];
  const seen = new Set<string>();
  const client = createTestClient(proxy.url, fixture, { fetch, getToken, onChunk: (chunk) => chunks.push(chunk) });
  client.subscribe(() => seen.add(client.getState().status));
  client.start({ message: 'Hi' });
  model.send('潮汐 🌊');
  await until(client, () => client.getState().text.length > 0);

  for (let sent = 0; statuses.length < 2; sent++) {
    model.send(`${sent},`); // also while the next connection is opened
    await delay(20);
  }
  model.send('好👋🏽');
  model.end();
  await waitForStatus(client, 'ended');

  const { text, streamId = '' } = client.getState();
  expect(statuses).toEqual([200, 200]);
  expect(chunks.join('')).toBe(text);
  expect(text).toMatch(/^潮汐 🌊0,1,.*好👋🏽$/u);
  expect((await fixture.read(streamId)).text).toBe(text);
  expect([...seen]).toEqual(['starting', 'live', 'ended']);
  expect(requestCount()).toBe(1);
});

test('a permanent 401 mid-stream is an error after one refresh, without more requests, and the text is kept', async () => {
  const model = openModel();
  const { statuses, fetch } = recordingFetch();
  let token = '';
  const errors: string[] = [];
  const client = createTestClient(proxy.url, fixture, {
    fetch,
    getToken: () => token,
    onError: (error) => errors.push(error),
  });
  await waitForExpiry(async (short) => {
    token = short;
    client.start({ message: 'Hi', sessionId: 'expired' });
    model.send('Hel');
    await waitForText(client, 'Hel');
  });

  proxy.cut();
  await waitForStatus(client, 'ended');
  model.send('lo');
  model.end();

  expect(statuses).toEqual([200, 401, 401]);
  expect(client.getState()).toMatchObject({ text: 'Hel', code: 'unauthorized', finishReason: undefined });
  expect(errors).toEqual([client.getState().error]);
  expect((await fixture.read(client.getState().streamId ?? '')).text).toBe('Hello'); // the generation was not stopped
  expect(requestCount()).toBe(1);
});

test('a start that is rejected with 401 is sent at most twice, and makes no completion request', async () => {
  openModel();
  const { statuses, fetch } = recordingFetch();
  const token = await signToken({ secret, expiresIn: '-1s' });
  const client = createTestClient(fixture.server.url, fixture, { fetch, getToken: () => token });

  client.start({ message: 'Hi' });
  await waitForStatus(client, 'ended');

  expect(statuses).toEqual([401, 401]);
  expect(client.getState()).toMatchObject({ text: '', code: 'unauthorized' });
  expect(client.getState().error).toBeTruthy();
  expect(requestCount()).toBe(0);
});

test('an invalid request is rejected with the name of its field, and not retried', async () => {
  openModel();
  const { statuses, fetch } = recordingFetch();
  const client = createTestClient(fixture.server.url, fixture, { fetch });

  client.start({ message: 'x', temperature: 7 });
  await waitForStatus(client, 'ended');

  expect(statuses).toEqual([400]);
  expect(client.getState()).toMatchObject({ code: 'bad-request', error: 'temperature must be at most 1.' });
  expect(requestCount()).toBe(0);
});

test('the client waits exactly for the Retry-After of a 429, then receives the reply', async () => {
  await using limited = await openFixture({ env: { starts_per_minute: '1' } });
  await limited.start({ message: 'The only start allowed' });
  const { statuses, fetch } = recordingFetch();
  const rejected = Promise.withResolvers<number>();
  const observing: typeof fetch = async (input, init) => {
    const response = await fetch(input, init);
    if (response.status === 429) rejected.resolve(Number(response.headers.get('Retry-After')) * 1000);
    return response;
  };
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const client = createTestClient(limited.server.url, limited, { fetch: observing });

  client.start({ message: 'Hi' });
  const retryAfterMs = await rejected.promise;
  while (vi.getTimerCount() === 0) await delay(5); // the client reads the body before it starts the timer
  await limited.server.restart({ starts_per_minute: '60' }); // resets the limit
  vi.advanceTimersByTime(retryAfterMs - 1);
  await delay(50); // long enough for a premature request to arrive
  const statusesBefore = [...statuses];
  vi.advanceTimersByTime(1);
  await waitForStatus(client, 'ended');

  expect(retryAfterMs).toBeGreaterThan(50_000);
  expect(statusesBefore).toEqual([429]);
  expect(statuses).toEqual([429, 200]);
  expect(client.getState()).toMatchObject({ text: 'Hello world', finishReason: 'stop', error: undefined });
});

test('a Retry-After beyond retryAfterMaxMs is an error at once, and the state holds it', async () => {
  await using limited = await openFixture({ env: { starts_per_minute: '1' } });
  await limited.start({ message: 'The only start allowed' });
  const { statuses, fetch } = recordingFetch();
  const client = createTestClient(limited.server.url, limited, { fetch, timings: { retryAfterMaxMs: 10_000 } });

  client.start({ message: 'Hi' });
  await waitForStatus(client, 'ended');

  expect(statuses).toEqual([429]);
  expect(client.getState()).toMatchObject({ code: 'rate-limited', retryAfter: expect.any(Number) });
  expect(client.getState().error).toBeTruthy();
});
