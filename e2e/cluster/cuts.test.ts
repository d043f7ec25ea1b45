// A network that is cut between one node and a database, whichever way the bytes are lost: the others do not notice, and
// what is late does no harm.
import { setTimeout as delay } from 'node:timers/promises';
import { routes } from '@sillage/protocol';
import { type Direction, type LinkedNode, startLinkedCluster } from '@sillage/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { expectSettled, expectWhole, joinedLate, speak, untilAllGoOn, untilRead } from './replies.ts';
import { openStage, type Stage, untilServed } from './support.ts';

const directions = ['both', 'to-server', 'to-client'] satisfies Direction[];
const outageMs = 3_000;

let stage: Stage<LinkedNode>;
beforeAll(async () => {
  stage = await openStage(startLinkedCluster, { node_lease: '2' });
});
afterAll(() => stage[Symbol.asyncDispose]());

test.each(directions)(
  'a node is cut off from Redis (%s): its replies wait, and others go on without it',
  async (direction) => {
    const [databaseUnreachable, ...others] = stage.nodes;
    const waiting = await Promise.all([speak(stage, databaseUnreachable), speak(stage, databaseUnreachable)]);
    const going = await Promise.all(others.map((node) => speak(stage, node)));
    const elsewhere = going.map(({ readers, ...reply }) => ({ ...reply, readers: readers.slice(1) }));

    databaseUnreachable.toRedis.pause(direction);
    const outage = delay(outageMs); // longer than an answer may take
    await untilAllGoOn(elsewhere);
    await outage;
    await untilAllGoOn(elsewhere);
    await databaseUnreachable.toRedis.resume(); // what was held comes now, late
    const all = [...waiting, ...going].map((reply) => joinedLate(stage, reply));
    await untilAllGoOn(all);

    await expectWhole(stage, all);
  },
);

test.each(directions)(
  'a node is cut off from PostgreSQL (%s) past its lease: another ends its replies, for its readers too',
  async (direction) => {
    const [databaseUnreachable, other] = stage.nodes;
    const lost = await Promise.all([speak(stage, databaseUnreachable), speak(stage, databaseUnreachable)]);
    const going = await speak(stage, other);

    databaseUnreachable.toPostgres.pause(direction);
    await untilRead(lost, 30_000); // the reader on the node that is cut off as well
    expect((await stage.post(databaseUnreachable, routes.streams, { message: 'More' })).status).toBe(503);
    await untilAllGoOn([going]);
    await databaseUnreachable.toPostgres.resume(); // what was held comes now, late
    await Promise.all(lost.map(({ speech }) => speech.abandoned));

    await untilServed(stage, databaseUnreachable);
    for (const reply of lost) await expectSettled(stage, reply, 'interrupted');
    await expectWhole(stage, [joinedLate(stage, going)]);
  },
);
