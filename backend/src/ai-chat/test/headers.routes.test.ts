// The headers of every route that the OpenAPI document lists: private responses are not cached, CORS is exact, HSTS is for TLS only.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { describedRoutes, type RouteDescription } from '../openapi/described-routes.ts';
import { type RequestOptions, startApp, type TestApp } from './app.testing.ts';

const origin = 'https://app.example.com';
const admin = 'the-token-of-the-operator';
const bodies: Readonly<Record<string, object>> = {
  ChatRequest: { message: '你好 🌊', sessionId: 'mine' },
  SessionChange: { title: '潮汐' },
  UiMessageRequest: { id: 'chat', messages: [{ id: 'm1', role: 'user', parts: [{ type: 'text', text: 'x' }] }] },
  RunAgentInput: { threadId: 't', runId: 'r', messages: [{ id: 'm2', role: 'user', content: 'x' }] },
  Revocation: { jti: 'of-nobody' },
};
// What a deletion removes is asked for before, and one conversation is deleted before all.
const isDeletion = ({ method }: RouteDescription) => method === 'delete';
const routes = [
  ...describedRoutes.filter((route) => !isDeletion(route)),
  ...describedRoutes.filter(isDeletion).reverse(),
];
const privateRoutes = routes.filter(({ isOpen }) => !isOpen);

let app: TestApp;
let streamId: string;
beforeAll(async () => {
  app = await startApp({ settings: { cors_origins: origin, trust_proxy: 'loopback', admin_token: admin } });
  streamId = await app.start({ message: 'x', sessionId: 'mine' });
  await app.read(streamId);
});
afterAll(() => app.close());

/** Sends a valid request to a route; resolves with the status and the headers. */
async function send({ method, path, body }: RouteDescription, { headers, ...more }: RequestOptions = {}) {
  const url = path.replace('{streamId}', streamId).replace('{sessionId}', 'mine');
  const query = path.endsWith('stream-sse') ? '?message=x' : '';
  const response = await app.open(url + query, {
    method: method.toUpperCase(),
    ...(body && { body: bodies[body] }),
    ...(path.endsWith('revoke') && { user: null }),
    ...more,
    headers: { ...(path.endsWith('revoke') && { authorization: `Bearer ${admin}` }), ...headers },
  });
  response.close(); // the feed does not end
  return response;
}

const nameOf = ({ method, path }: RouteDescription) => `${method} ${path}`;

describe.each(privateRoutes.map((route) => [nameOf(route), route] as const))('%s', (_, route) => {
  test('is not cached, with and without a token', async () => {
    const answers = [await send(route), await send(route, { user: null, headers: { authorization: 'Bearer x' } })];

    expect(answers[0]?.status).toBeLessThan(300);
    expect(answers[1]?.status).toBe(401);
    for (const { headers } of answers) {
      const isStream = headers['content-type']?.startsWith('text/event-stream');
      expect(headers['cache-control']).toMatch(isStream ? /^(private, )?no-cache/ : /^no-store$/);
    }
  });
});

describe.each(routes.map((route) => [nameOf(route), route] as const))('%s', (_, route) => {
  test('allows only the origins of the settings, and sends HSTS only over TLS', async () => {
    const allowed = await send(route, { headers: { origin, 'x-forwarded-proto': 'https' } });
    const other = await send(route, { headers: { origin: `${origin}.evil.com` } });

    expect(allowed.headers['access-control-allow-origin']).toBe(origin);
    expect(allowed.headers['access-control-allow-credentials']).toBeUndefined();
    expect(allowed.headers['strict-transport-security']).toBe('max-age=15552000');
    expect(other.headers['access-control-allow-origin']).toBeUndefined();
    expect(other.headers['strict-transport-security']).toBeUndefined();
  });
});
