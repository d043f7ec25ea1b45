// The fixture of the cluster tests: three built servers on shared databases, a provider with prepared replies, and signed-in
// users that can send requests to any node.
import { setTimeout as delay } from 'node:timers/promises';
import {
  type ChatRequest,
  headers as names,
  routes,
  type SessionResponse,
  type StopResponse,
  type StreamId,
} from '@sillage/protocol';
import { type Cluster, type Provider, type ServerProcess, startProvider } from '@sillage/testing';
import { expect } from 'vitest';
import { PlainReader } from '../faults/fixture/fixture.ts';
import { type PreparedReply, type PreparedReplyOptions, prepareReplies } from './prepared-reply.ts';

/** A node, or anything else with a server's URL. */
export type Node = Pick<ServerProcess, 'url'>;

/** A user who is signed in on every node. */
export interface User {
  readonly headers: { readonly authorization: string };
  /** Sends a POST request to a node and returns the response, whatever its status. */
  post(node: Node, path: string, body?: unknown, headers?: Record<string, string>): Promise<Response>;
  /** Starts a stream without reading it; an error response throws. */
  start(node: Node, request: ChatRequest, key?: string): Promise<StreamId>;
  stop(node: Node, streamId: StreamId): Promise<StopResponse>;
  session(node: Node, sessionId: string): Promise<SessionResponse>;
  /** Reads a stream from its start to its end on one node. */
  read(node: Node, streamId: StreamId): Promise<PlainReader>;
}

/** A running cluster with its provider and a signed-in user. */
export interface ClusterFixture<Member extends ServerProcess = ServerProcess> extends Cluster<Member>, User {
  readonly provider: Provider;
  /** Prepares the model's reply to a message. */
  prepare(message: string, pace?: PreparedReplyOptions): PreparedReply;
  /** Follows a stream on the first of `nodes`; after a lost connection on the next one, and so on, round-robin. */
  follow(reader: PlainReader, nodes: readonly Node[]): Promise<void>;
}

const retryMs = 20;
const limits = {
  starts_per_minute: '1000000',
  max_streams_per_user: '10000',
  requests_per_minute: '1000000',
  anonymous_requests_per_minute: '1000000',
  max_connections_per_user: '10000',
  max_tickets_per_user: '10000',
};

/** Opens the fixture on the cluster that `start` starts. Limits are raised so far that only tests of limits reach them. */
export async function openClusterFixture<Member extends ServerProcess>(
  start: (env: Record<string, string>) => Promise<Cluster<Member>>,
  env: Record<string, string> = {},
): Promise<ClusterFixture<Member>> {
  const provider = await startProvider();
  const cluster = await start({ ai_api_url: provider.url, ...limits, ...env });
  const closing = new AbortController();
  const user = await signIn(cluster);
  const follow: ClusterFixture['follow'] = async (reader, nodes) => {
    for (let index = 0; reader.end === undefined && !reader.receivedNoContent && !closing.signal.aborted; index++) {
      const { after } = reader;
      await reader.readOnce(nodes[index % nodes.length]?.url ?? '', closing.signal);
      if (reader.after === after) await delay(retryMs); // the node may be down
    }
  };
  return {
    ...cluster,
    ...user,
    provider,
    follow,
    prepare: prepareReplies(provider),
    [Symbol.asyncDispose]: async () => {
      closing.abort();
      await cluster[Symbol.asyncDispose]();
      await provider.stop();
    },
  };
}

/** Signs a user in. */
export async function signIn({ token }: Pick<Cluster, 'token'>, user?: string): Promise<User> {
  const headers = { authorization: `Bearer ${await token(user)}` };
  const post: User['post'] = (node, path, body, more) =>
    fetch(node.url + path, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json', ...more },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
  const start: User['start'] = async (node, request, key) => {
    const keyed = key === undefined ? {} : { [names.idempotencyKey]: key };
    return (await jsonOf(post(node, routes.streams, request, keyed))).streamId;
  };
  const stop: User['stop'] = (node, streamId) => jsonOf(post(node, routes.stop(streamId)));
  const session: User['session'] = (node, sessionId) =>
    jsonOf(fetch(node.url + routes.session(sessionId), { headers }));
  const read: User['read'] = async (node, streamId) => {
    const reader = new PlainReader({ headers, streamId });
    await reader.readToEnd(node.url);
    return reader;
  };
  return { headers, post, start, stop, session, read };
}

async function jsonOf(request: Promise<Response>) {
  const response = await request;
  if (!response.ok) throw new Error(`${response.status}: ${await response.text()}`);
  return response.json();
}

/** Resolves when a node accepts starts again: a node that was disconnected or frozen recovers with its next lease renewal. */
export async function waitForStarts({ post }: User, node: Node): Promise<void> {
  const start = async () => (await post(node, routes.streams, { message: 'Are you there?' })).status;
  await expect.poll(start).toBe(201);
}
