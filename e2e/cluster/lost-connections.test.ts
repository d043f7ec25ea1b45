// Connections between nodes and databases that are lost at any byte, again and again: what was asked and not answered may
// have happened, and happens once.
import { type CuttingProxy, type LinkedNode, shortOrFull, startLinkedCluster } from '@sillage/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { seeded } from '../faults/support.ts';
import {
  expectSettled,
  expectWhole,
  joinedLate,
  type Reply,
  speakEverywhere,
  untilAllGoOn,
  untilRead,
} from './replies.ts';
import { openStage, type Stage } from './support.ts';

const seed = Date.now();
const starts = shortOrFull({ short: 20, full: 60 });
const mostAttempts = 100;

let stage: Stage<LinkedNode>;
beforeAll(async () => {
  stage = await openStage(startLinkedCluster);
});
afterAll(() => stage[Symbol.asyncDispose]());

test('connections to Redis that are lost at any byte: every reply is whole', async () => {
  const links = stage.nodes.map(({ toRedis }) => toRedis);
  const replies = await speakEverywhere(stage);

  const heal = loseConnections(links, { least: 8_000, most: 16_000 }); // the greeting of a Redis is 6 KB long
  for (let more = 0; more < 10; more++) await untilAllGoOn(replies);
  const all = replies.map((reply) => joinedLate(stage, reply));
  for (let more = 0; more < 10; more++) await untilAllGoOn(all);
  expect(heal()).toBeGreaterThan(20);

  await expectWhole(stage, all);
});

test('connections to PostgreSQL that are lost at any byte: a start is one stream, and that ends once', async () => {
  const links = stage.nodes.map(({ toPostgres }) => toPostgres);
  const heal = loseConnections(links, { least: 400, most: 4_000 });

  const replies = await Promise.all(Array.from({ length: starts }, (_, index) => startStubbornly(index)));
  expect(heal()).toBeGreaterThan(starts);
  await untilRead(replies, 30_000);

  for (const reply of replies) {
    const { finishReason = '' } = reply.readers[0]?.end ?? {};
    expect(['stop', 'interrupted']).toContain(finishReason); // a start whose answer was lost is ended
    await expectSettled(stage, reply, finishReason);
  }
});

/** Cuts every connection after a random count of bytes; the returned function ends that, and counts the cuts. */
function loseConnections(links: readonly CuttingProxy[], { least, most }: { least: number; most: number }) {
  const random = seeded(seed);
  const cuts = () => links.reduce((sum, link) => sum + link.cuts, 0);
  const before = cuts();
  for (const link of links) {
    link.setCutAfterBytes(() => least + Math.floor(random() * (most - least)));
    link.cut();
  }
  return () => {
    for (const link of links) link.setCutAfterBytes(undefined);
    return cuts() - before;
  };
}

/** Starts a short reply: on one node after the other, with the same key, until one has answered. */
async function startStubbornly(index: number): Promise<Reply> {
  const sessionId = `short-${index}`;
  const speech = stage.prepare(sessionId, { words: 20 });
  for (let attempt = 0; ; attempt++) {
    try {
      const node = stage.nodes[(index + attempt) % 3] ?? stage.nodes[0];
      const streamId = await stage.start(node, { message: sessionId, sessionId }, sessionId);
      return joinedLate(stage, { streamId, headers: stage.headers, sessionId, speech, readers: [], reads: [] });
    } catch (error) {
      if (attempt === mostAttempts || !String(error).includes('503')) throw error;
    }
  }
}
