// The limits of two nodes on a real Redis Cluster of three masters, where a script may use keys of one slot only.
import { type RedisCluster, startRedisCluster } from '@sillage/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { RedisLink } from '../../redis/redis-link.ts';
import { ReaderSlots } from '../user-slots.ts';
import { SharedCounts } from './shared-counts.ts';
import { SharedRequestRate } from './shared-request-rate.ts';

const limited = { code: 'rate-limited' };
const users = Array.from({ length: 12 }, (_, index) => `ada-${index}-用户🚢}{`);

let cluster: RedisCluster;
const links: RedisLink[] = [];
beforeAll(async () => {
  cluster = await startRedisCluster();
});
afterAll(async () => {
  for (const link of links) await link.close();
  await cluster?.stop();
});

/** Starts a node with 4 requests a minute and 2 connections per user. */
async function startNode() {
  const link = await RedisLink.open({ url: cluster.url, timeoutMs: 2_000 });
  links.push(link);
  const shared = new SharedCounts(link, { namespace: 'sillage/public', nodeLeaseMs: 60_000, maxAgeMs: 60_000 });
  return {
    rate: new SharedRequestRate(shared, { kind: 'requests', perMinute: 4 }),
    slots: new ReaderSlots({ connectionsPerUser: 2 }, shared),
  };
}

test('nodes count requests and connections together, on all masters', async () => {
  const [one, other] = [await startNode(), await startNode()];

  for (const user of users) {
    await Promise.all([one.rate.take(user), one.rate.take(user), other.rate.take(user), other.rate.take(user)]);
    const releases = [await one.slots.take(user), await other.slots.take(user)];
    for (const { rate, slots } of [one, other]) {
      await expect(rate.take(user)).rejects.toMatchObject(limited);
      await expect(slots.take(user)).rejects.toMatchObject(limited);
    }
    for (const release of releases) release();
    await expect.poll(() => other.slots.take(user).then(() => 'taken', String)).toBe('taken');
  }

  for (const node of cluster.nodes) expect(Number(await node.command('dbsize'))).toBeGreaterThan(0);
});
