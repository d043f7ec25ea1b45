// A soak on three nodes, two of which are killed again and again. `npm run test:all` runs it; `npm run soak:nodes` for longer.
import { setTimeout as delay } from 'node:timers/promises';
import { startCluster } from '@sillage/testing';
import { test } from 'vitest';
import { openClusterFixture } from '../cluster/support.ts';
import { liveMemoryEnv } from '../faults/fixture/live-memory.ts';
import { Soak } from './soak.ts';
import { expectSteady, size, soakTimeout } from './steady.ts';

const env = { ...liveMemoryEnv, ai_stall_timeout: '10', stream_retention: '60', node_lease: '2' };
const betweenKillsMs = 3_000;
/** Of a node's connections to PostgreSQL, which it opens as needed. */
const poolSize = 14;

test('replies of killed nodes end, all others equal their source', { timeout: soakTimeout }, async () => {
  await using fixture = await openClusterFixture(startCluster, env);
  const { provider, nodes } = fixture;
  const [lasting, ...killed] = nodes;
  const users = await Promise.all(
    Array.from({ length: 20 }, async (_, index) => ({
      authorization: `Bearer ${await lasting.token(`user-${index}`)}`,
    })),
  );
  const soak = new Soak({ provider, users, urls: nodes.map(({ url }) => url), ...size, hasKills: true });
  const over = new AbortController();
  const killing = (async () => {
    for (let index = 0; !over.signal.aborted; index++) {
      const node = killed[index % killed.length];
      await node?.kill();
      await delay(betweenKillsMs);
      await node?.restart();
    }
  })();

  try {
    await expectSteady(soak, lasting, { pooled: poolSize });
  } finally {
    over.abort();
    await killing;
  }
});
