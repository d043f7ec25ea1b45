import { expect, test } from 'vitest';
import { SharedReads } from './shared-reads.ts';

test('identical reads run once in a tick, and again in the next', async () => {
  const reads = new SharedReads<number>();
  let count = 0;
  const read = (key: string) => reads.read(key, async () => ++count);

  const shared = await Promise.all([read('ada/1'), read('ada/1'), read('bob/1')]);
  const later = await read('ada/1');

  expect(shared).toEqual([1, 1, 2]);
  expect(later).toBe(3);
});

test('a failed read fails for all callers of its tick, and runs again in the next', async () => {
  const reads = new SharedReads<number>();
  const failing = () => reads.read('ada/1', async () => Promise.reject(new Error('storage')));

  const results = await Promise.allSettled([failing(), failing()]);

  expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  expect(await reads.read('ada/1', async () => 1)).toBe(1);
});
