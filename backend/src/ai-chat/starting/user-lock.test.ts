// The lock of a user on two nodes: the first to commit wins, and the other retries with the new state.
import { StreamError } from '@sillage/protocol';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Database } from '../../database/database.ts';
import { onEachDatabase } from '../../database/each-database.testing.ts';
import { PostgresUserVersion } from './postgres-user-version.ts';
import { type HeldLock, UserLock } from './user-lock.ts';

onEachDatabase((open) => {
  let database: Database;
  let one: UserLock;
  let other: UserLock;

  beforeEach(async () => {
    database = await open();
    [one, other] = [new UserLock(new PostgresUserVersion(database)), new UserLock(new PostgresUserVersion(database))];
  });
  afterEach(() => database.close());

  const write = async ({ statements }: HeldLock) => {
    if (!(await database.write([...statements]))) throw new StreamError('conflict', 'Another node committed first.');
  };

  test('a task that loses the race to commit runs again', async () => {
    let runs = 0;

    await one.run('ada', async (lock) => {
      if (runs++ < 2) await other.run('ada', write);
      await write(lock);
    });

    expect(runs).toBe(3);
  });

  test('of many concurrent tasks none overwrites the result of another', async () => {
    let counter = 0;
    const increment = async (lock: HeldLock) => {
      const read = counter;
      await write(lock);
      counter = read + 1;
    };

    await Promise.all([one, other, one, other, one, other].map((node) => node.run('ada', increment)));

    expect(counter).toBe(6);
  });

  test('tasks of different users do not conflict', async () => {
    let runs = 0;

    await one.run('ada', async (lock) => {
      runs++;
      await other.run('bob', write);
      await write(lock);
    });

    expect(runs).toBe(1);
  });

  test('a task that fails after another node has committed runs again', async () => {
    let runs = 0;

    const result = one.run('ada', async () => {
      if (runs++ > 0) return 'the stream that the other started';
      await other.run('ada', write);
      throw new StreamError('rate-limited', 'Too many.');
    });

    expect(await result).toBe('the stream that the other started');
  });

  test('the lock is no longer held once another node has committed', async () => {
    const held: boolean[] = [];

    await one.run('ada', async (lock) => {
      await lock.assertHeld().then(
        () => held.push(true),
        () => held.push(false),
      );
      if (held.length > 2) return;
      await other.run('ada', write);
      await lock.assertHeld().catch(() => held.push(false));
      await write(lock);
    });

    expect(held).toEqual([true, false, true]);
  });

  test('a conflict error without a commit of another node is not retried', async () => {
    let runs = 0;
    const conflict = new StreamError('conflict', 'The key is another request’s.');

    const result = one.run('ada', async () => {
      runs++;
      throw conflict;
    });

    await expect(result).rejects.toBe(conflict);
    expect(runs).toBe(1);
  });

  test('a task that loses every race fails as rate-limited', async () => {
    const result = one.run('ada', async (lock) => {
      await other.run('ada', write);
      await write(lock);
    });

    await expect(result).rejects.toMatchObject({ code: 'rate-limited', retryAfter: 1 });
  });
});

describe('on a single node', () => {
  test('the lock needs no statements', async () => {
    expect(
      await new UserLock().run('ada', async (lock) => {
        await lock.assertHeld();
        return lock.statements;
      }),
    ).toEqual([]);
  });
});
