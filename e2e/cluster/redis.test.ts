// Redis outages and data loss: no reply is lost, no node is declared dead, and every reader gets the whole reply, live or late
// and on every node.
import { setTimeout as delay } from 'node:timers/promises';
import { type LinkedNode, shortOrFull, startLinkedCluster, startProxy, startReplica } from '@sillage/testing';
import { afterAll, beforeAll, test } from 'vitest';
import { expectComplete, startRepliesEverywhere, waitForAllText, waitForProgress, withLateReaders } from './replies.ts';
import { type ClusterFixture, openClusterFixture } from './support.ts';

/** Longer than the timeout of a request to a database. */
const outageMs = shortOrFull({ short: 3_000, full: 5_000 });
const betweenMovesMs = 500;

let fixture: ClusterFixture<LinkedNode>;
beforeAll(async () => {
  fixture = await openClusterFixture(startLinkedCluster);
});
afterAll(() => fixture[Symbol.asyncDispose]());

test('replies are complete for current and new readers when Redis is emptied twice while they run', async () => {
  const replies = await startRepliesEverywhere(fixture);

  await fixture.redis.flush();
  const all = replies.map((reply) => withLateReaders(fixture, reply));
  await waitForProgress(all);
  await fixture.redis.flush();
  await waitForProgress(all);

  await expectComplete(fixture, all);
});

test('Redis is filled again when it is emptied while replies pause', async () => {
  const replies = await startRepliesEverywhere(fixture);
  for (const { modelReply } of replies) modelReply.pause();

  await fixture.redis.flush();
  const all = replies.map((reply) => withLateReaders(fixture, reply));
  await waitForAllText(all);

  for (const { modelReply } of replies) modelReply.resume();
  await expectComplete(fixture, all);
});

test('replies continue after Redis was frozen for seconds, and no node is declared dead', async () => {
  const replies = await startRepliesEverywhere(fixture);

  fixture.redis.pause();
  await delay(outageMs);
  const all = replies.map((reply) => withLateReaders(fixture, reply));
  fixture.redis.resume();
  await waitForProgress(all);

  await expectComplete(fixture, all);
});

test('replies are complete for current and new readers when Redis is down for seconds and restarts empty', async () => {
  const replies = await startRepliesEverywhere(fixture);

  await fixture.redis.kill();
  await delay(outageMs);
  const all = replies.map((reply) => withLateReaders(fixture, reply));
  await fixture.redis.restart();
  await waitForProgress(all);

  await expectComplete(fixture, all);
});

test('replies are complete, without repeats, when nodes move one by one to a diverged Redis and back', async () => {
  const other = await startReplica(fixture.redis);
  const replies = await startRepliesEverywhere(fixture);
  await other.promote();

  for (const { url } of [other, fixture.redis]) {
    await waitForProgress(replies); // text from here on is missing in the other Redis
    for (const node of fixture.nodes) {
      node.toRedis.setTarget(url);
      node.toRedis.cut();
      await delay(betweenMovesMs);
    }
  }
  const all = replies.map((reply) => withLateReaders(fixture, reply));
  await waitForProgress(all);

  await expectComplete(fixture, all);
  await other.stop();
});

test('replies are complete, without repeats, when Redis fails over to a lagging replica', async () => {
  await using replicationLink = await startProxy(fixture.redis.url);
  const replica = await startReplica(replicationLink);
  const replies = await startRepliesEverywhere(fixture);
  replicationLink.pause();
  await waitForProgress(replies); // text that readers get from here on is missing in the replica

  await fixture.redis.kill();
  for (const { toRedis } of fixture.nodes) toRedis.setTarget(replica.url);
  const all = replies.map((reply) => withLateReaders(fixture, reply)); // these read from a replica that is still read-only
  await replica.promote();
  await waitForProgress(all);

  await expectComplete(fixture, all);
  await replica.stop();
});
