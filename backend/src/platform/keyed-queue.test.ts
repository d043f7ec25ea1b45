// Tasks of one key run one after another; tasks of different keys run concurrently.
import { expect, test } from 'vitest';
import { KeyedQueue } from './keyed-queue.ts';

test('tasks of the same key run one after another, in the order of the calls', async () => {
  const queue = new KeyedQueue();
  const first = Promise.withResolvers<void>();
  const ran: string[] = [];
  const tasks = [
    queue.run('a', async () => {
      ran.push('one begins');
      await first.promise;
      ran.push('one ends');
    }),
    queue.run('a', async () => ran.push('two')),
    queue.run('a', async () => ran.push('three')),
  ];

  await queue.run('b', async () => ran.push('another key'));
  first.resolve();
  await Promise.all(tasks);

  expect(ran).toEqual(['one begins', 'another key', 'one ends', 'two', 'three']);
});

test('each caller gets the result of its own task', async () => {
  const queue = new KeyedQueue();

  expect(await Promise.all([queue.run('a', async () => 1), queue.run('a', async () => 2)])).toEqual([1, 2]);
});

test('a task whose signal is aborted before its turn does not run, and holds up no other', async () => {
  const queue = new KeyedQueue();
  const first = Promise.withResolvers<void>();
  const left = new AbortController();
  const ran: string[] = [];
  const begun = Promise.withResolvers<void>();
  const running = queue.run(
    'a',
    () => {
      begun.resolve();
      return first.promise;
    },
    left.signal,
  );
  const skipped = queue.run('a', async () => ran.push('skipped'), left.signal);
  const last = queue.run('a', async () => ran.push('last'));

  await begun.promise;
  left.abort(new Error('gone'));
  first.resolve();

  await expect(skipped).rejects.toThrow('gone');
  await Promise.all([running, last]);
  expect(ran).toEqual(['last']);
});

test('a failing task rejects for its own caller only', async () => {
  const queue = new KeyedQueue();
  const failing = queue.run('a', () => Promise.reject(new Error('no')));
  const next = queue.run('a', async () => 'yes');

  await expect(failing).rejects.toThrow('no');
  expect(await next).toBe('yes');
});
