import { expect, test } from 'vitest';
import { addressKey } from './address.ts';

test.each([
  ['192.0.2.7', '192.0.2.7'],
  ['::ffff:192.0.2.7', '::ffff:192.0.2.7'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
  ['2001:db8:1:2::6', '2001:db8:1:2'],
  ['2001:db8::6', '2001:db8:0:0'],
  ['::1', '0:0:0:0'],
  ['', ''],
])('%s is counted as %s', (ip, key) => {
  expect(addressKey(ip)).toBe(key);
});

test.each([
  ['a long text', 'x'.repeat(16_000)],
  ['a long group of IPv6', `${'f'.repeat(16_000)}::1`],
])('%s that a trusted header gives as the address has a short key', (_, text) => {
  expect(addressKey(text).length).toBeLessThanOrEqual(64 + ':0:0:0'.length);
});
