// The measured cluster: three nodes, PostgreSQL, Redis, the upstream, and for each node the readers of replies and of feeds
// (which never end).
import { routes } from '@sillage/protocol';
import { type Cluster, startCluster } from '@sillage/testing';
import { Load } from '../../load/load.ts';
import { request, unlimited } from '../../servers/peers.ts';
import { cores, pin } from '../../testbed/machine.ts';
import { messageOf, type Script } from '../../upstream/script.ts';
import { startUpstream } from '../../upstream/upstream.ts';

/** The processes, and functions that start and read streams, the same number on each node. */
export type ClusterTestbed = Awaited<ReturnType<typeof openClusterTestbed>>;

/** Enough users that starts rarely wait for each other: those of one user do. */
const users = 90;

/** Starts the testbed. The caller disposes of it. */
export async function openClusterTestbed() {
  const upstream = await startUpstream();
  const cluster = await startCluster({ ...unlimited, ai_api_url: upstream.url });
  await countStatements(cluster);
  pin(process.pid, cores.others);
  const { nodes } = cluster;
  const loads = nodes.map(({ port }) => new Load(port));
  const feeds = nodes.map(({ port }) => new Load(port));
  const tokens = await Promise.all(Array.from({ length: users }, (_, user) => cluster.token(`user-${user}`)));
  let sessions = 0;

  /** Starts streams, the same number on each node, each read on its own node. Returns the requests that read them, by node. */
  function start(count: number, script: Partial<Script>, { inConversations = false } = {}): Promise<string[][]> {
    const startOn = async (load: Load, node: number) => {
      const owners = Array.from({ length: count / nodes.length }, (_, i) => tokens[(node + i * nodes.length) % users]);
      const requests = owners.map((token = '') => {
        const body = { message: messageOf(script), ...(inConversations && { sessionId: `session-${++sessions}` }) };
        return request('POST', routes.stream, { token, body });
      });
      const streamIds = await load.open(requests, { rampMs: count });
      return streamIds.map((id, i) => request('GET', routes.streamById(id), { token: owners[i] ?? '' }));
    };
    return Promise.all(loads.map(startOn));
  }

  /** Closes every stream, at both ends, and every feed. */
  function closeAll(): void {
    for (const load of [...loads, ...feeds]) load.closeAll();
    upstream.hangUp();
  }

  return {
    cluster,
    loads,
    start,
    /** The number of tokens that the readers of open streams have received so far. */
    tokens: () => loads.reduce((sum, { tokens }) => sum + tokens, 0),
    /** Reads replies in new conversations to their ends. */
    async readReplies(count: number, script: Partial<Script>): Promise<void> {
      await start(count, script, { inConversations: true });
      await Promise.all(loads.map((load) => load.ended()));
    },
    /** Opens more readers of each stream: on the node after the producer's, then on the one after that. */
    async follow(reads: readonly string[][], { times, rampMs }: { times: number; rampMs: number }): Promise<void> {
      const readsOn = (node: number) =>
        Array.from({ length: times }, (_, i) => reads.at((node - 1 - i) % reads.length) ?? []).flat();
      await Promise.all(loads.map((load, node) => load.open(readsOn(node), { rampMs })));
    },
    /** Opens the feed of every user, on another node than the one that starts its replies. */
    async openFeeds(): Promise<void> {
      for (const [on, feed] of feeds.entries()) {
        const away = tokens.filter((_, user) => (user + 1) % nodes.length === on);
        const requests = away.map((token) => request('GET', routes.feed, { token }));
        await feed.open(requests, { isQuiet: true });
      }
    },
    closeAll,
    async [Symbol.asyncDispose](): Promise<void> {
      closeAll();
      upstream.close();
      await cluster[Symbol.asyncDispose]();
    },
  };
}

/** Enables pg_stat_statements, which takes a restart of PostgreSQL. The nodes restart too, and are ready with it. */
async function countStatements({ postgres, rows, nodes }: Cluster): Promise<void> {
  await rows("alter system set shared_preload_libraries = 'pg_stat_statements'");
  await postgres.restart();
  await Promise.all(nodes.map((node) => node.restart()));
  await rows('create extension pg_stat_statements');
}
