// When the holder of an open response hears that its authorization will expire, by a clock of the test.
import { ServerResponse } from 'node:http';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { setAuthorization, watchAuthorization } from './authorization.ts';
import type { Revocations } from './revocation/revocations.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date', 'setTimeout', 'clearTimeout'] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** Watches an authorization that lasts for `forMs`, and records when the notice comes, in ms from now. */
function noticesOf(forMs: number) {
  const now = Date.now();
  const expiresAt = now + forMs;
  const response = new ServerResponse({} as never);
  setAuthorization(response, { userId: 'ada', token: undefined, expiresAt, revocations: {} as Revocations });
  const notices: (readonly [number, number])[] = [];
  const stop = watchAuthorization(response, {
    onExpiring: (at) => notices.push([Date.now() - now, at.getTime() - now]),
    onRevoked: () => {},
  });
  return { notices, stop };
}

test.each([
  ['a minute before the expiry', 3_600_000, 3_540_000],
  ['after nine tenths of a short authorization', 2_000, 1_800],
])('the notice comes once, %s', (_, forMs, afterMs) => {
  const { notices } = noticesOf(forMs);

  vi.advanceTimersByTime(2 * forMs);

  expect(notices).toEqual([[afterMs, forMs]]);
});

test('a response that is over gets no notice', () => {
  const { notices, stop } = noticesOf(2_000);

  stop();
  vi.advanceTimersByTime(4_000);

  expect(notices).toEqual([]);
});
