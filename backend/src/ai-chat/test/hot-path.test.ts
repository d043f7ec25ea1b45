// Countable cost of a token: commits, writes and parsed chunks. Timings are measured in `bench/`.
import { ServerResponse } from 'node:http';
import { StatementSync } from 'node:sqlite';
import { routes } from '@sillage/protocol';
import { collect, providerScripts } from '@sillage/testing';
import { DefaultQueryCompiler } from 'kysely';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { contentOf, startApp, type TestApp } from './app.testing.ts';

const { reply } = providerScripts;
const tokens = Array.from({ length: 2_000 }, (_, index) => ` w${index}`);

let app: TestApp;
beforeEach(async () => {
  app = await startApp({ settings: { max_streams_per_user: '100' } });
});
afterEach(async () => {
  vi.restoreAllMocks();
  await app.close();
});

/** Counts the writes of responses to readers; the provider of the test answers in this process too. */
function countWrites(): () => number {
  const write = vi.spyOn(ServerResponse.prototype, 'write');
  return () => write.mock.contexts.filter((response) => (response as ServerResponse).hasHeader('Stream-Id')).length;
}

test('two thousand chunks at once take a few commits and a few writes, not one each', async () => {
  app.provider.respond(reply(tokens));
  const commitsBefore = app.commits();
  const writes = countWrites();

  const { messages } = await app.open(routes.stream, { body: { message: 'x', sessionId: 's' } });
  const text = contentOf(await collect(messages));

  expect(text).toBe(tokens.join(''));
  expect(app.commits() - commitsBefore).toBeLessThan(tokens.length / 20);
  expect(writes()).toBeLessThan(tokens.length / 20);
});

test('a reply after the first few compiles no statement', async () => {
  app.provider.respond(reply(['Hello']));
  const say = async (index: number) => {
    const body = { message: 'x', sessionId: 's', messageId: `m${index}`, replyId: `r${index}`, history: [] };
    const headers = { 'idempotency-key': `k${index}` };
    return contentOf(await collect((await app.open(routes.stream, { body, headers })).messages));
  };
  await say(0);
  await say(1);
  const compile = vi.spyOn(DefaultQueryCompiler.prototype, 'compileQuery');

  const texts = [await say(2), await say(3)];

  expect(texts).toEqual(['Hello', 'Hello']);
  const compiled = compile.mock.results.map(({ value }) => value.sql);
  // A statement of a periodic task may be compiled meanwhile, once.
  expect(compiled.filter((sql, i) => compiled.indexOf(sql) < i)).toEqual([]);
});

test('a start reads its conversation once', async () => {
  app.provider.respond(reply(['Hello']));
  const say = async () =>
    contentOf(await collect((await app.open(routes.stream, { body: { message: 'x', sessionId: 's' } })).messages));
  await say();
  const all = vi.spyOn(StatementSync.prototype, 'all');

  await say();

  const statements = all.mock.contexts.map((statement) => (statement as StatementSync).sourceSQL);
  expect(statements.filter((sql) => sql.includes('from "conversations"'))).toHaveLength(1);
});

test('chunks of one shape are parsed a few times per reply, not once each', async () => {
  app.provider.respond(reply(tokens));
  const parse = vi.spyOn(JSON, 'parse');

  const { messages } = await app.open(routes.stream, { body: { message: 'x' } });
  await messages.next(); // the reader of the test parses what follows, long after the server
  const parsed = () => parse.mock.calls.filter(([text]) => text.includes('"choices"')).length;
  await collect(messages);

  expect(parsed()).toBeLessThan(50);
});

test('concurrent streams share their commits', async () => {
  const streams = 20;
  let [waiting, next] = [0, Promise.withResolvers<void>()];
  /** Sends the deltas of all streams together, and the next ones after a commit interval. */
  const beforeDelta = async () => {
    const { promise, resolve } = next;
    waiting += 1;
    if (waiting === streams) {
      [waiting, next] = [0, Promise.withResolvers<void>()];
      setTimeout(resolve, 10);
    }
    await promise;
  };
  app.provider.respond(reply(tokens.slice(0, 50), { beforeDelta }));
  const commitsBefore = app.commits();

  const ids = await Promise.all(Array.from({ length: streams }, (_, index) => app.start({ message: `${index}` })));
  await Promise.all(ids.map((id) => app.read(id)));

  expect(app.commits() - commitsBefore).toBeLessThan((streams * 50) / 4);
});

test('a hundred late readers take no commit, and one write each per slice', async () => {
  app.provider.respond(reply(tokens));
  const id = await app.start({ message: 'x' });
  await app.read(id);
  const commitsBefore = app.commits();
  const writes = countWrites();

  await Promise.all(Array.from({ length: 100 }, () => app.read(id)));

  expect(app.commits() - commitsBefore).toBeLessThanOrEqual(1); // that of the first reader's timeline
  expect(writes()).toBeLessThanOrEqual(100 * 4); // where reading begins, the text, the end
});
