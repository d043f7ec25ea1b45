// `AiChatModule` as an application uses it: options, services, hooks, and the entry for tests.
import {
  type DynamicModule,
  ForbiddenException,
  Inject,
  Injectable,
  Logger,
  Module,
  type VersioningOptions,
  VersioningType,
} from '@nestjs/common';
import { RouterModule } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { Test } from '@nestjs/testing';
import type { SessionResponse } from '@sillage/protocol';
import { startPostgres, startProvider, startRedis, tempFolder } from '@sillage/testing';
import { Redis } from 'ioredis';
import { Client, Pool } from 'pg';
import { timeout, VirtualTimeScheduler } from 'rxjs';
import { afterEach, describe, expect, test, vi } from 'vitest';
import {
  AiChatModule,
  type AiChatOptions,
  type AiChatOptionsFactory,
  AiService,
  ChatService,
  type EndedReply,
  fromEnvironment,
  type PlacementOptions,
} from '../../index.ts';
import { inMemory, TestModel } from '../../testing.ts';

const ada = { id: 'ada' };
const auth = { resolveUser: () => ada };
let apps: NestExpressApplication[] = [];

afterEach(async () => {
  await Promise.all(apps.map((app) => app.close()));
  apps = [];
});

/** Its replies need no counting of their tokens, which takes long at first. */
function testModel(): TestModel {
  const model = new TestModel();
  model.uses({ promptTokens: 9, completionTokens: 2 });
  return model;
}

async function start(options: Partial<AiChatOptions & PlacementOptions>, model = testModel()) {
  const module = await Test.createTestingModule({ imports: [AiChatModule.forRoot({ ...inMemory, auth, ...options })] })
    .overrideProvider(AiService)
    .useValue(model)
    .compile();
  const app = module.createNestApplication<NestExpressApplication>({ logger: false });
  apps.push(app);
  await app.listen(0, '127.0.0.1');
  const chats = app.get(ChatService);
  const textOf = async (streamId: string) => {
    let text = '';
    for await (const event of chats.read(ada, streamId)) if (event.type === 'text') text += event.text;
    return text;
  };
  return { app, chats, model, textOf, url: await app.getUrl() };
}

/** Starts an application of these modules, with a model of the test's own in place of each `AiService`. */
async function startHost({
  imports,
  configure,
}: {
  imports: DynamicModule['imports'];
  configure?: (app: NestExpressApplication) => unknown;
}) {
  const model = testModel();
  const module = await Test.createTestingModule({ imports: imports ?? [] })
    .overrideProvider(AiService)
    .useValue(model)
    .compile();
  const app = module.createNestApplication<NestExpressApplication>({ logger: false });
  apps.push(app);
  configure?.(app);
  await app.listen(0, '127.0.0.1');
  return { app, model, url: await app.getUrl() };
}

/** Starts and reads a stream. */
async function say(base: string): Promise<{ status: number; text: string }> {
  const response = await fetch(`${base}/stream`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ message: 'Hi' }),
  });
  return { status: response.status, text: await response.text() };
}

/** Reads a response until its connection is lost, or to its end. `onText` is called with the text so far. */
async function readUntilLost({ body }: Response, onText: (text: string) => void): Promise<string> {
  let text = '';
  try {
    for await (const bytes of body ?? []) {
      text += Buffer.from(bytes).toString();
      onText(text);
    }
  } catch {
    // lost
  }
  return text;
}

/** Larger than the limit of the host's body parser. */
const largeHistory = [{ role: 'user', content: '长'.repeat(100_000) }];

describe('the start', () => {
  test.each([undefined, { jwtSecret: undefined }, { jwksUrl: undefined, issuer: 'x', audience: 'y' }])(
    'fails with one line without a sign-in: %j',
    async (given) => {
      const error: Error = await start({ auth: given }).then(
        () => new Error('started'),
        (reason) => reason,
      );

      expect(error.message).toBe(
        'AiChatModule needs to know who sends a request: set auth.jwtSecret, auth.jwksUrl or auth.resolveUser.',
      );
    },
  );

  test('reads the environment only in fromEnvironment()', () => {
    const options = fromEnvironment({
      JWT_SECRET: '5yKq0mZ3wT8rBvN1cXe7Ua2Lh9Pd4Gs6Jf',
      ai_model: 'm',
      ai_api_key: 'k',
    });

    expect(options).toMatchObject({ ai: { model: 'm', apiKey: 'k' }, storage: { dataDir: './data' } });
    expect(fromEnvironment({}).auth).toBeUndefined(); // no silent secret
  });

  test('waits for the previous process to release the data folder', async () => {
    const storage = { dataDir: tempFolder() };
    const former = await start({ storage });

    const next = start({ storage });
    await former.app.close();

    expect(await (await next).chats.start(ada, { message: 'Hi' })).toMatch(/^[0-9A-Z]{26}$/);
  });
});

describe('the routes of other protocols', () => {
  const message = { id: 'm', role: 'user', parts: [{ type: 'text', text: '你好 🙂' }] };
  const post = (url: string) =>
    fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ id: 'chat', messages: [message] }),
    });

  test('are absent by default', async () => {
    const { url } = await start({});

    expect((await post(`${url}/api/chat`)).status).toBe(404);
    expect((await post(`${url}/api/ag-ui`)).status).toBe(404);
  });

  test.each([
    [{}, '/api/chat'],
    [{ path: 'v1/assistant' }, '/v1/assistant'],
  ])('have the path of the option %j, and parse their own bodies', async (aiSdk, path) => {
    const { url } = await start({ aiSdk });

    const response = await post(url + path);

    expect(response.headers.get('x-vercel-ai-ui-message-stream')).toBe('v1');
    expect(await response.text()).toContain('[DONE]');
    expect((await fetch(`${url}${path}/chat/stop`, { method: 'POST' })).status).toBe(204);
  });

  test('of AG-UI have the path of its option', async () => {
    const { url } = await start({ agUi: { path: 'v1/agent' } });

    const body = JSON.stringify({ threadId: 't', runId: 'r', messages: [{ id: 'm', role: 'user', content: '你好' }] });
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(`${url}/v1/agent`, { method: 'POST', headers, body });

    expect(await response.text()).toContain('RUN_FINISHED');
  });
});

describe('options', () => {
  const options = () => ({ ...inMemory, auth });
  class OptionsClass implements AiChatOptionsFactory {
    createAiChatOptions = options;
  }
  @Module({ providers: [OptionsClass], exports: [OptionsClass] })
  class OptionsModule {}
  const ways: Record<string, () => DynamicModule> = {
    forRoot: () => AiChatModule.forRoot(options()),
    'forRootAsync with useFactory': () => AiChatModule.forRootAsync({ useFactory: async () => options() }),
    'forRootAsync with useClass': () => AiChatModule.forRootAsync({ useClass: OptionsClass }),
    'forRootAsync with useExisting': () =>
      AiChatModule.forRootAsync({ imports: [OptionsModule], useExisting: OptionsClass }),
  };

  test.each(Object.entries(ways))('%s', async (_way, module) => {
    const { url } = await startHost({ imports: [module()] });

    const { status, text } = await say(`${url}/api/ai-chat`);

    expect([status, text]).toEqual([200, expect.stringContaining('"finishReason":"stop"')]);
  });

  test('isGlobal lets every module inject the services, without it only those that import the module', async () => {
    @Injectable()
    class Reports {
      constructor(
        @Inject(AiService) readonly ai: AiService,
        @Inject(ChatService) readonly chats: ChatService,
      ) {}
    }
    @Module({ providers: [Reports] })
    class ReportsModule {}
    const hostOf = (isGlobal: boolean) =>
      startHost({ imports: [AiChatModule.forRoot({ ...options(), isGlobal }), ReportsModule] });

    const { app, model } = await hostOf(true);

    expect(app.get(Reports, { strict: false }).ai).toBe(model);
    expect(await app.get(Reports, { strict: false }).chats.start(ada, { message: 'Hi' })).toMatch(/^[0-9A-Z]{26}$/);
    await expect(hostOf(false)).rejects.toThrow("can't resolve dependencies of the Reports");
  });

  test('without a configured model the demo model replies, which is logged once', async () => {
    const lines: unknown[] = [];
    vi.spyOn(Logger.prototype, 'log').mockImplementation((line) => void lines.push(line));
    const module = await Test.createTestingModule({ imports: [AiChatModule.forRoot(options())] }).compile();
    const app = module.createNestApplication<NestExpressApplication>();
    apps.push(app);
    await app.listen(0, '127.0.0.1');
    vi.restoreAllMocks();

    const { text } = await say(`${await app.getUrl()}/api/ai-chat`);

    expect(lines.filter((line) => /demo model answers/.test(String(line)))).toHaveLength(1);
    expect(text).toContain('"finishReason":"stop"');
  });
});

describe('the routes', () => {
  const chat = () => AiChatModule.forRoot({ ...inMemory, auth });

  test('all follow RouterModule and the global prefix', async () => {
    const { url } = await startHost({
      imports: [chat(), RouterModule.register([{ path: 'inner', module: AiChatModule }])],
      configure: (app) => app.setGlobalPrefix('v'),
    });
    const base = `${url}/v/inner/api/ai-chat`;

    const statuses = await statusesOf(base);
    const unmoved = await statusesOf(`${url}/api/ai-chat`);

    expect(statuses).toEqual([200, 200, 201, 200, 200, 200, 201, 200, 204]);
    expect(new Set(unmoved)).toEqual(new Set([413, 404])); // 413 by the body parser of the host
  });

  test.each([
    ['URI', { type: VersioningType.URI }],
    ['header', { type: VersioningType.HEADER, header: 'X-Version' }],
    ['media type', { type: VersioningType.MEDIA_TYPE, key: 'v=' }],
    ['custom', { type: VersioningType.CUSTOM, extractor: () => '3' }],
  ] satisfies [string, VersioningOptions][])('answer in every version: %s', async (_kind, versioning) => {
    const { url } = await startHost({
      imports: [chat()],
      configure: (app) => app.enableVersioning({ ...versioning, defaultVersion: '2' }),
    });

    const statuses = await statusesOf(`${url}/api/ai-chat`, { 'x-version': '7', accept: 'application/json;v=7' });

    expect(statuses).toEqual([200, 200, 201, 200, 200, 200, 201, 200, 204]);
  });

  /** Requests every kind of route; returns their statuses. */
  async function statusesOf(base: string, headers: Record<string, string> = {}): Promise<number[]> {
    const request = (path: string, method = 'GET', body?: unknown) =>
      fetch(base + path, {
        method,
        headers: { ...headers, ...(body !== undefined && { 'content-type': 'application/json' }) },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
    const streamed = await request('/stream', 'POST', {
      message: 'x'.repeat(20_000),
      history: largeHistory,
      sessionId: 's',
    });
    await streamed.text();
    const sse = await request('/stream-sse?message=Hi');
    await sse.text();
    const started = await request('/streams', 'POST', { message: 'Hi' });
    const { streamId } = await started.json().catch(() => ({}));
    const others: [string, string?, unknown?][] = [
      [`/streams/${streamId}`],
      ['/config'],
      ['/sessions'],
      ['/ticket', 'POST', {}],
      ['/sessions/s', 'PATCH', { title: '标题' }],
      ['/sessions/s', 'DELETE'],
    ];
    const statuses = [streamed.status, sse.status, started.status];
    for (const [path, method, body] of others) {
      const response = await request(path, method, body);
      await response.text();
      statuses.push(response.status);
    }
    return statuses;
  }

  test('work with a timeout interceptor: a reader of stream-sse loses its connection and resumes', async () => {
    const release = Promise.withResolvers<void>();
    const clock = new VirtualTimeScheduler(); // time passes only in `flush`
    const { url, model } = await startHost({
      imports: [chat()],
      configure: (app) => app.useGlobalInterceptors({ intercept: (_, next) => next.handle().pipe(timeout(50, clock)) }),
    });
    const { streamEvents } = model;
    model.streamEvents = async function* (...args) {
      yield { type: 'text', text: '你好' };
      await release.promise;
      yield* streamEvents.apply(this, args);
    };

    const lost = await readUntilLost(await fetch(`${url}/api/ai-chat/stream-sse?message=Hi`), (text) => {
      if (text.includes('你好')) clock.flush();
    });
    release.resolve();
    const [, id = ''] = /id: (\S+)\ndata: \{"content":"你好/.exec(lost) ?? [];
    const rest = await fetch(`${url}/api/ai-chat/stream-sse?message=Hi`, { headers: { 'last-event-id': id } });

    expect(lost).not.toContain('event: error');
    expect(await rest.text()).toMatch(/"content":"Hello from the test".*"finishReason":"stop"/s);
    expect(model.requests).toHaveLength(1);
  });
});

describe('ChatService', () => {
  test('starts, reads, finds and stops a stream', async () => {
    const { chats, model, textOf } = await start({});
    model.says('你好', ' 🙂');

    const streamId = await chats.start(ada, { message: 'Hi' }, { idempotencyKey: 'one' });

    expect(await chats.start(ada, { message: 'Hi' }, { idempotencyKey: 'one' })).toBe(streamId);
    expect(await textOf(streamId)).toBe('你好 🙂');
    expect(await chats.stop(ada, streamId)).toEqual({ streamId, finishReason: 'stop' });
    expect((await chats.find(ada, streamId)).end).toMatchObject({ finishReason: 'stop' });
    await expect(chats.find({ id: 'grace' }, streamId)).rejects.toMatchObject({ code: 'not-found' });
  });

  test('reads a long reply after an offset, also if the loop is slow', async () => {
    const { chats, model } = await start({});
    model.says(...Array.from({ length: 50 }, (_, part) => `${part} ${'长'.repeat(2_000)}`));
    const streamId = await chats.start(ada, { message: 'Hi' });

    const offsets: number[] = [];
    for await (const event of chats.read(ada, streamId, { after: 10 })) offsets.push(event.offset);

    expect(offsets).toEqual(offsets.toSorted((one, other) => one - other));
    expect((await chats.find(ada, streamId)).end?.offset).toBe(offsets.at(-1));
  });

  test('erases everything of a user', async () => {
    const { chats, textOf } = await start({});
    const streamId = await chats.start(ada, { message: 'Hi', sessionId: 's' });
    await textOf(streamId);

    await chats.erase(ada, { sessionId: 's' });

    await expect(chats.find(ada, streamId)).rejects.toMatchObject({ code: 'not-found' });
  });

  test('rejects a request as the routes do', async () => {
    const { chats } = await start({});

    expect(() => chats.start(ada, { message: '' })).toThrow('message must not be empty');
  });
});

describe('usage', () => {
  test('sums the replies of today of this user only, erased and failed ones included', async () => {
    const { chats, model, textOf } = await start({ limits: { streamsPerUser: 5 } });
    model.uses({ promptTokens: 9, completionTokens: 2 });
    await textOf(await chats.start(ada, { message: 'Hi', sessionId: 's' }));
    await textOf(await chats.start(ada, { message: '你好' }));
    await chats.erase(ada, { sessionId: 's' });
    model.says(); // no text
    model.fails();
    await textOf(await chats.start(ada, { message: 'Hi' }));

    expect(await chats.usage(ada)).toMatchObject({
      today: { promptTokens: 18, completionTokens: 4, replies: 3 },
      limits: { streamsPerUser: 5, startsPerMinute: 60, tokensPerDay: 0 },
    });
    expect((await chats.usage({ id: 'grace' })).today).toEqual({ promptTokens: 0, completionTokens: 0, replies: 0 });
  });
});

describe('prepare', () => {
  test('decides what is sent to the model', async () => {
    const { chats, model, textOf } = await start({
      prepare: ({ request, messages }, user) => ({
        systemPrompt: `You help ${user.id} in ${request.workspaceId}.`,
        messages: [{ role: 'user', content: 'What is known: 42' }, { role: 'assistant', content: 'Yes' }, ...messages],
        model: 'another',
        temperature: 0.1,
      }),
    });

    await textOf(await chats.start(ada, { message: 'Hi', workspaceId: 'w' }));

    expect(model.requests[0]?.messages).toEqual([
      { role: 'system', content: 'You help ada in w.' },
      { role: 'user', content: 'What is known: 42' },
      { role: 'assistant', content: 'Yes' },
      { role: 'user', content: 'Hi' },
    ]);
    expect(model.requests[0]?.options).toMatchObject({ model: 'another', temperature: 0.1 });
  });

  test('receives the settings of the user for the conversation, and overrides them', async () => {
    const given: unknown[] = [];
    let prepared: object | undefined = { systemPrompt: 'The host’s.', temperature: 0.1, model: 'another' };
    const { chats, model, textOf, url } = await start({
      ai: { clientSystemPrompt: true, systemPrompt: 'The server’s.' },
      prepare: ({ request }) => {
        given.push(request);
        return prepared;
      },
    });
    const request = { sessionId: 's', model: 'demo', temperature: 0.9, systemPrompt: '自分の 🌊' };

    await textOf(await chats.start(ada, { ...request, message: 'Hi' }));
    prepared = undefined;
    await textOf(await chats.start(ada, { sessionId: 's', message: 'Again' }));

    expect(given).toMatchObject([request, { sessionId: 's', message: 'Again', systemPrompt: '自分の 🌊' }]);
    const [first, second] = model.requests;
    expect(first?.messages[0]).toEqual({ role: 'system', content: 'The host’s.' });
    expect(first?.options).toMatchObject({ model: 'another', temperature: 0.1 });
    expect(second?.messages[0]).toEqual({ role: 'system', content: 'The server’s.\n\n自分の 🌊' });
    const { messages } = (await (await fetch(`${url}/api/ai-chat/sessions/s`)).json()) as SessionResponse;
    const replies = messages.filter(({ role }) => role === 'assistant');
    expect(replies.map(({ temperature, systemPrompt }) => [temperature, systemPrompt])).toEqual([
      [0.1, undefined],
      [undefined, '自分の 🌊'],
    ]);
  });

  test('without clientSystemPrompt, a host’s users set no system prompt', async () => {
    const { chats } = await start({});

    await expect(chats.start(ada, { message: 'Hi', systemPrompt: 'Mine' })).rejects.toThrow(
      'systemPrompt is not allowed by this server.',
    );
  });

  test('chooses one of the configured providers, and its first model if it lacks the requested one', async () => {
    const [north, south] = await Promise.all([startProvider(), startProvider()]);
    const module = await Test.createTestingModule({
      imports: [
        AiChatModule.forRoot({
          ...inMemory,
          auth,
          ai: {
            titles: false,
            providers: [
              { name: 'north', apiUrl: north.url, apiKey: 'key', models: ['m', 'n'] },
              { name: 'south', apiUrl: south.url, apiKey: 'key', models: ['s', 'm'] },
            ],
          },
          prepare: ({ request }) => ({ provider: request.workspaceId }),
        }),
      ],
    }).compile();
    const app = module.createNestApplication<NestExpressApplication>({ logger: false });
    apps.push(app);
    await app.init();
    const chats = app.get(ChatService);
    const read = async (workspaceId: string, requested?: string) => {
      const streamId = await chats.start(ada, { message: 'Hi', workspaceId, ...(requested && { model: requested }) });
      for await (const event of chats.read(ada, streamId)) if (event.type === 'end') return event.finishReason;
    };

    const ends = [await read('north'), await read('south'), await read('south', 'n')];
    const unknown = read('west');

    await expect(unknown).rejects.toThrow(
      'prepare chose the provider west, which ai.providers does not have (it has: north, south).',
    );
    expect(ends).toEqual(['stop', 'stop', 'stop']);
    expect((await chats.usage(ada)).today.replies).toBe(3);
    expect([north, south].map(({ requests }) => requests.map(({ body }) => body))).toMatchObject([
      [{ model: 'm' }],
      [{ model: 'm' }, { model: 's' }],
    ]);
    await Promise.all([north.stop(), south.stop()]);
  });

  test('sets a system prompt that counts as part of the context', async () => {
    const { chats, model, textOf } = await start({
      ai: { contextWindow: 450 },
      prepare: () => ({ systemPrompt: 'word '.repeat(100) }),
    });
    const history = [{ role: 'user' as const, content: 'word '.repeat(300) }];

    await textOf(await chats.start(ada, { message: 'Now', history }));

    expect(model.requests[0]?.messages.map(({ role }) => role)).toEqual(['system', 'user']);
  });

  test('refuses a start with the status of its exception, and no completion request is sent', async () => {
    const { url, model } = await start({
      prepare: () => {
        throw new ForbiddenException('No access to this workspace');
      },
    });

    const response = await fetch(`${url}/api/ai-chat/stream`, {
      method: 'POST',
      body: JSON.stringify({ message: 'Hi' }),
      headers: { 'content-type': 'application/json' },
    });

    expect(response.status).toBe(403);
    expect(model.requests).toEqual([]);
  });
});

describe('onEnd', () => {
  test('is called for each reply once its end is stored', async () => {
    const replies: EndedReply[] = [];
    const { chats, model } = await start({ onEnd: (reply) => void replies.push(reply) });
    model.says('Hello');
    const streamId = await chats.start(ada, { message: 'Hi', sessionId: 's' });
    await expect.poll(() => replies.length === 1).toBe(true);
    model.fails();
    const failed = await chats.start(ada, { message: 'Hi' });
    await expect.poll(() => replies.length === 2).toBe(true);

    expect(replies[0]).toMatchObject({ streamId, userId: 'ada', sessionId: 's', text: 'Hello', finishReason: 'stop' });
    expect(replies[1]).toMatchObject({ streamId: failed, finishReason: 'error', code: 'provider-unavailable' });
  });

  test('is called again after an exception, and after the process has died', async () => {
    const storage = { dataDir: tempFolder() };
    const timings = { sweepMs: 20 };
    let calls = 0;
    const onEnd = () => {
      calls += 1;
      if (calls < 3) throw new Error('not yet');
    };
    const first = await start({ storage, timings, onEnd });
    await first.chats.start(ada, { message: 'Hi' });
    await expect.poll(() => calls >= 1).toBe(true);
    await first.app.close();
    const before = calls;
    await start({ storage, timings, onEnd });
    await expect.poll(() => calls >= Math.max(3, before)).toBe(true);
    const after = calls;
    await start({ timings, onEnd });

    expect(calls).toBe(after); // a call that succeeded is not repeated
  });

  test('is called again for a reply behind many for which it always fails', async () => {
    const calls: string[] = [];
    const onEnd = ({ streamId, text }: EndedReply) => {
      calls.push(streamId);
      if (text === 'failing' || calls.indexOf(streamId) === calls.length - 1) throw new Error('not yet');
    };
    const { chats, model } = await start({ timings: { sweepMs: 20 }, limits: { startsPerMinute: 1_000 }, onEnd });
    for (let i = 0; i < 150; i++) {
      model.says('failing');
      await chats.start(ada, { message: 'Hi' });
      await expect.poll(() => new Set(calls).size).toBe(i + 1);
    }
    model.says('late');

    const late = await chats.start(ada, { message: 'Hi' });

    await expect.poll(() => calls.filter((streamId) => streamId === late).length).toBe(2);
  });
});

test('two configurations keep their data in schemas of their own, beside the migrations of the application', async () => {
  const [postgres, redis] = await Promise.all([startPostgres(), startRedis()]);
  const databaseUrl = await postgres.createDatabase();
  const client = new Client(databaseUrl);
  await client.connect();
  await client.query('create table public.kysely_migration (name varchar primary key, timestamp varchar)');
  await client.query("insert into public.kysely_migration values ('2020-of-the-application', 'x')");
  const [pool, connection] = [new Pool({ connectionString: databaseUrl }), new Redis(redis.url)];

  const one = await start({ storage: { databaseUrl, redisUrl: redis.url } });
  const two = await start({ storage: { pool, redis: connection, schema: 'other' } });
  const streamId = await one.chats.start(ada, { message: 'Hi' });
  const text = await one.textOf(streamId);
  const found = await two.chats.find(ada, streamId).catch(({ code }) => code);
  await expect(start({ storage: { databaseUrl, redisUrl: redis.url, schema: 'public' } })).rejects.toThrow(
    'has the migrations of another application',
  );
  const { rows } = await client.query(
    "select table_schema as s from information_schema.tables where table_name = 'streams'",
  );
  const migrations = await client.query('select name from public.kysely_migration');
  await Promise.all(apps.map((app) => app.close()));
  apps = [];
  await Promise.all([client.end(), pool.end(), connection.quit()]);
  await Promise.all([postgres.stop(), redis.stop()]);

  expect(text).toBe('Hello from the test');
  expect(found).toBe('not-found');
  expect(rows.map(({ s }) => s).sort()).toEqual(['other', 'sillage']);
  expect(migrations.rows).toEqual([{ name: '2020-of-the-application' }]);
});
