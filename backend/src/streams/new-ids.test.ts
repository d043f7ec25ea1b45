// Ids are unpredictable and unique, and those of messages sort in their order.
import { expect, test } from 'vitest';
import { idFactory, monotonicIdFactory } from './new-ids.ts';

const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const make = (newId: () => string, count: number) => Array.from({ length: count }, () => newId());

test('ids are different ULIDs of the present time, also from two factories', () => {
  const at = Date.now();

  const ids = [...make(idFactory(), 20_000), ...make(idFactory(), 20_000)];

  expect(new Set(ids).size).toBe(40_000);
  for (const id of ids) expect(id).toMatch(/^[0-7][0-9A-HJKMNP-TV-Z]{25}$/);
  const times = ids.map((id) => [...id.slice(0, 10)].reduce((time, sign) => time * 32 + alphabet.indexOf(sign), 0));
  expect(Math.min(...times)).toBeGreaterThanOrEqual(at);
  expect(Math.max(...times)).toBeLessThanOrEqual(Date.now());
});

test('each character of the random part has each value equally often', () => {
  const ids = make(idFactory(), 32_000);

  for (let place = 10; place < 26; place++) {
    const counts = new Map<string, number>();
    for (const id of ids) counts.set(id.charAt(place), (counts.get(id.charAt(place)) ?? 0) + 1);
    expect(counts.size).toBe(32);
    for (const count of counts.values()) expect(Math.abs(count - 1_000)).toBeLessThan(250); // eight standard deviations
  }
});

test('monotonic ids sort in the order in which they were made', () => {
  const ids = make(monotonicIdFactory(), 20_000);

  expect(ids.toSorted()).toEqual(ids);
  expect(new Set(ids).size).toBe(ids.length);
});
