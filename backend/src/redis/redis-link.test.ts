// The link on a real Redis: subscribers receive messages, also after a lost connection, and startup errors name the address.
import { type Redis, startProxy, startRedis } from '@sillage/testing';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { RedisLink } from './redis-link.ts';

let redis: Redis;
let link: RedisLink;
beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis?.stop());
beforeEach(async () => {
  link = await RedisLink.open({ url: redis.url, timeoutMs: 500 });
});
afterEach(() => link.close());

/** Publishes until `message` is received, as the subscription may not be active yet. */
async function publishUntilReceived(publish: () => void, received: readonly string[], message: string): Promise<void> {
  const publishAndList = () => {
    publish();
    return received;
  };
  await expect.poll(publishAndList).toContain(message);
}

test('subscribers receive messages, also after the last shard subscription has ended', async () => {
  const received: string[] = [];
  link.subscribe('feed', (message) => received.push(message));
  const unsubscribe = link.subscribeInShard('{one}:hint', () => received.push('hint'));
  await publishUntilReceived(() => void link.commands.spublish('{one}:hint', ''), received, 'hint');

  unsubscribe();
  await publishUntilReceived(() => link.publish('feed', 'ada'), received, 'ada');

  expect(received).toContain('ada');
});

test('a lost link reconnects by itself, notifies of it, and restores old subscriptions and those made meanwhile', async () => {
  const received: string[] = [];
  let ready = 0;
  link.onReady(() => ready++);
  link.subscribe('before', (message) => received.push(message));
  await redis.kill();
  await expect.poll(() => link.isReady).toBe(false);
  await expect(link.commands.ping()).rejects.toThrow();
  link.subscribeInShard('{one}:hint', () => received.push('hint'));

  await redis.restart();
  await expect.poll(() => ready).toBeGreaterThan(0);
  await publishUntilReceived(() => void link.commands.spublish('{one}:hint', '').catch(() => {}), received, 'hint');
  await publishUntilReceived(() => link.publish('before', 'again'), received, 'again');

  expect(received).toEqual(expect.arrayContaining(['hint', 'again']));
});

test('a command without a reply times out, and the link recovers once Redis responds', async () => {
  redis.pause();
  await expect(link.commands.ping()).rejects.toThrow();

  redis.resume();

  await expect.poll(() => link.commands.ping().catch(() => '')).toBe('PONG');
});

test('a Redis that responds late at the start is connected to in another attempt', async () => {
  await using proxy = await startProxy(redis.url);
  proxy.pause();

  const opening = RedisLink.open({ url: proxy.url, timeoutMs: 500 });
  await expect.poll(() => proxy.connections).toBeGreaterThan(2); // two for each attempt
  await proxy.resume();
  const late = await opening;

  expect(late.isReady).toBe(true);
  late.close();
});

test('the error for an unreachable Redis contains its address but not its password', async () => {
  const opening = RedisLink.open({ url: 'redis://:hush@127.0.0.1:1', timeoutMs: 500 });

  await expect(opening).rejects.toMatchObject({ name: 'StreamError', code: 'storage' });
  await expect(opening).rejects.toThrow(/Redis at 127\.0\.0\.1:1 cannot be reached/);
  await expect(opening).rejects.not.toThrow(/hush/);
});
