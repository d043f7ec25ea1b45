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

function errorOfOneMore(): unknown {
  try {
    rate.take('ada');
  } catch (error) {
    return error;
  }
  return undefined;
}

test('accepts as many requests as allowed, refuses one more, and counts each user separately', () => {
  takeMany(60);

  expect(errorOfOneMore()).toMatchObject({ code: 'rate-limited', retryAfter: expect.any(Number) });
  takeMany(60, 'bob');
});

test.each([0, 1, 20_000, 59_000])(
  'accepts one more after `retryAfter`, and not before, for a burst %d ms into a minute',
  (ms) => {
    now += ms;
    takeMany(60);
    const { retryAfter } = errorOfOneMore() as { retryAfter: number };

    now += (retryAfter - 1) * 1_000 - 500;
    expect(errorOfOneMore()).toBeDefined();
    now += 1_500;

    expect(errorOfOneMore()).toBeUndefined();
  },
);

test('accepts about the limit and no more in any minute, also across two windows', () => {
  now += 59_000;
  takeMany(60);
  now += 2_000;

  let taken = 0;
  while (taken < 100 && errorOfOneMore() === undefined) taken++;

  expect(taken).toBeLessThan(3);
});

test('never refuses a steady rate below the limit', () => {
  for (let i = 0; i < 1_000; i++) {
    rate.take('ada');
    now += 1_050;
  }
});

test('starts from zero for a user without recent requests', () => {
  takeMany(60);
  now += 120_000;

  takeMany(60);
});

test('requests from ever new addresses fill at most two windows, and those that came before still count', () => {
  rate = new RequestRate({ perMinute: 60, maxKeys: 10, now: () => now });
  takeMany(60);

  for (let i = 0; i < 10; i++) rate.take(`address ${i}`);
  const refused = errorOfOneMore();
  for (let i = 10; i < 100; i++) rate.take(`address ${i}`);

  expect(refused).toMatchObject({ code: 'rate-limited' });
  expect(rate.size).toBeLessThanOrEqual(20);
});
