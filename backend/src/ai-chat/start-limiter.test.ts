// The starts of a minute, on a clock of the test.
import { StreamError } from '@sillage/protocol';
import { expect, test } from 'vitest';
import { StartLimiter } from './start-limiter.ts';

function limited(perMinute: number) {
  const clock = { ms: 1_000_000 };
  const limiter = new StartLimiter(perMinute, { now: () => clock.ms });
  const refusal = (userId: string) => {
    try {
      limiter.count(userId);
      return undefined;
    } catch (error) {
      return error as StreamError;
    }
  };
  return { clock, limiter, refusal };
}

test('so many starts a minute pass, and the next is refused with the seconds to wait', () => {
  const { clock, refusal } = limited(2);
  refusal('ada');
  clock.ms += 10_000;
  expect(refusal('ada')).toBeUndefined();
  clock.ms += 10_500;

  expect(refusal('ada')).toMatchObject({ code: 'rate-limited', retryAfter: 40 });
});

test('who waits as long as was said may start again', () => {
  const { clock, refusal } = limited(1);
  refusal('ada');
  clock.ms += 12_345;
  const { retryAfter = 0 } = refusal('ada') ?? {};

  clock.ms += retryAfter * 1000;

  expect(refusal('ada')).toBeUndefined();
});

test('a refused start does not count', () => {
  const { clock, refusal } = limited(1);
  refusal('ada');
  clock.ms += 59_000;
  expect(refusal('ada')).toBeInstanceOf(StreamError);
  clock.ms += 1_000;

  expect(refusal('ada')).toBeUndefined();
});

test('each user has a minute of their own', () => {
  const { refusal } = limited(1);
  refusal('ada');

  expect(refusal('bob')).toBeUndefined();
});

test('users that have been quiet for a minute are forgotten', () => {
  const { clock, limiter } = limited(5);
  for (let i = 0; i < 100; i++) limiter.count(`user-${i}`);
  clock.ms += 61_000;

  limiter.count('ada');

  expect(limiter.users).toBe(1);
});
