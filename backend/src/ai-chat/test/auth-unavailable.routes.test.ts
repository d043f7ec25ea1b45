// Responses while the identity provider is unavailable: every route returns that error before any other.
import { routes } from '@sillage/protocol';
import { freePort } from '@sillage/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startApp, type TestApp } from './app.testing.ts';

let server: TestApp;

beforeAll(async () => {
  const settings = {
    jwt_secret: '',
    jwt_jwks_url: `http://127.0.0.1:${await freePort()}/keys`,
    jwt_issuer: 'issuer',
    jwt_audience: 'sillage',
  };
  server = await startApp({ settings });
});
afterAll(() => server.close());

const token = `${encoded({ alg: 'RS256', kid: 'a' })}.${encoded({ sub: '海', exp: 9_999_999_999 })}.c2lnbmF0dXJl`;

test.each([
  ['POST', routes.stream, { message: 'Hi' }],
  ['POST', routes.streams, { message: 'Hi' }],
  ['GET', `${routes.streamSse}?message=Hi`],
  ['GET', routes.streamById('01JDA5ZQ')],
  ['POST', routes.stop('01JDA5ZQ'), {}],
  ['GET', routes.sessions],
  ['DELETE', routes.session('a')],
  ['GET', routes.feed],
  ['GET', routes.config],
  ['POST', routes.ticket, {}],
])('%s %s is 503 auth-unavailable, with Retry-After', async (method, path, body?: object) => {
  const answer = await server.send(path, { user: null, method, body, headers: { authorization: `Bearer ${token}` } });

  expect(answer).toMatchObject({ status: 503, body: { code: 'auth-unavailable', error: expect.any(String) } });
  expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
  expect(server.provider.requests).toHaveLength(0);
});

test.each([
  ['no token', {}],
  ['no JWT', { authorization: 'Bearer nonsense' }],
  ['a token of another kind', { authorization: `Bearer ${encoded({ alg: 'HS256' })}.${encoded({ sub: 'a' })}.c2ln` }],
])('%s is still 401', async (_, headers) => {
  expect(await server.send(routes.config, { user: null, headers })).toMatchObject({ status: 401 });
});

function encoded(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url');
}
