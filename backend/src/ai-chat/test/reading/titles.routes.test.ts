// Titles that the model generates, over HTTP: once, after the first complete reply, charged to the user, and overridden
// by a title that the user sets.

import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type FeedEvent, routes } from '@sillage/protocol';
import { type ProviderScript, providerChunk, providerScripts, tempFolder } from '@sillage/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { contentOf, startApp, type TestApp } from '../app.testing.ts';

let server: TestApp;
let sessionId: string;
let count = 0;
const dataDir = tempFolder('sillage-titles-');

beforeAll(async () => {
  server = await startApp({ dataDir, settings: { ai_titles: 'true' } });
});
beforeEach(() => {
  sessionId = `session-${++count}`;
});
afterAll(() => server.close());

interface CompletionRequest {
  readonly messages: readonly { readonly role: string; readonly content: string }[];
}
const isNaming = (body: unknown) => (body as CompletionRequest).messages[0]?.role === 'system';

/** Answers questions with `reply`, and the question for a name with `title`. */
function answer(reply: ProviderScript, title: ProviderScript): void {
  server.provider.respond((request, response) => (isNaming(request.body) ? title : reply)(request, response));
}

/** Sends a message and resolves with the title that the feed reports next. */
async function sayAndHear(message: string, after: FeedEvent['type'] = 'session-changed'): Promise<string> {
  const feed = await server.open(routes.feed);
  await server.send(routes.stream, { body: { message, sessionId } });
  for await (const { data } of feed.messages) if ((data as FeedEvent | undefined)?.type === after) break;
  return (await server.session(sessionId)).title;
}

/** Reads the first stream of a conversation, as another process would. */
function rowOf(session: string): Record<string, unknown> | undefined {
  const database = new DatabaseSync(join(dataDir, 'sillage.db'), { readOnly: true });
  try {
    return database.prepare('select * from streams where session_id = ? order by stream_id').get(session);
  } finally {
    database.close();
  }
}

const namings = () => server.provider.requests.filter(({ body }) => isNaming(body)).length;
const { reply, status, stallAfter } = providerScripts;

test('the model titles a conversation after its first reply, which counts as usage of the user', async () => {
  answer(reply(['It is the wake.']), reply(['"**The wake', ' of a ship**."\n']));

  const title = await sayAndHear('What is a sillage?');

  const asked = server.provider.requests.at(-1)?.body as CompletionRequest;
  expect(title).toBe('The wake of a ship');
  expect(asked.messages[1]?.content).toContain('What is a sillage?');
  expect(asked.messages[1]?.content).toContain('It is the wake.');
  expect(rowOf(sessionId)).toMatchObject({ prompt_tokens: 9, extra_prompt_tokens: 9, extra_completion_tokens: 2 });
});

test('one request is sent for a title', async () => {
  answer(reply(['Answer']), reply(['A name']));
  const before = namings();
  await sayAndHear('One');

  await sayAndHear('Two', 'stream-ended');

  expect(namings()).toBe(before + 1);
  expect((await server.session(sessionId)).title).toBe('A name');
});

test('a title set by the user has priority, also while the model generates one', async () => {
  const thinking = Promise.withResolvers<void>();
  const asked = Promise.withResolvers<void>();
  answer(reply(['Answer']), async (request, response) => {
    asked.resolve();
    await thinking.promise;
    await reply(['A name'])(request, response);
  });
  await server.send(routes.stream, { body: { message: 'One', sessionId } });
  await asked.promise;
  await server.send(routes.session(sessionId), { method: 'PATCH', body: { title: 'Mine' } });
  thinking.resolve();
  await expect.poll(() => rowOf(sessionId)?.extra_prompt_tokens).not.toBeNull();
  await server.send(routes.stream, { body: { message: 'Two', sessionId } }); // its writes come after the name

  expect((await server.session(sessionId)).title).toBe('Mine');
});

test.each([
  ['a failure', status(400, { error: { message: 'no' } })],
  ['nothing', reply([])],
])('%s keeps the first words as the title', async (_, title) => {
  answer(reply(['Answer']), title);
  const [before, asked] = [namings(), server.provider.requests.length];
  await server.send(routes.stream, { body: { message: 'First words', sessionId } });
  await server.provider.received(asked + 2);
  await server.send(routes.stream, { body: { message: 'Two', sessionId } });

  expect((await server.session(sessionId)).title).toBe('First words');
  expect(namings()).toBe(before + 1);
});

test('a reply that failed or was stopped gets no title', async () => {
  answer(status(401, { error: { message: 'no' } }), reply(['A name']));
  const before = namings();
  await server.send(routes.stream, { body: { message: 'One', sessionId } });
  answer(stallAfter(['Half']), reply(['A name']));
  const streamId = await server.start({ message: 'Two', sessionId });
  await server.send(routes.stop(streamId), { method: 'POST' });

  expect(namings()).toBe(before);
  answer(reply(['Answer']), reply(['A name']));
  expect(await sayAndHear('Three')).toBe('A name');
});

test('the setting switches titles off', async () => {
  const own = await startApp({ settings: { ai_titles: 'false' } });
  await own.send(routes.stream, { body: { message: 'One', sessionId } });
  await own.send(routes.stream, { body: { message: 'Two', sessionId } });

  expect(own.provider.requests).toHaveLength(2);
  await own.close();
});

describe('a title that does not end', () => {
  /** Sends a message in a conversation, and resolves with the request for its title. */
  async function askForName(app: TestApp, session: string) {
    const asked = app.provider.requests.length;
    const streamId = await app.start({ message: '第一句话 First words', sessionId: session });
    await app.read(streamId);
    return { streamId, request: await app.provider.received(asked + 2) };
  }
  const endless: ProviderScript = async (_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    while (!response.destroyed) {
      response.write(providerChunk({ content: '无尽的名字 endless '.repeat(50) }));
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  const dripping: ProviderScript = async (_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    const timer = setInterval(() => response.write(providerChunk({ reasoning: '.' })), 10);
    response.on('close', () => clearInterval(timer));
  };

  test('is cut at the maximum length, and its connection is closed', async () => {
    answer(reply(['Answer']), endless);
    const feed = await server.open(routes.feed);

    const { request } = await askForName(server, sessionId);

    await request.closed;
    for await (const { data } of feed.messages) if ((data as FeedEvent | undefined)?.type === 'session-changed') break;
    expect((await server.session(sessionId)).title).toMatch(/^无尽的名字 endless .*…$/);
  });

  test('is aborted after the timeout, and its connection is closed', async () => {
    const own = await startApp({ settings: { ai_titles: 'true' }, timings: { titleMs: 200 } });
    own.provider.respond((request, response) =>
      (isNaming(request.body) ? dripping : reply(['Answer']))(request, response),
    );

    const { request } = await askForName(own, sessionId);

    await request.closed;
    expect((await own.session(sessionId)).title).toBe('第一句话 First words');
    await own.close();
  });

  test.each([
    ['its conversation is deleted', (_: string) => ['DELETE', routes.session(sessionId)]],
    ['everything is deleted', (_: string) => ['DELETE', routes.sessions]],
    ['its reply is stopped again', (streamId: string) => ['POST', routes.stop(streamId)]],
  ] as const)('ends when %s', async (_, verb) => {
    answer(reply(['Answer']), stallAfter(['A name']));
    const { streamId, request } = await askForName(server, sessionId);

    const [method = '', path = ''] = verb(streamId);
    await server.send(path, { method });

    await request.closed;
  });

  test('is aborted when the server shuts down', async () => {
    const own = await startApp({ settings: { ai_titles: 'true' } });
    own.provider.respond((request, response) =>
      (isNaming(request.body) ? dripping : reply(['Answer']))(request, response),
    );
    const { request } = await askForName(own, sessionId);

    await own.close();

    await request.closed;
  });
});

describe('a title counts as a reply under way', () => {
  test('and makes room for the next start', async () => {
    const own = await startApp({ settings: { ai_titles: 'true', max_streams_per_user: '1' } });
    own.provider.respond((request, response) =>
      (isNaming(request.body) ? stallAfter(['A name']) : reply(['Answer']))(request, response),
    );
    await own.read(await own.start({ message: 'One', sessionId: 'a' }));
    const naming = await own.provider.received(2);

    const next = await own.start({ message: 'Two', sessionId: 'b' });

    await naming.closed;
    expect(contentOf(await own.read(next))).toBe('Answer');
    await own.close();
  });
});
