// Tokens that are revoked before they expire: requests are refused and event streams close, on every node.
import { routes } from '@sillage/protocol';
import { collect, openSse, removeFolder, type SseResponse, tempFolder } from '@sillage/testing';
import { SignJWT } from 'jose';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { contentOf, gatedReply, readUntil, startApp, type TestApp } from '../app.testing.ts';
import { serversOnEachDatabase, useServers } from '../nodes/nodes.testing.ts';

const secret = 'a-secret-of-the-tests-of-revocation-only';
const admin = 'the-token-of-the-operator';
const settings = { jwt_secret: secret, admin_token: admin };

const seconds = () => Math.floor(Date.now() / 1000);

/** Signs the given claims as they are: a time of issue only if they have one. */
const sign = (claims: Record<string, unknown>) =>
  new SignJWT({ exp: seconds() + 3_600, ...claims })
    .setProtectedHeader({ alg: 'HS256' })
    .sign(new TextEncoder().encode(secret));

const bearer = (token: string) => ({ user: null, headers: { authorization: `Bearer ${token}` } });

const revoke = (app: TestApp, body: unknown, token = admin) =>
  app.send('/api/auth/revoke', { ...bearer(token), method: 'POST', body });

const statusOf = async (app: TestApp, token: string) => (await app.send(routes.config, bearer(token))).status;

describe.each(serversOnEachDatabase)('on %s', (_, start) => {
  const servers = useServers(start, { settings, timings: { revocationPollMs: 100 } });
  let sub: string;
  beforeEach(() => {
    sub = `李雷🐋-${crypto.randomUUID()}`;
  });

  /** Resolves once the other node refuses a token as well. */
  const refusedThere = (token: string) => expect.poll(() => statusOf(servers.other, token)).toBe(401);

  test('a token is refused by its jti on every node; another one of its user is not', async () => {
    const [token, another] = [await sign({ sub, jti: `${sub}/1` }), await sign({ sub, jti: `${sub}/2` })];
    expect(await statusOf(servers.app, token)).toBe(200);

    const answer = await revoke(servers.app, { jti: `${sub}/1`, expiresAt: seconds() + 3_600 });

    expect(answer.status).toBe(204);
    expect(await servers.app.send(routes.sessions, bearer(token))).toMatchObject({
      status: 401,
      body: { code: 'unauthorized', error: expect.stringContaining('Sign in again') },
    });
    await refusedThere(token);
    expect([await statusOf(servers.app, another), await statusOf(servers.other, another)]).toEqual([200, 200]);
  });

  test('the tokens of a user that were issued before a moment are refused, and those without a time of issue', async () => {
    const old = await sign({ sub, iat: seconds() - 60 });
    const young = await sign({ sub, iat: seconds() + 600 });
    const unknown = await sign({ sub });
    const stranger = await sign({ sub: `${sub}!`, iat: seconds() - 60 });
    expect(await Promise.all([old, unknown].map((token) => statusOf(servers.app, token)))).toEqual([200, 200]);

    await revoke(servers.app, { userId: sub });
    await revoke(servers.app, { userId: sub, before: new Date(Date.now() - 120_000).toISOString() }); // takes nothing back

    await refusedThere(old);
    for (const node of [servers.app, servers.other]) {
      const statuses = await Promise.all([old, unknown, young, stranger].map((token) => statusOf(node, token)));
      expect(statuses).toEqual([401, 401, 200, 200]);
    }
  });

  test('open event streams of every kind close with the error, and the reply is stored whole', async () => {
    const token = await sign({ sub, jti: sub, iat: seconds() - 1 });
    const gate = gatedReply(['潮'], ['汐 🌊']);
    for (const node of [servers.app, servers.other]) node.provider.respond(gate.script);
    const ticket = async () => {
      const { body } = await servers.app.send(routes.ticket, { ...bearer(token), method: 'POST' });
      return (body as { ticket: string }).ticket;
    };
    const streamId = await servers.app.start({ message: 'x' }, bearer(token));
    const opened = (path: string, options = {}) => servers.other.open(path, { ...bearer(token), ...options });
    const withTicket = async (path: string) => openSse(`${servers.other.url}${path}ticket=${await ticket()}`);
    const feed = await withTicket(`${routes.feed}?`);
    const agUi = { threadId: sub, runId: 'r', messages: [{ id: `m-${sub}`, role: 'user', content: 'x' }] };
    const aiSdk = {
      id: `s-${sub}`,
      messages: [{ id: `n-${sub}`, role: 'user', parts: [{ type: 'text', text: 'x' }] }],
    };
    const streams = [
      await opened(routes.streamById(streamId)),
      await opened(routes.stream, { body: { message: 'x' } }),
      await withTicket(`${routes.streamById(streamId)}?`),
      await withTicket(`${routes.streamSse}?message=x&`),
    ];
    const others = [await opened('/api/ag-ui', { body: agUi }), await opened('/api/chat', { body: aiSdk })];
    const bound = `${routes.streamById(streamId)}?ticket=${await ticket()}`;
    const unaffected = await servers.other.open(routes.feed, bearer(await sign({ sub, jti: 'another' })));
    for (const stream of streams) await readUntil(stream, '潮');

    const began = performance.now();
    await revoke(servers.app, { jti: sub });
    const rest = await Promise.all([...streams, feed, ...others].map(({ messages }) => collect(messages)));

    expect(performance.now() - began).toBeLessThan(5_000);
    const error = 'Sign in again: this session was ended.';
    const frames = rest.map((messages) => messages.filter(({ data }) => data !== undefined).map(({ data }) => data));
    for (const messages of frames.slice(0, 4)) {
      expect(messages.at(-1)).toEqual({ done: false, error, code: 'unauthorized' });
    }
    expect(frames[4]?.at(-1)).toEqual({ type: 'error', error, code: 'unauthorized' });
    expect(frames[5]?.at(-1)).toEqual({ type: 'RUN_ERROR', message: error, code: 'unauthorized' });
    expect(frames[6]?.slice(-2)).toEqual([{ type: 'error', errorText: error }, '[DONE]']);
    expect((await servers.other.send(bound, { user: null })).status).toBe(401); // an unused ticket of the token

    gate.open();
    const again = bearer(await sign({ sub, jti: 'another' }));
    expect(contentOf(await servers.app.read(streamId, again))).toBe('潮汐 🌊');
    expect(await isOpen(unaffected)).toBe(true);
    unaffected.close();
  });
});

describe('on one node', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await startApp({ settings });
  });
  afterAll(() => app.close());

  test.each([
    ['no token', ''],
    ['a wrong token', 'the-token-of-the-operatoR'],
    ["a user's token", undefined],
  ])('%s revokes nothing', async (_, token) => {
    const ada = await sign({ sub: 'ada', iat: seconds() - 1 });
    const answer = await revoke(app, { userId: 'ada' }, token ?? ada);

    expect(answer).toMatchObject({ status: 401, body: { code: 'unauthorized' } });
    expect(await statusOf(app, ada)).toBe(200);
  });

  test.each([
    [{}, 'body', /^must be \{"jti": "..."\} .*or \{"userId": "..."\}/],
    [[], 'body', /^must be \{"jti": "..."\}/],
    [{ user: 'ada' }, 'body', /^must be \{"jti": "..."\}/],
    [{ jti: '' }, 'jti', /^must be the jti of a token/],
    [{ jti: 7 }, 'jti', /^must be the jti of a token/],
    [{ jti: 'a', expiresAt: Date.now() * 1000 }, 'expiresAt', /^must be seconds since 1970/],
    [{ jti: 'a', before: 1 }, 'body', /^may have jti and expiresAt only$/],
    [{ userId: 'a'.repeat(257) }, 'userId', /^must be a user's id/],
    [{ userId: 'a\0' }, 'userId', /^must be a user's id/],
    [{ userId: 'a', before: 'yesterday' }, 'before', /^must be seconds since 1970/],
    [{ userId: 'a', before: Date.now() }, 'before', /^must be seconds since 1970/],
    [{ userId: 'a', before: Math.ceil(Date.now() / 1_000) + 3_600 }, 'before', /^must not be in the future$/],
    [{ userId: 'a', jti: 'b' }, 'body', /^may have userId and before only$/],
  ])('%j is a bad request that says what to send', async (body, field, words) => {
    expect(await revoke(app, body)).toMatchObject({
      status: 400,
      body: { code: 'bad-request', fields: { [field]: expect.stringMatching(words) } },
    });
  });

  test('an empty body is a bad request that says what to send', async () => {
    const answer = await app.send('/api/auth/revoke', { ...bearer(admin), method: 'POST' });

    expect(answer).toMatchObject({
      status: 400,
      body: { error: expect.stringMatching(/^body must be \{"jti": "..."\}/) },
    });
  });

  test('without an admin token the route does not exist', async () => {
    const plain = await startApp({ settings: { jwt_secret: secret } });
    const [answer, unknown] = [
      await revoke(plain, { userId: 'ada' }),
      await plain.send('/api/auth/x', { method: 'POST' }),
    ];
    await plain.close();

    expect(answer.status).toBe(404);
    expect(answer.body).toEqual(unknown.body);
  });

  test('a revocation survives a restart, until the token has expired', async () => {
    const dataDir = tempFolder();
    const [short, long] = [await sign({ sub: 'ada', jti: 'short' }), await sign({ sub: 'ada', jti: 'long' })];
    const first = await startApp({ settings, dataDir });
    await revoke(first, { jti: 'short', expiresAt: seconds() - 1 });
    await revoke(first, { jti: 'long', expiresAt: seconds() + 3_600 });
    await first.close();

    const second = await startApp({ settings, dataDir, timings: { sweepMs: 100, clockSettleMs: 1 } });
    expect(await statusOf(second, long)).toBe(401);
    await expect.poll(() => statusOf(second, short)).toBe(200); // its row is swept: the token itself would be refused
    expect(await statusOf(second, long)).toBe(401);
    await second.close();
    removeFolder(dataDir);
  });
});

/** Whether a connection is still open: it brings the next change. */
async function isOpen({ messages }: SseResponse): Promise<boolean> {
  return (await messages.next()).done === false;
}
