// A Redis that loses what it had, or is away: no reply is lost with it, none looks dead, and every reader gets all of it,
// whenever it came and whichever node it asks.
import { setTimeout as delay } from 'node:timers/promises';
import { type LinkedNode, startLinkedCluster, startProxy, startReplica } from '@sillage/testing';
import { afterAll, beforeAll, test } from 'vitest';
import { expectWhole, joinedLate, speakEverywhere, untilAllGoOn, untilAllHave } from './replies.ts';
import { openStage, type Stage } from './support.ts';

const outageMs = 5_000;
const apartMs = 500;

let stage: Stage<LinkedNode>;
beforeAll(async () => {
  stage = await openStage(startLinkedCluster);
});
afterAll(() => stage[Symbol.asyncDispose]());

test('a Redis that is emptied twice under replies: whole for those who read, and for those who come then', async () => {
  const replies = await speakEverywhere(stage);

  await stage.redis.flush();
  const all = replies.map((reply) => joinedLate(stage, reply));
  await untilAllGoOn(all);
  await stage.redis.flush();
  await untilAllGoOn(all);

  await expectWhole(stage, all);
});

test('a Redis that is emptied under replies that say nothing more is filled again', async () => {
  const replies = await speakEverywhere(stage);
  for (const { speech } of replies) speech.pause();

  await stage.redis.flush();
  const all = replies.map((reply) => joinedLate(stage, reply));
  await untilAllHave(all);

  for (const { speech } of replies) speech.goOn();
  await expectWhole(stage, all);
});

test('a Redis that hangs for five seconds: nothing looks dead, and all goes on', async () => {
  const replies = await speakEverywhere(stage);

  stage.redis.pause();
  await delay(outageMs);
  const all = replies.map((reply) => joinedLate(stage, reply));
  stage.redis.resume();
  await untilAllGoOn(all);

  await expectWhole(stage, all);
});

test('a Redis that is gone for five seconds and comes back empty: whole for those who read, and for those who come then', async () => {
  const replies = await speakEverywhere(stage);

  await stage.redis.kill();
  await delay(outageMs);
  const all = replies.map((reply) => joinedLate(stage, reply));
  await stage.redis.restart();
  await untilAllGoOn(all);

  await expectWhole(stage, all);
});

test('a Redis that is split in two, to which nodes move one after the other, and back: whole, and nothing twice', async () => {
  const other = await startReplica(stage.redis);
  const replies = await speakEverywhere(stage);
  await other.promote();

  for (const { url } of [other, stage.redis]) {
    await untilAllGoOn(replies); // what is said from here on, the other does not have
    for (const node of stage.nodes) {
      node.toRedis.setTarget(url);
      node.toRedis.cut();
      await delay(apartMs);
    }
  }
  const all = replies.map((reply) => joinedLate(stage, reply));
  await untilAllGoOn(all);

  await expectWhole(stage, all);
  await other.stop();
});

test('a Redis that fails over to a replica that lags: whole, and nothing twice', async () => {
  await using between = await startProxy(stage.redis.url);
  const replica = await startReplica(between);
  const replies = await speakEverywhere(stage);
  between.pause();
  await untilAllGoOn(replies); // what readers see from here on, the replica does not have

  await stage.redis.kill();
  for (const { toRedis } of stage.nodes) toRedis.setTarget(replica.url);
  const all = replies.map((reply) => joinedLate(stage, reply)); // they read a replica, to which nobody may write
  await replica.promote();
  await untilAllGoOn(all);

  await expectWhole(stage, all);
  await replica.stop();
});
