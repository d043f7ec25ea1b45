// A PostgreSQL that is away, for a while or at the worst moment: no reply is lost, and each ends once.
import { setTimeout as delay } from 'node:timers/promises';
import { routes } from '@sillage/protocol';
import { startCluster } from '@sillage/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { expectWhole, joinedLate, speakEverywhere, untilAllGoOn, untilAllHave, untilRead } from './replies.ts';
import { openStage, type Stage } from './support.ts';

const outageMs = 5_000;

let stage: Stage;
beforeAll(async () => {
  stage = await openStage(startCluster);
});
afterAll(() => stage[Symbol.asyncDispose]());

test('a PostgreSQL that hangs for five seconds: nothing looks dead, and replies go on all the while', async () => {
  const replies = await speakEverywhere(stage);

  stage.postgres.pause();
  const outage = delay(outageMs);
  await untilAllGoOn(replies); // their text needs it only at the end
  await outage;
  stage.postgres.resume();
  const all = replies.map((reply) => joinedLate(stage, reply));
  await untilAllGoOn(all);

  await expectWhole(stage, all);
});

test('a PostgreSQL that is killed and restarted under replies', async () => {
  const replies = await speakEverywhere(stage);

  await stage.postgres.restart();
  const all = replies.map((reply) => joinedLate(stage, reply));
  await untilAllGoOn(all);

  await expectWhole(stage, all);
});

test.each([
  ['killed', () => stage.postgres.kill(), () => stage.postgres.restart()],
  ['frozen', () => stage.postgres.pause(), () => stage.postgres.resume()],
])(
  'a PostgreSQL that is %s when replies end: their ends are held back, then told to all, once',
  async (_, fail, recover) => {
    const replies = await speakEverywhere(stage);
    await fail();

    await Promise.all(replies.map(({ speech }) => speech.finish()));
    await untilAllHave(replies);
    const refused = await Promise.all(stage.nodes.map((node) => stage.post(node, routes.streams, { message: 'More' })));
    expect(refused.map(({ status }) => status)).toEqual([503, 503, 503]);
    expect(replies.flatMap(({ readers }) => readers).filter(({ end }) => end !== undefined)).toEqual([]);
    await recover();
    await untilRead(replies, 20_000);

    await expectWhole(
      stage,
      replies.map((reply) => joinedLate(stage, reply)),
    );
  },
);
