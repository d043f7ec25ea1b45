// When a node loses the database for longer than its lease, another node ends its streams, all readers receive that end, and
// `/metrics` of the node counts it.
import { routes, type UsageResponse } from '@sillage/protocol';
import { collect, providerScripts } from '@sillage/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { contentOf, endOf, estimated, readUntil } from '../app.testing.ts';
import { startNodes, type TestNodes } from './nodes.testing.ts';

const { stallAfter } = providerScripts;
let nodes: TestNodes;

beforeAll(async () => {
  nodes = await startNodes({ timings: { nodeLeaseMs: 1_500, leaseRenewMs: 40, storageRetryMs: 40, pollMs: 100 } });
});
afterAll(() => nodes?.close());

/** Starts replies on the one node, and reads each on both. */
async function startOnOne(sessionIds: readonly string[]) {
  const { one, other } = nodes;
  one.provider.respond(stallAfter(['Half']));
  return Promise.all(
    sessionIds.map(async (sessionId) => {
      const streamId = await one.start({ message: 'x', sessionId });
      const open = (node: typeof one) => node.open(routes.streamById(streamId));
      const readers = await Promise.all([open(one), open(other)]);
      const read = await Promise.all(readers.map((reader) => readUntil(reader, 'Half')));
      const rest = async () =>
        Promise.all(readers.map(async ({ messages }, index) => [...(read[index] ?? []), ...(await collect(messages))]));
      return { streamId, rest };
    }),
  );
}

async function counterOf(node: TestNodes['one'], name: string): Promise<number> {
  const { text } = await node.send('/metrics', { user: null });
  return Number(new RegExp(`^sillage_${name}_total (\\d+)$`, 'm').exec(text)?.[1]);
}

test('replies of a node without its lease end once as interrupted, with the text that readers had; the connection to the provider is closed, and its readers get the same end', async () => {
  const { one, other, proxy } = nodes;
  const asked = one.provider.requests.length;
  const lossesBefore = await counterOf(one, 'lease_losses');
  const started = await startOnOne(['a', 'b', 'c']);
  const requests = await Promise.all([1, 2, 3].map((count) => one.provider.received(asked + count)));

  proxy.pause();
  const sessions = () => Promise.all(['a', 'b', 'c'].map((sessionId) => other.session(sessionId)));
  await expect
    .poll(async () => (await sessions()).map(({ messages }) => messages.at(-1)?.finishReason))
    .toEqual(['interrupted', 'interrupted', 'interrupted']);
  await proxy.resume();

  for (const { rest } of started) {
    for (const messages of await rest()) {
      expect(contentOf(messages)).toBe('Half');
      expect(endOf(messages)).toMatchObject({ done: true, finishReason: 'interrupted', usage: estimated });
    }
  }
  await Promise.all(requests.map(({ closed }) => closed));
  for (const { messages, activeStreamId } of await sessions()) {
    expect(activeStreamId).toBeUndefined();
    expect(messages.at(-1)).toMatchObject({ content: 'Half', code: 'interrupted', usage: estimated });
  }
  const { today } = (await other.send(routes.usage)).body as UsageResponse;
  expect(today).toMatchObject({ replies: 3, estimatedReplies: 3 });
  expect(today.completionTokens).toBeGreaterThanOrEqual(3);
  expect(await counterOf(one, 'lease_losses')).toBeGreaterThan(lossesBefore);
  expect(await counterOf(one, 'fenced_streams')).toBe(3);
  expect(await counterOf(other, 'fenced_streams')).toBe(0);
});

test('replies of a node without its lease end as stopped if another node received a stop meanwhile, whose response says so', async () => {
  const { other, proxy } = nodes;
  const [started] = await startOnOne(['stopped']);
  const streamId = String(started?.streamId);
  await nodes.redis.command('client', 'kill', 'type', 'pubsub'); // the hint does not arrive

  proxy.pause();
  const { status, body } = await other.send(routes.stop(streamId), { method: 'POST' });
  await proxy.resume();

  expect({ status, body }).toEqual({ status: 200, body: { streamId, finishReason: 'stopped' } });
  for (const messages of (await started?.rest()) ?? []) {
    expect(endOf(messages)).toEqual({ done: true, finishReason: 'stopped', usage: estimated });
  }
});
