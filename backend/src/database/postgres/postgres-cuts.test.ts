// A network between a node and PostgreSQL that loses responses: no call hangs, no lock remains, and a write with an unknown
// outcome rejects.
import { Logger } from '@nestjs/common';
import { type CuttingProxy, type Postgres, startPostgres, startProxy } from '@sillage/testing';
import { sql } from 'kysely';
import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { PostgresDatabase } from './postgres-database.ts';

const queryTimeoutMs = 600;
const storage = { name: 'StreamError', code: 'storage' };

let postgres: Postgres;
let proxy: CuttingProxy;
let url: string;
let far: PostgresDatabase;
let near: PostgresDatabase;

beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres?.stop());
beforeEach(async () => {
  url = await postgres.createDatabase();
  proxy = await startProxy(url);
  far = await PostgresDatabase.open(proxy.url, { queryTimeoutMs, connectMs: 2_000, storageRetryMs: 20 });
  near = await PostgresDatabase.open(url);
  await near.write([insert('a')]);
});
afterEach(async () => {
  await proxy.resume();
  await Promise.all([far.close(), near.close()]);
  await proxy.close();
});

const insert = (hash: string) =>
  near.query
    .insertInto('tickets')
    .values({ ticket_hash: hash, user_id: 'ada', claims: '{}', created_at: 1, bound_to: null, stream_id: null })
    .compile();
const rename = (user: string) => near.query.updateTable('tickets').set({ user_id: user }).compile();
const read = (database: PostgresDatabase) => database.query.selectFrom('tickets').selectAll().execute();
const hashes = async () => (await read(near)).map((row) => row.ticket_hash).sort();

test.each<[string, (database: PostgresDatabase) => Promise<unknown>]>([
  ['a read', read],
  ['a write of one statement', (database) => database.write([insert('b')])],
  ['a write of many', (database) => database.write([insert('b'), insert('c'), rename('bob')])],
])('%s without a response fails within the timeout, once, and closes its connection', async (_, run) => {
  await run(far).catch(() => {}); // opens the connection
  await near.write([near.query.deleteFrom('tickets').where('ticket_hash', '!=', 'a').compile()]);
  const { connections } = proxy;
  proxy.pause();

  const at = performance.now();
  await expect(run(far)).rejects.toMatchObject(storage);

  expect(performance.now() - at).toBeLessThan(5_000); // without the timeout, it would wait for ever
  await proxy.resume();
  await run(far).catch(() => {}); // the delayed response may have arrived or not
  expect(proxy.connections).toBeGreaterThan(connections);
});

test('after a lost connection, the next call works', async () => {
  await Promise.all([read(far), far.write([rename('x'), rename('y')])]);
  proxy.cut();

  await expect.poll(() => far.write([rename('bob')]).catch(() => false)).toBe(true);
  expect(await read(far)).toMatchObject([{ user_id: 'bob' }]);
});

test('the log has one line when the database is away and one when it works again', async () => {
  const lines: string[] = [];
  for (const level of ['error', 'warn'] as const) {
    vi.spyOn(Logger.prototype, level).mockImplementation((line) => void lines.push(String(line)));
  }
  await read(far);
  proxy.pause();
  const calls = () =>
    Promise.allSettled([read(far), far.write([insert('b')]), far.write([insert('c'), rename('bob')])]);
  await calls();
  await calls();
  await proxy.resume();

  await expect
    .poll(() =>
      read(far).then(
        () => lines.length,
        () => 0,
      ),
    )
    .toBe(2);
  expect(lines[0]).toMatch(/^The database cannot be reached or cannot write\. .* Cause: .*time/i);
  expect(lines[1]).toMatch(/^The database works again\. It lasted \d+\.\d s\.$/);
  vi.restoreAllMocks();
});

test('the server rolls back the transaction of a disconnected node before the node notices', async () => {
  const patient = await PostgresDatabase.open(proxy.url, { queryTimeoutMs: 2_000 });
  await patient.write([insert('b'), insert('c')]);
  proxy.pause('to-client'); // it does not receive the results, so it neither commits nor rolls back
  const lost = patient.write([rename('far'), insert('d')]).catch((error: unknown) => error);
  await expect.poll(() => isWaiting()).toBe(true);

  const first = await Promise.race([near.write([rename('near')]), lost]);

  expect(first).toBe(true);
  expect(await lost).toMatchObject(storage);
  expect(await hashes()).toEqual(['a', 'b', 'c']);
  await patient.close();
});

test('the server cancels a statement that takes too long, so that it does not run beside the next attempt', async () => {
  const hasty = await PostgresDatabase.open(url, { queryTimeoutMs });
  const client = await connected();
  await client.query('begin; select * from tickets for update');
  const busy = `select count(*)::int as count from pg_stat_activity
    where datname = current_database() and state = 'active' and query like 'update "tickets"%'`;
  const counts = new Set<number>();

  for (let attempt = 0; attempt < 3; attempt++) {
    let isWaiting = true;
    const failing = expect(hasty.write([rename('bob'), insert('b')])).rejects.toMatchObject(storage);
    void failing.finally(() => {
      isWaiting = false;
    });
    while (isWaiting)
      counts.add((await near.query.selectNoFrom(sql<number>`(${sql.raw(busy)})`.as('count')).execute())[0]?.count ?? 0);
    await failing;
  }
  await expect(hasty.write([{ sql: 'select pg_sleep(60)', parameters: [] }])).rejects.toMatchObject(storage);

  expect(Math.max(...counts)).toBe(1);
  const left = `select 1 from pg_stat_activity where datname = current_database() and query like '%pg_sleep(60)%'
    and state = 'active' and pid <> pg_backend_pid()`;
  expect((await client.query(left)).rows).toEqual([]);
  await client.query('rollback');
  expect(await hasty.write([rename('bob'), insert('b')])).toBe(true);
  await Promise.all([client.end(), hasty.close()]);
});

test('a commit whose response is lost rejects, although it may have been committed', async () => {
  const gate = await gateAtCommit();
  const lost = far.write([insert('b'), insert('c')]);
  lost.catch(() => {});
  await gate.reached();

  proxy.cut();
  await expect(lost).rejects.toMatchObject(storage);
  await gate.open();

  await expect.poll(hashes).toEqual(['a', 'b', 'c']);
});

/** Whether a transaction has run its statements and waits for its commit. */
async function isWaiting(): Promise<boolean> {
  const client = await connected();
  const { rows } = await client.query(
    `select 1 from pg_stat_activity where datname = current_database() and state = 'idle in transaction'`,
  );
  await client.end();
  return rows.length > 0;
}

/** Makes every commit of tickets wait until the gate is opened. */
async function gateAtCommit() {
  const client = await connected();
  await client.query(`
    create function wait_at_gate() returns trigger language plpgsql as
      $$ begin perform pg_advisory_xact_lock_shared(1); return null; end $$;
    create constraint trigger gate after insert on tickets deferrable initially deferred
      for each row execute function wait_at_gate();
    select pg_advisory_lock(1)`);
  const waiting = `select count(*)::int as count from pg_locks where locktype = 'advisory' and not granted`;
  return {
    reached: () => expect.poll(async () => (await client.query(waiting)).rows[0].count).toBe(1),
    open: () => client.end(), // ends the session, and with it the lock
  };
}

async function connected(): Promise<Client> {
  const client = new Client(url);
  await client.connect();
  return client;
}
