// Event streams of a token that expires: they send a notice before, go on until `stream_max_age`, and are resumed with another token.
import { routes } from '@sillage/protocol';
import { collect, openSse, type SseMessage } from '@sillage/testing';
import { SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { contentOf, gatedReply, startApp, type TestApp } from '../app.testing.ts';

const secret = 'a-secret-of-the-tests-of-expiry-only';
/** Long enough that a request with a new token arrives before its expiry on a busy machine. */
const lifetimeMs = 3_000;
const maxAgeMs = 3_500;

let app: TestApp;
beforeAll(async () => {
  app = await startApp({ settings: { jwt_secret: secret }, timings: { maxAgeMs } });
});
afterAll(() => app.close());

const sign = (expiresAt: number) =>
  new SignJWT({ sub: 'ada', exp: expiresAt / 1000 })
    .setProtectedHeader({ alg: 'HS256' })
    .sign(new TextEncoder().encode(secret));

/** Options of a request with a token that expires at `expiresAt`. */
const bearer = async (expiresAt = Date.now() + lifetimeMs) => ({
  user: null,
  headers: { authorization: `Bearer ${await sign(expiresAt)}` },
});

const isNotice = ({ event }: SseMessage) => event === 'auth-expiring';
const expiryIn = (messages: readonly SseMessage[]) => {
  const { expiresAt } = (messages.find(isNotice)?.data ?? {}) as { expiresAt?: string };
  return Date.parse(expiresAt ?? '');
};

test('a reader that ignores the notice reads on until the maximum age, and loses nothing when it resumes', async () => {
  const gate = gatedReply(['潮汐'], [' 🌊']);
  app.provider.respond(gate.script);
  const expiresAt = Date.now() + lifetimeMs;
  const stream = await app.open(routes.stream, { ...(await bearer(expiresAt)), body: { message: 'x' } });
  const read = await collect(stream.messages);
  const endedAt = Date.now();

  gate.open();
  const streamId = String(stream.headers['stream-id']);
  const headers = { 'last-event-id': String(read.findLast(({ id }) => id !== undefined)?.id) };
  const { headers: signedIn } = await bearer(Date.now() + 60_000);
  const rest = await app.read(streamId, { user: null, headers: { ...signedIn, ...headers } });

  expect(read.filter(isNotice)).toEqual([
    { event: 'auth-expiring', data: expect.objectContaining({ content: '', done: false }) },
  ]);
  expect(Math.abs(expiryIn(read) - expiresAt)).toBeLessThan(2); // `exp` is in seconds, with fractions
  expect(endedAt).toBeGreaterThan(expiryIn(read));
  expect(contentOf([...read, ...rest])).toBe('潮汐 🌊');
});

describe('the notice comes, and names the expiry,', () => {
  test.each<[string, () => Promise<AsyncIterable<SseMessage>>]>([
    ['in the feed', async () => (await app.open(routes.feed, await bearer())).messages],
    [
      'on a connection with a ticket, before the ticket can no longer reconnect',
      async () => openSse(`${app.url}${routes.feed}?ticket=${await ticket()}`).then(({ messages }) => messages),
    ],
    [
      'on stream-sse',
      async () => {
        app.provider.respond(gatedReply(['x'], []).script);
        return (await app.open(`${routes.streamSse}?message=x`, await bearer())).messages;
      },
    ],
  ])('%s', async (_, open) => {
    const openedAt = Date.now();

    const expiresAt = expiryIn(await collect(await open(), { until: isNotice }));

    // At most a lifetime after it was opened; authorization.test.ts shows that the notice is sent before.
    expect(expiresAt).toBeGreaterThan(openedAt);
    expect(expiresAt).toBeLessThan(Date.now() + lifetimeMs);
  });

  test('as a comment to a client of the AI SDK, which refuses what it does not know', async () => {
    app.provider.respond(gatedReply(['x'], []).script);
    const messages = [{ id: 'm1', role: 'user', parts: [{ type: 'text', text: '你好' }] }];
    const tokenExpiresAt = Date.now() + lifetimeMs;
    const { messages: received } = await app.open('/api/chat', {
      ...(await bearer(tokenExpiresAt)),
      body: { id: 'c1', messages },
    });

    const read = await collect(received, { until: ({ comment }) => comment?.startsWith('auth-expiring') === true });

    const expiresAt = Date.parse(read.at(-1)?.comment?.split(' ')[1] ?? '');
    expect(Math.abs(expiresAt - tokenExpiresAt)).toBeLessThan(2); // `exp` is in seconds, with fractions
  });
});

test('a token that is valid for longer than the connection brings no notice', async () => {
  const { messages } = await app.open(routes.feed, await bearer(Date.now() + 3_600_000));

  expect((await collect(messages)).filter(isNotice)).toEqual([]);
});

async function ticket(): Promise<string> {
  const { body } = await app.send(routes.ticket, { ...(await bearer(Date.now() + 60_000)), method: 'POST' });
  return (body as { ticket: string }).ticket;
}
