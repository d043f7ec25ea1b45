// On a single node the completion request is sent while the start is being committed; a start that is not stored cancels it.
import { routes } from '@sillage/protocol';
import { collect, providerScripts } from '@sillage/testing';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { DATABASE, type Database } from '../../../database/database.ts';
import { refuse } from '../../../database/refusing-trigger.testing.ts';
import { STREAM_STORE, type StreamStore } from '../../../streams/stream-store.ts';
import { RunningGenerations } from '../../generation/running-generations.ts';
import { contentOf, startApp, type TestApp } from '../app.testing.ts';
import { startNodes } from '../nodes/nodes.testing.ts';

const { reply, hangBeforeHeaders, stallAfter } = providerScripts;
const databaseOf = (app: TestApp): Database => app.provided(DATABASE);

describe('a start that cannot be stored', () => {
  let app: TestApp;

  beforeAll(async () => {
    app = await startApp();
  });
  afterAll(() => app?.close());

  test.each([
    ['before the provider has responded', hangBeforeHeaders()],
    ['after its first token', stallAfter(['Hello'])],
  ])('cancels the completion request and stores nothing, %s', async (_, script) => {
    await app.send(routes.stream, { body: { message: 'Hi' } }); // its connection to the provider is reused
    app.provider.respond(script);
    const asked = app.provider.requests.length;
    const allow = await refuse(databaseOf(app), { table: 'streams' });

    const { status, text } = await app.send(routes.stream, { body: { message: 'Hi', sessionId: 's' } });
    await allow();
    app.provider.respond(reply(['Hello']));
    const request = await app.provider.received(asked + 1);
    await request.closed;
    const { body } = await app.send(routes.sessions);

    expect(status).toBe(500);
    expect(text).not.toContain('Hello');
    expect(body).toMatchObject({ sessions: [] });
    expect(app.provided(RunningGenerations).size).toBe(0);
    expect(app.provider.requests.length).toBe(asked + 1);
  });

  test('does not keep the next start from being stored', async () => {
    app.provider.respond(reply(['Hello']));

    const { messages } = await app.open(routes.stream, { body: { message: 'Hi', sessionId: 's' } });

    expect(contentOf(await collect(messages))).toBe('Hello');
  });
});

test('a start that is being stored has its completion request sent, and none of the reply is shown', async () => {
  const app = await startApp();
  const store = app.provided<StreamStore>(STREAM_STORE);
  const create = store.create.bind(store);
  const stored = Promise.withResolvers<void>();
  vi.spyOn(store, 'create').mockImplementation(async (stream) => {
    await stored.promise;
    return create(stream);
  });
  const sent = Promise.withResolvers<void>();
  app.provider.respond(async (request, response) => {
    await reply(['Hello'])(request, response);
    sent.resolve();
  });

  let isShown = false;
  const opening = app.open(routes.stream, { body: { message: 'Hi', sessionId: 's' } });
  void opening.then(() => {
    isShown = true;
  });
  await sent.promise;
  const { status } = await app.send(routes.session('s'));
  const isShownEarly = isShown;
  stored.resolve();

  expect([status, isShownEarly]).toEqual([404, false]);
  expect(contentOf(await collect((await opening).messages))).toBe('Hello');
  await app.close();
});

test('nodes that start one reply at the same time send one completion request, once it is stored', async () => {
  const nodes = await startNodes();
  const apps = [nodes.one, nodes.other];
  const headers = { 'idempotency-key': 'k' };
  for (const { provider } of apps) provider.respond(reply(['Hello']));
  const requests = () => apps.reduce((sum, { provider }) => sum + provider.requests.length, 0);

  let isStored = false;
  const { starts, early } = await databaseOf(nodes.other)
    .query.transaction()
    .execute(async (transaction) => {
      await sql`lock table streams in exclusive mode`.execute(transaction);
      const starts = apps.map((app) => app.start({ message: 'Hi' }, { headers }));
      void Promise.all(starts).then(() => {
        isStored = true;
      });
      for (const app of apps) await app.send(routes.sessions);
      return { starts, early: { isStored, requests: requests() } };
    });
  const [streamId = '', sameId] = await Promise.all(starts);
  await nodes.one.read(streamId);

  expect(early).toEqual({ isStored: false, requests: 0 });
  expect(sameId).toBe(streamId);
  expect(requests()).toBe(1);
  await nodes.close();
});

test('a start that a limit refuses sends no completion request', async () => {
  const app = await startApp({ settings: { max_streams_per_user: '1' } });
  app.provider.respond(hangBeforeHeaders());
  await app.start({ message: 'Hi' });
  await app.provider.received();

  const { status } = await app.send(routes.streams, { body: { message: 'Hi' } });
  await app.start({ message: 'Hi' }, { user: 'bob' });
  await app.provider.received(2);

  expect(status).toBe(429);
  expect(app.provider.requests.length).toBe(2);
  await app.close();
});
