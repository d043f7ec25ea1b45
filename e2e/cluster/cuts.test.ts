// Network partitions between one node and a database, in one or both directions: other nodes are not affected, and delayed
// packets do no harm.
import { setTimeout as delay } from 'node:timers/promises';
import { routes } from '@sillage/protocol';
import { type Direction, type LinkedNode, someOrAll, startLinkedCluster } from '@sillage/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  expectComplete,
  expectEnded,
  startReadReply,
  waitForEnds,
  waitForProgress,
  withLateReaders,
} from './replies.ts';
import { type ClusterFixture, openClusterFixture, waitForStarts } from './support.ts';

const directions = someOrAll(['both', 'to-server', 'to-client'] satisfies Direction[]);
const outageMs = 3_000;

let fixture: ClusterFixture<LinkedNode>;
beforeAll(async () => {
  fixture = await openClusterFixture(startLinkedCluster, { node_lease: '4' });
});
afterAll(() => fixture[Symbol.asyncDispose]());

test.each(directions)(
  'a node without a connection to Redis (%s): its replies pause, and those of other nodes continue',
  async (direction) => {
    const [partitioned, ...others] = fixture.nodes;
    const paused = await Promise.all([startReadReply(fixture, partitioned), startReadReply(fixture, partitioned)]);
    const running = await Promise.all(others.map((node) => startReadReply(fixture, node)));
    const elsewhere = running.map(({ readers, ...reply }) => ({ ...reply, readers: readers.slice(1) }));

    partitioned.toRedis.pause(direction);
    const outage = delay(outageMs); // longer than the timeout of a database request
    await waitForProgress(elsewhere);
    await outage;
    await waitForProgress(elsewhere);
    await partitioned.toRedis.resume(); // the delayed bytes arrive now
    const all = [...paused, ...running].map((reply) => withLateReaders(fixture, reply));
    await waitForProgress(all);

    await expectComplete(fixture, all);
  },
);

test.each(directions)(
  'a node without a connection to PostgreSQL (%s) for longer than its lease: another node ends its replies, for all readers',
  async (direction) => {
    const [partitioned, other] = fixture.nodes;
    const interrupted = await Promise.all([startReadReply(fixture, partitioned), startReadReply(fixture, partitioned)]);
    const running = await startReadReply(fixture, other);

    partitioned.toPostgres.pause(direction);
    await waitForEnds(interrupted); // including the reader on the partitioned node
    expect((await fixture.post(partitioned, routes.streams, { message: 'More' })).status).toBe(503);
    await waitForProgress([running]);
    await partitioned.toPostgres.resume(); // the delayed bytes arrive now
    await Promise.all(interrupted.map(({ modelReply }) => modelReply.disconnected));

    await waitForStarts(fixture, partitioned);
    for (const reply of interrupted) await expectEnded(fixture, reply, 'interrupted');
    await expectComplete(fixture, [withLateReaders(fixture, running)]);
  },
);
