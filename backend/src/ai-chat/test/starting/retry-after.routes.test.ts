// The pause that a provider asks for, over HTTP: at once, to every reader, and stored.
import { routes } from '@sillage/protocol';
import { collect, providerScripts } from '@sillage/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { endOf, startApp, type TestApp } from '../app.testing.ts';

let server: TestApp;

beforeAll(async () => {
  server = await startApp();
});
afterAll(() => server.close());

const inSeconds = (seconds: number) => new Date(Date.now() + seconds * 1000);

test.each([
  ['in seconds', 429, () => ({ 'retry-after': '90' }), 90],
  ['with a fraction', 429, () => ({ 'retry-after': '90.2' }), 91],
  ['in milliseconds', 429, () => ({ 'retry-after-ms': '120500' }), 121],
  ['in both, of which the milliseconds count', 429, () => ({ 'retry-after-ms': '600000', 'retry-after': '1' }), 600],
  ['as a date', 429, () => ({ 'retry-after': inSeconds(3_600).toUTCString() }), 3_600],
  ['as an ISO date', 429, () => ({ 'retry-after': inSeconds(3_600).toISOString() }), 3_600],
  ['of ten years', 429, () => ({ 'retry-after': '315360000' }), 31_536_000],
  ['beyond all numbers', 429, () => ({ 'retry-after': '999999999999999' }), 31_536_000],
  ['from an unavailable provider', 503, () => ({ 'retry-after': '90' }), 90],
])('a pause %s ends the reply at once', async (_name, status, headersOf, seconds) => {
  server.provider.respond(providerScripts.status(status, { error: { message: 'Busy 忙' } }, headersOf()));
  const before = server.provider.requests.length;
  const sessionId = crypto.randomUUID();

  const end = endOf(await collect((await server.open(routes.stream, { body: { message: 'x', sessionId } })).messages));
  const { messages } = await server.session(sessionId);
  const later = endOf(await server.read(String(messages.at(-1)?.streamId)));

  const code = status === 429 ? 'provider-rate-limited' : 'provider-unavailable';
  expect(end).toMatchObject({ finishReason: 'error', code, retryAfter: expect.any(Number), done: true });
  expect(Math.abs(Number(end.retryAfter) - seconds)).toBeLessThanOrEqual(2); // a date has no fractions
  expect(later).toEqual(end);
  expect(messages.at(-1)).toMatchObject({ code, retryAfter: end.retryAfter });
  expect(server.provider.requests.length - before).toBe(1);
});

test.each([
  ['no pause', 400, {}],
  ['a pause that is nonsense', 400, { 'retry-after': 'soon' }],
  ['a pause before a request that is wrong', 400, { 'retry-after': '90' }],
])('%s is not passed on', async (_name, status, headers) => {
  server.provider.respond(providerScripts.status(status, { error: { message: 'No' } }, headers));

  const end = endOf(await collect((await server.open(routes.stream, { body: { message: 'x' } })).messages));

  expect(end).toMatchObject({ finishReason: 'error', code: 'provider-refused' });
  expect(end).not.toHaveProperty('retryAfter');
});
