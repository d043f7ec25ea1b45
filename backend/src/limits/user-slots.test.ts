import { expect, test } from 'vitest';
import { UserSlots } from './user-slots.ts';

test('a user can take up to `max` slots, and one more for each released slot', () => {
  const slots = new UserSlots({ max: 2, message: 'Too many.' });
  const release = slots.take('ada');
  slots.take('ada');

  expect(() => slots.take('ada')).toThrow(expect.objectContaining({ code: 'rate-limited', retryAfter: 5 }));
  slots.take('bob');
  release();
  release(); // a second call has no effect
  slots.take('ada');

  expect(() => slots.take('ada')).toThrow('Too many.');
});
