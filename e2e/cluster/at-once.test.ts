// Concurrent starts on several nodes: one key creates one stream, and limits hold across nodes.
import { routes } from '@sillage/protocol';
import { providerScripts, shortOrFull, startCluster } from '@sillage/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ClusterFixture, type Node, openClusterFixture, signIn } from './support.ts';

const { reply, stallAfter } = providerScripts;
const maxRunning = 4;
const maxPerMinute = 10;
const races = shortOrFull({ short: 8, full: 30 });

let fixture: ClusterFixture;
beforeAll(async () => {
  const limits = { max_streams_per_user: `${maxRunning}`, starts_per_minute: `${maxPerMinute}` };
  fixture = await openClusterFixture(startCluster, limits);
});
afterAll(() => fixture[Symbol.asyncDispose]());

test('concurrent starts with one key on every node create one stream, which none of them stops', async () => {
  fixture.provider.respond(reply(['Hello'], { throttleMs: 10 }));
  const before = fixture.provider.requests.length;

  for (let round = 0; round < races; round++) {
    const user = await signIn(fixture, `racer ${round}`);
    const start = (node: Node) => user.start(node, { message: 'Hi', sessionId: 'one' }, 'key');
    const streamIds = await Promise.all([...fixture.nodes, ...fixture.nodes].map(start));

    expect(new Set(streamIds).size).toBe(1);
    const read = await Promise.all(fixture.nodes.map((node) => user.read(node, streamIds[0] ?? '')));
    expect(read.map(({ text, end }) => [text, end?.finishReason])).toEqual(Array(3).fill(['Hello', 'stop']));
    expect((await user.session(fixture.nodes[0], 'one')).messages).toHaveLength(2);
  }

  expect(fixture.provider.requests.length - before).toBe(races);
});

test('concurrent starts with one key are all accepted when a limit allows one more stream', async () => {
  fixture.provider.respond(stallAfter(['Hello']));
  for (let round = 0; round < races; round++) {
    const user = await signIn(fixture, `limited racer ${round}`);
    const start = (node: Node, key: string) => user.start(node, { message: 'Hi' }, key);
    for (let earlier = 1; earlier < maxRunning; earlier++) await start(fixture.nodes[0], `earlier-${earlier}`);

    const streamIds = await Promise.all(fixture.nodes.map((node) => start(node, 'last')));

    expect(new Set(streamIds).size).toBe(1);
    await fetch(fixture.nodes[0].url + routes.sessions, { method: 'DELETE', headers: user.headers });
  }
});

test('the limit of running replies per user holds across nodes', async () => {
  fixture.provider.respond(stallAfter(['Hello']));
  const user = await signIn(fixture, 'busy');
  const start = (node: Node) => user.post(node, routes.streams, { message: 'Hi' });

  const responses = await Promise.all([...fixture.nodes, ...fixture.nodes, ...fixture.nodes].map(start));
  const accepted = responses.filter(({ status }) => status === 201);
  const rejected = responses.filter(({ status }) => status === 429);
  expect([accepted.length, rejected.length]).toEqual([maxRunning, responses.length - maxRunning]);

  const streamIds = await Promise.all(accepted.map(async (response) => (await response.json()).streamId as string));
  await user.stop(fixture.nodes[1], streamIds.pop() ?? '');
  const again = await start(fixture.nodes[2]);
  expect(again.status).toBe(201);
  streamIds.push((await again.json()).streamId);
  await Promise.all(streamIds.map((streamId) => user.stop(fixture.nodes[0], streamId)));
});

test('the limit of starts per minute holds across nodes', async () => {
  fixture.provider.respond(reply(['Hello']));
  const user = await signIn(fixture, 'often');
  const statuses: number[] = [];
  for (let index = 0; index < maxPerMinute + 3; index++) {
    const node = fixture.nodes[index % 3] ?? fixture.nodes[0];
    const response = await user.post(node, routes.streams, { message: 'Hi' });
    statuses.push(response.status);
    if (response.status === 201) await user.read(node, (await response.json()).streamId);
  }

  expect(statuses).toEqual([...Array<number>(maxPerMinute).fill(201), 429, 429, 429]);
});
