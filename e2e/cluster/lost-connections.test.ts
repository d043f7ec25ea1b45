// Connections between nodes and databases that are lost repeatedly, after any byte: a request without a response may have been
// executed, and takes effect once.
import { type CuttingProxy, type LinkedNode, shortOrFull, startLinkedCluster } from '@sillage/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { seededRandom } from '../faults/fixture/fixture.ts';
import {
  expectComplete,
  expectEnded,
  type Reply,
  startRepliesEverywhere,
  waitForEnds,
  waitForProgress,
  withLateReaders,
} from './replies.ts';
import { type ClusterFixture, openClusterFixture } from './support.ts';

const seed = Date.now();
const starts = shortOrFull({ short: 20, full: 60 });
const mostAttempts = 100;

let fixture: ClusterFixture<LinkedNode>;
beforeAll(async () => {
  fixture = await openClusterFixture(startLinkedCluster);
});
afterAll(() => fixture[Symbol.asyncDispose]());

test('every reply is complete when connections to Redis are lost after any byte', async () => {
  const links = fixture.nodes.map(({ toRedis }) => toRedis);
  const replies = await startRepliesEverywhere(fixture);

  const stopCutting = cutConnections(links, { least: 8_000, most: 16_000 }); // the handshake with Redis takes 6 KB
  for (let round = 0; round < 10; round++) await waitForProgress(replies);
  const all = replies.map((reply) => withLateReaders(fixture, reply));
  for (let round = 0; round < 10; round++) await waitForProgress(all);
  expect(stopCutting()).toBeGreaterThan(20);

  await expectComplete(fixture, all);
});

test('a start creates one stream that ends once when connections to PostgreSQL are lost after any byte', async () => {
  const links = fixture.nodes.map(({ toPostgres }) => toPostgres);
  const stopCutting = cutConnections(links, { least: 400, most: 4_000 });

  const replies = await Promise.all(Array.from({ length: starts }, (_, index) => startWithRetry(index)));
  expect(stopCutting()).toBeGreaterThan(starts);
  await waitForEnds(replies);

  for (const reply of replies) {
    const { finishReason = '' } = reply.readers[0]?.end ?? {};
    expect(['stop', 'interrupted']).toContain(finishReason); // a stream whose start got no response is ended by recovery
    await expectEnded(fixture, reply, finishReason);
  }
});

/** Cuts every connection after a random number of bytes. The returned function stops that and returns the number of cuts. */
function cutConnections(links: readonly CuttingProxy[], { least, most }: { least: number; most: number }) {
  const random = seededRandom(seed);
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

/** Starts a short reply: retries with the same key on one node after another until a node responds. */
async function startWithRetry(index: number): Promise<Reply> {
  const sessionId = `short-${index}`;
  const modelReply = fixture.prepare(sessionId, { words: 20 });
  for (let attempt = 0; ; attempt++) {
    try {
      const node = fixture.nodes[(index + attempt) % 3] ?? fixture.nodes[0];
      const streamId = await fixture.start(node, { message: sessionId, sessionId }, sessionId);
      return withLateReaders(fixture, {
        streamId,
        headers: fixture.headers,
        sessionId,
        modelReply,
        readers: [],
        reads: [],
      });
    } catch (error) {
      if (attempt === mostAttempts || !String(error).includes('503')) throw error;
    }
  }
}
