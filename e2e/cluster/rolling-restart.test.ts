// A new version, node by node, under load: readers move on, and none of them loses or repeats a character.
import { setTimeout as delay } from 'node:timers/promises';
import { shortOrFull, startCluster } from '@sillage/testing';
import { expect, test } from 'vitest';
import { PlainReader, seeded } from '../faults/support.ts';
import { expectSettled, type Reply } from './replies.ts';
import { type Node, openStage, type Person, type Stage, signIn } from './support.ts';

const seed = Date.now();
const places = shortOrFull({ short: 60, full: 200 });
const users = 40;
const retryMs = 50;
const mostAttempts = 400;

test(`three nodes that are restarted one after the other under ${places} replies: one end for all, and no character is lost`, async () => {
  await using stage = await openStage(startCluster, { shutdown_grace: '1' });
  const replies: Reply[] = [];
  let isOver = false;
  const keepBusy = async (place: number) => {
    const person = await signIn(stage, `user ${place % users}`);
    const random = seeded(seed + place);
    for (let turn = 0; !isOver; turn++) {
      const reply = await startSomewhere(stage, { person, sessionId: `rolling-${place}-${turn}`, random });
      replies.push(reply);
      await Promise.all(reply.reads);
    }
  };

  const busy = Promise.all(Array.from({ length: places }, (_, place) => keepBusy(place)));
  await expect.poll(() => replies.length, { timeout: 20_000 }).toBeGreaterThanOrEqual(places);
  for (const node of stage.nodes) {
    const before = replies.length;
    await expect.poll(() => replies.length, { timeout: 20_000 }).toBeGreaterThan(before + places / 4);
    expect(await node.stop()).toBe(0);
    await node.restart();
  }
  isOver = true;
  for (const { speech } of replies) void speech.finish();
  await busy;

  const ends = new Set<string>();
  for (const reply of replies) {
    const { finishReason = '' } = reply.readers[0]?.end ?? {};
    ends.add(finishReason);
    await expectSettled(stage, reply, finishReason);
  }
  expect([...ends].sort(), `seed ${seed}`).toEqual(['interrupted', 'stop']);
}, 120_000);

interface Somewhere {
  readonly person: Person;
  readonly sessionId: string;
  readonly random: () => number;
}

/** Starts a reply of some seconds on whatever node takes it, with one reader or two that begin on any. */
async function startSomewhere(stage: Stage, { person, sessionId, random }: Somewhere): Promise<Reply> {
  const speech = stage.prepare(sessionId, { throttleMs: 100, words: Math.ceil(random() * 100) });
  const inTurn = () => {
    const first = Math.floor(random() * stage.nodes.length);
    return [...stage.nodes.slice(first), ...stage.nodes.slice(0, first)];
  };
  const streamId = await startOnAny(inTurn(), person, sessionId);
  const { headers } = person;
  const readers = Array.from({ length: random() < 0.5 ? 1 : 2 }, () => new PlainReader({ headers, streamId }));
  const reads = readers.map((reader) => stage.follow(reader, inTurn()));
  return { streamId, sessionId, headers, speech, readers, reads };
}

/** Sends the same start, with its key, until a node answers it; one that is restarting does not, or refuses it. */
async function startOnAny(nodes: readonly Node[], { start }: Person, sessionId: string): Promise<string> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await start(nodes[attempt % nodes.length] as Node, { message: sessionId, sessionId }, sessionId);
    } catch (error) {
      const isAway = error instanceof TypeError || String(error).includes('shutting-down');
      if (!isAway || attempt === mostAttempts) throw error;
      await delay(retryMs);
    }
  }
}
