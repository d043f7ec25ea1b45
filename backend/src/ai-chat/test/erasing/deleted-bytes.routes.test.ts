// Deleted content is in no file of the data folder: neither the database, nor its write-ahead log, nor its search
// index.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { routes } from '@sillage/protocol';
import { providerScripts, tempFolder } from '@sillage/testing';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { gatedReply, readUntil, startApp, type TestApp } from '../app.testing.ts';

let dataDir: string;
let server: TestApp;
beforeEach(async () => {
  dataDir = tempFolder('sillage-bytes-');
  server = await startApp({ dataDir, timings: { walMs: 50, deletionsMs: 50, clockSettleMs: 50, wordsDropMs: 0 } });
});
afterEach(() => server.close());

/** Returns which of the words stand in a file of the folder. */
function found(words: readonly string[]): string[] {
  const files = ['sillage.db', 'sillage.db-wal', 'sillage.db-shm']
    .map((name) => join(dataDir, name))
    .filter(existsSync);
  const bytes = Buffer.concat(files.map((file) => readFileSync(file)));
  return words.filter((word) => bytes.includes(word));
}

/** Words of one conversation, in ASCII, Chinese and emoji; each begins so that an index cannot shorten it. */
const secretsOf = (n: number) => ({
  prompt: `qprompt${n}x 机密问题${n}号 🗝️${n}x`,
  reply: `zreply${n}x 机密回答${n}号 🔒${n}x`,
  sessionId: `session-secret-${n}-x`,
  key: `key-secret-${n}-x`,
  messageId: `message-secret-${n}-x`,
});
type Secrets = ReturnType<typeof secretsOf>;
const wordsOf = (all: readonly Secrets[]) =>
  all.flatMap(({ prompt, reply, ...ids }) => [...prompt.split(' '), ...reply.split(' '), ...Object.values(ids)]);

async function say({ prompt, reply, sessionId, key, messageId }: Secrets, padding = 0) {
  server.provider.respond(providerScripts.reply([reply, ' 潮'.repeat(padding)]));
  await server.send(routes.stream, {
    headers: { 'idempotency-key': key },
    body: { message: prompt + ' 汐'.repeat(padding), sessionId, messageId },
  });
}

/** Resolves once none of the words is in a file. */
const untilGone = (words: readonly string[]) => expect.poll(() => found(words), { interval: 100 }).toEqual([]);

test('a deleted conversation leaves no word, no id and no key in the files; other conversations stay', async () => {
  // Short texts share pages, long ones fill pages of their own.
  const all = Array.from({ length: 12 }, (_, n) => secretsOf(n));
  for (const [n, secrets] of all.entries()) await say(secrets, n % 3 === 0 ? 3_000 : n);
  const [deleted, kept] = [all.slice(0, 8), all.slice(8)];
  expect(found(wordsOf(deleted))).toHaveLength(wordsOf(deleted).length);

  for (const { sessionId } of deleted) await server.send(routes.session(sessionId), { method: 'DELETE' });

  await untilGone(wordsOf(deleted));
  expect(found(wordsOf(kept))).toHaveLength(wordsOf(kept).length);
  const [{ key, ...first }] = [secretsOf(0)];
  const twin = { message: first.prompt, sessionId: first.sessionId };
  const late = await server.send(routes.stream, { headers: { 'idempotency-key': key }, body: twin });
  expect(late.status, 'a late twin of a deleted start').toBe(410);
});

test('deleting everything of a user, a reply under way included, leaves nothing in the files', async () => {
  const all = [secretsOf(1), secretsOf(2), secretsOf(3)];
  for (const secrets of all.slice(1)) await say(secrets);
  const { prompt, reply, sessionId, key } = secretsOf(1);
  const gated = gatedReply([reply], [' never']);
  server.provider.respond(gated.script);
  const headers = { 'idempotency-key': key };
  const reading = await server.open(routes.stream, { headers, body: { message: prompt, sessionId } });
  await readUntil(reading, reply);

  await server.send(routes.sessions, { method: 'DELETE' });
  gated.open();

  await untilGone(wordsOf(all));
});

test('a reply that is forgotten because of its age leaves nothing in the files', async () => {
  await server.close();
  server = await startApp({
    dataDir,
    timings: { walMs: 50, clockSettleMs: 50, sweepMs: 50, retentionMs: 0, idempotencyMs: 0 },
  });
  const { reply, key } = secretsOf(1);
  server.provider.respond(providerScripts.reply([reply, ' 潮'.repeat(3_000)]));

  await server.send(routes.stream, { headers: { 'idempotency-key': key }, body: { message: '你好' } });

  await untilGone([...reply.split(' '), key]);
});

test('text that an earlier version deleted is removed from the file at the next start', async () => {
  await server.close();
  const earlier = new DatabaseSync(join(dataDir, 'sillage.db'));
  earlier.exec(`pragma secure_delete = off; pragma user_version = 0; create table earlier (body text);
    insert into earlier values ('qearlier1x 机密'), ('${'qearlier2x 潮'.repeat(3_000)}');
    delete from earlier`);
  earlier.close();
  expect(found(['qearlier1x', 'qearlier2x'])).toHaveLength(2);

  server = await startApp({ dataDir, timings: { walMs: 50 } });

  await untilGone(['qearlier1x', 'qearlier2x']);
});
