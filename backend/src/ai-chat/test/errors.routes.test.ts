// Error responses over HTTP: status, code and details per field. Rejected requests never reach the provider.
import { limits, routes } from '@sillage/protocol';
import { providerScripts, signToken } from '@sillage/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startApp, type TestApp } from './app.testing.ts';

let server: TestApp;

beforeAll(async () => {
  server = await startApp({ settings: { ai_models: 'gpt-4o' } });
});
afterAll(() => server.close());

describe('400', () => {
  const turn = { role: 'user', content: 'x' };
  test.each([
    [{}, { message: 'is missing' }],
    [{ message: '' }, { message: 'must not be empty' }],
    [{ message: 5 }, { message: 'must be a string' }],
    [{ message: null }, { message: 'must be a string' }],
    [{ message: 'x'.repeat(limits.messageLength + 1) }, { message: 'must have at most 32000 characters' }],
    [{ message: 'x', history: 'x' }, { history: 'must be an array' }],
    [{ message: 'x', history: [{ ...turn, role: 'system' }] }, { 'history.0.role': "must be 'user' or 'assistant'" }],
    [{ message: 'x', history: [turn, { role: 'user' }] }, { 'history.1.content': 'is missing' }],
    [{ message: 'x', history: Array(201).fill(turn) }, { history: 'must have at most 200 turns' }],
    [
      { message: 'x', history: [{ ...turn, content: 'x'.repeat(128_001) }] },
      { 'history.0.content': 'must have at most 128000 characters' },
    ],
    [{ message: 'x', sessionId: 'x'.repeat(129) }, { sessionId: 'must have at most 128 characters' }],
    [{ message: 'x', sessionId: 'a\ud800' }, { sessionId: 'must be well-formed text without U+0000' }],
    [{ message: 'x', sessionId: 'a\0' }, { sessionId: 'must be well-formed text without U+0000' }],
    [
      { message: 'x', currentOrganizationId: '\udc00' },
      { currentOrganizationId: expect.stringContaining('well-formed') },
    ],
    [{ message: 'x', workspaceId: '' }, { workspaceId: 'must not be empty' }],
    [{ message: 'x', projectId: 1 }, { projectId: 'must be a string' }],
    [{ message: 'x', currentOrganizationId: {} }, { currentOrganizationId: 'must be a string' }],
    [{ message: 'x', temperature: 1.1 }, { temperature: 'must be at most 1' }],
    [{ message: 'x', temperature: -1 }, { temperature: 'must be at least 0' }],
    [{ message: 'x', maxTokens: 0 }, { maxTokens: 'must be at least 1' }],
    [{ message: 'x', maxTokens: 1.5 }, { maxTokens: 'must be an integer' }],
    [{ message: 'x', maxTokens: 1e300 }, { maxTokens: 'is too large' }],
    [{ message: 'x', model: 'other' }, { model: 'must be one of gpt-3.5-turbo, gpt-4o' }],
    [{ message: 'x', regenerate: 'y', sessionId: 's' }, { message: 'must be absent with regenerate' }],
    [{ regenerate: 'y' }, { sessionId: 'is missing: regenerate needs it' }],
    [{ message: 'x', parentId: 'y' }, { sessionId: 'is missing: parentId needs it' }],
    [{ message: 'x', parentId: 'y', sessionId: 's' }, { parentId: 'names no message of this conversation' }],
    [{ regenerate: 'y', sessionId: 's' }, { regenerate: 'names no reply of this conversation' }],
    [
      { message: '', history: [{ role: 'x', content: 1 }], maxTokens: 0 },
      {
        message: 'must not be empty',
        'history.0.role': expect.any(String),
        'history.0.content': expect.any(String),
        maxTokens: expect.any(String),
      },
    ],
    [
      { message: 'x', temperature: 3, model: 'other' },
      { temperature: 'must be at most 1', model: expect.any(String) },
    ],
    [[], { body: 'must be an object' }],
  ])('names each field: %j', async (body, fields) => {
    const answer = await server.send(routes.stream, { body });

    expect(answer.status).toBe(400);
    expect(answer.body).toEqual({ error: expect.any(String), code: 'bad-request', fields });
    expect(answer.headers['content-type']).toContain('application/json');
  });

  test('accepts values that are exactly at the limits', async () => {
    const history = [{ role: 'user', content: 'x'.repeat(limits.historyTurnLength) }];

    const { status } = await server.send(routes.streams, {
      body: { message: 'x'.repeat(limits.messageLength), history, temperature: 1, model: 'gpt-4o', unknown: 1 },
    });

    expect(status).toBe(201);
  });

  test('is the response to invalid JSON, and to a missing body', async () => {
    const headers = { 'content-type': 'application/json' };
    const bad = await server.send(routes.stream, { headers, body: '{bad' });
    const none = await server.send(routes.stream, { method: 'POST' });

    expect(bad).toMatchObject({ status: 400, body: { code: 'bad-request', error: 'The body must be JSON.' } });
    expect(none).toMatchObject({ status: 400, body: { code: 'bad-request', fields: { message: 'is missing' } } });
  });

  test.each(['application/x-www-form-urlencoded', 'text/plain', undefined])(
    'is the response to a body of type %s, and says which type to send',
    async (type) => {
      const headers = type === undefined ? {} : { 'content-type': type };
      for (const [path, method] of [
        [routes.stream, 'POST'],
        [routes.session('s'), 'PATCH'],
      ] as const) {
        const answer = await fetch(`${server.url}${path}`, {
          method,
          headers: { ...headers, authorization: `Bearer ${await server.token()}` },
          body: new TextEncoder().encode('{"message":"x"}'),
        });

        expect(answer.status).toBe(400);
        expect(await answer.json()).toMatchObject({ error: expect.stringContaining('Content-Type: application/json') });
      }
    },
  );

  test.each(['', 'a b', 'é', 'x'.repeat(256), 'ticket:x'])('refuses the idempotency key %j', async (key) => {
    const { status, body } = await server.send(
      `${routes.streamSse}?message=x&idempotencyKey=${encodeURIComponent(key)}`,
    );

    expect({ status, body }).toMatchObject({
      status: 400,
      body: { fields: { 'Idempotency-Key': expect.any(String) } },
    });
  });

  test('rejects a Last-Event-ID in another format before anything is started', async () => {
    const sentBefore = server.provider.requests.length;
    const headers = { 'last-event-id': 'nonsense' };

    const answers = [await server.send(routes.stream, { headers, body: { message: 'x' } })];
    answers.push(await server.send(`${routes.streamSse}?message=x`, { headers }));
    await server.send(routes.stream, { body: { message: 'later' } });

    expect(answers.map(({ status }) => status)).toEqual([400, 400]);
    expect(server.provider.requests).toHaveLength(sentBefore + 1);
  });

  test('refuses a start that resumes another stream than its key has started, and starts nothing', async () => {
    const mine = await server.start({ message: 'x' }, { headers: { 'idempotency-key': 'mine' } });
    await server.read(mine);
    const foreign = await server.start({ message: 'x' }, { user: 'eve' });
    await server.read(foreign, { user: 'eve' });
    const sentBefore = server.provider.requests.length;
    const send = (streamId: string, key?: string) =>
      server.send(routes.stream, {
        headers: { 'last-event-id': `${streamId}/5`, ...(key && { 'idempotency-key': key }) },
        body: { message: 'x' },
      });

    const refused = [await send(foreign), await send(mine), await send('01JDA5'), await send(foreign, 'mine')];
    refused.push(await send(mine, 'new'));
    const resumed = await send(mine, 'mine');
    await server.send(routes.stream, { body: { message: 'later' } });

    for (const { status, body } of refused) {
      expect({ status, body }).toMatchObject({
        status: 400,
        body: { fields: { 'Last-Event-ID': 'names another stream' } },
      });
    }
    expect(resumed.status).toBe(200);
    expect(resumed.text).toContain('" world"');
    expect(server.provider.requests).toHaveLength(sentBefore + 1);
  });
});

describe('401', () => {
  const secret = 'a-secret-of-the-tests-and-of-nothing-else';
  const none = `${btoa('{"alg":"none"}')}.${btoa('{"sub":"ada"}')}.`.replaceAll('=', '');

  test.each([
    ['no token', () => undefined],
    ['no scheme', () => signToken({ secret })],
    ['another scheme', async () => `Basic ${await signToken({ secret })}`],
    ['nonsense', () => 'Bearer nonsense'],
    ['an unsigned token', () => `Bearer ${none}`],
    ['a token of another secret', async () => `Bearer ${await signToken({ secret: `${secret}!` })}`],
    ['an expired token', async () => `Bearer ${await signToken({ secret, expiresIn: '-1s' })}`],
    ['a token without a user', async () => `Bearer ${await signToken({ secret, sub: '' })}`],
    [
      'a token that is not valid yet',
      async () => `Bearer ${await signToken({ secret, claims: { nbf: Date.now() / 1000 + 60 } })}`,
    ],
  ])('is the response to %s', async (_, authorization) => {
    const value = await authorization();
    const headers: Record<string, string> = value === undefined ? {} : { authorization: value };
    const options = { user: null, headers };
    const answers = [
      await server.send(routes.stream, { ...options, body: { message: 'x' } }),
      await server.send(`${routes.streamSse}?message=x`, options),
      await server.send(routes.streams, { ...options, body: { message: 'x' } }),
      await server.send(routes.streamById('x'), options),
      await server.send(routes.stop('x'), { ...options, method: 'POST' }),
      await server.send(routes.config, options),
      await server.send(routes.session('x'), options),
      await server.send(routes.ticket, { ...options, method: 'POST' }),
    ];

    for (const { status, body } of answers) {
      expect({ status, body }).toEqual({ status: 401, body: { error: expect.any(String), code: 'unauthorized' } });
    }
  });

  test('never takes a JWT from a URL', async () => {
    const token = await server.token();

    for (const name of ['token', 'access_token', 'ticket', 'authorization', 'jwt']) {
      const { status } = await server.send(`${routes.streamSse}?message=x&${name}=${token}`, { user: null });
      expect(status).toBe(401);
    }
  });
});

describe('403', () => {
  const lists = { organizations: ['o1'], workspaces: ['w1'], projects: ['p1'] };
  const cases = [
    ['currentOrganizationId', 'o1'],
    ['workspaceId', 'w1'],
    ['projectId', 'p1'],
  ] as const;

  test.each(cases)('refuses a %s that the token does not list', async (field, mine) => {
    const send = (id: string, claims: object) =>
      server.send(routes.streams, { claims: { ...claims }, body: { message: 'x', [field]: id } });

    expect(await send('other', lists)).toMatchObject({ status: 403, body: { code: 'forbidden' } });
    expect(await send(mine, lists)).toMatchObject({ status: 201 });
    expect(await send('other', {})).toMatchObject({ status: 201 });
  });
});

describe('413', () => {
  test('refuses a body of more than 2 MB, and accepts one slightly shorter', async () => {
    const turn = { role: 'user', content: 'x'.repeat(120_000) };
    const large = { message: 'x', history: Array(17).fill(turn) };

    const taken = await server.send(routes.streams, { body: large });
    const refused = await server.send(routes.streams, { body: { ...large, history: Array(18).fill(turn) } });

    expect(taken.status).toBe(201);
    expect(refused).toMatchObject({ status: 413, body: { code: 'too-large' } });
  });
});

describe('429', () => {
  test('refuses more starts per minute than allowed, with Retry-After', async () => {
    const strict = await startApp({ settings: { starts_per_minute: '2' } });
    const start = (user: string, headers = {}) =>
      strict.send(routes.stream, { user, headers, body: { message: 'x', sessionId: 's' } });
    await start('ada', { 'idempotency-key': 'first' });
    await start('ada');

    const refused = await start('ada');
    const twin = await start('ada', { 'idempotency-key': 'first' });
    const other = await start('bob');
    await strict.close();

    expect(refused).toMatchObject({ status: 429, body: { code: 'rate-limited' } });
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
    expect(Number(refused.headers['retry-after'])).toBeLessThanOrEqual(60);
    expect([twin.status, other.status]).toEqual([200, 200]);
  });

  test('refuses more concurrent streams than allowed, until one has ended', async () => {
    const strict = await startApp({ settings: { max_streams_per_user: '1' } });
    strict.provider.respond(providerScripts.hangAfterHeaders());
    const id = await strict.start({ message: 'x', sessionId: 's' });

    const refused = await strict.send(routes.stream, { body: { message: 'x' } });
    const other = await strict.send(routes.streams, { user: 'bob', body: { message: 'x' } });
    const same = await strict.send(routes.streams, { body: { message: 'again', sessionId: 's' } });
    const ended = await strict.read(id);
    await strict.close();

    expect(refused).toMatchObject({ status: 429, body: { code: 'rate-limited' } });
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
    expect(other.status).toBe(201);
    expect(same.status).toBe(201);
    expect(ended.at(-1)?.data).toMatchObject({ finishReason: 'stopped' });
  });

  test('does not stop the reply under way when the start that would replace it is refused', async () => {
    const strict = await startApp({ settings: { starts_per_minute: '1' } });
    strict.provider.respond(providerScripts.hangAfterHeaders());
    const id = await strict.start({ message: 'x', sessionId: 's' });

    const limited = await strict.send(routes.streams, { body: { message: 'x', sessionId: 's' } });
    const { activeStreamId } = await strict.session('s');
    await strict.close();

    expect(limited.status).toBe(429);
    expect(activeStreamId).toBe(id);
  });
});

describe('503', () => {
  test('responds with ai-disabled to starts only', async () => {
    const off = await startApp({ settings: { ai_enabled: 'false' } });
    const post = await off.send(routes.stream, { body: { message: 'x' } });
    const sse = await off.send(`${routes.streamSse}?message=x`);
    const config = await off.send(routes.config);
    const sentBefore = off.provider.requests.length;
    await off.close();

    for (const { status, body } of [post, sse]) {
      expect({ status, body }).toEqual({ status: 503, body: { error: expect.any(String), code: 'ai-disabled' } });
    }
    expect(config.status).toBe(200);
    expect(sentBefore).toBe(0);
  });
});

describe('405', () => {
  test('is the response to HEAD on routes of event streams, which starts and binds nothing', async () => {
    const sentBefore = server.provider.requests.length;
    const ticket = await server.ticket();
    const id = await server.start({ message: 'x' });
    await server.read(id);
    const head = (path: string, user?: null) => server.send(path, { method: 'HEAD', ...(user === null && { user }) });

    const answers = [
      await head(`${routes.streamSse}?message=x`),
      await head(`${routes.streamSse}?message=x&ticket=${ticket}`, null),
      await head(routes.streamById(id)),
      await head(routes.feed),
    ];
    const used = await server.send(`${routes.streamById(id)}?ticket=${ticket}`, { user: null });

    expect(answers.map(({ status }) => status)).toEqual([405, 405, 405, 405]);
    for (const { headers } of answers) expect(headers).toMatchObject({ allow: 'GET', 'cache-control': 'no-store' });
    expect(used.status).toBe(200);
    expect(server.provider.requests).toHaveLength(sentBefore + 1);
  });
});

describe('404', () => {
  test.each(['/api', '/api/nothing', '/api/ai-chat/nothing', '/nothing', '/health'])(
    'answers JSON at %s',
    async (path) => {
      const { status, body } = await server.send(path);

      expect({ status, body }).toEqual({ status: 404, body: { error: expect.any(String), code: 'not-found' } });
    },
  );
});

describe('another user’s stream and conversation', () => {
  test('are 404 on every route', async () => {
    server.provider.respond(providerScripts.stallAfter(['Hello']));
    const id = await server.start({ message: 'x', sessionId: 'mine' });
    const user = 'eve';
    const ticket = await server.ticket({ user });
    const headers = { 'last-event-id': `${id}/1` };

    const answers = [
      await server.send(routes.streamById(id), { user }),
      await server.send(routes.streamById(id), { user, headers }),
      await server.send(`${routes.streamById(id)}?ticket=${ticket}`, { user: null }),
      await server.send(`${routes.streamSse}?message=x`, { user, headers }),
      await server.send(`${routes.streamSse}?message=x&ticket=${ticket}`, { user: null, headers }),
      await server.send(routes.stop(id), { user, method: 'POST' }),
      await server.send(routes.session('mine'), { user }),
    ];
    const unknown = await server.send(routes.streamById('01JDA5'), { user });
    const used = await server.open(`${routes.streamSse}?message=x&ticket=${ticket}`, { user: null });
    used.close();
    const { finishReason } = (await server.session('mine')).messages.at(-1) ?? {};
    await server.send(routes.stop(id), { method: 'POST' });

    for (const { status, body } of answers) {
      expect({ status, body }).toEqual({ status: 404, body: { error: expect.any(String), code: 'not-found' } });
    }
    expect(answers[0]?.text).toBe(unknown.text);
    expect(used.status).toBe(200);
    expect(finishReason).toBeUndefined();
  });
});

describe('the headers of an error', () => {
  test('are the same wherever a request is rejected: the body parser, the framework, the guard or a handler', async () => {
    const origin = 'https://app.example.com';
    const strict = await startApp({ settings: { cors_origins: origin } });
    const headers = { origin, 'content-type': 'application/json' };
    const post = (body: string, more = {}) => strict.send(routes.streams, { method: 'POST', body, headers, ...more });

    const answers = [
      await post('{bad'),
      await post(`"${'x'.repeat(2_200_000)}"`),
      await post('{}', { headers: { ...headers, 'content-encoding': 'none' } }),
      await post('{}', { user: null }),
      await post('{}'),
      await strict.send('/api/nothing', { headers }),
      await strict.send(`${routes.session('x')}%E0%A4%A`, { headers }),
      await strict.send(routes.stream, { method: 'PUT', headers }),
      await strict.send(routes.streamById('01JDA5'), { headers }),
      await strict.send(routes.session('none'), { headers }),
    ];
    await strict.close();

    expect(answers.map(({ status }) => status)).toEqual([400, 413, 400, 401, 400, 404, 400, 404, 404, 404]);
    for (const { body, headers } of answers) {
      expect(body).toMatchObject({ error: expect.any(String), code: expect.any(String) });
      expect(headers).toMatchObject({
        'access-control-allow-origin': origin,
        'cache-control': 'no-store',
        'content-security-policy': expect.stringContaining("default-src 'self'"),
        'content-type': expect.stringContaining('application/json'),
        'cross-origin-opener-policy': 'same-origin',
        'cross-origin-resource-policy': 'cross-origin',
        'referrer-policy': 'no-referrer',
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'DENY',
      });
    }
  });

  test('include Strict-Transport-Security for TLS that a trusted proxy reports', async () => {
    const hsts = async (settings: Record<string, string>) => {
      const behind = await startApp({ settings });
      const { headers } = await behind.send(routes.config, { headers: { 'x-forwarded-proto': 'https' } });
      const plain = await behind.send(routes.config);
      await behind.close();
      return [headers, plain.headers].map((one) => one['strict-transport-security']);
    };

    expect(await hsts({})).toEqual([undefined, undefined]);
    expect(await hsts({ trust_proxy: '10.0.0.0/8' })).toEqual([undefined, undefined]);
    expect(await hsts({ trust_proxy: 'loopback' })).toEqual(['max-age=15552000', undefined]);
    expect(await hsts({ trust_proxy: '1' })).toEqual(['max-age=15552000', undefined]);
  });
});
