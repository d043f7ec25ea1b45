// The longest tasks of the event loop: while one user works with much data, 300 replies of others keep streaming.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { request } from 'node:http';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as delay } from 'node:timers/promises';
import { type ChatRequest, limits, routes } from '@sillage/protocol';
import { type Provider, providerScripts, startProvider, tempFolder } from '@sillage/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { storeHistory } from './stored-history.ts';
import type { Measured } from './task-timer.ts';

const streams = 300;
/** The longest task, on a machine that does the fixed work of `TaskTimer` in `usualWorkMs`. */
const longestMs = 50;
const usualWorkMs = 6;

const folder = tempFolder();
let provider: Provider;
let host: ChildProcess;
let origin: string;

beforeAll(async () => {
  await storeHistory(folder);
  provider = await startProvider();
  provider.respond(providerScripts.reply(Array(1_000).fill('some words '), { throttleMs: 300 }));
  host = fork(join(import.meta.dirname, 'host.ts'), [folder, provider.url], { execArgv: ['--expose-gc'] });
  const [port] = await once(host, 'message');
  origin = `http://127.0.0.1:${port}`;
  for (let i = 0; i < streams; i += 20) await Promise.all(Array.from({ length: 20 }, followReply));
}, 300_000);

afterAll(async () => {
  host?.kill('SIGKILL');
  await provider?.stop();
});

test.each([
  ['a list of conversations', routes.sessions, '"sessions"'],
  ['a search that finds 100,000 messages', `${routes.sessions}?search=stored%20words`, '"match"'],
  ['a search for one letter', `${routes.sessions}?search=s`, '"match"'],
  ['a conversation with 10,000 messages', routes.session('long'), 'long-009999'],
  ['its export as JSON', routes.exportSession('long', 'json'), 'number 9999'],
  ['its export as Markdown', routes.exportSession('long', 'markdown'), 'number 9999'],
  ['an export of 2 MB of text', routes.exportSession('large', 'json'), 'number 20'],
])('%s has no long task', async (_name, path, part) => {
  await expectShortTasks(async () => expect(await call(path)).toContain(part));
});

test('a reply to a conversation with 10,000 messages has no long task', async () => {
  await expectShortTasks(async () => expect(await post({ message: 'Hi', sessionId: 'long' })).toContain('streamId'));
});

test('counting the tokens of 2 MB of history has no long task', async () => {
  await expectShortTasks(async () => expect(await post({ message: 'Hi', sessionId: 'large' })).toContain('streamId'));
});

test('a request body of 2 MB has no long task', async () => {
  const content = 'words of a long history '.repeat(700);
  const history = Array.from({ length: 120 }, (_, i) => ({ role: i % 2 ? 'assistant' : 'user', content }) as const);
  const body = { message: 'Hi', history };
  expect(JSON.stringify(body).length).toBeGreaterThan(0.9 * limits.bodyBytes);

  await expectShortTasks(async () => expect(await post(body)).toContain('streamId'));
});

test('a sweep of 10,000 streams and keys has no long task', async () => {
  const age = 2 * 86_400_000;
  const kept = `(select count(*) from streams where user_id = 'bob' and forgotten_at is null)
    + (select count(*) from idempotency_keys where user_id = 'bob')`;

  await expectShortTasks(
    async () => {
      inDatabase(`update idempotency_keys set created_at = created_at - ${age} where user_id = 'bob' returning 1`);
      inDatabase(`update streams set ended_at = ended_at - ${age} where user_id = 'bob' returning 1`);
    },
    () => inDatabase(`select ${kept}`) === 0,
  );
});

test('erasing a conversation with 10,000 messages, and then everything, has no long task', async () => {
  const erase = (path: string) => call(path, { method: 'DELETE' });
  const messages = () => inDatabase(`select count(*) from messages where user_id = 'ada'`);

  for (const path of [routes.session('long'), routes.sessions]) {
    const before = messages();
    await expectShortTasks(
      async () => expect(await erase(path)).toBe(''),
      () => messages() < before - 2_000, // the rest is deleted in the same steps
    );
  }
});

/** Starts a reply and reads it until the server is killed. */
async function followReply(): Promise<void> {
  const headers = { authorization: 'eve', 'content-type': 'application/json' };
  const sent = request(origin + routes.stream, { method: 'POST', headers, agent: false });
  sent.on('error', () => {}).end(JSON.stringify({ message: 'Hi' }));
  const [response] = await once(sent, 'response');
  response.on('error', () => {}).resume();
}

async function call(path: string, init: RequestInit = {}): Promise<string> {
  const headers = { authorization: 'ada', 'content-type': 'application/json' };
  const response = await fetch(origin + path, { headers, ...init });
  const text = await response.text();
  return response.ok ? text : `${response.status}`;
}

const post = (body: ChatRequest) => call(routes.streams, { method: 'POST', body: JSON.stringify(body) });

async function read(): Promise<Measured> {
  const measured = once(host, 'message');
  host.send('read');
  return (await measured)[0];
}

/** Expects the event loop to stay responsive during `work` and until `done`. */
async function expectShortTasks(work: () => Promise<unknown>, done: () => unknown = () => true): Promise<void> {
  const before = await read();
  await work();
  await expect.poll(done, { timeout: 100_000, interval: 50 }).toBe(true);
  await delay(100);
  const measured = await read();
  // Before or after: processes beside it take caches and the other half of a core, and may begin or end meanwhile.
  const slowness = Math.max(1, before.fixedWorkMs / usualWorkMs, measured.fixedWorkMs / usualWorkMs);
  expect(measured.longestMs, `slowness ${slowness}`).toBeLessThan(longestMs * slowness);
}

/** Runs a statement of the test itself in the server's database. */
function inDatabase(sql: string): number {
  const database = new DatabaseSync(join(folder, 'sillage.db'), { timeout: 60_000 });
  try {
    return Number(Object.values(database.prepare(sql).get() ?? {})[0]);
  } finally {
    database.close();
  }
}
