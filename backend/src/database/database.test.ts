// What `Database` guarantees, tested on every adapter.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Database, expectRowChange, type Statement } from './database.ts';
import { onEachDatabase } from './each-database.testing.ts';

onEachDatabase((open) => {
  let database: Database;

  beforeEach(async () => {
    database = await open();
  });
  afterEach(() => database.close());

  const insert = (hash: string, claims: string | null = '{}') =>
    database.query
      .insertInto('tickets')
      .values({
        ticket_hash: hash,
        user_id: 'ada',
        claims: claims as string,
        created_at: 1,
        bound_to: null,
        stream_id: null,
      })
      .compile();
  const rename = (from: string, to: string) =>
    database.query.updateTable('tickets').set({ ticket_hash: to }).where('ticket_hash', '=', from).compile();
  const hashes = async () => {
    const rows = await database.query.selectFrom('tickets').select('ticket_hash').orderBy('ticket_hash').execute();
    return rows.map((row) => row.ticket_hash);
  };
  /** Returns the outcome of each write: its result, or `fault` for a rejected statement. */
  const outcomesOf = async (batches: (readonly Statement[] | (() => readonly Statement[]))[]) => {
    const settled = await Promise.allSettled(batches.map((batch) => database.write(batch)));
    return settled.map((each) =>
      each.status === 'fulfilled' ? each.value : each.reason.code === 'storage' || 'fault',
    );
  };

  test('a batch is written completely and read back unchanged', async () => {
    expect(await database.write([insert('a'), insert('b')])).toBe(true);

    expect(await hashes()).toEqual(['a', 'b']);
  });

  test('a write sees the writes that its caller has awaited', async () => {
    await database.write([insert('a')]);
    await database.write([rename('a', 'b'), insert('a')]);

    expect(await database.write([expectRowChange(rename('b', 'c'))])).toBe(true);
    expect(await hashes()).toEqual(['a', 'c']);
  });

  test('concurrent writes are each atomic, however many', async () => {
    const many = Array.from({ length: 50 }, (_, index) => [insert(`a${index}`), insert(`b${index}`)]);

    expect(await outcomesOf(many)).toEqual(many.map(() => true));
    expect(await hashes()).toHaveLength(100);
  });

  test('a batch whose expected row change does not happen is rolled back, and no other', async () => {
    await database.write([insert('a')]);

    const outcomes = await outcomesOf([
      [insert('b'), expectRowChange(rename('nothing', 'x')), insert('c')],
      [expectRowChange(rename('nothing', 'y'))],
      [expectRowChange(rename('nothing', 'y')), insert('a')],
      [expectRowChange(rename('a', 'd'))],
      [rename('nothing', 'z')],
      [],
    ]);

    expect(outcomes).toEqual([false, false, false, true, true, true]);
    expect(await hashes()).toEqual(['d']);
  });

  test('an insert that does nothing on a conflict has changed nothing', async () => {
    const once = expectRowChange({ ...insert('a'), sql: `${insert('a').sql} on conflict do nothing` });

    expect(await database.write([once])).toBe(true);
    expect(await outcomesOf([[once], [once, insert('b')]])).toEqual([false, false]);
    expect(await hashes()).toEqual(['a']);
  });

  test.each([
    ['alone', () => [insert('a')]],
    ['among others', () => [insert('x'), insert('a'), insert('z')]],
    ['where a value is missing', () => [insert('x'), insert('y', null)]],
    ['that is no SQL', () => [insert('x'), { sql: 'insert into nowhere values (1)', parameters: [] }]],
  ])('an invalid statement %s rolls back its batch, and the other batches are written', async (_, broken) => {
    await database.write([insert('a')]);

    expect(await outcomesOf([[insert('b')], broken(), [insert('c')]])).toEqual([true, 'fault', true]);
    expect(await hashes()).toEqual(['a', 'b', 'c']);
  });

  test('a function is called once; its error fails only its batch', async () => {
    let asked = 0;
    const outcomes = await outcomesOf([
      [insert('a')],
      () => {
        asked++;
        return [insert('b')];
      },
      () => {
        throw new TypeError('a bug');
      },
      [insert('c')],
    ]);

    expect([outcomes, asked]).toEqual([[true, true, 'fault', true], 1]);
    expect(await hashes()).toEqual(['a', 'b', 'c']);
  });

  test('times and counts are numbers', async () => {
    const now = 1_795_000_000_000;
    await database.write([insert('a'), database.query.updateTable('tickets').set({ created_at: now }).compile()]);

    const row = await database.query
      .selectFrom('tickets')
      .select(({ fn }) => ['created_at', fn.countAll<number>().as('count')])
      .groupBy('created_at')
      .executeTakeFirst();

    expect(row).toEqual({ created_at: now, count: 1 });
  });

  test('closing commits pending writes; a later write fails', async () => {
    const writing = database.write([insert('a')]);
    await database.close();

    expect(await writing).toBe(true);
    await expect(database.write([])).rejects.toMatchObject({ name: 'StreamError', code: 'storage' });
    database = await open();
  });
});
