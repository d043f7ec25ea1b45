import { DatabaseSync } from 'node:sqlite';
import { setImmediate as nextIteration } from 'node:timers/promises';
import { beforeEach, expect, test } from 'vitest';
import { expectRowChange, type Statement } from '../database.ts';
import { GroupCommit } from './group-commit.ts';
import { StatementCache } from './statement-cache.ts';

let connection: DatabaseSync;
let group: GroupCommit;

beforeEach(() => {
  connection = new DatabaseSync(':memory:');
  connection.exec('create table words (word text primary key, length integer not null)');
  group = new GroupCommit(connection, { commitMs: 1_000, statements: new StatementCache(connection) });
});

const insert = (word: string, length: number | null = word.length): Statement => ({
  sql: 'insert into words values (?, ?)',
  parameters: [word, length],
});
const rename = (from: string, to: string): Statement => ({
  sql: 'update words set word = ? where word = ?',
  parameters: [to, from],
});
const words = () =>
  connection
    .prepare('select word from words order by word')
    .all()
    .map(({ word }) => word);

/** Returns the outcome of each write: whether it was written, or its error message. */
async function outcomesOf(writes: Promise<boolean>[]): Promise<(boolean | string)[]> {
  const settled = await Promise.allSettled(writes);
  return settled.map((each) => (each.status === 'fulfilled' ? each.value : String(each.reason.message)));
}

test('writes of the same iteration of the event loop are one commit, in their order', async () => {
  const written = await Promise.all([group.write([insert('a')]), group.write([rename('a', 'b'), insert('c')])]);

  expect(written).toEqual([true, true]);
  expect(words()).toEqual(['b', 'c']);
  expect(group.commits).toBe(1);
});

test('the first writes after a pause are committed at once, the next ones after the throttle interval', async () => {
  for (const word of ['a', 'b', 'c', 'd', 'e']) await group.write([insert(word)]);
  const next = group.write([insert('f')]);

  await nextIteration();
  await nextIteration();
  expect(words()).not.toContain('f');

  group.flush();
  expect(await next).toBe(true);
  expect(words()).toContain('f');
});

test('a waiting write is committed by a timer when the interval is over', async () => {
  const quick = new GroupCommit(connection, { commitMs: 5, statements: new StatementCache(connection) });

  for (const word of ['a', 'b', 'c', 'd', 'e', 'f']) await quick.write([insert(word)]);

  expect(quick.commits).toBe(6);
});

test('an urgent write is committed at once, together with all pending writes', async () => {
  for (const word of ['a', 'b', 'c', 'd', 'e']) await group.write([insert(word)]);
  const paced = group.write([insert('f')]);

  for (let n = 0; n < 100; n++) await group.write([insert(`urgent ${n}`)], { isUrgent: true });

  expect(await paced).toBe(true);
  expect(group.commits).toBe(105);
});

test('without pending writes nothing is committed', () => {
  group.flush();

  expect(group.commits).toBe(0);
});

test.each([
  ['in a batch of its own', [insert('a')]],
  ['among others', [insert('x'), insert('a')]],
  ['where a value is missing', [insert('x'), insert('y', null)]],
])('a violated constraint %s rolls back its batch, and the other batches are written', async (_, broken) => {
  const outcomes = await outcomesOf([[insert('a')], broken, [insert('c')]].map((batch) => group.write(batch)));

  expect(outcomes).toEqual([true, expect.stringMatching(/constraint failed/), true]);
  expect(words()).toEqual(['a', 'c']);
  expect(group.commits).toBe(1);
});

test('a violated constraint of a statement that is alone in its commit fails only this statement', async () => {
  await group.write([insert('a')]);

  await expect(group.write([insert('a')])).rejects.toThrow(/constraint failed/);

  expect(await group.write([insert('b')])).toBe(true);
  expect(words()).toEqual(['a', 'b']);
});

test('invalid SQL fails its own batch only', async () => {
  const nonsense = { sql: 'insert into nowhere values (1)', parameters: [] };

  const outcomes = await outcomesOf(
    [[insert('a')], [insert('b'), nonsense], [nonsense], [insert('c')]].map((batch) => group.write(batch)),
  );

  expect(outcomes).toEqual([
    true,
    expect.stringMatching(/no such table/),
    expect.stringMatching(/no such table/),
    true,
  ]);
  expect(words()).toEqual(['a', 'c']);
});

test('a statement whose expected row change does not happen rolls back its batch, and no other', async () => {
  const outcomes = await outcomesOf(
    [
      [insert('a')],
      [insert('b'), expectRowChange(rename('nothing', 'x')), insert('c')],
      [expectRowChange(rename('nothing', 'y'))],
      [expectRowChange(rename('a', 'd'))],
      [rename('nothing', 'z')],
    ].map((batch) => group.write(batch)),
  );

  expect(outcomes).toEqual([true, false, false, true, true]);
  expect(words()).toEqual(['d']);
});

test('an insert that does nothing on a conflict has changed nothing', async () => {
  const once = expectRowChange({ ...insert('a'), sql: 'insert into words values (?, ?) on conflict do nothing' });

  expect(await outcomesOf([group.write([once]), group.write([once, insert('b')])])).toEqual([true, false]);
  expect(words()).toEqual(['a']);
});

test('a batch that is a function is called once, during the commit', async () => {
  const parts: Statement[] = [];
  let calls = 0;
  const writing = group.write(() => {
    calls++;
    return parts;
  });
  parts.push(insert('late'));

  await writing;

  expect([words(), calls]).toEqual([['late'], 1]);
});

test('a batch whose function throws rejects with that error, and no other batch fails', async () => {
  const outcomes = await outcomesOf([
    group.write([insert('a')]),
    group.write(() => {
      throw new TypeError('a bug');
    }),
    group.write([insert('b')]),
  ]);

  expect(outcomes).toEqual([true, 'a bug', true]);
  expect(words()).toEqual(['a', 'b']);
});

test('a storage failure rejects and rolls back all batches of the commit; the next commit can succeed', async () => {
  connection.exec('pragma max_page_count = 1');
  const batches = [
    [insert('a')],
    [insert('b'), insert('x'.repeat(100_000))],
    [expectRowChange(rename('a', 'c'))],
    [insert('d')],
  ];

  const outcomes = await Promise.allSettled(batches.map((batch) => group.write(batch)));

  expect(outcomes).toMatchObject(
    batches.map(() => ({ status: 'rejected', reason: { name: 'StreamError', code: 'storage' } })),
  );
  expect(words()).toEqual([]);
  expect(group.commits).toBe(0);

  connection.exec('pragma max_page_count = 1000000');
  const next = group.write([insert('e')]);
  group.flush();
  expect(await next).toBe(true);
  expect(words()).toEqual(['e']);
});

test('a commit that the database rejects stores nothing, and the next one works', async () => {
  connection.exec('pragma foreign_keys = on');
  connection.exec('create table echoes (word text references words deferrable initially deferred)');
  const orphan = { sql: 'insert into echoes values (?)', parameters: ['nothing'] };

  const outcomes = await Promise.allSettled([group.write([insert('a')]), group.write([orphan])]);

  expect(outcomes).toMatchObject([{ reason: { code: 'storage' } }, { reason: { code: 'storage' } }]);
  expect(words()).toEqual([]);
  const next = group.write([insert('b')]);
  group.flush();
  expect(await next).toBe(true);
  expect(words()).toEqual(['b']);
});

test('a write after the database was closed is rejected without another error', async () => {
  connection.close();

  await expect(group.write([insert('a')])).rejects.toMatchObject({ name: 'StreamError', code: 'storage' });
});
