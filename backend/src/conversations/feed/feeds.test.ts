// The readers that are notified of a change, on one node and on others.
import { type Redis, startRedis } from '@sillage/testing';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { RedisLink } from '../../redis/redis-link.ts';
import { Feeds } from './feeds.ts';
import { RedisFeedHints } from './redis-feed-hints.ts';

let redis: Redis;
let links: RedisLink[];
let one: Feeds;
let other: Feeds;

beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis?.stop());
beforeEach(async () => {
  const open = () => RedisLink.open({ url: redis.url, timeoutMs: 1_000 });
  links = [await open(), await open()];
  [one, other] = links.map((link) => new Feeds(new RedisFeedHints(link))) as [Feeds, Feeds];
  await expect.poll(() => redis.command('pubsub', 'numsub', 'sillage:feed')).toBe('sillage:feed\n2');
});
afterEach(() => {
  for (const link of links) link.close();
});

/** Follows a user's feed, and counts its notifications. */
function follow(feeds: Feeds, userId: string) {
  const reader = { notified: 0, notify: () => void reader.notified++, end: () => {} };
  feeds.add(userId, reader);
  return reader;
}

test('a change on one node notifies the user’s readers on every node, and no others', async () => {
  const [here, there, foreign] = [follow(one, 'ada'), follow(other, 'ada'), follow(other, 'bob')];

  one.notify('ada');

  expect(here.notified).toBe(1);
  await expect.poll(() => there.notified).toBe(1);
  expect(foreign.notified).toBe(0);
});

test('the changes of one tick are combined into one hint', async () => {
  const [ada, bob] = [follow(other, 'ada'), follow(other, 'bob')];

  for (const userId of ['ada', 'ada', 'ada', 'bob']) one.notify(userId);

  await expect.poll(() => bob.notified).toBe(1); // published after all hints for Ada
  expect(ada.notified).toBe(1);
});

test('after a lost connection to Redis all readers are notified, as hints may have been lost', async () => {
  const [ada, bob] = [follow(one, 'ada'), follow(other, 'bob')];

  await redis.restart();

  await expect.poll(() => ada.notified > 0 && bob.notified > 0).toBe(true);
});

test('readers are notified in small groups per tick, each once, and none that was removed', async () => {
  const feeds = new Feeds();
  const notified: number[] = [];
  const left: (() => void)[] = [];
  for (let i = 0; i < 1_000; i++) left.push(feeds.add('ada', { notify: () => notified.push(i), end: () => {} }));

  feeds.notify('ada');
  const atOnce = notified.length;
  left[999]?.();
  const maxPerTick = await countMaxPerTick(notified, 999);

  expect(atOnce).toBeLessThan(50);
  expect(maxPerTick).toBeLessThan(50);
  expect(notified).toEqual(Array.from({ length: 999 }, (_, i) => i));
});

/** Waits until `notified` has `count` entries, and returns the maximum number added in one tick. */
async function countMaxPerTick(notified: readonly unknown[], count: number): Promise<number> {
  let max = 0;
  for (let before = notified.length; notified.length < count; before = notified.length) {
    await new Promise((resolve) => setImmediate(resolve));
    max = Math.max(max, notified.length - before);
  }
  return max;
}

test('a single node notifies its own readers', () => {
  const feeds = new Feeds();
  const reader = follow(feeds, 'ada');

  feeds.notify('ada');

  expect(reader.notified).toBe(1);
});
