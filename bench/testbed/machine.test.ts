// What is read of the system is what every figure stands on.
import { expect, test } from 'vitest';
import { ticksIn } from './machine.ts';

test('the ticks of a process and of its ended children are found after any name', () => {
  const stat = '42 (node (a b)) S 1 2 3 0 -1 4 5 6 7 8 130 25 7 2 20 0 11 0 99';

  expect(ticksIn(stat)).toEqual({ own: 155, endedChildren: 9 });
});
