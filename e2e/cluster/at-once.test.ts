// Starts on several nodes at the same moment: one key makes one stream, and a limit is the same limit everywhere.
import { routes } from '@sillage/protocol';
import { providerAnswers, shortOrFull, startCluster } from '@sillage/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Node, openStage, type Stage, signIn } from './support.ts';

const { reply, stallAfter } = providerAnswers;
const mostAtOnce = 4;
const mostAMinute = 10;
const races = shortOrFull({ short: 8, full: 30 });

let stage: Stage;
beforeAll(async () => {
  const limits = { max_streams_per_user: `${mostAtOnce}`, starts_per_minute: `${mostAMinute}` };
  stage = await openStage(startCluster, limits);
});
afterAll(() => stage[Symbol.asyncDispose]());

test('starts with one key at the same moment on every node are one stream, which none of them stops', async () => {
  stage.provider.answer(reply(['Hello'], { throttleMs: 10 }));
  const before = stage.provider.requests.length;

  for (let round = 0; round < races; round++) {
    const racer = await signIn(stage, `racer ${round}`);
    const start = (node: Node) => racer.start(node, { message: 'Hi', sessionId: 'one' }, 'key');
    const streamIds = await Promise.all([...stage.nodes, ...stage.nodes].map(start));

    expect(new Set(streamIds).size).toBe(1);
    const read = await Promise.all(stage.nodes.map((node) => racer.read(node, streamIds[0] ?? '')));
    expect(read.map(({ text, end }) => [text, end?.finishReason])).toEqual(Array(3).fill(['Hello', 'stop']));
    expect((await racer.session(stage.nodes[0], 'one')).messages).toHaveLength(2);
  }

  expect(stage.provider.requests.length - before).toBe(races);
});

test('starts with one key at the same moment are all taken where a limit leaves room for one', async () => {
  stage.provider.answer(stallAfter(['Hello']));
  for (let round = 0; round < races; round++) {
    const racer = await signIn(stage, `limited racer ${round}`);
    const start = (node: Node, key: string) => racer.start(node, { message: 'Hi' }, key);
    for (let earlier = 1; earlier < mostAtOnce; earlier++) await start(stage.nodes[0], `earlier-${earlier}`);

    const streamIds = await Promise.all(stage.nodes.map((node) => start(node, 'last')));

    expect(new Set(streamIds).size).toBe(1);
    await fetch(stage.nodes[0].url + routes.sessions, { method: 'DELETE', headers: racer.headers });
  }
});

test('a user has so many replies under way and no more, on whichever nodes they are started', async () => {
  stage.provider.answer(stallAfter(['Hello']));
  const person = await signIn(stage, 'busy');
  const start = (node: Node) => person.post(node, routes.streams, { message: 'Hi' });

  const answers = await Promise.all([...stage.nodes, ...stage.nodes, ...stage.nodes].map(start));
  const taken = answers.filter(({ status }) => status === 201);
  const refused = answers.filter(({ status }) => status === 429);
  expect([taken.length, refused.length]).toEqual([mostAtOnce, answers.length - mostAtOnce]);

  const streamIds = await Promise.all(taken.map(async (answer) => (await answer.json()).streamId as string));
  await person.stop(stage.nodes[1], streamIds.pop() ?? '');
  const again = await start(stage.nodes[2]);
  expect(again.status).toBe(201);
  streamIds.push((await again.json()).streamId);
  await Promise.all(streamIds.map((streamId) => person.stop(stage.nodes[0], streamId)));
});

test('a user starts so often a minute and no more, on whichever nodes', async () => {
  stage.provider.answer(reply(['Hello']));
  const person = await signIn(stage, 'often');
  const statuses: number[] = [];
  for (let index = 0; index < mostAMinute + 3; index++) {
    const node = stage.nodes[index % 3] ?? stage.nodes[0];
    const answer = await person.post(node, routes.streams, { message: 'Hi' });
    statuses.push(answer.status);
    if (answer.status === 201) await person.read(node, (await answer.json()).streamId);
  }

  expect(statuses).toEqual([...Array<number>(mostAMinute).fill(201), 429, 429, 429]);
});
