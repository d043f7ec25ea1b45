// Nodes that die and nodes that only freeze: another node ends the replies of a dead one, once and with all received text,
// and never those of a live one.
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { routes, type Usage } from '@sillage/protocol';
import { openSse, type ServerProcess, shortOrFull, startCluster } from '@sillage/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PlainReader } from '../faults/fixture/fixture.ts';
import { startStopwatch } from '../faults/fixture/stopwatch.ts';
import {
  expectComplete,
  expectEnded,
  type Reply,
  startReadReply,
  startRepliesEverywhere,
  waitForEnds,
  waitForProgress,
} from './replies.ts';
import { type ClusterFixture, type Node, openClusterFixture, signIn, waitForStarts } from './support.ts';

describe('with a short lease', () => {
  const leaseMs = 6_000;
  const maxConnections = 100;
  let fixture: ClusterFixture;
  beforeAll(async () => {
    const settings = {
      node_lease: `${leaseMs / 1_000}`,
      max_connections_per_user: `${maxConnections}`,
      tokens_per_day: '1000000',
      log_level: 'info',
    };
    fixture = await openClusterFixture(startCluster, settings);
  });
  afterAll(() => fixture[Symbol.asyncDispose]());

  test('replies of a killed node end as interrupted soon after its lease, with all received text, on every node', async () => {
    const [dying, ...others] = fixture.nodes;
    const replies = await startThreeReplies(fixture, dying);
    const unaffected = await startReadReply(fixture, others[0]);

    const stopwatch = startStopwatch(others[0].url);
    await dying.kill();
    await waitForEnds(replies);
    await stopwatch.expectWithin(leaseMs * 3, Date.now());

    for (const reply of replies) await expectEnded(fixture, reply, 'interrupted', others);
    await dying.restart();
    for (const reply of replies) await expectEnded(fixture, reply, 'interrupted');
    await expectComplete(fixture, [unaffected]);
  });

  test('the connections of a killed node count until its lease expires', async () => {
    const [, dying, other] = fixture.nodes;
    const { headers } = await signIn(fixture, 'ada');
    const open = ({ url }: { url: string }) => openSse(url + routes.feed, { headers });
    const feeds = await Promise.all(Array.from({ length: maxConnections }, () => open(dying)));

    await dying.kill();
    const { status } = await open(other);
    await expect.poll(async () => (await open(other)).status).toBe(200);
    await dying.restart();

    expect(feeds.map((feed) => feed.status)).toEqual(Array(maxConnections).fill(200));
    expect(status).toBe(429);
  });

  test('the reservations of a killed node end with its replies: exactly what they used is counted', async () => {
    const [dying, other] = fixture.nodes;
    const user = await signIn(fixture, 'thrifty');
    const maxTokens = 330_000; // a third of the limit, so that a fourth reply exceeds it
    const start = async (node: Node) => {
      const message = randomUUID();
      fixture.prepare(message);
      return user.post(node, routes.streams, { message, maxTokens });
    };
    const replies = await Promise.all(
      [1, 2, 3].map(async () => {
        const { streamId } = await (await start(dying)).json();
        const reader = new PlainReader({ headers: user.headers, streamId });
        const read = fixture.follow(reader, [other]);
        return { reader, read };
      }),
    );
    await Promise.all(replies.map(({ reader }) => expect.poll(() => reader.text.length).toBeGreaterThan(40)));
    const whileReserved = await start(other);

    await dying.kill();
    await Promise.all(replies.map(({ read }) => read));
    const { today } = await (await fetch(other.url + routes.usage, { headers: user.headers })).json();
    const again = [await start(other), await start(other), await start(other), await start(other)];

    expect(whileReserved.status).toBe(429);
    const usages = replies.map(({ reader }) => {
      expect(reader.end).toMatchObject({ finishReason: 'interrupted', usage: { estimated: true } });
      return reader.end?.usage ?? { promptTokens: 0, completionTokens: 0 };
    });
    const sum = (of: (usage: Usage) => number) => usages.reduce((total, usage) => total + of(usage), 0);
    expect(usages.every(({ completionTokens }) => completionTokens > 10)).toBe(true);
    expect(today).toEqual({
      promptTokens: sum(({ promptTokens }) => promptTokens),
      completionTokens: sum(({ completionTokens }) => completionTokens),
      replies: 3,
      estimatedReplies: 3,
    });
    expect(again.map(({ status }) => status)).toEqual([201, 201, 201, 429]);
    await dying.restart();
  });

  test('a node that was frozen for longer than its lease writes nothing more, and its readers get the end that another node wrote', async () => {
    const [frozen, ...others] = fixture.nodes;
    const replies = await startThreeReplies(fixture, frozen);
    const counted = await countEnds(fixture);

    frozen.freeze(); // from here on, the model's text waits in the node's socket
    await waitForEnds(replies.map(withoutFirstReader));
    const before = await readStored(fixture, replies);
    frozen.revive();
    await waitForEnds(replies);
    await Promise.all(replies.map(({ modelReply }) => modelReply.disconnected)); // the node has read that text and closed the connection

    expect(await readStored(fixture, replies)).toEqual(before);
    for (const reply of replies) await expectEnded(fixture, reply, 'interrupted');
    const countedOnce = { ...counted, [interrupted]: (counted[interrupted] ?? 0) + replies.length };
    expect(await countEnds(fixture)).toEqual(countedOnce);
    const logged = replies.map(({ streamId }) => ({ streamId, finishReason: 'interrupted', model: 'gpt-3.5-turbo' }));
    await expect.poll(() => linesOf(fixture.nodes, replies, 'Reply ended.')).toMatchObject(logged);
    await expect
      .poll(() => linesOf(others, replies, 'the process that produced it is gone'))
      .toHaveLength(replies.length);
    await expect.poll(() => linesOf([frozen], replies, 'another node took it over')).toHaveLength(replies.length);
    await waitForStarts(fixture, frozen);
    await expectComplete(fixture, [await startReadReply(fixture, frozen)]); // the node works again
  });

  test('a node that was frozen for less than its lease continues its replies', async () => {
    const [frozen] = fixture.nodes;
    const replies = await startThreeReplies(fixture, frozen);

    frozen.freeze();
    await delay(leaseMs / 2);
    frozen.revive();
    await waitForProgress(replies);

    await expectComplete(fixture, replies);
  });

  test("nodes that were all frozen for longer than their lease do not end each other's replies", async () => {
    const replies = await startRepliesEverywhere(fixture);

    for (const node of fixture.nodes) node.freeze();
    await delay(leaseMs * 2);
    for (const node of fixture.nodes) {
      node.revive();
      await delay(leaseMs / 8); // the first node to continue sees expired leases of the others
    }
    await waitForProgress(replies);

    await expectComplete(fixture, replies);
  });

  const postgres = ['PostgreSQL', () => fixture.postgres] as const;
  const redis = ['Redis', () => fixture.redis] as const;
  test.each(shortOrFull({ short: [postgres], full: [postgres, redis] }))(
    'replies of a node that dies while %s is frozen end after its recovery, with all received text',
    async (_, database) => {
      const [dying] = fixture.nodes;
      const replies = await startThreeReplies(fixture, dying);

      database().pause();
      await dying.kill();
      await delay(leaseMs * 2);
      database().resume();
      await waitForEnds(replies);

      await dying.restart();
      for (const reply of replies) await expectEnded(fixture, reply, 'interrupted');
    },
  );
});

function startThreeReplies(fixture: ClusterFixture, node: ClusterFixture['nodes'][number]): Promise<Reply[]> {
  return Promise.all([1, 2, 3].map(() => startReadReply(fixture, node)));
}

/** The same reply without its reader on the first node. */
function withoutFirstReader({ reads, readers, ...reply }: Reply): Reply {
  return { ...reply, reads: reads.slice(1), readers: readers.slice(1) };
}

/** The labels of an interrupted reply in the metrics. */
const interrupted = 'model="gpt-3.5-turbo",reason="interrupted"';

/** Returns how many replies have ended by the metrics of all nodes, by the labels. */
async function countEnds({ nodes }: ClusterFixture): Promise<Record<string, number>> {
  const texts = await Promise.all(nodes.map(async ({ url }) => (await fetch(`${url}/metrics`)).text()));
  const sums: Record<string, number> = {};
  for (const [, labels = '', count] of texts.join('\n').matchAll(/^sillage_replies_total\{(.*)\} (\d+)$/gm)) {
    sums[labels] = (sums[labels] ?? 0) + Number(count);
  }
  return sums;
}

/** Returns the log lines of nodes whose message ends with `words`, of the replies and in their order. */
function linesOf(nodes: readonly ServerProcess[], replies: readonly Reply[], words: string): Record<string, unknown>[] {
  const lines = nodes.flatMap((node) => node.output().split('\n')).filter((line) => line.includes(`${words}"`));
  const found = lines.map((line) => JSON.parse(line));
  return replies.flatMap(({ streamId }) => found.filter((line) => line.streamId === streamId));
}

/** Reads everything that the databases store of the replies. */
async function readStored(fixture: ClusterFixture, replies: readonly Reply[]) {
  const ids = replies.map(({ streamId }) => `'${streamId}'`).join();
  const streams = await fixture.rows(
    `select * from streams left join stream_bodies using (stream_id) where stream_id in (${ids}) order by stream_id`,
  );
  const messages = await fixture.rows(`select * from messages where stream_id in (${ids}) order by stream_id`);
  const keys = replies.map(({ streamId }) => `sillage:{${streamId}}:text`);
  const live = await Promise.all(keys.map((key) => fixture.redis.command('xrange', key, '-', '+')));
  return { streams, messages, live };
}
