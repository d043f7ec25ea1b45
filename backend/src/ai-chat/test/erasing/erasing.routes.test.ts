// Deletion over HTTP: active generations are stopped, all content is deleted, and only usage records remain.

import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { DatabaseSync } from 'node:sqlite';
import { routes, type SessionsResponse } from '@sillage/protocol';
import { providerScripts, tempFolder } from '@sillage/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Statement } from '../../../database/database.ts';
import { gatedReply, readUntil, startApp, type TestApp } from '../app.testing.ts';

let server: TestApp;
let user: string;
let count = 0;
const dataDir = tempFolder('sillage-erasing-');

beforeAll(async () => {
  server = await startApp({ dataDir, timings: { wordsDropMs: 0 } });
});
beforeEach(() => {
  user = `user-${++count}`;
  server.provider.respond(providerScripts.reply(['Answer']));
});
afterAll(() => server.close());

const say = (body: Record<string, unknown>) => server.send(routes.stream, { user, body });
const erase = (sessionId: string) => server.send(routes.session(sessionId), { user, method: 'DELETE' });
const eraseAll = () => server.send(routes.sessions, { user, method: 'DELETE' });
const list = async (query = '') => (await server.send(`${routes.sessions}${query}`, { user })).body as SessionsResponse;
const statusOf = async (streamId: string) => (await server.send(routes.streamById(streamId), { user })).status;

/** Looks into the database as another process would. */
function rows(sql: string, ...parameters: string[]): Record<string, unknown>[] {
  const database = new DatabaseSync(join(dataDir, 'sillage.db'), { readOnly: true });
  try {
    return database.prepare(sql).all(...parameters);
  } finally {
    database.close();
  }
}

test('a deleted conversation and its streams are 404, and no list or search returns it', async () => {
  await say({ message: 'unforgettable', sessionId: 'a' });
  await say({ message: 'another', sessionId: 'b' });
  const streamId = String((await server.session('a', { user })).messages[1]?.streamId);
  expect(await statusOf(streamId)).toBe(200);

  expect((await erase('a')).status).toBe(204);

  expect((await server.send(routes.session('a'), { user })).status).toBe(404);
  expect(await statusOf(streamId)).toBe(404);
  expect((await server.send(routes.stop(streamId), { user, method: 'POST' })).status).toBe(404);
  expect((await list('?search=unforgettable')).sessions).toEqual([]);
  expect((await list()).sessions.map(({ sessionId }) => sessionId)).toEqual(['b']);
  expect((await erase('a')).status).toBe(404);
});

test('a deletion stops the reply under way, whose end adds no message', async () => {
  const gated = gatedReply(['Half'], [' whole']);
  server.provider.respond(gated.script);
  const reading = await server.open(routes.stream, { user, body: { message: 'x', sessionId: 'a' } });
  await readUntil(reading, 'Half');
  const request = server.provider.requests.at(-1);

  expect((await erase('a')).status).toBe(204);
  await request?.closed;
  gated.open();

  const end = (await reading.messages.next()).value;
  expect(end).toMatchObject({ data: { finishReason: 'stopped' } });
  expect(await statusOf(String(reading.headers['stream-id']))).toBe(404);
  expect((await server.send(routes.session('a'), { user })).status).toBe(404);
  await server.purged();
  expect(rows('select * from messages where user_id = ?', user)).toEqual([]);
});

test('no word of a deleted conversation is in any table, and its usage is', async () => {
  server.provider.respond(providerScripts.reply(['replyxyzzy']));
  const { ticket } = (await server.send(routes.ticket, { user, method: 'POST' })).body as { ticket: string };
  await server.send(`${routes.streamSse}?${new URLSearchParams({ ticket, message: 'promptxyzzy', sessionId: 'a' })}`, {
    user: null,
  });
  const everything = () =>
    rows(`select name from sqlite_schema where type = 'table' and name not like 'sqlite_%'`)
      .map(({ name }) => String(name))
      .filter((name) => name !== 'search_index')
      .flatMap((name) => rows(`select * from "${name}"`))
      .flatMap((row) =>
        Object.values(row).map((value) =>
          value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : value,
        ),
      )
      .join('\n');
  expect(everything()).toContain('promptxyzzy');
  expect(everything()).toContain('xyzzy');

  await erase('a');
  await server.purged();

  expect(everything()).not.toContain('xyzzy');
  const [stream] = rows('select * from streams where user_id = ?', user);
  expect(stream).toMatchObject({ session_id: null, prompt_tokens: 9, completion_tokens: 1 });
});

test('a late repetition of a deleted start is 410 and starts nothing', async () => {
  const headers = { 'idempotency-key': `key-${user}` };
  const body = { message: 'x', sessionId: 'a' };
  await server.send(routes.stream, { user, headers, body });
  await erase('a');

  const { status, body: answer } = await server.send(routes.stream, { user, headers, body });

  expect(status).toBe(410);
  expect(answer).toMatchObject({ code: 'gone' });
  expect((await list()).sessions).toEqual([]);
});

test('a conversation with the same id can be created again', async () => {
  await say({ message: 'One', sessionId: 'a' });
  await erase('a');

  await say({ message: 'Two', sessionId: 'a' });

  expect((await server.session('a', { user })).messages.map(({ content }) => content)).toEqual(['Two', 'Answer']);
});

test('DELETE /sessions erases everything of the user, replies under way included, and nothing of other users', async () => {
  await server.send(routes.stream, { user: 'neighbour', body: { message: 'mine', sessionId: 'a' } });
  for (const sessionId of ['a', 'b']) await say({ message: 'words', sessionId });
  await say({ message: 'without a conversation' });
  server.provider.respond(providerScripts.stallAfter(['Half']));
  const open = [
    await server.start({ message: 'x', sessionId: 'c' }, { user }),
    await server.start({ message: 'y' }, { user }),
  ];
  const ids = rows('select stream_id from streams where user_id = ?', user).map((row) => String(row.stream_id));

  expect((await eraseAll()).status).toBe(204);

  expect(ids).toHaveLength(5);
  expect(ids).toEqual(expect.arrayContaining(open));
  for (const id of ids) expect(await statusOf(id)).toBe(404);
  expect(await list()).toEqual({ sessions: [] });
  expect((await server.session('a', { user: 'neighbour' })).messages).toHaveLength(2);
  expect((await eraseAll()).status).toBe(204); // also where there is nothing
});

describe('erasing many conversations', () => {
  const text = `${'word '.repeat(3_000)}${'海'.repeat(6_000)}`;
  /** Writes conversations of 100 messages of 32 kB each. */
  const fill = (conversations: number) =>
    write(
      Array.from({ length: conversations }, (_, c) => [
        {
          sql: `insert into conversations (user_id, session_id, title, created_at, updated_at) values (?, ?, 'title', 1, 1)`,
          parameters: [user, `s${c}`],
        },
        {
          sql: `with recursive row (i) as (select 1 union all select i + 1 from row where i < 100)
            insert into messages (message_id, user_id, session_id, role, content, created_at)
            select ? || '-' || i, ?, ?, 'user', ?, i from row`,
          parameters: [`${user}-${c}`, user, `s${c}`, text],
        },
      ]).flat(),
    );

  test('hides all of them at once, and deletes in steps, between which other requests are served', async () => {
    await fill(4);
    server.provider.respond(providerScripts.reply(Array.from({ length: 200 }, () => 'token ')));
    const before = await server.purged();
    const delays = monitorEventLoopDelay({ resolution: 5 });

    delays.enable();
    expect((await eraseAll()).status).toBe(204);
    expect(await list()).toEqual({ sessions: [] });
    expect((await server.send(routes.session('s1'), { user })).status).toBe(404);
    expect((await list('?search=word')).sessions).toEqual([]);
    const other = await server.send(routes.stream, { user: 'neighbour', body: { message: 'x' } });
    const steps = (await server.purged()) - before;
    delays.disable();

    expect(other.text).toContain('"finishReason":"stop"');
    expect(steps).toBeGreaterThan(400 / 50);
    expect(delays.percentile(99) / 1e6).toBeLessThan(200); // one transaction: seconds
    expect(rows('select * from messages where user_id = ?', user)).toEqual([]);
    expect(rows('select * from erasures')).toEqual([]);
  });

  test('allows a new conversation with the same id meanwhile, without anything of the earlier one', async () => {
    await fill(2);

    expect((await eraseAll()).status).toBe(204);
    await say({ message: 'anew', sessionId: 's1' });

    expect((await server.session('s1', { user })).messages.map(({ content }) => content)).toEqual(['anew', 'Answer']);
    expect((await list('?search=word')).sessions).toEqual([]);
    await server.purged();
    expect((await list()).sessions.map(({ sessionId, title }) => [sessionId, title])).toEqual([['s1', 'anew']]);
    expect((await server.session('s1', { user })).messages.map(({ content }) => content)).toEqual(['anew', 'Answer']);
  });

  test('continues at the next start after a restart has interrupted it', async () => {
    await fill(3);
    await eraseAll();

    await server.close();
    server = await startApp({ dataDir, timings: { wordsDropMs: 0 } });
    await server.purged();

    expect(rows('select * from messages where user_id = ?', user)).toEqual([]);
    expect(rows('select * from erasures')).toEqual([]);
  });
});

function write(statements: Statement[]): void {
  const database = new DatabaseSync(join(dataDir, 'sillage.db'));
  database.function('owned_words', (_: unknown, words: unknown) => String(words));
  database.exec('pragma busy_timeout = 5000');
  for (const { sql, parameters } of statements) database.prepare(sql).run(...(parameters as string[]));
  database.close();
}
