import { beforeEach, expect, test } from 'vitest';
import { RequestRate } from './request-rate.ts';

let now: number;
let rate: RequestRate;

beforeEach(() => {
  now = 1_000;
  rate = new RequestRate({ perMinute: 60, now: () => now });
});

function takeMany(count: number, userId = 'ada'): void {
  for (let i = 0; i < count; i++) rate.take(userId);
}

function refusal(): unknown {
  try {
    rate.take('ada');
  } catch (error) {
    return error;
  }
  return undefined;
}

test('takes as many as are allowed, refuses one more, and takes those of others', () => {
  takeMany(60);

  expect(refusal()).toMatchObject({ code: 'rate-limited', retryAfter: expect.any(Number) });
  takeMany(60, 'bob');
});

test.each([0, 1, 20_000, 59_000])(
  'takes one more after the time that it says, for a burst %d ms into a minute',
  (ms) => {
    now += ms;
    takeMany(60);
    const { retryAfter } = refusal() as { retryAfter: number };

    now += (retryAfter - 1) * 1_000 - 500;
    expect(refusal()).toBeDefined();
    now += 1_500;

    expect(refusal()).toBeUndefined();
  },
);

test('takes no more than about a minute’s worth in any minute, however it lies', () => {
  now += 59_000;
  takeMany(60);
  now += 2_000;

  let taken = 0;
  while (taken < 100 && refusal() === undefined) taken++;

  expect(taken).toBeLessThan(3);
});

test('lets a steady pace below the limit go on for ever', () => {
  for (let i = 0; i < 1_000; i++) {
    rate.take('ada');
    now += 1_050;
  }
});

test('forgets who has been away', () => {
  takeMany(60);
  now += 120_000;

  takeMany(60);
});
