// The measured cluster: three nodes, PostgreSQL, Redis, the upstream, and two loads (one for feeds, which never end).
import { setTimeout as delay } from 'node:timers/promises';
import { routes } from '@sillage/protocol';
import { type Cluster, startCluster } from '@sillage/testing';
import type { LoadVerbs } from '../../load/load.ts';
import { request } from '../../load/request.ts';
import { unlimited } from '../../servers/peers.ts';
import { startChild } from '../../testbed/child.ts';
import { messageOf, type Script } from '../../upstream/script.ts';
import type { UpstreamVerbs } from '../../upstream/upstream.ts';

/** A stream under way: its id, the index of its node and of its user. */
export interface Started {
  readonly streamId: string;
  readonly node: number;
  readonly user: number;
}

/** The processes, and functions that start and read streams, the same number on each node. */
export type ClusterTestbed = Awaited<ReturnType<typeof openClusterTestbed>>;

/** Enough users that starts rarely wait for each other: those of one user do. */
const users = 90;
const restartMs = 20_000;
const pollMs = 50;

/** Starts the testbed. The caller disposes of it. */
export async function openClusterTestbed() {
  const upstream = await startChild<UpstreamVerbs>('upstream/upstream.ts');
  const cluster = await startCluster({ ...unlimited, ai_api_url: await upstream.listen() });
  await countStatements(cluster);
  const load = await startChild<LoadVerbs>('load/load.ts');
  const feeds = await startChild<LoadVerbs>('load/load.ts');
  const tokens = await Promise.all(Array.from({ length: users }, (_, user) => cluster.token(`user-${user}`)));
  const { nodes } = cluster;
  let sessions = 0;

  const headersOf = (user: number) => ({ Authorization: `Bearer ${tokens[user]}` });
  const get = (path: string, user: number) => request('GET', path, { headers: headersOf(user) });

  async function startOn(node: number, count: number, script: Partial<Script>, inConversations: boolean) {
    const owners = Array.from({ length: count }, (_, i) => (node + i * nodes.length) % users);
    const requests = owners.map((user) => {
      const body = { message: messageOf(script), ...(inConversations && { sessionId: `session-${++sessions}` }) };
      return request('POST', routes.stream, { headers: headersOf(user), body });
    });
    const { streamIds } = await load.open({ port: nodes[node]?.port ?? 0, requests, count, rampMs: count * 3 });
    return streamIds.map((streamId, i): Started => ({ streamId, node, user: owners[i] ?? 0 }));
  }

  return {
    cluster,
    load,
    feeds,
    /** Starts streams, the same number on each node, each read on its own node. */
    async start(count: number, script: Partial<Script>, { inConversations = false } = {}): Promise<Started[]> {
      const perNode = count / nodes.length;
      return (await Promise.all(nodes.map((_, node) => startOn(node, perNode, script, inConversations)))).flat();
    },
    /** Opens more readers of each stream: on the node after the producer's, then on the one after that. */
    async follow(streams: readonly Started[], { times, rampMs }: { times: number; rampMs: number }): Promise<void> {
      const reads = streams.flatMap(({ streamId, node, user }) =>
        Array.from({ length: times }, (_, i) => ({ node: (node + 1 + i) % nodes.length, streamId, user })),
      );
      const openOn = async ({ port }: { port: number }, on: number) => {
        const own = reads.filter(({ node }) => node === on);
        const requests = own.map(({ streamId, user }) => get(routes.streamById(streamId), user));
        if (requests.length > 0) await load.open({ port, requests, count: requests.length, rampMs });
      };
      await Promise.all(nodes.map(openOn));
    },
    /** Opens the feed of every user, on another node than the one that starts its replies. */
    async openFeeds(): Promise<void> {
      for (const [on, { port }] of nodes.entries()) {
        const away = Array.from(tokens.keys()).filter((user) => (user + 1) % nodes.length === on);
        const requests = away.map((user) => get(routes.feed, user));
        await feeds.open({ port, requests, count: requests.length, isQuiet: true });
      }
    },
    /** Closes every stream, at both ends. */
    async closeAll(): Promise<void> {
      await load.closeAll();
      await upstream.hangUp();
    },
    async [Symbol.asyncDispose](): Promise<void> {
      await Promise.all([load.end(), feeds.end(), upstream.end()]);
      await cluster[Symbol.asyncDispose]();
    },
  };
}

/** Enables pg_stat_statements, which takes a restart of PostgreSQL, and waits until every node has reconnected. */
async function countStatements({ postgres, rows, nodes }: Cluster): Promise<void> {
  await rows("alter system set shared_preload_libraries = 'pg_stat_statements'");
  await postgres.restart();
  const restartedAt = Date.now();
  const renewed = () => rows(`select node_id from nodes where beat_at > ${restartedAt}`).catch(() => []);
  const signal = AbortSignal.timeout(restartMs);
  while ((await renewed()).length < nodes.length) await delay(pollMs, undefined, { signal });
  await rows('create extension pg_stat_statements');
}
