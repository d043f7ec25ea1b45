// The link on a real Redis: what is published reaches who listens, also after a loss, and a Redis that is no use is named.
import { type Redis, startRedis } from '@sillage/testing';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { RedisLink } from './redis-link.ts';

let redis: Redis;
let link: RedisLink;
beforeAll(async () => {
  redis = await startRedis();
}, 30_000);
afterAll(() => redis?.stop());
beforeEach(async () => {
  link = await RedisLink.open({ url: redis.url, answerMs: 500 });
});
afterEach(() => link.close());

/** Publishes until it is heard: who listens may still be about to subscribe. */
async function untilHeard(publish: () => void, heard: readonly string[]): Promise<void> {
  const before = heard.length;
  const publishedAndHeard = () => {
    publish();
    return heard.length;
  };
  await expect.poll(publishedAndHeard, { timeout: 10_000 }).toBeGreaterThan(before);
}

test('what is published is heard, also after the last shard channel was left', async () => {
  const heard: string[] = [];
  link.listen('feed', (message) => heard.push(message));
  const leave = link.listenInShard('{one}:hint', () => heard.push('hint'));
  await untilHeard(() => void link.commands.spublish('{one}:hint', ''), heard);

  leave();
  await untilHeard(() => link.publish('feed', 'ada'), heard);

  expect(heard).toContain('ada');
});

test('a link that was lost comes back by itself, tells so, and hears what it listened to, and what it was told meanwhile to', async () => {
  const heard: string[] = [];
  let ready = 0;
  link.onReady(() => ready++);
  link.listen('before', (message) => heard.push(message));
  await redis.kill();
  await expect.poll(() => link.isReady).toBe(false);
  await expect(link.commands.ping()).rejects.toThrow();
  link.listenInShard('{one}:hint', () => heard.push('hint'));

  await redis.restart();
  await expect.poll(() => ready, { timeout: 10_000 }).toBeGreaterThan(0);
  await untilHeard(() => void link.commands.spublish('{one}:hint', '').catch(() => {}), heard);
  await untilHeard(() => link.publish('before', 'again'), heard);

  expect(heard).toEqual(expect.arrayContaining(['hint', 'again']));
});

test('a Redis that owes an answer for too long is given up, and found again when it answers', async () => {
  redis.pause();
  await expect(link.commands.ping()).rejects.toThrow();

  redis.resume();

  await expect.poll(() => link.commands.ping().catch(() => ''), { timeout: 10_000 }).toBe('PONG');
});

test('a Redis that is not there is refused, by its address and without its password', async () => {
  const opening = RedisLink.open({ url: 'redis://:hush@127.0.0.1:1', answerMs: 500 });

  await expect(opening).rejects.toMatchObject({ name: 'StreamError', code: 'storage' });
  await expect(opening).rejects.toThrow(/Redis at 127\.0\.0\.1:1 cannot be reached/);
  await expect(opening).rejects.not.toThrow(/hush/);
});
