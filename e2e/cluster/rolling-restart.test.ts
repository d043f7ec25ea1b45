// A rolling restart under load: readers resume on other nodes, and none of them loses or repeats a character.
import { setTimeout as delay } from 'node:timers/promises';
import { shortOrFull, startCluster } from '@sillage/testing';
import { expect, test } from 'vitest';
import { PlainReader, seededRandom } from '../faults/fixture/fixture.ts';
import { expectEnded, type Reply } from './replies.ts';
import { type ClusterFixture, type Node, openClusterFixture, signIn, type User } from './support.ts';

const seed = Date.now();
const concurrency = shortOrFull({ short: 12, full: 200 });
const users = shortOrFull({ short: 6, full: 40 });
const retryMs = 50;
const mostAttempts = 400;
/** Two cores need half a minute to start as many replies as in full. */
const patience = { timeout: shortOrFull({ short: 60_000, full: 300_000 }) };

test(
  `a rolling restart of three nodes during ${concurrency} replies loses no character, and each reply ends once`,
  async () => {
    await using fixture = await openClusterFixture(startCluster, { shutdown_grace: '1' });
    const replies: Reply[] = [];
    let isOver = false;
    const keepBusy = async (slot: number) => {
      const user = await signIn(fixture, `user ${slot % users}`);
      const random = seededRandom(seed + slot);
      for (let round = 0; !isOver; round++) {
        const reply = await startReplyOnAnyNode(fixture, { user, sessionId: `rolling-${slot}-${round}`, random });
        replies.push(reply);
        await Promise.all(reply.reads);
      }
    };

    const busy = Promise.all(Array.from({ length: concurrency }, (_, slot) => keepBusy(slot)));
    await expect.poll(() => replies.length, patience).toBeGreaterThanOrEqual(concurrency);
    for (const node of fixture.nodes) {
      const before = replies.length;
      await expect.poll(() => replies.length, patience).toBeGreaterThan(before + concurrency / 4);
      expect(await node.stop()).toBe(0);
      await node.restart();
    }
    isOver = true;
    for (const { modelReply } of replies) void modelReply.finish();
    await busy;

    const ends = new Set<string>();
    for (const reply of replies) {
      const { finishReason = '' } = reply.readers[0]?.end ?? {};
      ends.add(finishReason);
      await expectEnded(fixture, reply, finishReason);
    }
    const failures = fixture.nodes.flatMap(({ output }) => output().match(/Stream \w+ failed: .*/g) ?? []);
    expect(failures, `seed ${seed}`).toEqual([]);
    expect([...ends].sort(), `seed ${seed}`).toEqual(['interrupted', 'stop']);
  },
  shortOrFull({ short: 600_000, full: 1_200_000 }),
);

interface ReplyOptions {
  readonly user: User;
  readonly sessionId: string;
  readonly random: () => number;
}

/** Starts a reply of several seconds on any node that accepts it, with one or two readers that begin on a random node. */
async function startReplyOnAnyNode(fixture: ClusterFixture, { user, sessionId, random }: ReplyOptions): Promise<Reply> {
  const modelReply = fixture.prepare(sessionId, { throttleMs: 100, words: Math.ceil(random() * 100) });
  const nodesFromRandom = () => {
    const first = Math.floor(random() * fixture.nodes.length);
    return [...fixture.nodes.slice(first), ...fixture.nodes.slice(0, first)];
  };
  const streamId = await startOnAny(nodesFromRandom(), user, sessionId);
  const { headers } = user;
  const readers = Array.from({ length: random() < 0.5 ? 1 : 2 }, () => new PlainReader({ headers, streamId }));
  const reads = readers.map((reader) => fixture.follow(reader, nodesFromRandom()));
  return { streamId, sessionId, headers, modelReply, readers, reads };
}

/** Sends the same start with the same key to one node after another until one accepts it; a restarting node does not. */
async function startOnAny(nodes: readonly Node[], { start }: User, sessionId: string): Promise<string> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await start(nodes[attempt % nodes.length] as Node, { message: sessionId, sessionId }, sessionId);
    } catch (error) {
      const isUnavailable = error instanceof TypeError || String(error).includes('503'); // or its database is slow
      if (!isUnavailable || attempt === mostAttempts) throw error;
      await delay(retryMs);
    }
  }
}
