// Pausing PostgreSQL pauses all of its processes; a running backend would still respond and commit.
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Postgres, startPostgres } from './postgres.ts';
import { connectPostgres, type PostgresConnection } from './postgres-connection.ts';

let postgres: Postgres;
let connection: PostgresConnection;
beforeAll(async () => {
  postgres = await startPostgres();
  connection = connectPostgres(await postgres.createDatabase());
});
afterAll(async () => {
  await connection?.close();
  await postgres?.stop();
});

test('while paused it responds on no open connection, and it continues when it is resumed', async () => {
  await connection.rows('create table words (word text)');
  let isAnswered = false;

  postgres.pause();
  const inserted = connection.rows("insert into words values ('Hello') returning word").finally(() => {
    isAnswered = true;
  });
  const postmaster = `/proc/${postgres.pid}/task/${postgres.pid}/children`;
  const children = readFileSync(postmaster, 'utf8').split(' ').filter(Boolean);
  await expect.poll(() => new Set([`${postgres.pid}`, ...children].map(stateOf))).toEqual(new Set(['T']));
  expect(children.length).toBeGreaterThan(1);
  expect(isAnswered).toBe(false);

  postgres.resume();
  expect(await inserted).toEqual([{ word: 'Hello' }]);
});

test('paused it can be killed, and comes back with what it had', async () => {
  await connection.rows('create table numbers as select 12345678901::bigint as number');

  postgres.pause();
  await postgres.restart();

  expect(await connection.rows('select number from numbers')).toEqual([{ number: 12345678901 }]);
});

function stateOf(pid: string): string | undefined {
  return /^State:\s+(\w)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
}
