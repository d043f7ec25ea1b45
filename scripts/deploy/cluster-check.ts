// The purpose of many nodes, checked once: a reply is read on every node and outlives the node that generates it.
import { setTimeout as delay } from 'node:timers/promises';
import { type Frame, routes, type StreamId } from '@sillage/protocol';
import { type Cluster, type Provider, providerScripts, readSse, type ServerProcess } from '@sillage/testing';
import type { Balancer } from './balancer.ts';

const deltas = ['One ', 'two ', 'three'];
const text = deltas.join('');
const withinMs = 120_000;
const pollMs = 10;

/** The parts of a check: the nodes, the balancer before them and the provider behind them. */
export interface CheckedCluster {
  readonly cluster: Cluster;
  readonly balancer: Balancer;
  readonly provider: Provider;
}

/** Starts a reply through the balancer, reads it on every node, kills its node and expects the other nodes to end it.
 *  @throws {Error} that names the expectation that failed. */
export async function checkCluster({ cluster, balancer, provider }: CheckedCluster): Promise<void> {
  const headers = { authorization: `Bearer ${await cluster.token()}` };
  provider.respond(providerScripts.stallAfter(deltas));

  const streamId = await start(balancer.url, headers);
  const producer = await producerOf({ cluster, balancer });
  const reads = cluster.nodes.map((node) => ({ node, ...follow(node.url, { headers, streamId }) }));
  await Promise.all(reads.map(({ shown }) => shown));
  await producer.kill();

  const others = reads.filter(({ node }) => node !== producer);
  const late = follow(balancer.url, { headers, streamId });
  for (const { origin, ended } of [...others, late]) {
    const reason = await ended;
    if (reason !== 'interrupted') throw new Error(`On ${origin} the reply of a killed node ended as ${reason}`);
  }
  await start(balancer.url, headers);
}

async function start(origin: string, headers: Record<string, string>): Promise<StreamId> {
  const answer = await fetch(origin + routes.streams, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json' },
    body: JSON.stringify({ message: 'Hi' }),
  });
  if (answer.status !== 201) throw new Error(`A start returned ${answer.status}: ${await answer.text()}`);
  const { streamId } = (await answer.json()) as { streamId: StreamId };
  return streamId;
}

/** Returns the node that answered the start, from the balancer's log. */
async function producerOf({ cluster, balancer }: Pick<CheckedCluster, 'cluster' | 'balancer'>): Promise<ServerProcess> {
  for (const deadline = Date.now() + withinMs; Date.now() < deadline; await delay(pollMs)) {
    const line = balancer
      .log()
      .split('\n')
      .find((one) => one.includes(` POST ${routes.streams} 201 `));
    const producer = cluster.nodes.find(({ port }) => line?.includes(`:${port} `));
    if (producer !== undefined) return producer;
  }
  throw new Error(`The balancer's log names no node that answered the start:\n${balancer.log()}`);
}

/** Reads a stream. `shown` resolves once the whole text has arrived, `ended` with the finish reason; both reject on any
 *  other text. */
function follow(origin: string, { headers, streamId }: { headers: Record<string, string>; streamId: StreamId }) {
  const shown = Promise.withResolvers<void>();
  const read = async () => {
    let seen = '';
    const signal = AbortSignal.timeout(withinMs);
    for await (const { data } of readSse(origin + routes.streamById(streamId), { headers, signal })) {
      const frame = data as Frame | undefined; // undefined for a comment
      if (frame?.done) return frame.finishReason;
      seen += frame?.content ?? '';
      if (seen === text) shown.resolve();
      else if (!text.startsWith(seen)) throw new Error(`${origin} shows ${JSON.stringify(seen)}`);
    }
    throw new Error(`${origin} shows no end after ${JSON.stringify(seen)}`);
  };
  const ended = read();
  ended.catch(shown.reject);
  shown.promise.catch(() => {}); // the killed node's rejection is expected
  return { origin, shown: shown.promise, ended };
}
