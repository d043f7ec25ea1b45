// A killed node with the default settings. `dead-node.test.ts` proves the same with a shorter lease.
import { startCluster } from '@sillage/testing';
import { test } from 'vitest';
import { startStopwatch } from '../faults/fixture/stopwatch.ts';
import { expectEnded, startReadReply, waitForEnds } from './replies.ts';
import { openClusterFixture } from './support.ts';

test('replies of a killed node end as interrupted within ten seconds, with all received text, on every node', async () => {
  await using fixture = await openClusterFixture(startCluster);
  const [dying, ...others] = fixture.nodes;
  const replies = await Promise.all([1, 2, 3].map(() => startReadReply(fixture, dying)));
  const unaffected = await startReadReply(fixture, others[0]);

  const stopwatch = startStopwatch(others[0].url);
  await dying.kill();
  await waitForEnds(replies);

  await stopwatch.expectWithin(10_000, Date.now());
  for (const reply of replies) await expectEnded(fixture, reply, 'interrupted', others);
  await unaffected.modelReply.finish();
  await waitForEnds([unaffected]);
  await expectEnded(fixture, unaffected, 'stop', others);
});
