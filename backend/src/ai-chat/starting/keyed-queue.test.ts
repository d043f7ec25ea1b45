// Tasks of one key follow each other; tasks of different keys do not wait.
import { expect, test } from 'vitest';
import { KeyedQueue } from './keyed-queue.ts';

test('tasks of the same key run one after another, in the order asked', async () => {
  const turns = new KeyedQueue();
  const first = Promise.withResolvers<void>();
  const ran: string[] = [];
  const tasks = [
    turns.take('a', async () => {
      ran.push('one begins');
      await first.promise;
      ran.push('one ends');
    }),
    turns.take('a', async () => ran.push('two')),
    turns.take('a', async () => ran.push('three')),
  ];

  await turns.take('b', async () => ran.push('another key'));
  first.resolve();
  await Promise.all(tasks);

  expect(ran).toEqual(['one begins', 'another key', 'one ends', 'two', 'three']);
});

test('each gets its own result', async () => {
  const turns = new KeyedQueue();

  expect(await Promise.all([turns.take('a', async () => 1), turns.take('a', async () => 2)])).toEqual([1, 2]);
});

test('a task that fails fails for its own caller only', async () => {
  const turns = new KeyedQueue();
  const failing = turns.take('a', () => Promise.reject(new Error('no')));
  const next = turns.take('a', async () => 'yes');

  await expect(failing).rejects.toThrow('no');
  expect(await next).toBe('yes');
});
