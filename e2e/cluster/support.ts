// The stage of many nodes: three built servers on shared databases, a model that says what a test prepares, and a person
// who asks any of them.
import { setTimeout as delay } from 'node:timers/promises';
import {
  type ChatRequest,
  headers as names,
  routes,
  type SessionAnswer,
  type StopAnswer,
  type StreamId,
} from '@sillage/protocol';
import { type Cluster, type Provider, type ServerProcess, startProvider } from '@sillage/testing';
import { expect } from 'vitest';
import { PlainReader } from '../faults/support.ts';
import { type Speech, type SpeechPace, speakTo } from './speech.ts';

/** Is a node, or whatever else has a server's address. */
export type Node = Pick<ServerProcess, 'url'>;

/** Is somebody who is signed in, on every node. */
export interface Person {
  readonly headers: { readonly authorization: string };
  /** Sends something to a node, and gives back the answer whatever it is. */
  post(node: Node, path: string, body?: unknown, headers?: Record<string, string>): Promise<Response>;
  /** Starts a stream without reading it; a refusal throws. */
  start(node: Node, request: ChatRequest, key?: string): Promise<StreamId>;
  stop(node: Node, streamId: StreamId): Promise<StopAnswer>;
  session(node: Node, sessionId: string): Promise<SessionAnswer>;
  /** Reads a stream from its start to its end, on one node. */
  read(node: Node, streamId: StreamId): Promise<PlainReader>;
}

/** Is a running cluster, the provider that it asks, and a person. */
export interface Stage<Member extends ServerProcess = ServerProcess> extends Cluster<Member>, Person {
  readonly provider: Provider;
  /** Prepares what the model says to a message. */
  prepare(message: string, pace?: SpeechPace): Speech;
  /** Follows a stream: on the first of `nodes`, when it is lost there on the next, and so on in a circle. */
  follow(reader: PlainReader, nodes: readonly Node[]): Promise<void>;
}

const retryMs = 20;
const limits = {
  starts_per_minute: '1000000',
  max_streams_per_user: '10000',
  requests_per_minute: '1000000',
  max_connections_per_user: '10000',
  max_tickets_per_user: '10000',
};

/** Opens the stage on the cluster that `start` starts; limits that are not the test's subject are out of the way. */
export async function openStage<Member extends ServerProcess>(
  start: (env: Record<string, string>) => Promise<Cluster<Member>>,
  env: Record<string, string> = {},
): Promise<Stage<Member>> {
  const provider = await startProvider();
  const cluster = await start({ ai_api_url: provider.url, ...limits, ...env });
  const closing = new AbortController();
  const person = await signIn(cluster);
  const follow: Stage['follow'] = async (reader, nodes) => {
    for (let index = 0; reader.end === undefined && !reader.wasOver && !closing.signal.aborted; index++) {
      const { after } = reader;
      await reader.readOnce(nodes[index % nodes.length]?.url ?? '', closing.signal);
      if (reader.after === after) await delay(retryMs); // there is nobody, perhaps
    }
  };
  return {
    ...cluster,
    ...person,
    provider,
    follow,
    prepare: speakTo(provider),
    [Symbol.asyncDispose]: async () => {
      closing.abort();
      await cluster[Symbol.asyncDispose]();
      await provider.stop();
    },
  };
}

/** Signs somebody in. */
export async function signIn({ token }: Pick<Cluster, 'token'>, user?: string): Promise<Person> {
  const headers = { authorization: `Bearer ${await token(user)}` };
  const post: Person['post'] = (node, path, body, more) =>
    fetch(node.url + path, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json', ...more },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
  const start: Person['start'] = async (node, request, key) => {
    const keyed = key === undefined ? {} : { [names.idempotencyKey]: key };
    return (await good(post(node, routes.streams, request, keyed))).streamId;
  };
  const stop: Person['stop'] = (node, streamId) => good(post(node, routes.stop(streamId)));
  const session: Person['session'] = (node, sessionId) =>
    good(fetch(node.url + routes.session(sessionId), { headers }));
  const read: Person['read'] = async (node, streamId) => {
    const reader = new PlainReader({ headers, streamId });
    await reader.readToEnd(node.url);
    return reader;
  };
  return { headers, post, start, stop, session, read };
}

async function good(asked: Promise<Response>) {
  const answer = await asked;
  if (!answer.ok) throw new Error(`${answer.status}: ${await answer.text()}`);
  return answer.json();
}

/** Resolves when a node takes starts again: one that was cut off, or stood still, finds out with its next heartbeat. */
export async function untilServed({ post }: Person, node: Node): Promise<void> {
  const start = async () => (await post(node, routes.streams, { message: 'Are you there?' })).status;
  await expect.poll(start, { timeout: 20_000 }).toBe(201);
}
