// Who is woken on which node, by what is told here and there.
import { type Redis, startRedis } from '@sillage/testing';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { RedisLink } from '../redis/redis-link.ts';
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

/** Follows a user's feed, and counts its wake-ups. */
function follow(feeds: Feeds, userId: string) {
  const reader = { wakes: 0, wake: () => void reader.wakes++, end: () => {} };
  feeds.add(userId, reader);
  return reader;
}

test('a change that one node stores wakes the user’s readers on every node, and nobody else', async () => {
  const [here, there, foreign] = [follow(one, 'ada'), follow(other, 'ada'), follow(other, 'bob')];

  one.wake('ada');

  expect(here.wakes).toBe(1);
  await expect.poll(() => there.wakes).toBe(1);
  expect(foreign.wakes).toBe(0);
});

test('many changes of one turn are one hint', async () => {
  const [ada, bob] = [follow(other, 'ada'), follow(other, 'bob')];

  for (const userId of ['ada', 'ada', 'ada', 'bob']) one.wake(userId);

  await expect.poll(() => bob.wakes).toBe(1); // behind all that was told of Ada
  expect(ada.wakes).toBe(1);
});

test('hints may have been lost while Redis was away: everybody is woken when it is back', async () => {
  const [ada, bob] = [follow(one, 'ada'), follow(other, 'bob')];

  await redis.restart();

  await expect.poll(() => ada.wakes > 0 && bob.wakes > 0, { timeout: 5_000 }).toBe(true);
});

test('the readers of a user are woken a few a turn, each once, and none that has left', async () => {
  const feeds = new Feeds();
  const woken: number[] = [];
  const left: (() => void)[] = [];
  for (let i = 0; i < 1_000; i++) left.push(feeds.add('ada', { wake: () => woken.push(i), end: () => {} }));

  feeds.wake('ada');
  const atOnce = woken.length;
  left[999]?.();
  const mostATurn = await mostPerTurn(woken, 999);

  expect(atOnce).toBeLessThan(50);
  expect(mostATurn).toBeLessThan(50);
  expect(woken).toEqual(Array.from({ length: 999 }, (_, i) => i));
});

/** Waits until there are `count`, and returns how many came in one turn of the event loop at the most. */
async function mostPerTurn(woken: readonly unknown[], count: number): Promise<number> {
  let most = 0;
  for (let before = woken.length; woken.length < count; before = woken.length) {
    await new Promise((resolve) => setImmediate(resolve));
    most = Math.max(most, woken.length - before);
  }
  return most;
}

test('one node alone wakes its own', () => {
  const feeds = new Feeds();
  const reader = follow(feeds, 'ada');

  feeds.wake('ada');

  expect(reader.wakes).toBe(1);
});
