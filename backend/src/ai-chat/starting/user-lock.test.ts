// Turns of a user on two nodes: who is quicker wins, and who is not decides again, on what is there then.
import { StreamError } from '@sillage/protocol';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Database } from '../../database/database.ts';
import { onEachDatabase } from '../../database/each-database.contract.ts';
import { PostgresUserVersion } from './postgres-user-version.ts';
import { type OwnTurn, UserLock } from './user-lock.ts';

onEachDatabase((open) => {
  let database: Database;
  let one: UserLock;
  let other: UserLock;

  beforeEach(async () => {
    database = await open();
    [one, other] = [new UserLock(new PostgresUserVersion(database)), new UserLock(new PostgresUserVersion(database))];
  });
  afterEach(() => database.close());

  const write = async ({ claim }: OwnTurn) => {
    if (!(await database.write([...claim]))) throw new StreamError('conflict', 'Somebody was quicker.');
  };

  test('a task whose claim is refused runs again', async () => {
    let runs = 0;

    await one.take('ada', async (turn) => {
      if (runs++ < 2) await other.take('ada', write);
      await write(turn);
    });

    expect(runs).toBe(3);
  });

  test('of many tasks at the same moment none overwrites what another decided', async () => {
    let counter = 0;
    const raise = async (turn: OwnTurn) => {
      const read = counter;
      await write(turn);
      counter = read + 1;
    };

    await Promise.all([one, other, one, other, one, other].map((node) => node.take('ada', raise)));

    expect(counter).toBe(6);
  });

  test('a user is in nobody else’s way', async () => {
    let runs = 0;

    await one.take('ada', async (turn) => {
      runs++;
      await other.take('bob', write);
      await write(turn);
    });

    expect(runs).toBe(1);
  });

  test('a task that may not start is asked again where another node was quicker meanwhile', async () => {
    let runs = 0;

    const taken = one.take('ada', async () => {
      if (runs++ > 0) return 'the stream that the other started';
      await other.take('ada', write);
      throw new StreamError('rate-limited', 'Too many.');
    });

    expect(await taken).toBe('the stream that the other started');
  });

  test('a turn that another node was quicker to write holds no more', async () => {
    const held: boolean[] = [];

    await one.take('ada', async (turn) => {
      await turn.mustHold().then(
        () => held.push(true),
        () => held.push(false),
      );
      if (held.length > 2) return;
      await other.take('ada', write);
      await turn.mustHold().catch(() => held.push(false));
      await write(turn);
    });

    expect(held).toEqual([true, false, true]);
  });

  test('a conflict that no other node made is the task’s own', async () => {
    let runs = 0;
    const refusal = new StreamError('conflict', 'The key is another request’s.');

    const taking = one.take('ada', async () => {
      runs++;
      throw refusal;
    });

    await expect(taking).rejects.toBe(refusal);
    expect(runs).toBe(1);
  });

  test('who is never quick enough is told to come again', async () => {
    const taking = one.take('ada', async (turn) => {
      await other.take('ada', write);
      await write(turn);
    });

    await expect(taking).rejects.toMatchObject({ code: 'rate-limited', retryAfter: 1 });
  });
});

describe('where there is one node', () => {
  test('there is nothing to claim', async () => {
    expect(
      await new UserLock().take('ada', async (turn) => {
        await turn.mustHold();
        return turn.claim;
      }),
    ).toEqual([]);
  });
});
