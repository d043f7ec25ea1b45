// A queue behaves like the async generator that it replaces.
import { expect, test } from 'vitest';
import { EventQueue } from './event-queue.ts';

test('yields what is pushed, in order, from the first `next()` on, and ends with its producer', async () => {
  let isStarted = false;
  const queue = new EventQueue<number>(async (events) => {
    isStarted = true;
    events.push([1, 2]);
    await Promise.resolve();
    events.push([3]);
  });
  const before = isStarted;

  const numbers: number[] = [];
  for await (const number of queue) numbers.push(number);

  expect([before, numbers]).toEqual([false, [1, 2, 3]]);
  expect(await queue.next()).toEqual({ value: undefined, done: true });
});

test('tells its producer when the consumer waits', async () => {
  let waits = 0;
  const queue = new EventQueue<number>((events) => {
    events.onWaiting = () => events.push([++waits]);
    return new Promise(() => {});
  });

  expect([(await queue.next()).value, (await queue.next()).value]).toEqual([1, 2]);
});

test('throws what its producer throws, once, after the events before it', async () => {
  const queue = new EventQueue<number>(async (events) => {
    events.push([1, 2]);
    throw new Error('broken');
  });

  expect([await queue.next(), await queue.next()].map(({ value }) => value)).toEqual([1, 2]);
  await expect(queue.next()).rejects.toThrow('broken');
  expect((await queue.next()).done).toBe(true);
});

test('a consumer that leaves ends its producer, waits for it, and is given nothing more', async () => {
  let isSettled = false;
  const queue = new EventQueue<number>(async (events) => {
    const { promise: left, resolve } = Promise.withResolvers<void>();
    events.onReturn = resolve;
    events.push([1, 2, 3]);
    await left;
    events.push([4]);
    isSettled = true;
    throw new Error('nobody hears this');
  });

  for await (const number of queue) if (number === 1) break;

  expect(isSettled).toBe(true);
  expect((await queue.next()).done).toBe(true);
});
