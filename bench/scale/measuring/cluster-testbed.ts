// The measured cluster: three nodes, PostgreSQL, Redis, the upstream, and two loads (one for feeds, which never end).
import { setTimeout as delay } from 'node:timers/promises';
import { routes } from '@sillage/protocol';
import { type Cluster, startCluster } from '@sillage/testing';
import type { LoadVerbs } from '../../load/load.ts';
import { request } from '../../load/request.ts';
import { unlimited } from '../../servers/peers.ts';
import { type Remote, startChild } from '../../testbed/child.ts';
import { messageOf, type Script } from '../../upstream/script.ts';
import type { UpstreamVerbs } from '../../upstream/upstream.ts';

/** A stream under way: its id, the index of its node and of its user. */
export interface Started {
  readonly streamId: string;
  readonly node: number;
  readonly user: number;
}

/** The parts of a testbed. */
interface Parts {
  readonly cluster: Cluster;
  readonly upstream: Remote<UpstreamVerbs>;
  readonly load: Remote<LoadVerbs>;
  readonly feeds: Remote<LoadVerbs>;
  /** The users' tokens. */
  readonly tokens: readonly string[];
}

/** Enough users that starts rarely wait for each other: those of one user do. */
const users = 90;
const restartMs = 20_000;
const pollMs = 50;

/** Starts and reads streams, the same number on each node. */
export class ClusterTestbed {
  readonly cluster: Cluster;
  readonly load: Remote<LoadVerbs>;
  readonly feeds: Remote<LoadVerbs>;
  readonly #upstream: Remote<UpstreamVerbs>;
  readonly #tokens: readonly string[];
  #sessions = 0;

  constructor({ cluster, upstream, load, feeds, tokens }: Parts) {
    this.cluster = cluster;
    this.load = load;
    this.feeds = feeds;
    this.#upstream = upstream;
    this.#tokens = tokens;
  }

  /** Starts streams, the same number on each node, each read on its own node. */
  async start(
    count: number,
    script: Partial<Script>,
    { inConversations = false }: { inConversations?: boolean } = {},
  ): Promise<Started[]> {
    const { nodes } = this.cluster;
    const options = { count: count / nodes.length, script, inConversations };
    return (await Promise.all(nodes.map((_, node) => this.#startOn(node, options)))).flat();
  }

  /** Opens more readers of each stream: on the node after the producer's, then on the one after that. */
  async follow(streams: readonly Started[], { times, rampMs }: { times: number; rampMs: number }): Promise<void> {
    const { nodes } = this.cluster;
    const asked = streams.flatMap(({ streamId, node, user }) =>
      Array.from({ length: times }, (_, i) => ({ node: (node + 1 + i) % nodes.length, streamId, user })),
    );
    const openOn = async ({ port }: { port: number }, on: number) => {
      const requests = asked
        .filter(({ node }) => node === on)
        .map(({ streamId, user }) => this.#get(routes.streamById(streamId), user));
      if (requests.length > 0) await this.load.open({ port, requests, count: requests.length, rampMs });
    };
    await Promise.all(nodes.map(openOn));
  }

  /** Opens the feed of every user, on another node than the one that starts its replies. */
  async openFeeds(): Promise<void> {
    const { nodes } = this.cluster;
    for (const [on, { port }] of nodes.entries()) {
      const away = Array.from(this.#tokens.keys()).filter((user) => (user + 1) % nodes.length === on);
      const requests = away.map((user) => this.#get(routes.feed, user));
      await this.feeds.open({ port, requests, count: requests.length, isQuiet: true });
    }
  }

  /** Closes every stream, at both ends. */
  async closeAll(): Promise<void> {
    await this.load.closeAll();
    await this.#upstream.hangUp();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.load.end(), this.feeds.end(), this.#upstream.end()]);
    await this.cluster[Symbol.asyncDispose]();
  }

  async #startOn(
    node: number,
    { count, script, inConversations }: { count: number; script: Partial<Script>; inConversations: boolean },
  ): Promise<Started[]> {
    const { nodes } = this.cluster;
    const owners = Array.from({ length: count }, (_, i) => (node + i * nodes.length) % users);
    const requests = owners.map((user) => {
      const body = { message: messageOf(script), ...(inConversations && { sessionId: `session-${++this.#sessions}` }) };
      return request('POST', routes.stream, { headers: this.#headersOf(user), body });
    });
    const { streamIds } = await this.load.open({ port: nodes[node]?.port ?? 0, requests, count, rampMs: count * 3 });
    return streamIds.map((streamId, i) => ({ streamId, node, user: owners[i] ?? 0 }));
  }

  #get(path: string, user: number): string {
    return request('GET', path, { headers: this.#headersOf(user) });
  }

  #headersOf(user: number): Record<string, string> {
    return { Authorization: `Bearer ${this.#tokens[user]}` };
  }
}

/** Starts the testbed. The caller disposes of it. */
export async function openClusterTestbed(): Promise<ClusterTestbed> {
  const upstream = await startChild<UpstreamVerbs>('upstream/upstream.ts');
  const cluster = await startCluster({ ...unlimited, ai_api_url: await upstream.listen() });
  await countStatements(cluster);
  const load = await startChild<LoadVerbs>('load/load.ts');
  const feeds = await startChild<LoadVerbs>('load/load.ts');
  const tokens = await Promise.all(Array.from({ length: users }, (_, user) => cluster.token(`user-${user}`)));
  return new ClusterTestbed({ cluster, upstream, load, feeds, tokens });
}

/** Enables pg_stat_statements, which takes a restart of PostgreSQL, and waits until every node has reconnected. */
async function countStatements({ postgres, rows, nodes }: Cluster): Promise<void> {
  await rows("alter system set shared_preload_libraries = 'pg_stat_statements'");
  const deadline = Date.now() + restartMs;
  await postgres.restart();
  const restartedAt = Date.now();
  for (;;) {
    const back = await rows(`select node_id from nodes where beat_at > ${restartedAt}`).catch(() => []);
    if (back.length === nodes.length) break;
    if (Date.now() > deadline) throw new Error('The nodes did not come back after PostgreSQL was restarted.');
    await delay(pollMs);
  }
  await rows('create extension pg_stat_statements');
}
