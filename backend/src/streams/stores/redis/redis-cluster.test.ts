// On a real cluster of three masters, where every command must use the keys of one stream only.
import { type RedisCluster, startRedisCluster } from '@sillage/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { follow, start, text, textOf } from '../../contract/store-under-test.testing.ts';
import { openNode, sharedServers, untilOneLeaseExpires } from './opened-store.testing.ts';

const servers = sharedServers();
let cluster: RedisCluster;
beforeAll(async () => {
  cluster = await startRedisCluster();
});
afterAll(() => cluster?.stop());

test('streams are spread over the cluster, and any server node can read, stop and end them', async () => {
  const ada = await openNode(servers(), {}, { redisUrl: cluster.url });
  const bob = await ada.join();
  const told: string[] = [];
  ada.store.watch({ endWanted: (streamId) => told.push(streamId), orphansFound: () => {} });
  const streams = await Promise.all(Array.from({ length: 30 }, () => start(ada.store)));
  const readings = streams.map(({ streamId }) => follow(bob.store, streamId));

  for (const words of ['Hello', ' world']) {
    await Promise.all(streams.map((stream) => ada.store.append(stream, [text(words)])));
  }
  await Promise.all(streams.slice(0, 3).map(({ streamId }) => bob.store.requestStop(streamId)));
  await expect.poll(() => new Set(told).size).toBe(3);
  await Promise.all(streams.map((stream) => ada.store.end(stream, { finishReason: 'stop' })));

  expect((await Promise.all(readings)).map((events) => textOf(events))).toEqual(streams.map(() => 'Hello world'));
  for (const node of cluster.nodes) expect(Number(await node.command('dbsize'))).toBeGreaterThan(0);
  await ada.close();
});

test('server nodes take over each other’s streams on a cluster', async () => {
  const ada = await openNode(servers(), {}, { redisUrl: cluster.url });
  const carol = await ada.join({ leaseRenewMs: 60_000 });
  const streams = await Promise.all(Array.from({ length: 9 }, () => start(carol.store)));
  await Promise.all(streams.map((stream) => carol.store.append(stream, [text('Hello')])));

  await untilOneLeaseExpires(ada);
  await expect.poll(async () => (await ada.store.takeOver()).length).toBe(9);

  for (const stream of streams) {
    await expect(carol.store.append(stream, [text('x')])).rejects.toMatchObject({ name: 'StreamError' });
  }
  await ada.close();
});
