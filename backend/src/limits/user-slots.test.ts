import { expect, test } from 'vitest';
import { UserSlots } from './user-slots.ts';

test('gives a user as many as there are, and one again for each that came back', () => {
  const slots = new UserSlots({ most: 2, message: 'Too many.' });
  const giveBack = slots.take('ada');
  slots.take('ada');

  expect(() => slots.take('ada')).toThrow(expect.objectContaining({ code: 'rate-limited', retryAfter: 5 }));
  slots.take('bob');
  giveBack();
  giveBack(); // once, however often it is called
  slots.take('ada');

  expect(() => slots.take('ada')).toThrow('Too many.');
});
