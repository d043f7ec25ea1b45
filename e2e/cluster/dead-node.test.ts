// Nodes that die, and such that only seem to: another ends their replies, once, with what was seen of them; and nobody's
// who lives.
import { setTimeout as delay } from 'node:timers/promises';
import { startCluster } from '@sillage/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { expectSettled, expectWhole, type Reply, speak, speakEverywhere, untilAllGoOn, untilRead } from './replies.ts';
import { openStage, type Stage, untilServed } from './support.ts';

test('the replies of a node that is killed end as interrupted within ten seconds, with what was seen, on every node', async () => {
  await using stage = await openStage(startCluster);
  const [dying, ...others] = stage.nodes;
  const replies = await speakThrice(stage, dying);
  const spared = await speak(stage, others[0]);

  const killedAt = performance.now();
  await dying.kill();
  await untilRead(replies, 30_000);

  expect(performance.now() - killedAt).toBeLessThan(10_000);
  for (const reply of replies) await expectSettled(stage, reply, 'interrupted', others);
  await dying.restart();
  for (const reply of replies) await expectSettled(stage, reply, 'interrupted');
  await expectWhole(stage, [spared]);
});

describe('with a short lease', () => {
  const leaseMs = 2_000;
  let stage: Stage;
  beforeAll(async () => {
    stage = await openStage(startCluster, { node_lease: `${leaseMs / 1_000}` });
  });
  afterAll(() => stage[Symbol.asyncDispose]());

  test('a node that stood still past it and comes back writes nothing more, and its readers see the end that another wrote', async () => {
    const [frozen] = stage.nodes;
    const replies = await speakThrice(stage, frozen);

    frozen.freeze(); // what the model says from here on waits in its socket
    await untilRead(replies.map(readElsewhere), 30_000);
    const before = await stored(stage, replies);
    frozen.revive();
    await untilRead(replies, 10_000);
    await Promise.all(replies.map(({ speech }) => speech.abandoned)); // it has read that, and let go of it

    expect(await stored(stage, replies)).toEqual(before);
    for (const reply of replies) await expectSettled(stage, reply, 'interrupted');
    await untilServed(stage, frozen);
    await expectWhole(stage, [await speak(stage, frozen)]); // it is one of them again
  });

  test('a node that stood still for less goes on as if nothing had been', async () => {
    const [frozen] = stage.nodes;
    const replies = await speakThrice(stage, frozen);

    frozen.freeze();
    await delay(leaseMs / 2);
    frozen.revive();
    await untilAllGoOn(replies);

    await expectWhole(stage, replies);
  });

  test('nodes that all stood still past it take nothing from each other', async () => {
    const replies = await speakEverywhere(stage);

    for (const node of stage.nodes) node.freeze();
    await delay(leaseMs * 2);
    for (const node of stage.nodes) {
      node.revive();
      await delay(leaseMs / 4); // who is back first finds the others silent for too long
    }
    await untilAllGoOn(replies);

    await expectWhole(stage, replies);
  });

  test.each([
    ['Redis', () => stage.redis],
    ['PostgreSQL', () => stage.postgres],
  ])(
    'the replies of a node that dies while %s hangs end when that is back, with what was seen',
    async (_, database) => {
      const [dying] = stage.nodes;
      const replies = await speakThrice(stage, dying);

      database().pause();
      await dying.kill();
      await delay(leaseMs * 2);
      database().resume();
      await untilRead(replies, 20_000);

      await dying.restart();
      for (const reply of replies) await expectSettled(stage, reply, 'interrupted');
    },
  );
});

function speakThrice(stage: Stage, node: Stage['nodes'][number]): Promise<Reply[]> {
  return Promise.all([1, 2, 3].map(() => speak(stage, node)));
}

/** Is the same reply, for those who do not read it on the first node. */
function readElsewhere({ reads, readers, ...reply }: Reply): Reply {
  return { ...reply, reads: reads.slice(1), readers: readers.slice(1) };
}

/** Tells all that the databases hold of the replies. */
async function stored(stage: Stage, replies: readonly Reply[]) {
  const ids = replies.map(({ streamId }) => `'${streamId}'`).join();
  const streams = await stage.rows(
    `select * from streams left join stream_bodies using (stream_id) where stream_id in (${ids}) order by stream_id`,
  );
  const messages = await stage.rows(`select * from messages where stream_id in (${ids}) order by stream_id`);
  const keys = replies.map(({ streamId }) => `sillage:{${streamId}}:text`);
  const live = await Promise.all(keys.map((key) => stage.redis.command('xrange', key, '-', '+')));
  return { streams, messages, live };
}
