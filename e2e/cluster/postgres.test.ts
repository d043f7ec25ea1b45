// PostgreSQL outages, during replies and at their end: no reply is lost, and each ends once.
import { setTimeout as delay } from 'node:timers/promises';
import { routes } from '@sillage/protocol';
import { shortOrFull, startCluster } from '@sillage/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  expectComplete,
  startRepliesEverywhere,
  waitForAllText,
  waitForEnds,
  waitForProgress,
  withLateReaders,
} from './replies.ts';
import { type ClusterFixture, openClusterFixture } from './support.ts';

/** Longer than the timeout of a request to a database. */
const outageMs = shortOrFull({ short: 3_000, full: 5_000 });

let fixture: ClusterFixture;
beforeAll(async () => {
  fixture = await openClusterFixture(startCluster);
});
afterAll(() => fixture[Symbol.asyncDispose]());

test('while PostgreSQL is frozen for seconds, replies continue and no node is declared dead', async () => {
  const replies = await startRepliesEverywhere(fixture);

  fixture.postgres.pause();
  const outage = delay(outageMs);
  await waitForProgress(replies); // replies need PostgreSQL only at their end
  await outage;
  fixture.postgres.resume();
  const all = replies.map((reply) => withLateReaders(fixture, reply));
  await waitForProgress(all);

  await expectComplete(fixture, all);
});

test('replies are complete when PostgreSQL is killed and restarted while they run', async () => {
  const replies = await startRepliesEverywhere(fixture);

  await fixture.postgres.restart();
  const all = replies.map((reply) => withLateReaders(fixture, reply));
  await waitForProgress(all);

  await expectComplete(fixture, all);
});

test.each([
  ['killed', () => fixture.postgres.kill(), () => fixture.postgres.restart()],
  ['frozen', () => fixture.postgres.pause(), () => fixture.postgres.resume()],
])(
  'when PostgreSQL is %s while replies end, their ends are written once after recovery, and every reader gets them',
  async (_, fail, recover) => {
    const replies = await startRepliesEverywhere(fixture);
    await fail();

    await Promise.all(replies.map(({ modelReply }) => modelReply.finish()));
    await waitForAllText(replies);
    const rejected = await Promise.all(
      fixture.nodes.map((node) => fixture.post(node, routes.streams, { message: 'More' })),
    );
    expect(rejected.map(({ status }) => status)).toEqual([503, 503, 503]);
    expect(replies.flatMap(({ readers }) => readers).filter(({ end }) => end !== undefined)).toEqual([]);
    await recover();
    await waitForEnds(replies);

    await expectComplete(
      fixture,
      replies.map((reply) => withLateReaders(fixture, reply)),
    );
  },
);
