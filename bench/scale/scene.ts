// The cluster that is measured: three nodes, PostgreSQL and Redis, the upstream, and two loads, one for what never ends.
import { setTimeout as delay } from 'node:timers/promises';
import { routes } from '@sillage/protocol';
import { type Cluster, startCluster } from '@sillage/testing';
import { type Remote, startChild } from '../child.ts';
import type { LoadVerbs } from '../load.ts';
import { request } from '../request.ts';
import { messageOf, type Script } from '../script.ts';
import type { UpstreamVerbs } from '../upstream.ts';

/** Is a stream under way: the node that produces it, by number, and the user whose it is. */
export interface Started {
  readonly streamId: string;
  readonly node: number;
  readonly user: number;
}

/** Is all that a scene is made of. */
interface Parts {
  readonly cluster: Cluster;
  readonly upstream: Remote<UpstreamVerbs>;
  readonly load: Remote<LoadVerbs>;
  readonly feeds: Remote<LoadVerbs>;
  /** Tokens of the users. */
  readonly tokens: readonly string[];
}

/** So many users take turns: starts of one user wait for each other. */
const users = 90;
const restartMs = 20_000;
const pollMs = 50;
const settings = {
  ai_api_key: 'none',
  max_streams_per_user: '1000000',
  starts_per_minute: '1000000000',
  requests_per_minute: '1000000000',
  max_connections_per_user: '1000000',
  NODE_ENV: 'production',
};

/** Starts and reads streams on all nodes alike. */
export class Scene {
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

  /** Starts streams, read where they are produced, as many on each node. */
  async start(
    count: number,
    script: Partial<Script>,
    { inConversations = false }: { inConversations?: boolean } = {},
  ): Promise<Started[]> {
    const { nodes } = this.cluster;
    const options = { count: count / nodes.length, script, inConversations };
    return (await Promise.all(nodes.map((_, node) => this.#startOn(node, options)))).flat();
  }

  /** Opens further readers of each stream, first on the node behind the producer's, then on the one behind that. */
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

  /** Opens the feed of every user, each away from the node where its replies are started. */
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

/** Starts everything. Who opens it closes it. */
export async function openScene(): Promise<Scene> {
  const upstream = await startChild<UpstreamVerbs>('./upstream.ts');
  const cluster = await startCluster({ ...settings, ai_api_url: await upstream.listen() });
  await countStatements(cluster);
  const load = await startChild<LoadVerbs>('./load.ts');
  const feeds = await startChild<LoadVerbs>('./load.ts');
  const tokens = await Promise.all(Array.from({ length: users }, (_, user) => cluster.token(`user-${user}`)));
  return new Scene({ cluster, upstream, load, feeds, tokens });
}

/** Has PostgreSQL count its statements, which takes a restart, and waits for every node to be back at it. */
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
